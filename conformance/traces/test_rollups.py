"""Daily sums of traces: made at the start of a server that keeps them, and never in the way of the truth."""

import contextlib
import datetime
import json
import os
import time

import psycopg2
import pytest
import sqlalchemy
from mlflow.store.db.trace_rollups import run_sql_trace_rollups
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import servers
from databases import engine_of, execute
from postgres import plain_uri
from rest import Rest

pytestmark = pytest.mark.headwater_only

DAY = 86_400_000
# 2023-11-14, at midnight.
START = 19_675 * DAY
ON = {"MLFLOW_SQL_TRACE_ROLLUPS_ENABLED": "true"}
# Day, milliseconds into it, state, duration, input tokens, (model, provider, total cost), feedback.
TRACES = [
    (0, 0, "OK", 100, 10, ("m1", "p1", 1.0), True),
    (0, 5_000, "OK", 300, 30, ("m1", "p2", 0.25), 4.0),
    (0, DAY - 1, "ERROR", 50, None, (None, "p1", 0.5), None),
    (1, 0, "OK", 20, 7, None, False),
    (1, 60_000, "ERROR", 40, 8, ("m2", "p1", 2.0), None),
    (3, 1, "OK", 1_000, 5, ("m1", "p1", 4.0), 2.0),
]
TABLES = {
    "trace": "sql_trace_metric_daily_rollups",
    "span": "sql_span_cost_daily_rollups",
    "assessment": "sql_assessment_daily_rollups",
}
QUEUE = "sql_trace_rollup_rebuild_queue"
RANGE = {"start_time_ms": START + 1, "end_time_ms": START + 6 * DAY}
WHOLE = {"start_time_ms": START, "end_time_ms": START + 6 * DAY - 1}
DAILY = {"time_interval_seconds": 86_400}


def timestamp(millis):
    moment = datetime.datetime.fromtimestamp(millis / 1000, tz=datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{millis % 1000:03}Z"


def send_spans(server, experiment, trace, begin, duration, cost=None, span_id=None):
    """Exports one ended root span of this trace."""
    export = ExportTraceServiceRequest()
    span = export.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = trace, span_id or os.urandom(8), "root"
    span.start_time_unix_nano, span.end_time_unix_nano = begin * 1_000_000, (begin + duration) * 1_000_000
    if cost:
        model, provider, total = cost
        costs = {"input_cost": total / 4, "output_cost": total / 2, "total_cost": total}
        given = {"mlflow.llm.cost": costs, "mlflow.llm.model": model, "mlflow.llm.provider": provider}
        for key, value in given.items():
            if value is not None:
                text = value if isinstance(value, str) else json.dumps(value)
                span.attributes.add(key=key).value.string_value = text
    Rest(server.url).export_spans(experiment, export)


def finish(rest, experiment, trace, begin, state, duration, tokens):
    metadata = {}
    if tokens is not None:
        usage = {"input_tokens": tokens, "output_tokens": 2 * tokens, "total_tokens": 3 * tokens}
        metadata["mlflow.trace.tokenUsage"] = json.dumps(usage)
    info = {
        "trace_id": f"tr-{trace.hex()}",
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}},
        "request_time": timestamp(begin),
        "execution_duration": f"{duration / 1000:.3f}s",
        "state": state,
        "trace_metadata": metadata,
    }
    rest.ok("POST", "/api/3.0/mlflow/traces", {"trace": {"trace_info": info}})
    return info["trace_id"]


def assess(rest, trace_id, value):
    body = {
        "assessment": {
            "assessment_name": "quality",
            "trace_id": trace_id,
            "source": {"source_type": "HUMAN", "source_id": "me"},
            "feedback": {"value": value},
        }
    }
    answer = rest.ok("POST", f"/api/3.0/mlflow/traces/{trace_id}/assessments", body)
    return answer["assessment"]["assessment_id"]


