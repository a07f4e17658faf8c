"""What an export, a stored trace and a search may take at most, who may say where a trace is, and deletions that
meet writes. Nothing here is timed: elements, bytes and answers are counted."""

import concurrent.futures
import gzip
import json
import os
import threading

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

PROTOBUF, JSON = "application/x-protobuf", "application/json"
NANO = 1_700_000_000_000_000_000


def field(number, content):
    """A field of protobuf with a length before it."""
    length, out = len(content), bytes([number << 3 | 2])
    while length > 127:
        out, length = out + bytes([length & 127 | 128]), length >> 7
    return out + bytes([length]) + content


def export_of(*spans):
    return field(1, field(2, b"".join(field(2, span) for span in spans)))


def span(trace, content=b"", span_id=None):
    times = bytes([7 << 3 | 1]) + NANO.to_bytes(8, "little") + bytes([8 << 3 | 1]) + (NANO + 1).to_bytes(8, "little")
    return field(1, trace) + field(2, span_id or os.urandom(8)) + field(5, b"s") + times + content


def json_export(trace, **fields):
    fields = {"traceId": trace.hex(), "spanId": os.urandom(8).hex(), "name": "s",
              "startTimeUnixNano": str(NANO), "endTimeUnixNano": str(NANO + 1)} | fields
    return {"resourceSpans": [{"scopeSpans": [{"spans": [fields]}]}]}


@pytest.fixture
def send(server, experiment):
    def post(body, content_type=PROTOBUF):
        headers = {"Content-Type": content_type, "Content-Encoding": "gzip", "x-mlflow-experiment-id": experiment}
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return requests.post(f"{server.url}/v1/traces", data=gzip.compress(body), headers=headers, timeout=60)

    return post


@pytest.fixture
def read(server):
    """The spans of a trace, as the REST API tells them."""

    def get(trace):
        parameters = {"trace_id": f"tr-{trace.hex()}", "allow_partial": "true"}
        answer = requests.get(f"{server.url}/api/3.0/mlflow/traces/get", params=parameters, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()["trace"]["spans"]

    return get


@pytest.fixture
def call(server):
    def send(method, path, body):
        return requests.request(method, f"{server.url}/api/{path}", json=body, timeout=60)

    return send


def values(span):
    return {pair.get("key", ""): pair["value"] for pair in span["attributes"]}


@pytest.mark.headwater_only
def test_a_request_that_would_become_too_much_is_refused(send):
    many = export_of(*[b""] * 100_001)
    spans = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{}] * 100_001}]}]}).encode()
    resources = bytes([1 << 3 | 2, 0]) * 1_500_001
    for body, content_type, what in [
        (many, PROTOBUF, "100000 spans"),
        (spans, JSON, "100000 spans"),
        (resources, PROTOBUF, "1500000 attributes, events, links and values"),
    ]:
        answer = send(body, content_type)
        assert answer.status_code == 400, answer.text
        assert f"more than {what}" in answer.json()["detail"]


@pytest.mark.headwater_only
@pytest.mark.parametrize(("number", "name"), [(9, "attributes"), (11, "events"), (13, "links")])
def test_what_a_span_has_too_much_of_is_dropped_and_counted(send, read, number, name):
    trace = os.urandom(16)
    answer = send(export_of(span(trace, bytes([number << 3 | 2, 0]) * 60_000)))
    assert answer.status_code == 200
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert partial.rejected_spans == 0 and "beyond 10000 were dropped" in partial.error_message
    [kept] = read(trace)
    assert kept[f"dropped_{name}_count"] == 50_000
    assert len(kept.get(name, [])) <= 10_000


def test_large_exports_of_honest_programs_are_kept(send, read):
    trace, root = os.urandom(16), os.urandom(8)
    large = "x" * (10 << 20)
    message = ExportTraceServiceRequest()
    scope = message.resource_spans.add().scope_spans.add()
    for number in range(1_000):
        span_id = root if number == 0 else os.urandom(8)
        made = scope.spans.add(trace_id=trace, span_id=span_id, name="s", start_time_unix_nano=NANO + number)
        made.parent_span_id = b"" if number == 0 else root
        made.end_time_unix_nano = NANO + number + 1
        for key in range(20):
            made.attributes.add(key=f"k{key}").value.string_value = large if (number, key) == (0, 3) else "v"
    answer = send(message.SerializeToString())
    assert answer.status_code == 200 and answer.content == b""
    spans = read(trace)
    assert len(spans) == 1_000
    assert values(spans[0])["k3"] == {"string_value": large}
    assert all(len(values(span)) >= 20 for span in spans)


