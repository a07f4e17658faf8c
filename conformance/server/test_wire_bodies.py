"""What may stand in a request's body, and what a refusal looks like."""

import concurrent.futures
import gzip
import json
import socket
import time

import pytest

from rest import Rest, assert_invalid

MEGABYTE = 1024 * 1024
JSON = {"Content-Type": "application/json"}
HINT = "See the API docs for more information about request parameters."


def post(rest, route, text, **headers):
    data = text if isinstance(text, bytes) else text.encode()
    return rest.send("POST", route, data=data, headers={**JSON, **headers})


def test_the_shape_of_a_refusal(rest):
    answer = rest.post("experiments/create", {})
    assert answer.headers["content-type"].split(";")[0] == "application/json"
    assert answer.json == {
        "error_code": "INVALID_PARAMETER_VALUE",
        "message": f"Missing value for required parameter 'name'. {HINT}",
        "sqlstate": "KAM00",
        "error_class": "INVALID_PARAMETER_VALUE",
    }
    answer = rest.get("runs/get", {"run_id": "0123"})
    assert answer.json == {
        "error_code": "RESOURCE_DOES_NOT_EXIST",
        "message": "Run with id=0123 not found",
        "sqlstate": "KAM00",
        "error_class": "RESOURCE_NOT_FOUND",
    }


@pytest.mark.parametrize("text", ["", " ", "null"])
def test_no_json_is_empty(rest, text):
    assert_invalid(post(rest, "experiments/create", text), f"Missing value for required parameter 'name'. {HINT}")


@pytest.mark.parametrize("text", ["{", '{"name": "x",}', "{'name': 'x'}", '{"name": "x"} {}', "nonsense", b'{"name": "\xe9"}'])
def test_what_is_no_json_is_empty(rest, text):
    answer = post(rest, "experiments/create", text)
    assert_invalid(answer)
    assert answer.message.endswith(f"Missing value for required parameter 'name'. {HINT}")


@pytest.mark.headwater_only
@pytest.mark.parametrize("text", ["{", "nonsense", b'{"name": "\xe9", "filter": "\xe9"}', b'\xff\xfe{\x00x'])
def test_what_is_no_json_is_called_so(rest, text):
    """Before MLflow's words, which are about a parameter that may well be there."""
    for route in ("experiments/create", "runs/search"):
        answer = post(rest, route, text)
        assert answer.status == 400
        assert answer.message.startswith("The request body cannot be read as JSON: ")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_every_unicode_encoding_is_read(rest, unique, encoding):
    name = unique() + " é\U0001f600"
    assert post(rest, "experiments/create", json.dumps({"name": name}, ensure_ascii=False).encode(encoding)).status == 200
    assert rest.get("experiments/get-by-name", {"experiment_name": name}).status == 200


LARGEST = 1.7976931348623157e308


@pytest.mark.parametrize(
    ("field", "text", "stored"),
    [
        ("step", '"1e+05"', 100_000),
        ("step", '"5.0"', 5),
        ("step", '"2E3"', 2000),
        ("step", '"1_000"', 1000),
        ("step", '"+7"', 7),
        ("step", "5.0", 5),
        ("step", "1e3", 1000),
        ("step", '"9007199254740993"', 2**53 + 1),
        ("step", "9007199254740993", 2**53 + 1),
        ("timestamp", '"1.7e+12"', 1_700_000_000_000),
        ("step", '"-9223372036854775808"', -(2**63)),
        ("value", '"1e+05"', 1e5),
        ("value", '".5"', 0.5),
        ("value", '"5."', 5.0),
        ("value", '"1_0.5"', 10.5),
        ("value", '" 5 "', 5.0),
        ("value", "true", 1.0),
        ("value", "false", 0.0),
        ("value", '"inf"', LARGEST),
        ("value", '"-inf"', -LARGEST),
        ("value", '"+Inf"', LARGEST),
        ("value", '"Infinity"', LARGEST),
        ("value", '"1e400"', LARGEST),
        pytest.param("value", "1e400", LARGEST, marks=pytest.mark.safer),
        pytest.param("value", "-1e400", -LARGEST, marks=pytest.mark.safer),
        pytest.param("value", "-Infinity", -LARGEST, marks=pytest.mark.safer),
        pytest.param("step", '" 5 "', 5, marks=pytest.mark.safer),
    ],
)
def test_numbers_as_other_languages_write_them(rest, run, field, text, stored):
    fields = {"value": "0.5", "timestamp": "1", "step": "0", field: text}
    numbers = ",".join(f'"{name}":{value}' for name, value in fields.items())
    answer = post(rest, "runs/log-metric", f'{{"run_id":"{run}","key":"one",{numbers}}}')
    assert answer.status == 200, answer.text
    answer = post(rest, "runs/log-batch", f'{{"run_id":"{run}","metrics":[{{"key":"batch",{numbers}}}]}}')
    assert answer.status == 200, answer.text
    for key in ("one", "batch"):
        (metric,) = rest.history(run, key)["metrics"]
        assert metric[field] == stored


