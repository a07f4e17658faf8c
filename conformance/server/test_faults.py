"""What is lost when the server dies, and what concurrent writers do to each other: nothing."""

import asyncio
import json
import os
import pathlib
import resource
import sqlite3
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult

import servers
from faults import Faulty

pytestmark = pytest.mark.headwater_only

API = "/api/2.0/mlflow/"


@pytest.fixture
def mortal(kind, engine, databases, tmp_path):
    """Starts a server over a database of its own, again and again on the same one."""
    store = databases(engine)
    started = []

    def start():
        server = servers.start(kind, tmp_path / str(len(started)), store, engine)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


class Writer(threading.Thread):
    """Logs batches of one shape until the server is gone, and keeps the numbers that were answered."""

    def __init__(self, url, run_id, name):
        super().__init__()
        self.url, self.run_id, self.name = url, run_id, name
        self.acknowledged = []
        self.attempted = 0

    def batch(self, number):
        return {
            "run_id": self.run_id,
            "metrics": [
                {"key": f"{self.name}-{i}", "value": number, "timestamp": number, "step": number}
                for i in range(20)
            ],
            "params": [{"key": f"{self.name}-{number}-{i}", "value": "p"} for i in range(5)],
            "tags": [{"key": f"{self.name}-{number}-{i}", "value": "t"} for i in range(5)],
        }

    def run(self):
        session = requests.Session()
        while True:
            self.attempted += 1
            body = self.batch(self.attempted)
            try:
                answer = session.post(self.url + API + "runs/log-batch", json=body, timeout=10)
            except requests.RequestException:
                return
            if answer.status_code != 200:
                return
            self.acknowledged.append(self.attempted)


@pytest.mark.parametrize("round_", range(3))
def test_a_killed_server_keeps_what_it_acknowledged(mortal, round_):
    server = mortal()
    body = {"experiment_id": "0"}
    run_id = requests.post(server.url + API + "runs/create", json=body, timeout=10).json()["run"]["info"]["run_id"]
    writers = [Writer(server.url, run_id, f"w{number}") for number in range(4)]
    for writer in writers:
        writer.start()
    threading.Event().wait(0.4 + 0.3 * round_)
    server.kill()
    for writer in writers:
        writer.join()
    assert sum(len(writer.acknowledged) for writer in writers) > 20

    again = mortal()
    run = requests.get(again.url + API + "runs/get", params={"run_id": run_id}, timeout=10).json()["run"]
    params = {param["key"] for param in run["data"]["params"]}
    tags = {tag["key"] for tag in run["data"]["tags"]}
    for writer in writers:
        query = {"run_id": run_id, "metric_key": f"{writer.name}-0"}
        history = requests.get(again.url + API + "metrics/get-history", params=query, timeout=10).json()
        steps = {metric["step"] for metric in history.get("metrics", [])}
        for number in range(1, writer.attempted + 1):
            parts = [f"{writer.name}-{number}-{i}" for i in range(5)]
            found = [part in params for part in parts] + [part in tags for part in parts]
            found.append(number in steps)
            assert all(found) or not any(found), f"half of batch {number} of {writer.name}"
            assert all(found) or number not in writer.acknowledged, f"batch {number} was acknowledged"


class TraceWriter(threading.Thread):
    """Exports traces of three spans each until the server is gone."""

    def __init__(self, url):
        super().__init__()
        headers = {"x-mlflow-experiment-id": "0"}
        endpoint = f"{url}/v1/traces"
        self.exporter = OTLPSpanExporter(endpoint, headers=headers, timeout=1, compression=Compression.Gzip)
        self.tracer = TracerProvider().get_tracer("faults")
        self.acknowledged = []
        self.attempted = []

    def run(self):
        while True:
            with self.tracer.start_as_current_span("root", attributes={"a": "x" * 500}) as root:
                with self.tracer.start_as_current_span("child") as child:
                    with self.tracer.start_as_current_span("leaf") as leaf:
                        trace_id = f"tr-{root.get_span_context().trace_id:032x}"
            self.attempted.append(trace_id)
            if self.exporter.export([leaf, child, root]) is not SpanExportResult.SUCCESS:
                return
            self.acknowledged.append(trace_id)