def test_an_attribute_without_a_key_is_kept_as_it_is(send, read):
    trace = os.urandom(16)
    assert send(json_export(trace, attributes=[{"key": "", "value": {"stringValue": "oops"}}]), JSON).status_code == 200
    found = values(read(trace)[0])
    assert found[""] == {"string_value": "oops"}
    assert not {"mlflow.llm.provider", "mlflow.chat.tools"} & set(found)


def test_numbers_that_json_does_not_know_stay_numbers(send, read):
    trace = os.urandom(16)
    double = lambda key, number: {"key": key, "value": {"doubleValue": number}}  # noqa: E731
    items = {"key": "list", "value": {"arrayValue": {"values": [{"doubleValue": "NaN"}, {"intValue": "1"}]}}}
    attributes = [double("n", "NaN"), double("p", "Infinity"), double("m", "-Infinity"), items]
    assert send(json_export(trace, attributes=attributes), JSON).status_code == 200
    found = values(read(trace)[0])
    assert [found[key] for key in "npm"] == [{"double_value": text} for text in ("NaN", "Infinity", "-Infinity")]
    assert found["list"]["array_value"]["values"] == [{"double_value": "NaN"}, {"int_value": 1}]


def test_numbers_of_an_event_stay_numbers(send, read):
    trace = os.urandom(16)
    event = {"name": "e", "timeUnixNano": NANO, "attributes": [{"key": "k", "value": {"doubleValue": "NaN"}}]}
    assert send(json_export(trace, events=[event]), JSON).status_code == 200
    assert read(trace)[0]["events"][0]["attributes"] == [{"key": "k", "value": {"double_value": "NaN"}}]


def test_whole_numbers_come_in_every_spelling(send, read):
    trace = os.urandom(16)
    spellings = {"a": "1e3", "b": '"1.7e+12"', "c": '"5.0"', "d": '"+5"'}
    pairs = ",".join(f'{{"key":"{key}","value":{{"intValue":{text}}}}}' for key, text in spellings.items())
    body = json.dumps(json_export(trace, attributes=[])).replace('"attributes": []', f'"attributes": [{pairs}]')
    assert send(body.encode(), JSON).status_code == 200
    found = values(read(trace)[0])
    expected = {"a": 1000, "b": 1_700_000_000_000, "c": 5, "d": 5}
    assert {key: int(found[key]["int_value"]) for key in spellings} == expected


@pytest.mark.safer
def test_bare_numbers_marks_and_utf_16_are_read(send, read):
    body = lambda trace: json.dumps(json_export(trace, attributes=[  # noqa: E731
        {"key": "k", "value": {"doubleValue": float("nan")}}, {"key": "é", "value": {"stringValue": "ü"}}]))
    for encode in (str.encode, lambda text: text.encode("utf-8-sig"), lambda text: text.encode("utf-16")):
        trace = os.urandom(16)
        assert send(encode(body(trace)), JSON).status_code == 200
        found = values(read(trace)[0])
        assert found["k"] == {"double_value": "NaN"} and found["é"] == {"string_value": "ü"}


@pytest.mark.safer
def test_half_an_emoji_costs_no_export(send, read):
    trace = os.urandom(16)
    attributes = [{"key": "k", "value": {"stringValue": "a\ud83eb"}}, {"key": "whole", "value": {"stringValue": "🤗"}}]
    assert send(json_export(trace, attributes=attributes), JSON).status_code == 200
    found = values(read(trace)[0])
    assert found["k"] == {"string_value": "a\ufffdb"} and found["whole"] == {"string_value": "🤗"}


KEPT = {"mlflow.trace.spansLocation": "ARCHIVE_REPO", "mlflow.trace.archiveLocation": "mlflow-artifacts:/x",
        "mlflow.trace.archivalFailure": "x"}  # fmt: skip


