"""Numbers about many traces, and how much two filters have to do with each other."""

import json
import math
import os

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from rest import assert_invalid

HOUR = 3_600_000
# A whole hour, so that buckets of an hour begin with it.
START = 1_700_000_000_000 // HOUR * HOUR
# State, milliseconds since START, duration, name, session, input tokens, tags.
TRACES = [
    ("OK", 0, 100, "chat", "s1", 10, {"env": "prod"}),
    ("OK", 1_000, 200, "chat", "s1", 20, {"env": "dev"}),
    ("ERROR", HOUR, 300, "chat", "s2", 30, {"env": "prod"}),
    ("OK", HOUR + 5, 1_000, "plan", None, None, {}),
    ("ERROR", 3 * HOUR - 1, 50, "plan", None, 7, {"env": "dev"}),
]


@pytest.fixture
def trace_ids(rest, experiment):
    """The ids of TRACES, each with a root and an LLM span, in an experiment of their own."""
    ids = []
    for number, (state, at, duration, name, session, tokens, tags) in enumerate(TRACES):
        trace = os.urandom(16)
        export = ExportTraceServiceRequest()
        scope = export.resource_spans.add().scope_spans.add()
        begin = (START + at) * 1_000_000
        root, child = os.urandom(8), os.urandom(8)
        for span_id, parent, kind, length in ((root, b"", "CHAIN", duration), (child, root, "LLM", 10 + number)):
            span = scope.spans.add(trace_id=trace, span_id=span_id, parent_span_id=parent, name=kind.lower())
            span.start_time_unix_nano, span.end_time_unix_nano = begin, begin + length * 1_000_000
            span.attributes.add(key="mlflow.spanType").value.string_value = kind
            if kind == "LLM":
                cost = {"input_cost": 0.5 * number, "output_cost": 1.0, "total_cost": 0.5 * number + 1.0}
                span.attributes.add(key="mlflow.llm.cost").value.string_value = json.dumps(cost)
                model = f"m{number % 2}"
                span.attributes.add(key="mlflow.llm.model").value.string_value = model
                span.status.code = 2 if state == "ERROR" else 1
        rest.export_spans(experiment, export)
        metadata = {"mlflow.trace.session": session} if session else {}
        if tokens is not None:
            usage = {"input_tokens": tokens, "output_tokens": 2 * tokens, "total_tokens": 3 * tokens}
            metadata["mlflow.trace.tokenUsage"] = json.dumps(usage)
        info = {
            "trace_id": f"tr-{trace.hex()}",
            "trace_location": {
                "type": "MLFLOW_EXPERIMENT",
                "mlflow_experiment": {"experiment_id": experiment},
            },
            "request_time": timestamp(START + at),
            "execution_duration": f"{duration / 1000:.3f}s",
            "state": state,
            "trace_metadata": metadata,
            "tags": {"mlflow.traceName": name, **tags},
        }
        rest.ok("POST", "/api/3.0/mlflow/traces", {"trace": {"trace_info": info}})
        ids.append(info["trace_id"])
    return ids