class Store:
    """A database with old traces, and the servers that are started on it one after another."""

    def __init__(self, uri, folder):
        self.uri = uri
        self.folder = folder
        self.starts = 0
        self.experiment = None
        self.ids = []

    @contextlib.contextmanager
    def serve(self, environment=None):
        """A server; one that keeps sums has brought them up to date."""
        self.starts += 1
        folder = self.folder / str(self.starts)
        server = servers.start("headwater", folder, self.uri, engine_of(self.uri), (), environment or {})
        try:
            end = time.monotonic() + 30
            while environment and "summed up days of traces" not in server.log_tail(10_000):
                assert time.monotonic() < end, server.log_tail()
                time.sleep(0.05)
            yield server
        finally:
            server.stop()

    def fill(self, server):
        rest = Rest(server.url)
        self.experiment = rest.experiment("old traces")
        for day, at, state, duration, tokens, cost, feedback in TRACES:
            trace, begin = os.urandom(16), START + day * DAY + at
            send_spans(server, self.experiment, trace, begin, duration, cost)
            self.ids.append(finish(rest, self.experiment, trace, begin, state, duration, tokens))
            if feedback is not None:
                assess(rest, self.ids[-1], feedback)

    def rows(self, family, columns="sample_count, sum_value, min_value, max_value", where="1 = 1"):
        table = TABLES[family]
        return execute(self.uri, f"SELECT {columns} FROM {table} WHERE {where} ORDER BY {columns}")

    def everything(self):
        """All sums, without their ids."""
        names = "experiment_id, rollup_day, metric_name, grouping_set"
        numbers = "sample_count, sum_value, min_value, max_value"
        more = {
            "trace": f"{names}, trace_status, {numbers}, p50_value, p90_value, p99_value",
            "span": f"{names}, model_name, model_provider, {numbers}",
            "assessment": f"{names}, {numbers}",
        }
        return {family: self.rows(family, columns) for family, columns in more.items()}

    def queue(self):
        return execute(self.uri, f"SELECT rollup_day, rollup_family FROM {QUEUE} ORDER BY 1, 2")

    def queued(self):
        return [(str(day), family) for day, family in self.queue()]


@pytest.fixture
def store(databases, engine, tmp_path):
    store = Store(databases(engine), tmp_path)
    with store.serve() as server:
        store.fill(server)
    return store


def ask(server, experiment, view, metric, *aggregations, **more):
    def aggregation(name):
        if name.startswith("P"):
            return {"aggregation_type": "PERCENTILE", "percentile_value": float(name[1:])}
        return {"aggregation_type": name}

    body = {
        "experiment_ids": [experiment],
        "view_type": view,
        "metric_name": metric,
        "aggregations": [aggregation(name) for name in aggregations],
        **more,
    }
    points = Rest(server.url).ok("POST", "/api/3.0/mlflow/traces/metrics", body).get("data_points", [])
    return [(point.get("dimensions", {}), point["values"]) for point in points]


def questions():
    """Everything that sums can answer, and some that they cannot."""
    spread = ("AVG", "MIN", "MAX")
    for time_range in (RANGE, WHOLE, {**WHOLE, "end_time_ms": START + 2 * DAY}):
        for more in (time_range, {**time_range, **DAILY}):
            yield ("TRACES", "trace_count", "COUNT"), more
            yield ("TRACES", "trace_count", "COUNT"), {**more, "dimensions": ["trace_status"]}
            yield ("TRACES", "trace_count", "COUNT"), {**more, "dimensions": ["trace_name"]}
            yield ("TRACES", "session_count", "COUNT"), more
            yield ("TRACES", "latency", *spread, "P50", "P90", "P99"), more
            yield ("TRACES", "latency", *spread, "P12.5"), more
            for metric in ("input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens"):
                yield ("TRACES", metric, "SUM", *spread), more
            for metric in ("input_cost", "output_cost", "total_cost"):
                yield ("SPANS", metric, "SUM", *spread), more
                for names in (
                    ["span_model_name"],
                    ["span_model_provider"],
                    ["span_model_provider", "span_model_name"],
                ):
                    yield ("SPANS", metric, *spread, "SUM"), {**more, "dimensions": names}
            yield ("SPANS", "span_count", "COUNT"), more
            yield ("ASSESSMENTS", "assessment_count", "COUNT"), more
            yield ("ASSESSMENTS", "assessment_value", *spread), more
            yield ("ASSESSMENTS", "assessment_value", *spread), {**more, "max_results": 1}