@pytest.mark.safer
@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("step", '"0x10"'), ("step", '"1.5"'), ("step", "1.5"), ("step", '"9223372036854775808"'),
        ("step", "9223372036854775808"), ("step", '"nan"'), ("step", "1e400"), ("step", "true"), ("value", '"0x10"'),
        ("value", '"1,5"'), ("value", '"1__0"'), ("timestamp", '"inf"'),
    ],
)
def test_what_is_no_number_is_named(rest, run, field, text):
    fields = {"value": "0.5", "timestamp": "1", "step": "0", field: text}
    numbers = ",".join(f'"{name}":{value}' for name, value in fields.items())
    answer = post(rest, "runs/log-metric", f'{{"run_id":"{run}","key":"bad",{numbers}}}')
    assert_invalid(answer)
    assert f"parameter '{field}'" in answer.message
    assert "metrics" not in rest.read_run(run)["data"]


@pytest.mark.safer
def test_half_an_emoji_costs_itself_alone(rest, run, unique):
    body = {
        "run_id": run,
        "metrics": [{"key": "m", "value": 1, "timestamp": 1, "step": 0}],
        "params": [{"key": "prompt", "value": "cut \ud83e"}, {"key": "whole", "value": "\U0001f917"}],
        "tags": [{"key": "t", "value": "\udd17\ud83e\ud83e\udd17."}],
    }
    assert post(rest, "runs/log-batch", json.dumps(body)).status == 200
    raw = f'{{"run_id":"{run}","key":"raw","value":"a \ud83e"}}'.encode("utf-8", "surrogatepass")
    assert post(rest, "runs/set-tag", raw).status == 200
    data = rest.read_run(run)["data"]
    assert {each["key"]: each["value"] for each in data["params"]} == {"prompt": "cut \ufffd", "whole": "\U0001f917"}
    tags = {each["key"]: each["value"] for each in data["tags"]}
    assert (tags["t"], tags["raw"]) == ("\ufffd\ufffd\U0001f917.", "a \ufffd")
    datasets = rest.below("/api/3.0/mlflow/")
    made = datasets.ok("POST", "datasets/create", {"name": unique(), "experiment_ids": ["0"]})["dataset"]["dataset_id"]
    records = json.dumps([{"inputs": {"q": "cut \ud83e", "\ud83e": [1]}}])
    assert datasets.ok("POST", f"datasets/{made}/records", {"records": records})["inserted_count"] == 1
    (record,) = json.loads(datasets.ok("GET", f"datasets/{made}/records")["records"])
    assert record["inputs"] == {"q": "cut \ufffd", "\ufffd": [1]}


@pytest.mark.headwater_only
def test_what_postgres_does_not_store_is_named(rest, run, engine, unique):
    for route, body in [
        ("runs/log-parameter", {"run_id": run, "key": "p", "value": "a\0b"}),
        ("runs/set-tag", {"run_id": run, "key": "t", "value": "a\0b"}),
        ("runs/create", {"experiment_id": "0", "run_name": "a\0b"}),
        ("runs/create", {"experiment_id": "0", "tags": [{"key": "t", "value": "a\0b"}]}),
        ("runs/log-metric", {"run_id": "a\0b", "key": "m", "value": 1, "timestamp": 1}),
    ]:
        answer = rest.post(route, body)
        if engine == "postgres":
            assert_invalid(answer)
            assert "NUL" in answer.message
        else:
            assert answer.status in (200, 404)
    datasets = rest.below("/api/3.0/mlflow/")
    made = datasets.ok("POST", "datasets/create", {"name": unique(), "experiment_ids": ["0"]})["dataset"]["dataset_id"]
    answer = datasets.post(f"datasets/{made}/records", {"records": '[{"inputs": {"q": NaN}}]'})
    if engine == "postgres":
        assert_invalid(answer)
        assert "NaN" in answer.message and "NUL" not in answer.message
    else:
        assert answer.status == 200