@pytest.mark.parametrize("round_", range(2))
def test_a_killed_server_keeps_the_traces_it_acknowledged(mortal, round_):
    server = mortal()
    writers = [TraceWriter(server.url) for _ in range(4)]
    for writer in writers:
        writer.start()
    threading.Event().wait(0.5 + 0.4 * round_)
    server.kill()
    for writer in writers:
        writer.join()
    assert sum(len(writer.acknowledged) for writer in writers) > 20

    again = mortal()
    session = requests.Session()
    for writer in writers:
        for trace_id in writer.attempted:
            query = {"trace_id": trace_id, "allow_partial": "true"}
            answer = session.get(f"{again.url}/api/3.0/mlflow/traces/get", params=query, timeout=10)
            if trace_id in writer.acknowledged or answer.status_code != 404:
                assert answer.status_code == 200, answer.text
                assert len(answer.json()["trace"]["spans"]) == 3


def together(work, count=16):
    """Runs `work(number)` in threads that begin at the same moment; returns what they returned."""
    barrier = threading.Barrier(count)
    results = [None] * count

    def body(number):
        barrier.wait()
        results[number] = work(number)

    threads = [threading.Thread(target=body, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_sixteen_writers_on_one_run(server, rest, run):
    """Keys overlap and come in different orders, which is what deadlocks are made of."""
    keys = [f"k{number}" for number in range(40)]

    def work(number):
        order = keys if number % 2 else keys[::-1]
        session = requests.Session()
        answers = set()
        for step in range(10):
            metrics = [
                {"key": key, "value": number, "timestamp": step, "step": step} for key in order
            ]
            tags = [{"key": key, "value": str(number)} for key in order]
            body = {"run_id": run, "metrics": metrics, "tags": tags}
            answers.add(session.post(server.url + API + "runs/log-batch", json=body).status_code)
            one = {"run_id": run, "key": order[step], "value": number, "timestamp": 100, "step": step}
            answers.add(session.post(server.url + API + "runs/log-metric", json=one).status_code)
        return answers

    assert together(work) == [{200}] * 16
    latest = {metric["key"]: metric for metric in rest.ok("GET", "runs/get", query={"run_id": run})["run"]["data"]["metrics"]}
    for key in keys:
        history = rest.history(run, key)["metrics"]
        best = max((point["step"], point["timestamp"], point["value"]) for point in history)
        assert (latest[key]["step"], latest[key]["timestamp"], latest[key]["value"]) == best
        assert len([point for point in history if point["timestamp"] < 100]) == 160


def test_of_many_creators_of_one_name_one_wins(rest, unique):
    name = unique()
    answers = together(lambda _: rest.post("experiments/create", {"name": name}))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 15
    codes = {answer.json.get("error_code") for answer in answers if answer.status == 400}
    assert codes == {"RESOURCE_ALREADY_EXISTS"}


def test_the_same_param_from_everyone(rest, run):
    body = {"run_id": run, "key": "p", "value": "same"}
    assert {answer.status for answer in together(lambda _: rest.post("runs/log-parameter", body))} == {200}


def test_bad_points_in_a_group_fail_alone(rest, experiment):
    """Single points that arrive together are committed together."""
    good, deleted = rest.run(experiment), rest.run(experiment)
    rest.ok("POST", "runs/delete", {"run_id": deleted})
    targets = [good, deleted, "0" * 32]
    expected = {good: 200, deleted: 400, "0" * 32: 404}

    def work(number):
        run_id = targets[number % 3]
        body = {"run_id": run_id, "key": "m", "value": number, "timestamp": number}
        return expected[run_id] == rest.post("runs/log-metric", body).status

    assert all(together(work, 48))
    assert len(rest.history(good, "m")["metrics"]) == 16


@pytest.mark.parametrize(
    "bad",
    [
        {"metrics": [{"key": "ok", "value": 1, "timestamp": 1}, {"key": "a/../b", "value": 1, "timestamp": 1}]},
        {"metrics": [{"key": "ok", "value": 1, "timestamp": 1}], "params": [{"key": "fixed", "value": "new"}]},
        {"metrics": [{"key": "ok", "value": 1, "timestamp": 1}], "tags": [{"key": "", "value": "x"}]},
        {"params": [{"key": "p1", "value": "1"}, {"key": "p1", "value": "2"}], "tags": [{"key": "t", "value": "1"}]},
    ],
)
def test_a_refused_batch_leaves_nothing(rest, run, bad):
    rest.ok("POST", "runs/log-parameter", {"run_id": run, "key": "fixed", "value": "old"})
    before = rest.ok("GET", "runs/get", query={"run_id": run})
    assert rest.post("runs/log-batch", {"run_id": run, **bad}).status == 400
    assert rest.ok("GET", "runs/get", query={"run_id": run}) == before


def log_metric(server, run_id, step):
    body = {"run_id": run_id, "key": "m", "value": step, "timestamp": 1, "step": step}
    return requests.post(server.url + API + "runs/log-metric", json=body, timeout=15)


def new_run(server):
    answer = requests.post(server.url + API + "runs/create", json={"experiment_id": "0"}, timeout=15)
    return answer.json()["run"]["info"]["run_id"]


def steps_of(server, run_id):
    query = {"run_id": run_id, "metric_key": "m"}
    history = requests.get(server.url + API + "metrics/get-history", params=query, timeout=15).json()
    return [metric["step"] for metric in history.get("metrics", [])]


def assert_come_back_later(answer, status=429):
    """429: nothing was done, which today's clients take for leave to send a call again that creates something."""
    assert answer.status_code == status, answer.text
    assert answer.json()["error_code"] == "TEMPORARILY_UNAVAILABLE"
    assert int(answer.headers["Retry-After"]) >= 1


def until_answered(ask):
    """Asks until the answer is 200; every other one must say to come back later, at any status that does."""
    end = time.monotonic() + 60
    while True:
        answer = ask()
        if answer.status_code == 200 or time.monotonic() > end:
            return answer
        assert_come_back_later(answer, 503 if "disk is full" in answer.text else 429)
        time.sleep(0.2)


@pytest.fixture
def own_postgres():
    from postgres import PostgresServer

    with PostgresServer() as postgres:
        yield postgres


def test_a_database_that_goes_and_comes_back(kind, own_postgres, tmp_path):
    """Twice: also with connections that were made after the first time."""
    server = servers.start(kind, tmp_path, own_postgres.create_database(), "postgres")
    try:
        run_id = new_run(server)
        logged = []
        for round_ in range(2):
            assert log_metric(server, run_id, round_).status_code == 200
            logged.append(round_)
            own_postgres.interrupt()
            search = {"experiment_ids": ["0"]}
            # Also when many wait for one group of writes, which fails as a whole.
            with ThreadPoolExecutor(32) as pool:
                for refused in pool.map(lambda step: log_metric(server, run_id, step), range(100, 164)):
                    assert_come_back_later(refused)
            assert_come_back_later(requests.post(server.url + API + "runs/create", json={}, timeout=15))
            assert_come_back_later(requests.post(server.url + API + "runs/search", json=search, timeout=15))
            assert requests.get(server.url + "/health", timeout=15).status_code == 200
            own_postgres.resume()
            assert until_answered(lambda: log_metric(server, run_id, 10)).status_code == 200
        assert steps_of(server, run_id) == [*logged, 10]
    finally:
        server.stop()


def test_a_client_creates_one_run_when_the_database_is_back(kind, own_postgres, tmp_path, monkeypatch):
    from mlflow import MlflowClient

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "6")
    server = servers.start(kind, tmp_path, own_postgres.create_database(), "postgres")
    try:
        client = MlflowClient(server.url)
        own_postgres.interrupt()
        back = threading.Timer(1, own_postgres.resume)
        back.start()
        run = client.create_run("0")
        back.join()
        assert [found.info.run_id for found in client.search_runs(["0"])] == [run.info.run_id]
    finally:
        server.stop()


def test_a_commit_without_an_answer_is_not_said_to_have_failed(kind, own_postgres, tmp_path):
    """It may have been made. So the answer is none after which clients send a call again that creates something."""
    uri = own_postgres.create_database()
    between = Faulty(own_postgres.port)
    uri = uri.replace(f":{own_postgres.port}/", f":{between.port}/")
    server = servers.start(kind, tmp_path, f"{uri}?sslmode=disable", "postgres")
    try:
        between.reset_after_words = [b"once", b"COMMIT"]
        answer = requests.post(server.url + API + "experiments/create", json={"name": "once"}, timeout=15)
        assert between.faults == 1
        assert_come_back_later(answer, 503)
        assert "may have been made" in answer.json()["message"]
        query = {"experiment_name": "once"}
        found = requests.get(server.url + API + "experiments/get-by-name", params=query, timeout=15)
        assert found.status_code == 200, found.text
    finally:
        server.stop()
        between.stop()


def fill_up(server, run_id, ballast, name):
    """Logs batches until one is refused; returns that answer. The disk is nearly full before."""
    free = os.statvfs(ballast).f_bavail * os.statvfs(ballast).f_frsize
    (ballast / "ballast").write_bytes(b"x" * max(0, free - (1 << 20)))
    for number in range(200):
        metrics = [
            {"key": f"{name}-{number}-{i}-{'x' * 200}", "value": 1, "timestamp": 1, "step": 1} for i in range(200)
        ]
        body = {"run_id": run_id, "metrics": metrics}
        answer = requests.post(server.url + API + "runs/log-batch", json=body, timeout=30)
        if answer.status_code != 200:
            return answer
    raise AssertionError("the disk never became full")


def check_full_disk(server, run_id, ballast):
    refused = fill_up(server, run_id, ballast, "a")
    assert_come_back_later(refused, 503)
    assert "disk is full" in refused.json()["message"]
    # What was stored can still be read, and with room again, writing goes on.
    assert steps_of(server, run_id) == [1]
    (ballast / "ballast").unlink()
    assert until_answered(lambda: log_metric(server, run_id, 2)).status_code == 200
    assert steps_of(server, run_id) == [1, 2]


def test_a_full_disk_under_sqlite(kind, small_disk, tmp_path):
    server = servers.start(kind, tmp_path / "server", f"sqlite:///{small_disk}/store.db", "sqlite")
    try:
        run_id = new_run(server)
        assert log_metric(server, run_id, 1).status_code == 200
        check_full_disk(server, run_id, small_disk)
    finally:
        server.stop()


def test_a_full_disk_under_postgresql(kind, small_disk, own_postgres, tmp_path):
    """Only the metrics are on the full disk: PostgreSQL itself does not survive a full one."""
    uri = own_postgres.create_database()
    server = servers.start(kind, tmp_path / "server", uri, "postgres")
    try:
        own_postgres.move_table(uri, "metrics", small_disk / "space")
        run_id = new_run(server)
        assert log_metric(server, run_id, 1).status_code == 200
        check_full_disk(server, run_id, small_disk)
    finally:
        server.stop()


CALLS_AT_ONCE, CALLS_THAT_WAIT = 1024, 4096


async def create_many(server, count, refused):
    """Creates runs on so many connections at once; returns the heads of the answers."""
    body = json.dumps({"experiment_id": "0"})
    head = f"POST {API}runs/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()

    async def create():
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request)
        answer = (await reader.read()).decode()
        writer.close()
        if answer.startswith("HTTP/1.1 429"):
            refused.set()
        return answer.split("\r\n\r\n")[0].lower()

    return await asyncio.gather(*(create() for _ in range(count)))