def timestamp(millis):
    import datetime

    moment = datetime.datetime.fromtimestamp(millis / 1000, tz=datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{millis % 1000:03}Z"


@pytest.fixture
def ask(rest, experiment, trace_ids):
    """Asks for a metric: `("TRACES", "latency", "AVG", "P50")`; returns (dimensions, values)."""

    def aggregation(name):
        if name.startswith("P"):
            return {"aggregation_type": "PERCENTILE", "percentile_value": float(name[1:])}
        return {"aggregation_type": name}

    def post(view, metric, *aggregations, **more):
        body = {
            "experiment_ids": [experiment],
            "view_type": view,
            "metric_name": metric,
            "aggregations": [aggregation(name) for name in aggregations],
            **more,
        }
        answer = rest.ok("POST", "/api/3.0/mlflow/traces/metrics", body)
        points = answer.get("data_points", [])
        assert all(point["metric_name"] == metric for point in points)
        assert not answer.get("next_page_token")
        return [(point.get("dimensions", {}), point["values"]) for point in points]

    return post


def test_traces(ask):
    assert ask("TRACES", "trace_count", "COUNT") == [({}, {"COUNT": 5})]
    assert ask("TRACES", "session_count", "COUNT") == [({}, {"COUNT": 2})]
    by_status = ask("TRACES", "trace_count", "COUNT", dimensions=["trace_status"])
    assert by_status == [({"trace_status": "ERROR"}, {"COUNT": 2}), ({"trace_status": "OK"}, {"COUNT": 3})]
    latency = ask("TRACES", "latency", "AVG", "MIN", "MAX", "P50", "P90", "P12.5", dimensions=["trace_name"])
    (chat, of_chat), (plan, of_plan) = latency
    assert (chat, plan) == ({"trace_name": "chat"}, {"trace_name": "plan"})
    assert of_chat == {"AVG": 200, "MIN": 100, "MAX": 300, "P50.0": 200, "P90.0": 280, "P12.5": 125}
    assert of_plan == {"AVG": 525, "MIN": 50, "MAX": 1000, "P50.0": 525, "P90.0": 905, "P12.5": 168.75}
    assert ask("TRACES", "input_tokens", "SUM", "AVG") == [({}, {"SUM": 67, "AVG": 16.75})]
    assert ask("TRACES", "total_tokens", "SUM") == [({}, {"SUM": 201})]
    assert ask("TRACES", "cache_read_input_tokens", "SUM") == []


def test_over_time(ask):
    hours = {"time_interval_seconds": 3600, "start_time_ms": START, "end_time_ms": START + 4 * HOUR}
    buckets = [timestamp(START + hour * HOUR)[:-5] + "+00:00" for hour in range(3)]
    points = ask("TRACES", "trace_count", "COUNT", **hours)
    assert points == [({"time_bucket": bucket}, {"COUNT": count}) for bucket, count in zip(buckets, (2, 2, 1))]
    points = ask("TRACES", "trace_count", "COUNT", dimensions=["trace_status"], **hours)
    assert [(at["time_bucket"], at["trace_status"], values["COUNT"]) for at, values in points] == [
        (buckets[0], "OK", 2),
        (buckets[1], "ERROR", 1),
        (buckets[1], "OK", 1),
        (buckets[2], "ERROR", 1),
    ]
    points = ask("SPANS", "total_cost", "SUM", **hours)
    assert [values["SUM"] for _, values in points] == [2.5, 4.5, 3]
    assert [at["time_bucket"] for at, _ in points] == buckets
    # Both ends belong to the range.
    edge = {"start_time_ms": START + 1_000, "end_time_ms": START + HOUR}
    assert ask("TRACES", "trace_count", "COUNT", **edge) == [({}, {"COUNT": 2})]
    assert ask("SPANS", "span_count", "COUNT", **edge) == [({}, {"COUNT": 4})]
    assert ask("TRACES", "trace_count", "COUNT", max_results=1, **hours)[0][1] == {"COUNT": 2}


def test_spans(ask):
    assert ask("SPANS", "span_count", "COUNT", dimensions=["span_type"]) == [
        ({"span_type": "CHAIN"}, {"COUNT": 5}),
        ({"span_type": "LLM"}, {"COUNT": 5}),
    ]
    assert ask("SPANS", "latency", "MAX", filters=["span.type = 'LLM'"]) == [({}, {"MAX": 14})]
    by_status = ask("SPANS", "latency", "MIN", dimensions=["span_name", "span_status"], filters=["span.name = 'llm'"])
    assert by_status == [
        ({"span_name": "llm", "span_status": "ERROR"}, {"MIN": 12}),
        ({"span_name": "llm", "span_status": "OK"}, {"MIN": 10}),
    ]
    costs = ask("SPANS", "input_cost", "SUM", "AVG", dimensions=["span_model_name"])
    assert costs == [
        ({"span_model_name": "m0"}, {"SUM": 3, "AVG": 1}),
        ({"span_model_name": "m1"}, {"SUM": 2, "AVG": 1}),
    ]
    of_errors = ask("SPANS", "output_cost", "SUM", filters=["trace.status = 'ERROR'"])
    assert of_errors == [({}, {"SUM": 2})]


def test_assessments(ask, client, fluent, trace_ids):
    for number, trace_id in enumerate(trace_ids[:4]):
        fluent.log_feedback(trace_id=trace_id, name="score", value=number)
        fluent.log_feedback(trace_id=trace_id, name="good", value=number > 0)
    fluent.log_expectation(trace_id=trace_ids[0], name="answer", value="42")
    names = ask("ASSESSMENTS", "assessment_count", "COUNT", dimensions=["assessment_name"])
    assert names == [
        ({"assessment_name": "answer"}, {"COUNT": 1}),
        ({"assessment_name": "good"}, {"COUNT": 4}),
        ({"assessment_name": "score"}, {"COUNT": 4}),
    ]
    score = ["assessment.name = 'score'"]
    assert ask("ASSESSMENTS", "assessment_value", "AVG", "P50", filters=score) == [
        ({}, {"AVG": 1.5, "P50.0": 1.5})
    ]
    values = ask(
        "ASSESSMENTS",
        "assessment_count",
        "COUNT",
        dimensions=["assessment_value"],
        filters=["assessment.name = 'good'", "assessment.type = 'feedback'"],
    )
    assert values == [
        ({"assessment_value": "false"}, {"COUNT": 1}),
        ({"assessment_value": "true"}, {"COUNT": 3}),
    ]
    of_errors = ask("ASSESSMENTS", "assessment_value", "MAX", filters=[*score, "trace.status = 'ERROR'"])
    assert of_errors == [({}, {"MAX": 2})]


def test_filters(ask, client, fluent, trace_ids):
    def count(*filters):
        return ask("TRACES", "trace_count", "COUNT", filters=list(filters))[0][1]["COUNT"]

    assert count("trace.status = 'OK'") == 3
    assert count("trace.tag.env = 'prod'") == 2
    assert count("trace.tag.env = 'prod'", "trace.status = 'OK'") == 1
    assert count("trace.tag.`mlflow.traceName` = \"plan\"") == 2
    assert count("trace.metadata.`mlflow.trace.session` = 's1'") == 2
    assert count("trace.metadata.nothing = 'x'") == 0
    with fluent.start_run() as run:
        client.link_traces_to_run([trace_ids[0]], run.info.run_id)
    assert count(f"trace.metadata.`mlflow.sourceRun` = '{run.info.run_id}'") == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metric_name": "nothing"}, "metric_name must be one of ['trace_count', 'session_count',"),
        ({"aggregations": [{"aggregation_type": "SUM"}, {"aggregation_type": "AVG"}]}, "Found invalid aggregation_type(s): ['AVG', 'SUM']. Supported aggregation types: ['COUNT']"),
        ({"dimensions": ["span_name", "trace_name"]}, "Found invalid dimension(s): ['span_name']. Supported dimensions: ['trace_name', 'trace_status']"),
        ({"time_interval_seconds": 60}, "start_time_ms and end_time_ms are required if time_interval_seconds is set"),
        ({"filters": ["span.type = 'LLM'"]}, "Filtering by span is only supported for SPANS view type, got TRACES"),
        ({"filters": ["assessment.name = 'x'"]}, "Filtering by assessment is only supported for ASSESSMENTS view type, got TRACES"),
        ({"filters": ["trace.status = 'OK' AND trace.status = 'OK'"]}, "Invalid clause(s) in filter string: AND"),
        ({"filters": [""]}, "Invalid filter: ''. Expected one filter clause."),
        ({"filters": ["trace.status LIKE 'OK'"]}, "Invalid comparator: 'LIKE', only '=' operator is supported"),
        ({"filters": ["trace.state = 'OK'"]}, "Invalid entity 'state' specified for view type 'trace'. Valid entities are ['status', 'tag', 'metadata']"),
        ({"filters": ["run.status = 'OK'"]}, "Invalid view type 'run'. Valid values are dict_keys(['trace', 'span', 'assessment'])"),
        ({"filters": ["trace.tag = 'OK'"]}, "Filtering by tag requires a key, e.g. 'trace.tag.<key> = <value>'"),
        ({"experiment_ids": None}, "Missing value for required parameter 'experiment_ids'."),
        ({"metric_name": ""}, "Missing value for required parameter 'metric_name'."),
    ],
)
def test_refused_questions(rest, experiment, change, message):
    body = {
        "experiment_ids": [experiment],
        "view_type": "TRACES",
        "metric_name": "trace_count",
        "aggregations": [{"aggregation_type": "COUNT"}],
    }
    answer = rest.post("/api/3.0/mlflow/traces/metrics", {**body, **change})
    assert_invalid(answer)
    assert answer.message.startswith(message), answer.message