def resident(server):
    """The largest memory that the server's process ever had, in bytes."""
    status = open(f"/proc/{server.process.pid}/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


@pytest.mark.headwater_only
def test_a_small_body_makes_no_mountain(rest, server, unique):
    if server.process is None:
        pytest.skip("needs the server's process")
    datasets = rest.below("/api/3.0/mlflow/")
    made = datasets.ok("POST", "datasets/create", {"name": unique(), "experiment_ids": ["0"]})["dataset"]["dataset_id"]
    size = 4 * MEGABYTE
    zeros, maps, lists = "0," * (size // 2), "{}," * (size // 3), "[]," * (size // 3)
    before = resident(server)
    for path, text in [
        ("/api/2.0/mlflow/runs/create", f'{{"experiment_id":[{zeros}0]}}'),
        ("/api/2.0/mlflow/runs/create", f'{{"experiment_id":"0","tags":[{maps}{{}}]}}'),
        ("/api/2.0/mlflow/runs/create", f'{{"experiment_id":[{lists}0]}}'),
        ("/api/2.0/mlflow/runs/search", f'{{"experiment_ids":[{zeros}0]}}'),
        ("/graphql", f'{{"query":"{{a}}","variables":{{"a":[{zeros}0]}}}}'),
        (f"/api/3.0/mlflow/datasets/{made}/records", json.dumps({"records": f"[{zeros}0]"})),
        ("/api/3.0/mlflow/mcp-servers", f'{{"name":[{zeros}0]}}'),
    ]:
        packed = gzip.compress(text.encode(), 1)
        answer = post(rest, path, packed, **{"Content-Encoding": "gzip"})
        assert_invalid(answer)
        assert "is made of" in answer.message
    # Bodies, their packed form and what is left of each: not 70 bytes for each of two million values.
    assert resident(server) - before < 10 * size


@pytest.mark.headwater_only
def test_a_long_value_is_not_repeated(rest, run):
    for route, body in [
        ("experiments/create", {"name": ["x" * MEGABYTE]}),
        ("experiments/create", {"name": 5, "tags": "x" * MEGABYTE}),
        ("experiments/create", {"name": "n", "tags": [{"key": {"x" * MEGABYTE: 1}}]}),
        ("runs/log-batch", {"run_id": run, "metrics": [{"key": "m", "value": "x" * MEGABYTE}]}),
        ("runs/log-metric", {"run_id": run, "key": "?" * MEGABYTE, "value": 1, "timestamp": 1}),
        ("runs/log-model", {"run_id": run, "model_json": "x" * MEGABYTE}),
        ("runs/create", {"experiment_id": "x" * MEGABYTE}),
        ("runs/get", {"run_id": "x" * 20_000}),
        ("runs/update", {"run_id": "x" * MEGABYTE}),
        ("runs/search", {"experiment_ids": ["x" * MEGABYTE]}),
        ("runs/search", {"experiment_ids": ["0"], "page_token": "x" * MEGABYTE}),
        ("runs/search", {"experiment_ids": ["0"], "filter": "x" * MEGABYTE}),
        ("runs/search", {"experiment_ids": ["0"], "order_by": ["x" * MEGABYTE]}),
        ("registered-models/create", {"name": "/" * MEGABYTE}),
        ("registered-models/rename", {"name": "x" * MEGABYTE, "new_name": "y"}),
        ("model-versions/create", {"name": "x" * MEGABYTE, "source": "y" * MEGABYTE}),
        ("logged-models/search", {"experiment_ids": ["x" * MEGABYTE]}),
        ("experiments/update", {"experiment_id": "x" * MEGABYTE, "new_name": "y"}),
    ]:
        answer = rest.get(route, body) if route == "runs/get" else rest.post(route, body)
        assert 400 <= answer.status < 500, f"{route}: {answer.status}"
        assert len(answer.text) < 2000, f"{route}: {len(answer.text)}: {answer.text[:300]}"


def test_a_workspace_is_refused_while_there_are_none(rest, server):
    for route, name in [("experiments/get?experiment_id=0", "other"), ("experiments/get?experiment_id=0", "default"), ("/graphql", "other")]:
        answer = rest.send("GET", route, headers={"X-MLFLOW-WORKSPACE": name})
        assert (answer.status, answer.error_code) == (500, "FEATURE_DISABLED")
        assert answer.message == "Workspace APIs are not available: workspaces are not enabled on this server"
    assert rest.send("GET", "experiments/get?experiment_id=0", headers={"X-MLFLOW-WORKSPACE": ""}).status == 200
    assert rest.send("GET", "/api/3.0/mlflow/server-info", headers={"X-MLFLOW-WORKSPACE": "other"}).status == 200
    assert rest.send("POST", "runs/create", json={"experiment_id": "0"}, headers={"X-MLFLOW-WORKSPACE": "w"}).status == 500


def test_what_needs_no_body_needs_no_content_type(rest):
    for headers in ({}, {"Content-Type": "text/plain"}):
        answer = rest.send("POST", "/ajax-api/3.0/mlflow/demo/delete", headers=headers)
        assert answer.status == 200, answer.text


def test_json_inside_a_json_text(rest, unique):
    answer = post(rest, "experiments/create", json.dumps(json.dumps({"name": unique()})))
    assert answer.status == 200
    assert rest.get("experiments/get-by-name", {"experiment_name": unique()}).status == 200


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (5, "int", "5"),
        (1.5, "float", "1.5"),
        (True, "bool", "true"),
        (["x"], "list", '["x"]'),
        ({"b": 1, "a": [2]}, "dict", '{"a":[2],"b":1}'),
    ],
)
def test_wrong_types_are_named(rest, value, kind, text):
    message = f"Invalid value {text} for parameter 'name' supplied:  Hint: Value was of type '{kind}'. {HINT}"
    assert_invalid(rest.post("experiments/create", {"name": value}), message)