def memory_of(server):
    """Bytes of the server that are in memory."""
    pages = pathlib.Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def test_too_many_calls_wait_within_a_bound(kind, tmp_path):
    """More calls than may wait, while nothing can be written: some are refused, none is lost."""
    count = CALLS_AT_ONCE + CALLS_THAT_WAIT + 100
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count + 500:
        pytest.skip("too few files may be open here")
    server = servers.start(kind, tmp_path, f"sqlite:///{tmp_path}/store.db", "sqlite")
    before = memory_of(server)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 500), hard))
    blocker = sqlite3.connect(tmp_path / "store.db", isolation_level=None, check_same_thread=False)
    try:
        blocker.execute("BEGIN IMMEDIATE")
        refused = threading.Event()

        def release():
            refused.wait(60)
            blocker.execute("ROLLBACK")

        releaser = threading.Thread(target=release)
        releaser.start()
        heads = asyncio.run(create_many(server, count, refused))
        releaser.join()
        created = [head for head in heads if head.startswith("http/1.1 200")]
        turned_away = [head for head in heads if head.startswith("http/1.1 429")]
        assert created and turned_away and len(created) + len(turned_away) == count
        assert all("\r\nretry-after: " in head for head in turned_away)
        assert memory_of(server) - before < 256 << 20
        stored = blocker.execute("SELECT count(*) FROM runs").fetchone()[0]
        assert stored == len(created)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        blocker.close()
        server.stop()
