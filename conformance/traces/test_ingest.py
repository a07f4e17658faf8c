"""OTLP export over HTTP, and what a client says of a trace as a whole.

The answer to starting a trace shows what its spans have left, so nothing else is needed to look.
"""

import gzip
import json
import os
import threading
import time
import zlib

import mlflow
import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

PROTOBUF = "application/x-protobuf"
NANO = 1_700_000_000_000_000_000


def request(*spans, resource=None):
    """An export request of (trace id, span id, parent id or none, attributes, changes)."""
    message = ExportTraceServiceRequest()
    of_resource = message.resource_spans.add()
    for key, value in (resource or {}).items():
        of_resource.resource.attributes.add(key=key).value.string_value = value
    scope = of_resource.scope_spans.add()
    for trace_id, span_id, parent_id, attributes, *changes in spans:
        span = scope.spans.add(trace_id=trace_id, span_id=span_id, name="s")
        span.parent_span_id = parent_id or b""
        span.start_time_unix_nano, span.end_time_unix_nano = NANO, NANO + 5_000_000
        for key, value in attributes.items():
            span.attributes.add(key=key).value.string_value = value
        for change in changes:
            change(span)
    return message


def ids(count=1):
    return [os.urandom(8) for _ in range(count)]


@pytest.fixture
def export(server, experiment):
    """Sends an export request, in protobuf if it is no bytes, and returns the answer."""

    def send(body, experiment=experiment, content_type=PROTOBUF, **headers):
        body = body if isinstance(body, bytes) else body.SerializeToString()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers["Content-Type"] = content_type
        if experiment is not None:
            headers["x-mlflow-experiment-id"] = experiment
        return requests.post(f"{server.url}/v1/traces", data=body, headers=headers, timeout=60)

    return send


@pytest.fixture
def start(server, experiment):
    """Says what a trace is as a whole; returns what is then stored of it."""

    def post(trace_id, **fields):
        info = {
            "trace_id": f"tr-{trace_id.hex()}",
            "trace_location": {
                "type": "MLFLOW_EXPERIMENT",
                "mlflow_experiment": {"experiment_id": experiment},
            },
            "request_time": "2023-11-14T22:13:20Z",
            "state": "OK",
            **fields,
        }
        answer = requests.post(
            f"{server.url}/api/3.0/mlflow/traces", json={"trace": {"trace_info": info}}, timeout=60
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["trace"]["trace_info"]

    return post


def test_spans_are_stored_and_the_trace_keeps_what_they_say(export, start):
    trace, (root, child) = os.urandom(16), ids(2)
    answer = export(
        request(
            (trace, child, root, {"mlflow.chat.tokenUsage": '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}'}),
            (
                trace,
                root,
                None,
                {
                    "mlflow.spanInputs": '{"messages": [{"role": "user", "content": "hello"}]}',
                    "mlflow.spanOutputs": '"done"',
                    "session.id": "s1",
                    "user.id": "u1",
                    "mlflow.traceTag.colour": "red",
                },
            ),
            resource={"service.name": "shop", "telemetry.sdk.name": "x"},
        )
    )
    assert answer.status_code == 200 and answer.content == b""
    assert answer.headers["content-type"] == PROTOBUF
    info = start(trace)
    assert info["request_preview"] == "hello"
    assert info["response_preview"] == '"done"'
    assert info["trace_metadata"]["mlflow.trace.session"] == "s1"
    assert info["trace_metadata"]["mlflow.trace.user"] == "u1"
    usage = '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}'
    assert info["trace_metadata"]["mlflow.trace.tokenUsage"] == usage
    assert info["tags"]["colour"] == "red"
    assert info["tags"]["service.name"] == "shop"
    assert info["tags"]["mlflow.trace.spansLocation"] == "TRACKING_STORE"
    assert info["tags"]["mlflow.artifactLocation"].endswith(f"/traces/tr-{trace.hex()}/artifacts")
    assert "telemetry.sdk.name" not in info["tags"]


def test_opentelemetrys_own_words_are_understood(export, start):
    trace, (root,) = os.urandom(16), ids()
    said = {
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": "3",
        "gen_ai.usage.output_tokens": "4",
        "gen_ai.input.messages": '[{"role": "user", "content": "hi"}]',
        "gen_ai.output.messages": "fine",
        "gen_ai.conversation.id": "c1",
    }
    assert export(request((trace, root, None, said))).status_code == 200
    info = start(trace)
    assert info["request_preview"] == '[{"role": "user", "content": "hi"}]'
    assert info["response_preview"] == '"fine"'
    assert info["trace_metadata"]["mlflow.trace.session"] == "c1"
    usage = '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}'
    assert info["trace_metadata"]["mlflow.trace.tokenUsage"] == usage


def test_spans_come_in_any_order_over_several_requests(export, start):
    trace, (root, child, leaf) = os.urandom(16), ids(3)
    usage = {"mlflow.chat.tokenUsage": '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}'}
    assert export(request((trace, leaf, child, usage))).status_code == 200
    # The parent repeats what its child used: it counts once.
    assert export(request((trace, child, root, usage))).status_code == 200
    assert export(request((trace, child, root, usage))).status_code == 200
    assert export(request((trace, root, None, {"mlflow.spanInputs": '"late"'}))).status_code == 200
    info = start(trace)
    assert info["request_preview"] == '"late"'
    assert '"total_tokens": 7' in info["trace_metadata"]["mlflow.trace.tokenUsage"]


def test_what_spans_of_several_requests_used_is_summed_up(export, start):
    trace, (root, agent, step, call, other) = os.urandom(16), ids(5)

    def used(count):
        return {"mlflow.chat.tokenUsage": json.dumps(dict.fromkeys(("input_tokens", "total_tokens"), count))}

    export(request((trace, root, None, {}), (trace, agent, root, used(10)), (trace, step, agent, {})))
    export(request((trace, other, root, used(3))))
    # What a span two floors above has said counts already.
    export(request((trace, call, step, used(10))))
    assert '"total_tokens": 13' in start(trace)["trace_metadata"]["mlflow.trace.tokenUsage"]


@pytest.mark.parametrize(
    ("packing", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress)],
)
def test_packed_requests(export, packing, pack):
    body = request((os.urandom(16), ids()[0], None, {})).SerializeToString()
    assert export(pack(body), Content_Encoding=packing).status_code == 200
    assert export(body, Content_Encoding=packing).status_code == 400