def test_unknown_fields_are_ignored(rest, unique):
    experiment = rest.experiment(unique(), unknown={"deep": [1, {"x": None}]}, other=None)
    run = rest.ok("POST", "runs/create", {"experiment_id": experiment, "nonsense": 5, "start_time": 1})
    assert run["run"]["info"]["start_time"] == 1


def test_camel_case_is_understood(rest, experiment):
    body = {"experimentId": experiment, "startTime": 7, "runName": "camel", "userId": "me"}
    info = rest.ok("POST", "runs/create", body)["run"]["info"]
    assert (info["start_time"], info["run_name"], info["user_id"]) == (7, "camel", "me")


def test_two_spellings_of_one_field(rest, experiment):
    body = {"experiment_id": experiment, "experimentId": experiment}
    message = "Request specifies both 'experiment_id' and 'experimentId'; provide only one of them."
    assert_invalid(rest.post("runs/create", body), message)


def test_content_types(rest, unique):
    text = json.dumps({"name": unique()})
    answer = rest.send("POST", "experiments/create", data=text, headers={"Content-Type": "text/plain"})
    assert_invalid(answer, "Bad Request. Content-Type must be one of ['application/json'].")
    answer = rest.send("POST", "experiments/create", data=text)
    assert_invalid(answer, "Bad Request. Content-Type header is missing.")
    kind = {"Content-Type": "application/json; charset=utf-8"}
    assert rest.send("POST", "experiments/create", data=text, headers=kind).status == 200


def test_numbers_in_answers_are_numbers(rest, run):
    rest.log_metric(run, "m", 1, timestamp=2**53 + 1, step=2**60 + 1)
    (metric,) = rest.history(run, "m")["metrics"]
    assert (metric["timestamp"], metric["step"]) == (2**53 + 1, 2**60 + 1)


@pytest.mark.safer
@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "5",
        "true",
        '"nonsense"',
        '[{"name": "x"}]',
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"name":"x","deep":' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"name":' + "9" * 100_000 + "}",
        '{"name": "\\ud800"}',
        b'{"name": "\xff\xfe"}',
        b"\xff" * 1000,
        b"\x00" * 1000,
    ],
    ids=lambda text: repr(text[:12]),
)
@pytest.mark.parametrize(
    "route",
    ["experiments/create", "runs/create", "runs/log-batch", "runs/log-metric", "runs/search", "logged-models"],
)
def test_nothing_breaks_the_parser(rest, route, text):
    assert post(rest, route, text).status < 500


@pytest.mark.safer
@pytest.mark.parametrize("value", [[1], {"a": 1}, [], "", "1e999", "nan", "0x10", 1e300, 2**64, -(2**64), "9" * 400])
@pytest.mark.parametrize("field", ["timestamp", "step", "value"])
def test_odd_numbers_are_no_failure(rest, run, field, value):
    body = {"run_id": run, "key": "m", "value": 1, "timestamp": 1, "step": 0, field: value}
    assert rest.post("runs/log-metric", body).status < 500
    batch = {"run_id": run, "metrics": [{name: body[name] for name in ("key", "value", "timestamp", "step")}]}
    assert rest.post("runs/log-batch", batch).status < 500


@pytest.mark.safer
def test_nul_is_refused_or_kept(rest, run):
    for route, body in [
        ("experiments/create", {"name": "a\0b"}),
        ("runs/log-parameter", {"run_id": run, "key": "p", "value": "a\0b"}),
        ("runs/set-tag", {"run_id": run, "key": "t", "value": "a\0b"}),
        ("runs/search", {"experiment_ids": ["0"], "filter": "tags.a = 'x\0y'"}),
    ]:
        assert rest.post(route, body).status < 500


