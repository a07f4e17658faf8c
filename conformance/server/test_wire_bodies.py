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


@pytest.mark.parametrize("text", ["", " ", "null", "{", '{"name": "x",}', "{'name': 'x'}", '{"name": "x"} {}', "nonsense"])
def test_what_is_no_json_is_empty(rest, text):
    assert_invalid(post(rest, "experiments/create", text), f"Missing value for required parameter 'name'. {HINT}")


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
