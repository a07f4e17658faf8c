"""The files of traces: what is attached to spans, spans that a client keeps in a file, and the archive."""

import json
import pathlib
import time

import pytest
import requests
import yaml
from packaging.version import Version

import servers
from rest import Rest, assert_invalid, assert_missing

FILES = "/ajax-api/3.0/mlflow/get-trace-artifact"
PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(range(256))


@pytest.mark.mlflow3
def test_what_is_attached_to_a_span(fluent, client, rest):
    from mlflow.tracing.attachments import Attachment

    with fluent.start_span("look") as span:
        span.set_inputs({"picture": Attachment(content_type="image/png", content_bytes=PNG)})
    fluent.flush_trace_async_logging()
    trace = client.get_trace(span.trace_id)
    reference = Attachment.parse_ref(trace.data.spans[0].inputs["picture"])
    assert reference["content_type"] == "image/png" and reference["size"] == len(PNG)
    query = {"request_id": span.trace_id, "path": reference["attachment_id"]}
    answer = rest.get(FILES, query)
    assert (answer.status, answer.content) == (200, PNG)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment")
    for path in ("../traces.json", "x", reference["attachment_id"].upper()):
        assert_invalid(rest.get(FILES, {**query, "path": path}))
    assert rest.get(FILES, {**query, "path": "00000000-0000-4000-8000-000000000000"}).status >= 400


@pytest.mark.mlflow3
def test_spans_of_the_database_as_a_file(fluent, rest, kind):
    with fluent.start_span("root", span_type="CHAIN") as root:
        root.set_inputs({"question": "why? \u00e9"})
        with fluent.start_span("child"):
            pass
    fluent.flush_trace_async_logging()
    answer = rest.get(FILES, {"request_id": root.trace_id})
    assert answer.status == 200
    if kind == "headwater":
        # The reference calls it plain text.
        assert answer.headers["content-type"].split(";")[0] == "application/json"
    spans = answer.json["spans"]
    assert [span["name"] for span in spans] == ["root", "child"]
    assert json.loads(spans[0]["attributes"]["mlflow.spanInputs"]) == {"question": "why? \u00e9"}
    assert spans[1]["parent_span_id"] == spans[0]["span_id"]
    assert spans[0]["parent_span_id"] is None


def test_spans_that_a_client_keeps_in_a_file(rest, server, experiment):
    """As clients before version 3 do: the server knows the trace and where its file is."""
    started = rest.ok(
        "POST",
        "traces",
        {"experiment_id": experiment, "timestamp_ms": 5, "request_metadata": [], "tags": []},
    )["trace_info"]
    trace_id = started["request_id"]
    query = {"request_id": trace_id}
    missing = rest.get(FILES, query)
    assert missing.status == 404 and missing.error_code == "NOT_FOUND"
    location = next(tag["value"] for tag in started["tags"] if tag["key"] == "mlflow.artifactLocation")
    assert location.startswith("mlflow-artifacts:/")
    data = json.dumps({"spans": [], "request": "\u00e9"}).encode()
    path = location.removeprefix("mlflow-artifacts:/") + "/traces.json"
    url = f"{server.url}/api/2.0/mlflow-artifacts/artifacts/{path}"
    assert requests.put(url, data=data, timeout=60).status_code == 200
    for prefix in ("/ajax-api/2.0", "/ajax-api/3.0"):
        answer = rest.get(f"{prefix}/mlflow/get-trace-artifact", query)
        assert (answer.status, answer.content) == (200, data)


def test_files_of_no_trace(rest):
    assert_missing(rest.get(FILES, {"request_id": "tr-nothing"}))
    answer = rest.get(FILES)
    assert answer.status == 400
    assert answer.message == 'Request must include the "request_id" query parameter.'
    path = "00000000-0000-4000-8000-000000000000"
    assert_missing(rest.get(FILES, {"request_id": "tr-nothing", "path": path}))


class Archive:
    """A server of its own, with the database and the folder of its archive."""

    def __init__(self, kind, folder, store, engine, arguments=()):
        self.store_uri = store
        self.location = (folder / "artifacts" / "archive").as_uri()
        self.server = servers.start(kind, folder, store, engine, arguments)
        self.rest = Rest(self.server.url)
        self.experiment = self.rest.experiment("archived")

    def mlflow_store(self):
        """MLflow's own store on the same database."""
        import mlflow
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

        if Version(mlflow.__version__) < Version("3.18"):
            pytest.skip(f"MLflow {mlflow.__version__} is older than the schema")
        return SqlAlchemyStore(self.store_uri, str(self.server.folder / "artifacts"))

    def file(self, trace_id):
        folder = pathlib.Path(self.server.folder, "artifacts", "archive", self.experiment, "traces")
        return folder / trace_id / "artifacts" / "traces.pb"

    def trace(self, monkeypatch):
        import mlflow

        monkeypatch.setenv("MLFLOW_TRACKING_URI", self.server.url)
        mlflow.set_tracking_uri(self.server.url)
        mlflow.set_experiment(experiment_id=self.experiment)
        with mlflow.start_span("root", span_type="AGENT") as root:
            root.set_inputs({"n": [1, 2.5, None, True], "text": "\u00e9"})
            with mlflow.start_span("child") as child:
                child.add_event(mlflow.entities.SpanEvent("seen", attributes={"k": 1}))
            with pytest.raises(ValueError), mlflow.start_span("broken"):
                raise ValueError("bad")
        mlflow.flush_trace_async_logging()
        return mlflow.MlflowClient(self.server.url).get_trace(root.trace_id)