def test_a_megabyte_of_tags(rest, run):
    tags = [{"key": f"t{number}", "value": "v" * 8000} for number in range(100)]
    rest.ok("POST", "runs/log-batch", {"run_id": run, "tags": tags})
    assert len(rest.read_run(run)["data"]["tags"]) == 101


@pytest.mark.slow
@pytest.mark.safer
def test_a_hundred_megabytes(rest, server):
    answer = post(rest, "experiments/create", b'{"name": "' + b"x" * (100 * MEGABYTE) + b'"}')
    assert 400 <= answer.status < 500
    assert rest.get("/health").status == 200


@pytest.mark.headwater_only
@pytest.mark.slow
def test_large_bodies_do_not_pile_up_in_memory(server, rest, run, experiment):
    if server.process is None:
        pytest.skip("needs the server's process")

    def resident():
        status = open(f"/proc/{server.process.pid}/status").read()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    before = resident()
    peak = before

    def chunks():
        nonlocal peak
        for _ in range(200):
            peak = max(peak, resident())
            yield b"x" * MEGABYTE

    path = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/large"
    assert rest.send("PUT", path, data=chunks()).status == 200
    assert peak - before < 64 * MEGABYTE


def test_a_client_that_hangs_up(server, rest, unique):
    for cut in (10, 60, 120):
        body = json.dumps({"name": unique(), "pad": "x" * 500})
        head = (
            f"POST /api/2.0/mlflow/experiments/create HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall((head + body)[: len(head) + cut].encode())
    assert rest.get("experiments/get-by-name", {"experiment_name": unique()}).status == 404


def test_slow_clients_hold_nobody_up(server, rest):
    slow = []
    for _ in range(20):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(f"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n".encode())
        slow.append(connection)
    started = time.monotonic()
    assert rest.get("/health").status == 200
    assert rest.get("experiments/get", {"experiment_id": "0"}).status == 200
    assert time.monotonic() - started < 5
    for connection in slow:
        connection.close()


def test_many_at_once(server, experiment):
    def work(number):
        own = Rest(server.url)
        return own.run(experiment, run_name=str(number), start_time=number)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(work, range(100)))
    assert len(set(ids)) == 100
    found = Rest(server.url).ok("POST", "runs/search", {"experiment_ids": [experiment], "max_results": 200})
    assert len(found["runs"]) == 100


class TestCompression:
    """Bodies may be packed in both directions."""

    pytestmark = pytest.mark.headwater_only

    def test_packed_requests(self, rest, unique):
        body = gzip.compress(json.dumps({"name": unique()}).encode())
        answer = post(rest, "experiments/create", body, **{"Content-Encoding": "gzip"})
        assert answer.status == 200
        assert rest.get("experiments/get-by-name", {"experiment_name": unique()}).status == 200

    def test_packed_answers(self, rest, experiment):
        for number in range(30):
            rest.run(experiment, run_name=f"run number {number}")
        answer = rest.post(
            "runs/search", {"experiment_ids": [experiment]}, headers={"Accept-Encoding": "gzip"}
        )
        assert answer.headers.get("content-encoding") == "gzip"
        assert len(answer.json["runs"]) == 30

    def test_a_bomb_is_refused(self, rest):
        body = gzip.compress(b" " * (256 * MEGABYTE), 6)
        answer = post(rest, "experiments/create", body, **{"Content-Encoding": "gzip"})
        assert 400 <= answer.status < 500

    def test_what_is_not_packed_is_refused(self, rest):
        answer = post(rest, "experiments/create", "{}", **{"Content-Encoding": "gzip"})
        assert 400 <= answer.status < 500


def test_null_is_nothing_given(rest, run, experiment, unique):
    """In a list's items too, whatever their fields."""
    tags = [{"key": "t", "value": None}]
    body = {"run_id": run, "tags": tags, "params": tags, "metrics": [{"key": "m", "value": 1, "timestamp": 1, "step": None}]}
    assert rest.post("runs/log-batch", body).status == 200
    body = {"experiment_id": experiment, "tags": tags, "run_name": None, "start_time": None, "user_id": None}
    created = rest.ok("POST", "runs/create", body)["run"]
    assert {"key": "t", "value": ""} in created["data"]["tags"]
    rest.experiment(unique(), tags=tags, artifact_location=None)
    rest.ok("POST", "registered-models/create", {"name": unique(), "tags": tags, "description": None})
    rest.ok("POST", "logged-models", {"experiment_id": experiment, "name": "m", "tags": None, "params": tags})