def test_the_clients_own_way(client, experiment, trace_ids):
    from mlflow.entities.trace_metrics import AggregationType, MetricAggregation, MetricViewType

    points = client._tracing_client.store.query_trace_metrics(
        experiment_ids=[experiment],
        view_type=MetricViewType.TRACES,
        metric_name="latency",
        aggregations=[MetricAggregation(AggregationType.PERCENTILE, 50)],
    )
    assert [point.values for point in points] == [{"P50.0": 200}]


def test_correlation(client, experiment, trace_ids):
    correlate = client._tracing_client.calculate_trace_filter_correlation
    found = correlate([experiment], "trace.status = 'ERROR'", "tag.env = 'dev'")
    counts = (found.filter1_count, found.filter2_count, found.joint_count, found.total_count)
    assert counts == (2, 2, 1, 5)
    assert found.npmi == pytest.approx(math.log(1 * 5 / (2 * 2)) / math.log(5))
    assert found.npmi_smoothed == pytest.approx(math.log(1.5 * 7 / (3 * 3)) / math.log(7 / 1.5))
    on_base = correlate([experiment], "trace.status = 'ERROR'", "tag.env = 'dev'", "name = 'plan'")
    counts = (on_base.filter1_count, on_base.filter2_count, on_base.joint_count, on_base.total_count)
    assert counts == (1, 1, 1, 2)
    assert on_base.npmi == 1
    never = correlate([experiment], "trace.status = 'OK'", "trace.status = 'ERROR'")
    assert never.npmi == -1
    unknown = correlate([experiment], "trace.status = 'OK'", "name = 'nothing'")
    assert math.isnan(unknown.npmi) and unknown.npmi_smoothed is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"experiment_ids": None}, "Missing value for required parameter 'experiment_ids'."),
        ({"filter_string2": None}, "Missing value for required parameter 'filter_string2'."),
        ({"base_filter": "nonsense = 'a'"}, "Invalid attribute key 'nonsense' specified."),
        ({"filter_string1": "status > 'OK'"}, "Invalid comparator '>' not one of"),
    ],
)
def test_refused_correlation(rest, experiment, change, message):
    body = {
        "experiment_ids": [experiment],
        "filter_string1": "status = 'OK'",
        "filter_string2": "status = 'OK'",
        **change,
    }
    answer = rest.post("/api/3.0/mlflow/traces/calculate-filter-correlation", body)
    assert_invalid(answer)
    assert answer.message.startswith(message), answer.message