def answers(server, experiment):
    return [ask(server, experiment, *what, **more) for what, more in questions()]


def assert_same(some, others):
    """The same answers, but for the last bit of a sum of fractions."""
    assert len(some) == len(others)
    for (what, more), one, other in zip(questions(), some, others):
        assert [dimensions for dimensions, _ in one] == [dimensions for dimensions, _ in other], (what, more)
        for (_, values), (_, expected) in zip(one, other):
            assert values == pytest.approx(expected, rel=1e-14), (what, more)


def test_the_sums_are_mlflows(store):
    with store.serve(ON):
        pass
    made = store.everything()
    assert store.queue() == []
    days = store.rows("trace", "rollup_day, sample_count", "metric_name = 'trace_count' AND grouping_set = 'global'")
    assert [(str(day), count) for day, count in days] == [("2023-11-14", 3), ("2023-11-15", 2), ("2023-11-17", 1)]
    one_day = "rollup_day = '2023-11-14' AND metric_name = "
    columns = "grouping_set, trace_status, sample_count, sum_value, min_value, max_value"
    assert store.rows("trace", columns, one_day + "'latency'") == [
        ("global", None, 3, 450.0, 50.0, 300.0),
        ("status", "ERROR", 1, 50.0, 50.0, 50.0),
        ("status", "OK", 2, 400.0, 100.0, 300.0),
    ]
    assert store.rows("trace", columns, one_day + "'input_tokens'") == [
        ("global", None, 2, 40.0, 10.0, 30.0),
        ("status", "ERROR", 0, None, None, None),
        ("status", "OK", 2, 40.0, 10.0, 30.0),
    ]
    percentiles = store.rows("trace", "p50_value, p90_value, p99_value", one_day + "'latency' AND grouping_set = 'global'")
    if engine_of(store.uri) == "postgres":
        assert percentiles == [(100.0, pytest.approx(260.0), pytest.approx(296.0))]
    else:
        assert percentiles == [(None, None, None)]
    columns = "grouping_set, model_name, model_provider, sample_count, sum_value, min_value, max_value"
    rows = store.rows("span", columns, one_day + "'total_cost'")
    assert sorted(rows, key=str) == sorted(
        [
            ("global", None, None, 3, 1.75, 0.25, 1.0),
            ("model", "m1", None, 2, 1.25, 0.25, 1.0),
            ("provider", None, "p1", 2, 1.5, 0.5, 1.0),
            ("provider", None, "p2", 1, 0.25, 0.25, 0.25),
            ("model_provider", "m1", "p1", 1, 1.0, 1.0, 1.0),
            ("model_provider", "m1", "p2", 1, 0.25, 0.25, 0.25),
        ],
        key=str,
    )
    columns = "metric_name, grouping_set, sample_count, sum_value, min_value, max_value"
    assert store.rows("assessment", columns, "rollup_day = '2023-11-14'") == [
        ("assessment_count", "global", 2, None, None, None),
        ("assessment_value", "global", 2, 5.0, 1.0, 4.0),
    ]
    # MLflow's own builder makes the same of the same traces.
    for table in (*TABLES.values(), QUEUE):
        execute(store.uri, f"DELETE FROM {table}")
    engine = sqlalchemy.create_engine(store.uri)
    run_sql_trace_rollups(engine)
    engine.dispose()
    assert store.everything() == made