@pytest.mark.safer
def test_a_bomb_is_refused_before_it_goes_off(export):
    """Much of nothing in little: more than the server takes unpacked."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    piece = bytes(1 << 24)
    bomb = b"".join([packer.compress(piece) for _ in range(8)] + [packer.flush()])
    answer = export(bomb, Content_Encoding="gzip")
    assert answer.status_code == 413 and "exceeds this server's limit" in answer.text


def test_spans_of_a_run(export, client, experiment, run):
    trace, (root, child) = os.urandom(16), ids(2)
    other = os.urandom(16)
    spans = request((trace, root, None, {}), (other, child, root, {}))
    assert export(spans, x_mlflow_run_id=run).status_code == 200
    # Only a trace whose root has come is the run's.
    found = client.search_traces(locations=[experiment], run_id=run)
    assert [trace.info.trace_id for trace in found] == [f"tr-{trace.hex()}"]


@pytest.mark.safer
def test_a_run_that_is_not_there_is_told(export, start):
    trace, (root,) = os.urandom(16), ids()
    answer = export(request((trace, root, None, {})), x_mlflow_run_id="nowhere")
    assert answer.status_code == 200
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert partial.rejected_spans == 0 and "no run 'nowhere'" in partial.error_message
    assert start(trace)["state"] == "OK"


def test_messages_come_as_events(client, export):
    trace, (root,) = os.urandom(16), ids()

    def says(name, **attributes):
        def change(span):
            event = span.events.add(name=name, time_unix_nano=NANO)
            for key, value in attributes.items():
                event.attributes.add(key=key).value.string_value = value

        return change

    span = (
        trace,
        root,
        None,
        {"gen_ai.operation.name": "chat"},
        says("gen_ai.system.message", content="Be brief."),
        says("gen_ai.user.message", content="Why?"),
        says("gen_ai.choice", content="So."),
    )
    assert export(request(span)).status_code == 200
    (stored,) = client.get_trace(f"tr-{trace.hex()}").data.spans
    assert stored.inputs == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    assert stored.outputs == [{"role": "assistant", "content": "So."}]
    assert [event.name for event in stored.events][-1] == "gen_ai.choice"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"mlflow.llm.model": '"gpt-4o"', "mlflow.llm.provider": '"openai"'}, {"input_cost": 0.0025, "output_cost": 0.001}),
        ({"gen_ai.request.model": "gpt-4o"}, {"input_cost": 0.0025, "output_cost": 0.001}),
        ({"mlflow.spanInputs": '{"model": "gpt-4o"}'}, {"input_cost": 0.0025, "output_cost": 0.001}),
        ({"mlflow.llm.model": '"gateway:/mine"'}, None),
        ({"mlflow.llm.model": '"of-nobody"'}, None),
    ],
)
def test_cost_follows_from_model_and_tokens(export, start, said, expected):
    trace, (root,) = os.urandom(16), ids()
    usage = {"mlflow.chat.tokenUsage": '{"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100}'}
    assert export(request((trace, root, None, usage | said))).status_code == 200
    cost = start(trace)["trace_metadata"].get("mlflow.trace.cost")
    if expected is None:
        assert cost is None
    else:
        cost = json.loads(cost)
        assert {key: cost[key] for key in expected} == pytest.approx(expected)
        assert cost["total_cost"] == pytest.approx(sum(expected.values()))


def test_json(export, start):
    trace, (span,) = os.urandom(16), ids()
    body = {
        "resourceSpans": [{"scopeSpans": [{"spans": [{
            "traceId": trace.hex(), "spanId": span.hex(), "name": "j",
            "startTimeUnixNano": str(NANO), "endTimeUnixNano": str(NANO + 1),
            "attributes": [{"key": "mlflow.spanInputs", "value": {"stringValue": "[1]"}}],
        }]}]}]
    }  # fmt: skip
    answer = export(json.dumps(body).encode(), content_type="application/json; charset=utf-8")
    assert answer.status_code == 200, answer.text
    assert start(trace)["request_preview"] == "[1]"


@pytest.mark.parametrize("body", [b"", b"\x0a\x05ab", b"\xff" * 20], ids=["empty", "cut", "noise"])
def test_what_is_no_request_is_refused(export, body):
    answer = export(body)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Invalid OpenTelemetry format")


def test_headers(export, experiment):
    body = request((os.urandom(16), ids()[0], None, {}))
    missing = export(body, experiment=None)
    assert missing.status_code == 422
    assert missing.json()["detail"][0]["loc"] == ["header", "x-mlflow-experiment-id"]
    assert export(body, content_type="text/plain").status_code == 400
    unknown = export(body, experiment="987654321")
    assert unknown.status_code == 404
    assert unknown.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.safer
def test_an_empty_experiment_is_the_default_one(export, rest):
    # MLflow answers 200 and stores nothing.
    trace, span = os.urandom(16), os.urandom(8)
    assert export(request((trace, span, None, {})), experiment="").status_code == 200
    info = rest.get(f"/api/3.0/mlflow/traces/tr-{trace.hex()}").json["trace"]["trace_info"]
    assert info["trace_location"]["mlflow_experiment"]["experiment_id"] == "0"



@pytest.mark.safer
def test_good_spans_are_stored_beside_bad_ones(export, start):
    trace, (root, other) = os.urandom(16), ids(2)

    def far(span):
        span.end_time_unix_nano = 2**64 - 1

    answer = export(
        request(
            (trace, root, None, {"mlflow.spanInputs": '"in"'}),
            (trace, other, root, {}, far),
            (b"\x01", other, None, {}),
            (bytes(16), other, None, {}),
        )
    )
    assert answer.status_code == 200
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert partial.rejected_spans == 3
    assert "year 2262" in partial.error_message and "trace_id" in partial.error_message
    assert start(trace)["request_preview"] == '"in"'
    nothing = export(request((b"\x01", other, None, {})))
    assert nothing.status_code == 422 and "trace_id" in nothing.json()["detail"]


@pytest.mark.safer
def test_a_span_twice_in_a_request_and_texts_with_nul(export, start):
    trace, (root,) = os.urandom(16), ids()
    span = (trace, root, None, {"mlflow.spanInputs": '"in"', "a\0": "b\0"})
    assert export(request(span, span, resource={"k": "v\0"})).status_code == 200
    assert start(trace)["tags"]["k"] == "v"


def test_a_large_attribute(export, start):
    trace, (root,) = os.urandom(16), ids()
    large = '"' + "x" * 10_000_000 + '"'
    assert export(request((trace, root, None, {"mlflow.spanInputs": large}))).status_code == 200
    assert len(start(trace)["request_preview"]) == 1000


def test_the_same_span_from_many_writers(export, start, client):
    """Each of 16 writers sends the whole trace again: it is there once."""
    trace, spans = os.urandom(16), ids(5)
    usage = {"mlflow.chat.tokenUsage": '{"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}'}
    body = request(
        (trace, spans[0], None, {}), *[(trace, span, spans[0], usage) for span in spans[1:]]
    ).SerializeToString()
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(export(body).status_code)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 16
    assert len(client.get_trace(f"tr-{trace.hex()}").data.spans) == 5
    assert json.loads(start(trace)["trace_metadata"]["mlflow.trace.tokenUsage"])["total_tokens"] == 8


@pytest.mark.safer
def test_many_writers_of_the_same_traces(export, start):
    traces = [os.urandom(16) for _ in range(10)]
    failures = []

    def write(number):
        for _ in range(4):
            order = traces if number % 2 else traces[::-1]
            answer = export(request(*[(trace, os.urandom(8), b"\x01" * 8, {}) for trace in order]))
            if answer.status_code != 200:
                failures.append(answer.text)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert start(traces[0])["state"] == "OK"


def test_assessments_come_with_the_trace(start):
    trace = os.urandom(16)
    given = {
        "assessment_id": f"a-{os.urandom(16).hex()}",
        "assessment_name": "helpful",
        "source": {"source_type": "HUMAN", "source_id": "me"},
        "create_time": "2023-11-14T22:13:20Z",
        "last_update_time": "2023-11-14T22:13:20Z",
        "feedback": {"value": True},
    }
    (made,) = start(trace, assessments=[given])["assessments"]
    assert made["trace_id"] == f"tr-{trace.hex()}"
    assert {key: made[key] for key in given} == given
    (again,) = start(trace, assessments=[given | {"rationale": "why"}])["assessments"]
    assert again["rationale"] == "why"


def test_version_2(server, experiment):
    url = f"{server.url}/api/2.0/mlflow/traces"
    body = {
        "experiment_id": experiment,
        "timestamp_ms": 1000,
        "request_metadata": [{"key": "m", "value": "1"}],
        "tags": [{"key": "mlflow.traceName", "value": "n"}],
    }
    started = requests.post(url, json=body, timeout=60).json()["trace_info"]
    assert started["status"] == "IN_PROGRESS" and started["timestamp_ms"] == 1000
    body = {
        "timestamp_ms": 3500,
        "status": "OK",
        "tags": [{"key": "t", "value": "2"}],
    }
    ended = requests.patch(f"{url}/{started['request_id']}", json=body, timeout=60).json()["trace_info"]
    assert (ended["status"], ended["execution_time_ms"]) == ("OK", 2500)
    tags = {tag["key"]: tag["value"] for tag in ended["tags"]}
    assert (tags["mlflow.traceName"], tags["t"]) == ("n", "2")
    assert {"key": "m", "value": "1"} in ended["request_metadata"]
    missing = requests.patch(f"{url}/none", json=body, timeout=60)
    assert missing.status_code == 404


def test_the_clients_own_spans(fluent, experiment, start):
    fluent.set_experiment(experiment_id=experiment)
    with fluent.start_span("outer", span_type="CHAIN") as span:
        span.set_inputs({"question": "why"})
        fluent.update_current_trace(tags={"fruit": "pear"}, session_id="s2")
        with fluent.start_span("inner") as inner:
            inner.set_attribute("n", 1)
        span.set_outputs("because")
    fluent.flush_trace_async_logging()
    time.sleep(0.2)
    trace_id = bytes.fromhex(span.trace_id.removeprefix("tr-"))
    info = start(trace_id)
    assert info["tags"]["fruit"] == "pear"
    assert info["tags"]["mlflow.traceName"] == "outer"
    assert info["trace_metadata"]["mlflow.trace.session"] == "s2"
    assert info["request_preview"] == '{"question": "why"}'
    assert info["response_preview"] == "because" or info["response_preview"] == '"because"'
    assert mlflow.get_tracking_uri()