@pytest.mark.headwater_only
def test_only_the_server_says_where_spans_are(send, read, call, experiment):
    trace = os.urandom(16)
    told = [{"key": f"mlflow.traceTag.{key}", "value": {"stringValue": value}} for key, value in KEPT.items()]
    assert send(json_export(trace, attributes=told), JSON).status_code == 200
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    info = {"trace_id": f"tr-{trace.hex()}", "trace_location": location, "request_time": "2023-11-14T22:13:20Z",
            "state": "OK", "tags": KEPT | {"mine": "1"}, "trace_metadata": KEPT | {"mine": "1"}}
    answer = call("POST", "3.0/mlflow/traces", {"trace": {"trace_info": info}})
    assert answer.status_code == 200
    stored = answer.json()["trace"]["trace_info"]
    assert stored["tags"]["mine"] == "1" and stored["trace_metadata"]["mine"] == "1"
    assert {key: stored["tags"].get(key) for key in KEPT} == dict.fromkeys(KEPT) | {
        "mlflow.trace.spansLocation": "TRACKING_STORE"}
    assert not set(KEPT) & set(stored["trace_metadata"])
    assert len(read(trace)) == 1

    pairs = [{"key": key, "value": value} for key, value in (KEPT | {"mine": "1"}).items()]
    begun = {"experiment_id": experiment, "timestamp_ms": 1, "request_metadata": pairs, "tags": pairs}
    answer = call("POST", "2.0/mlflow/traces", begun).json()["trace_info"]
    ended = {"timestamp_ms": 2, "status": "OK", "request_metadata": pairs, "tags": pairs}
    last = call("PATCH", f"2.0/mlflow/traces/{answer['request_id']}", ended).json()["trace_info"]
    for stored in (answer, last):
        for kept in (stored["tags"], stored["request_metadata"]):
            keys = {pair["key"] for pair in kept}
            assert "mine" in keys and not set(KEPT) & keys
    for key, value in KEPT.items():
        refused = call("PATCH", f"3.0/mlflow/traces/tr-{trace.hex()}/tags", {"key": key, "value": value})
        assert refused.status_code == 400 and "is immutable" in refused.json()["message"]


@pytest.mark.parametrize("key", ["bad?name", "%", "s3://b/y", "a/../b"])
def test_a_tag_of_a_trace_has_a_plain_name(send, call, key):
    trace = os.urandom(16)
    assert send(export_of(span(trace))).status_code == 200
    answer = call("PATCH", f"3.0/mlflow/traces/tr-{trace.hex()}/tags", {"key": key, "value": "v"})
    assert answer.status_code == 400
    message = answer.json()["message"]
    assert message.startswith("Invalid value ") and " for parameter 'key' supplied" in message


@pytest.mark.headwater_only
def test_a_search_is_bounded(call, experiment):
    searches = {
        "2.0/mlflow/runs/search": {"experiment_ids": [experiment]},
        "3.0/mlflow/traces/search": {"locations": [
            {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}]},
        "2.0/mlflow/experiments/search": {"max_results": 10},
        "2.0/mlflow/logged-models/search": {"experiment_ids": [experiment]},
    }
    for path, search in searches.items():
        condition = "name = 'a'" if "models" in path else "tags.`t{}` = 'a'"
        for count, status in ((50, 200), (51, 400), (1_000, 400)):
            conditions = " AND ".join(condition.format(number) for number in range(count))
            answer = call("POST", path, search | {"filter": conditions})
            assert answer.status_code == status, (path, count, answer.text)
            if status == 400:
                assert answer.json()["message"] == f"A search can have at most 50 conditions. Got {count}."
    for count, status in ((20, 200), (21, 400), (2_000, 400)):
        order = [f"metrics.m{number}" for number in range(count)]
        answer = call("POST", "2.0/mlflow/runs/search", {"experiment_ids": [experiment], "order_by": order})
        assert answer.status_code == status, (count, answer.text)