def test_answers_are_those_of_the_traces(store):
    with store.serve() as server:
        expected = answers(server, store.experiment)
    assert any(points for points in expected)
    with store.serve(ON) as server:
        assert_same(answers(server, store.experiment), expected)


def test_an_answer_comes_from_the_sums(store):
    with store.serve(ON) as server:
        experiment = store.experiment
        execute(
            store.uri,
            f"UPDATE {TABLES['trace']} SET sample_count = 1000 WHERE metric_name = 'trace_count' "
            "AND rollup_day = '2023-11-15' AND grouping_set = 'global'",
        )
        assert ask(server, experiment, "TRACES", "trace_count", "COUNT", **WHOLE) == [({}, {"COUNT": 1004})]
        counts = ask(server, experiment, "TRACES", "trace_count", "COUNT", **WHOLE, **DAILY)
        assert [(point["time_bucket"][:10], values["COUNT"]) for point, values in counts] == [
            ("2023-11-14", 3),
            ("2023-11-15", 1000),
            ("2023-11-17", 1),
        ]
        # Not a whole day, a filter, a bucket that is no day, no range: the traces know.
        part = {"start_time_ms": START + DAY + 1, "end_time_ms": START + 2 * DAY}
        assert ask(server, experiment, "TRACES", "trace_count", "COUNT", **part) == [({}, {"COUNT": 1})]
        filters = {"filters": ["trace.status = 'OK'"]}
        assert ask(server, experiment, "TRACES", "trace_count", "COUNT", **WHOLE, **filters) == [({}, {"COUNT": 4})]
        assert ask(server, experiment, "TRACES", "trace_count", "COUNT") == [({}, {"COUNT": 6})]
        hours = ask(server, experiment, "TRACES", "trace_count", "COUNT", **WHOLE, time_interval_seconds=3600)
        assert sum(values["COUNT"] for _, values in hours) == 6
        # The same where all is told apart.
        execute(
            store.uri,
            f"UPDATE {TABLES['span']} SET sum_value = 100 WHERE metric_name = 'total_cost' AND model_name = 'm2'",
        )
        costs = ask(server, experiment, "SPANS", "total_cost", "SUM", **WHOLE, dimensions=["span_model_name"])
        assert costs == [({"span_model_name": "m1"}, {"SUM": 5.25}), ({"span_model_name": "m2"}, {"SUM": 100})]
        execute(store.uri, f"UPDATE {TABLES['assessment']} SET max_value = 50 WHERE max_value = 4")
        assert ask(server, experiment, "ASSESSMENTS", "assessment_value", "MAX", **WHOLE) == [({}, {"MAX": 50})]
        if engine_of(store.uri) == "postgres":
            execute(store.uri, f"UPDATE {TABLES['trace']} SET p90_value = 77 WHERE metric_name = 'latency'")
            latency = ask(server, experiment, "TRACES", "latency", "P90", **WHOLE, **DAILY)
            assert [values for _, values in latency] == [{"P90.0": 77}] * 3
        # A day that is noted as changed is not trusted.
        execute(
            store.uri,
            f"INSERT INTO {QUEUE} (experiment_id, rollup_day, rollup_family) "
            f"VALUES ({experiment}, '2023-11-15', 'trace_metric')",
        )
        assert ask(server, experiment, "TRACES", "trace_count", "COUNT", **WHOLE) == [({}, {"COUNT": 6})]
    # With the setting off, all is forgotten.
    with store.serve() as server:
        assert ask(server, experiment, "TRACES", "trace_count", "COUNT", **WHOLE) == [({}, {"COUNT": 6})]
        end = time.monotonic() + 10
        while store.everything() != {"trace": [], "span": [], "assessment": []}:
            assert time.monotonic() < end
            time.sleep(0.05)


def first_day(*families):
    return [("2023-11-14", family) for family in families]


