"""Whatever a caller sends, the server answers with a refusal and lives on."""

import gzip
import json
import random
import socket
import time

import pytest
import requests

pytestmark = pytest.mark.headwater_only

ROUTES = [
    ("POST", "experiments/create"), ("GET", "experiments/get"), ("GET", "experiments/get-by-name"),
    ("POST", "experiments/search"), ("POST", "experiments/update"), ("POST", "experiments/delete"),
    ("POST", "experiments/restore"), ("POST", "experiments/set-experiment-tag"),
    ("POST", "experiments/delete-experiment-tag"), ("POST", "experiments/search-datasets"),
    ("POST", "runs/create"), ("GET", "runs/get"), ("POST", "runs/search"), ("POST", "runs/update"),
    ("POST", "runs/delete"), ("POST", "runs/restore"), ("POST", "runs/log-metric"),
    ("POST", "runs/log-parameter"), ("POST", "runs/log-batch"), ("POST", "runs/log-inputs"),
    ("POST", "runs/outputs"), ("POST", "runs/log-model"), ("POST", "runs/set-tag"),
    ("POST", "runs/delete-tag"), ("POST", "runs/create-promptlab-run"),
    ("GET", "metrics/get-history"), ("GET", "metrics/get-history-bulk"),
    ("GET", "metrics/get-history-bulk-interval"), ("POST", "logged-models"),
    ("POST", "logged-models/search"), ("GET", "logged-models/x"), ("PATCH", "logged-models/x"),
    ("DELETE", "logged-models/x"), ("PATCH", "logged-models/x/tags"), ("DELETE", "logged-models/x/tags/y"),
    ("POST", "logged-models/x/params"), ("GET", "artifacts/list"), ("POST", "upload-artifact"),
]
FIELDS = [
    "experiment_id", "experiment_ids", "run_id", "run_ids", "name", "new_name", "key", "value", "timestamp",
    "step", "metrics", "params", "tags", "filter", "order_by", "max_results", "page_token", "view_type",
    "run_view_type", "datasets", "models", "model_id", "status", "end_time", "start_time", "metric_key",
    "path", "artifact_location", "model_json", "experiment_name",
]
VALUES = [
    None, True, 0, -1, 1.5, 10**30, -(10**30), "", "x", "\u0000rubbish", "0" * 32, "é\U0001f600", "x" * 20000, [], {}, [None],
    [[]], [{}], {"key": {}}, [{"key": "\u0000rubbish", "value": "\u0000rubbish", "timestamp": -1}], [{"key": 1, "value": "x"}],
]
BODIES = [
    b"", b"null", b"[]", b'"text"', b'"\\"twice\\""', b"{", b'{"a":', b"\xff\xfe\x00", b"{}" * 2, b"1e999", b"NaN",
    b"[" * 20000, b'{"a":' * 5000, b'{"experiment_id": 1e400}', b"\x00" * 100, b'{"a":1,"a":2}',
]


def url(server, path):
    return f"{server.url}/ajax-api/2.0/mlflow/{path}"


def check(answer, what):
    allowed = answer.status_code < 500 or answer.json().get("error_code") == "INVALID_STATE"
    assert allowed, f"{what}: {answer.status_code} {answer.text[:300]}"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_bodies_that_are_no_messages(server, method, path):
    session = requests.Session()
    for body in BODIES:
        for kind in ("application/json", "text/plain"):
            headers = {"Content-Type": kind}
            answer = session.request(method, url(server, path), data=body, headers=headers, timeout=20)
            check(answer, (method, path, body[:60]))


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_values_of_the_wrong_kind(server, method, path):
    session = requests.Session()
    chance = random.Random(f"{method} {path}")
    for _ in range(150):
        message = {field: chance.choice(VALUES) for field in chance.sample(FIELDS, chance.randint(1, 8))}
        text = json.dumps(message)
        if method == "GET":
            query = {name: value if isinstance(value, str) else json.dumps(value) for name, value in message.items()}
            answer = session.get(url(server, path), params=query, timeout=20)
        else:
            headers = {"Content-Type": "application/json"}
            answer = session.request(method, url(server, path), data=text, headers=headers, timeout=20)
        check(answer, (method, path, text[:300]))


def memory(server):
    """The most memory that the server ever held, in MiB."""
    lines = open(f"/proc/{server.process.pid}/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def test_bodies_of_a_hundred_megabytes(start_server):
    server = start_server()
    big = b'{"experiment_id": "' + b"x" * 100_000_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    for _ in range(3):
        check(requests.post(url(server, "runs/create"), data=big, headers=headers, timeout=60), "big")
    bomb = gzip.compress(b" " * 1_000_000_000, 9)
    headers["Content-Encoding"] = "gzip"
    answer = requests.post(url(server, "runs/create"), data=bomb, headers=headers, timeout=60)
    assert 400 <= answer.status_code < 500
    assert requests.get(f"{server.url}/health", timeout=5).text == "OK"
    assert memory(server) < 450


def test_slow_clients_hold_nobody_up(server):
    sockets = []
    for _ in range(50):
        slow = socket.create_connection(("127.0.0.1", server.port))
        slow.sendall(b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n")
        sockets.append(slow)
    began = time.monotonic()
    for _ in range(20):
        assert requests.get(f"{server.url}/health", timeout=5).text == "OK"
        assert requests.get(url(server, "experiments/get"), params={"experiment_id": "0"}, timeout=5).ok
    assert time.monotonic() - began < 10
    for slow in sockets:
        slow.close()