@pytest.fixture
def archive(kind, engine, databases, tmp_path, monkeypatch):
    made = []

    def make(*arguments):
        made.append(Archive(kind, tmp_path / "server", databases(engine), engine, arguments))
        return made[-1]

    yield make
    for each in made:
        each.server.stop()


def told(trace):
    return [
        (span.name, span.span_id, span.parent_id, span.start_time_ns, span.end_time_ns, span.status,
         span.inputs, span.attributes, [(event.name, event.attributes) for event in span.events])
        for span in trace.data.spans
    ]  # fmt: skip


def test_what_mlflow_archived_is_read(archive, monkeypatch):
    import mlflow

    room = archive()
    before = room.trace(monkeypatch)
    room.rest.ok(
        "POST",
        "experiments/set-experiment-tag",
        {"experiment_id": room.experiment, "key": "mlflow.trace.archiveNow", "value": "{}"},
    )
    moved = room.mlflow_store().archive_traces(
        resolved_trace_archival_location=room.location, broader_retention="30d"
    )
    assert moved == 1 and room.file(before.info.trace_id).exists()
    client = mlflow.MlflowClient(room.server.url)
    after = client.get_trace(before.info.trace_id)
    assert after.info.tags["mlflow.trace.spansLocation"] == "ARCHIVE_REPO"
    assert told(after) == told(before)
    found = client.search_traces([room.experiment])
    assert [told(trace) for trace in found] == [told(before)]
    spans = room.rest.get(FILES, {"request_id": before.info.trace_id}).json["spans"]
    assert [span["name"] for span in spans] == [span.name for span in before.data.spans]
    client.delete_traces(room.experiment, trace_ids=[before.info.trace_id])
    assert not room.file(before.info.trace_id).exists()
    assert client.search_traces([room.experiment]) == []


@pytest.mark.headwater_only(reason="MLflow's server archives from a process of its own, once in five minutes")
def test_what_is_archived_mlflow_reads(archive, tmp_path, monkeypatch):
    config = tmp_path / "archival.yaml"
    location = (tmp_path / "server" / "artifacts" / "archive").as_uri()
    settings = {"enabled": True, "location": location, "retention": "30d", "interval_seconds": 1}
    config.write_text(yaml.safe_dump({"trace_archival": settings}))
    room = archive("--trace-archival-config", str(config))
    assert room.rest.ok("GET", "/api/3.0/mlflow/server-info")["trace_archival_enabled"] is True
    before = room.trace(monkeypatch)
    wish = {"experiment_id": room.experiment, "key": "mlflow.trace.archiveNow", "value": "{}"}
    room.rest.ok("POST", "experiments/set-experiment-tag", wish)
    end = time.monotonic() + 30
    while "mlflow.trace.archiveNow" in str(room.rest.get("experiments/get", {"experiment_id": room.experiment}).json):
        assert time.monotonic() < end, "the wish to archive at once was not fulfilled"
        time.sleep(0.2)
    assert room.file(before.info.trace_id).exists()
    of_mlflow = room.mlflow_store().get_trace(before.info.trace_id)
    assert told(of_mlflow) == told(before)
    import mlflow

    after = mlflow.MlflowClient(room.server.url).get_trace(before.info.trace_id)
    assert told(after) == told(before)


@pytest.mark.mlflow3
def test_how_long_traces_stay(archive, tmp_path):
    import mlflow

    config = tmp_path / "archival.yaml"
    settings = {"enabled": True, "location": (tmp_path / "archive").as_uri(), "retention": "30d"}
    config.write_text(yaml.safe_dump({"trace_archival": settings}))
    room = archive("--trace-archival-config", str(config))
    client = mlflow.MlflowClient(room.server.url)

    def shown():
        by_search = {each.experiment_id: each for each in client.search_experiments()}[room.experiment]
        retention = client.get_experiment(room.experiment).effective_trace_archival_retention
        assert by_search.effective_trace_archival_retention == retention
        assert client.get_experiment_by_name("archived").effective_trace_archival_retention == retention
        return retention

    def wish(retention):
        value = json.dumps({"type": "duration", "value": retention})
        client.set_experiment_tag(room.experiment, "mlflow.trace.archivalRetention", value)

    assert shown() == "30d"
    wish("12h")
    assert shown() == "12h"
    # Longer than the server allows, unless the experiment is on the list.
    wish("90d")
    assert shown() == "30d"
    if room.server.kind == "headwater":
        settings["long_retention_allowlist"] = [int(room.experiment)]
        config.write_text(yaml.safe_dump({"trace_archival": settings}))
        assert shown() == "90d"