def test_late_writes_show_at_once(store):
    with store.serve(ON) as server:
        rest, experiment = Rest(server.url), store.experiment

        def settled(*expected):
            """The days that were noted since the last call."""
            assert store.queued() == list(expected)
            execute(store.uri, f"DELETE FROM {QUEUE}")

        def count():
            return ask(server, experiment, "TRACES", "trace_count", "COUNT", **WHOLE)[0][1]["COUNT"]

        # New spans make a trace, and cost money.
        trace = os.urandom(16)
        span = os.urandom(8)
        send_spans(server, experiment, trace, START + 7, 5, ("m1", "p1", 8.0), span)
        assert count() == 7
        costs = ask(server, experiment, "SPANS", "total_cost", "SUM", **WHOLE)
        assert costs == [({}, {"SUM": 15.75})]
        settled(*first_day("span_cost", "trace_metric"))
        # The same span on another day: the trace stays where it began.
        send_spans(server, experiment, trace, START + DAY, 5, ("m1", "p1", 8.0), span)
        settled(*first_day("span_cost", "trace_metric"), ("2023-11-15", "span_cost"))
        # The client says what the trace is, and when it began: all of it moves.
        finish(rest, experiment, trace, START + DAY + 3, "OK", 5, 1)
        settled(("2023-11-14", "trace_metric"), ("2023-11-15", "span_cost"), ("2023-11-15", "trace_metric"))
        # Assessments.
        quality = assess(rest, store.ids[0], 9.0)
        values = ask(server, experiment, "ASSESSMENTS", "assessment_value", "MAX", **WHOLE)
        assert values == [({}, {"MAX": 9})]
        settled(*first_day("assessment"))
        route = f"/api/3.0/mlflow/traces/{store.ids[0]}/assessments/{quality}"
        change = {"assessment": {"assessment_id": quality, "feedback": {"value": 11.0}}, "update_mask": "feedback"}
        rest.ok("PATCH", route, change)
        settled(*first_day("assessment"))
        rest.ok("DELETE", route)
        settled(*first_day("assessment"))
        # Assessments of a run go with it.
        run = rest.run(experiment)
        body = {
            "assessment": {
                "assessment_name": "quality",
                "trace_id": store.ids[3],
                "source": {"source_type": "CODE", "source_id": "me"},
                "feedback": {"value": 1.0},
                "metadata": {"mlflow.assessment.sourceRunId": run},
            }
        }
        rest.ok("POST", f"/api/3.0/mlflow/traces/{store.ids[3]}/assessments", body)
        settled(("2023-11-15", "assessment"))
        rest.ok("POST", "runs/delete", {"run_id": run})
        settled(("2023-11-15", "assessment"))
        # Version 2.
        begun = {"experiment_id": experiment, "timestamp_ms": START + 2 * DAY}
        started = rest.ok("POST", "traces", begun)["trace_info"]["request_id"]
        settled(("2023-11-16", "trace_metric"))
        end = {"request_id": started, "timestamp_ms": START + 2 * DAY + 5, "status": "OK"}
        rest.ok("PATCH", f"traces/{started}", end)
        settled(("2023-11-16", "trace_metric"))
        # Deleting takes everything along.
        rest.ok("POST", "traces/delete-traces", {"experiment_id": experiment, "request_ids": store.ids[:1]})
        settled(*first_day("assessment", "span_cost", "trace_metric"))
        # A span that began earlier moves its trace, with its assessments.
        moving = os.urandom(16)
        send_spans(server, experiment, moving, START + DAY + 9, 5)
        assess(rest, f"tr-{moving.hex()}", 3.0)
        settled(("2023-11-15", "assessment"), ("2023-11-15", "trace_metric"))
        send_spans(server, experiment, moving, START + 9, 5)
        both = (*first_day("assessment", "trace_metric"), ("2023-11-15", "assessment"), ("2023-11-15", "trace_metric"))
        settled(*both)
        body = {"experiment_id": experiment, "request_ids": [f"tr-{moving.hex()}"]}
        rest.ok("POST", "traces/delete-traces", body)
        settled(*first_day("assessment", "trace_metric"))
        # What is of today is no sum yet.
        now = int(time.time() * 1000)
        send_spans(server, experiment, os.urandom(16), now, 5, ("m1", "p1", 8.0))
        settled()
    # At the next start all is summed up anew, and the traces say the same.
    for table in TABLES.values():
        execute(store.uri, f"DELETE FROM {table}")
    with store.serve(ON) as server:
        summed = answers(server, store.experiment)
        days = store.rows("trace", "rollup_day", "metric_name = 'trace_count' AND grouping_set = 'global'")
        assert [str(day) for (day,) in days] == ["2023-11-14", "2023-11-15", "2023-11-16", "2023-11-17"]
    with store.serve() as server:
        assert_same(summed, answers(server, store.experiment))