@pytest.mark.safer
def test_a_regular_expression_is_one_or_refused(send, call, experiment):
    trace = os.urandom(16)
    attribute = {"key": "a.b", "value": {"stringValue": "price: 5$"}}
    assert send(json_export(trace, attributes=[attribute]), JSON).status_code == 200
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}

    def search(condition):
        return call("POST", "3.0/mlflow/traces/search", {"locations": [location], "filter": condition})

    for expression in ("^price: [0-9].$", "x|5\\$", "(?i)PRICE", "(nothing|rice)"):
        answer = search(f"span.attributes.`a.b` RLIKE '{expression}'")
        assert len(answer.json().get("traces", [])) == 1, (expression, answer.text)
    assert "traces" not in search("span.attributes.`a.b` RLIKE 'x|y'").json()
    for expression in ("(", "[a", r"^(a+)(a+)\1$", "(?=a)", "a{300}", "((a{200}){200}){200}"):
        answer = search(f"tags.t RLIKE '{expression}'")
        assert answer.status_code == 400, (expression, answer.text)
        assert answer.json()["message"].startswith("Invalid regular expression for RLIKE: ")


def at_once(works):
    """Runs all at the same time; the answers' status codes."""
    barrier = threading.Barrier(len(works))

    def run(work):
        barrier.wait()
        return work().status_code

    with concurrent.futures.ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.safer
def test_deletions_and_spans_that_meet_lose_nothing(send, read, call, experiment):
    trace = os.urandom(16)
    name, path = f"tr-{trace.hex()}", f"3.0/mlflow/traces/tr-{trace.hex()}/tags"
    delete = {"experiment_id": experiment, "request_ids": [name]}
    for _ in range(4):
        assert send(export_of(span(trace))).status_code == 200
        exports = [lambda: send(export_of(span(trace), span(trace)))] * 6
        tags = [lambda n=n: call("PATCH", path, {"key": f"k{n}", "value": "v"}) for n in range(6)]
        deletions = [lambda: call("POST", "2.0/mlflow/traces/delete-traces", delete)] * 2
        answers = at_once(exports + tags + deletions)
        assert set(answers[:6]) == {200} and set(answers[6:12]) <= {200, 404} and set(answers[12:]) == {200}


@pytest.mark.safer
def test_records_that_meet_lose_nothing(call, experiment, unique):
    made = call("POST", "3.0/mlflow/datasets/create", {"name": unique("d"), "experiment_ids": [experiment]})
    path = f"3.0/mlflow/datasets/{made.json()['dataset']['dataset_id']}"

    def records(writer):
        rows = [{"inputs": {"q": row}, "expectations": {f"e{writer}": writer}} for row in range(5)]
        return call("POST", f"{path}/records", {"records": json.dumps(rows)})

    assert set(at_once([lambda writer=writer: records(writer) for writer in range(16)])) == {200}
    stored = call("GET", f"{path}/records", None).json()["records"]
    stored = json.loads(stored) if isinstance(stored, str) else stored
    assert [len(record["expectations"]) for record in stored] == [16] * 5
    answers = at_once(
        [lambda: call("DELETE", path, None)]
        + [lambda writer=writer: records(writer) for writer in range(10)]
        + [lambda: call("PATCH", f"{path}/tags", {"tags": '{"a": "b"}'})] * 6
    )
    assert answers[0] == 200 and set(answers[1:]) <= {200, 404}


@pytest.mark.safer
def test_a_model_that_goes_takes_its_writers_along(call, unique):
    name = unique("m")
    for _ in range(3):
        assert call("POST", "2.0/mlflow/registered-models/create", {"name": name}).status_code == 200
        version = {"name": name, "source": "s3://bucket/path"}
        assert call("POST", "2.0/mlflow/model-versions/create", version).status_code == 200
        tag = {"name": name, "version": "1", "key": "k", "value": "v"}
        alias = {"name": name, "version": "1", "alias": "a"}
        answers = at_once(
            [lambda: call("DELETE", "2.0/mlflow/registered-models/delete", {"name": name})]
            + [lambda: call("POST", "2.0/mlflow/model-versions/set-tag", tag)] * 8
            + [lambda: call("POST", "2.0/mlflow/registered-models/alias", alias)] * 4
            + [lambda: call("POST", "2.0/mlflow/model-versions/create", version)] * 4
        )
        # Nothing is left of the model, and nobody failed for what another did.
        assert answers[0] == 200 and set(answers[1:]) <= {200, 400, 404}
        assert call("GET", f"2.0/mlflow/registered-models/get?name={name}", None).status_code == 404