def test_noted_days_are_summed_up_anew(store):
    with store.serve(ON) as server:
        rest = Rest(server.url)
        assess(rest, store.ids[0], 9.0)
        rest.ok("POST", "traces/delete-traces", {"experiment_id": store.experiment, "request_ids": store.ids[5:]})
        assert len(store.queue()) == 4
    with store.serve(ON):
        assert store.queue() == []
    where = "metric_name = 'assessment_value' AND rollup_day = "
    assert store.rows("assessment", where=where + "'2023-11-14'") == [(3, 14.0, 1.0, 9.0)]
    # Nothing is left of the day that had one trace.
    assert all(str(row[1]) != "2023-11-17" for rows in store.everything().values() for row in rows)


def test_what_goes_on_is_not_summed_up(store):
    with store.serve(ON) as server:
        begun = {"experiment_id": store.experiment, "timestamp_ms": START + 5}
        started = Rest(server.url).ok("POST", "traces", begun)["trace_info"]["request_id"]
    with store.serve(ON) as server:
        assert store.queued() == first_day("trace_metric")
        counts = ask(server, store.experiment, "TRACES", "trace_count", "COUNT", **WHOLE)
        assert counts == [({}, {"COUNT": 7})]
        end = {"request_id": started, "timestamp_ms": START + 25, "status": "OK"}
        Rest(server.url).ok("PATCH", f"traces/{started}", end)
    with store.serve(ON):
        assert store.queue() == []
        where = "metric_name = 'latency' AND rollup_day = '2023-11-14' AND grouping_set = 'global'"
        assert store.rows("trace", where=where) == [(4, 470.0, 20.0, 300.0)]


def test_a_pass_has_an_end(store):
    """And the next one goes on from there."""
    few = {**ON, "MLFLOW_TRACE_ROLLUPS_MAX_PARTITIONS_PER_RUN": "4"}
    parts = "SELECT DISTINCT rollup_day FROM "
    for expected in (4, 8, 9, 9):
        with store.serve(few):
            pass
        assert sum(len(execute(store.uri, parts + table)) for table in TABLES.values()) == expected


@pytest.mark.parametrize(
    "environment, sentence",
    [
        ({"MLFLOW_SQL_TRACE_ROLLUPS_ENABLED": "maybe"}, "neither true nor false"),
        ({**ON, "MLFLOW_TRACE_ROLLUPS_SCHEDULE": "0 25 * * *"}, "MLFLOW_TRACE_ROLLUPS_SCHEDULE"),
        ({**ON, "MLFLOW_TRACE_ROLLUPS_MAX_PARTITIONS_PER_RUN": "0"}, "is not a positive number"),
    ],
)
def test_settings_that_make_no_sense(tmp_path, environment, sentence):
    with pytest.raises(servers.ServerDied, match=sentence):
        servers.start("headwater", tmp_path, f"sqlite:///{tmp_path}/store.db", environment=environment)


def test_the_command_deletes_all(store):
    import subprocess

    with store.serve(ON):
        pass
    command = [*servers.program("headwater"), "db", "delete-trace-rollups", plain_uri(store.uri)]
    done = subprocess.run(command, input=b"n\n", capture_output=True, check=False)
    assert done.returncode == 1 and b"nothing was deleted" in done.stderr
    assert store.rows("trace")
    done = subprocess.run([*command, "--yes"], capture_output=True, check=True)
    assert done.stdout.startswith(b"Deleted daily sums: 56 of traces, ")
    assert store.everything() == {"trace": [], "span": [], "assessment": []}


def test_what_is_deleted_for_good_leaves_no_sums(store):
    import subprocess

    with store.serve(ON) as server:
        assess(Rest(server.url), store.ids[0], 9.0)
        Rest(server.url).ok("POST", "experiments/delete", {"experiment_id": store.experiment})
        command = [*servers.program("headwater"), "gc", "--backend-store-uri", store.uri]
        subprocess.run(command, cwd=store.folder, capture_output=True, check=True)
        assert ask(server, store.experiment, "TRACES", "trace_count", "COUNT", **WHOLE) == [({}, {"COUNT": 0})]
    assert store.everything() == {"trace": [], "span": [], "assessment": []}
    assert store.queue() == []


def test_a_change_during_the_summing_up_is_not_lost(store):
    """A writer and a builder that meet on PostgreSQL: whoever comes second waits."""
    if engine_of(store.uri) != "postgres":
        pytest.skip("SQLite has one writer")
    from concurrent.futures import ThreadPoolExecutor

    with store.serve(ON) as server:
        rest, experiment = Rest(server.url), store.experiment
        key = f"{experiment}, '2023-11-14', 'assessment'"
        row = f"experiment_id = {experiment} AND rollup_day = '2023-11-14' AND rollup_family = 'assessment'"
        for there_before in (False, True):
            if there_before:
                execute(store.uri, f"INSERT INTO {QUEUE} VALUES ({key}) ON CONFLICT DO NOTHING")
            # A builder that is not done yet.
            builder = psycopg2.connect(plain_uri(store.uri))
            cursor = builder.cursor()
            cursor.execute(
                f"INSERT INTO {QUEUE} VALUES ({key}) ON CONFLICT (experiment_id, rollup_day, rollup_family) "
                "DO UPDATE SET rollup_family = excluded.rollup_family WHERE FALSE"
            )
            with ThreadPoolExecutor() as pool:
                writing = pool.submit(assess, rest, store.ids[0], 6.0)
                time.sleep(0.5)
                assert not writing.done()
                cursor.execute(f"DELETE FROM {QUEUE} WHERE {row}")
                time.sleep(0.2)
                assert not writing.done()
                builder.commit()
                writing.result(timeout=10)
            builder.close()
            assert store.queued() == first_day("assessment")
            execute(store.uri, f"DELETE FROM {QUEUE}")
        # A writer that is not done yet holds the row: the builder of another server waits for it.
        execute(store.uri, f"INSERT INTO {QUEUE} VALUES ({key})")
        writer = psycopg2.connect(plain_uri(store.uri))
        cursor = writer.cursor()
        cursor.execute(f"SELECT 1 FROM {QUEUE} WHERE {row} FOR UPDATE")
        cursor.execute(f"UPDATE assessments SET aggregate_value = 100 WHERE trace_id = '{store.ids[1]}'")
        with ThreadPoolExecutor() as pool:
            serving = store.serve(ON)
            building = pool.submit(serving.__enter__)
            time.sleep(3.0)
            assert not building.done()
            writer.commit()
            building.result(timeout=30)
            serving.__exit__(None, None, None)
        writer.close()
    with store.serve(ON) as server:
        assert store.queue() == []
        values = ask(server, store.experiment, "ASSESSMENTS", "assessment_value", "MAX", **WHOLE)
        assert values == [({}, {"MAX": 100})]
