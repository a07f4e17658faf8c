"""Behind PgBouncer in transaction mode, where no session lasts longer than a transaction.

Its version is Debian's. The newer ones know prepared statements, which nobody can count on.
"""

import math
import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
import servers
from postgres import PostgresServer
from pooler import Pooler
from rest import Rest

pytestmark = pytest.mark.headwater_only

# More clients than the pooler has connections.
AT_ONCE = 24


@pytest.fixture(scope="module")
def pooler():
    with PostgresServer() as postgres, Pooler(postgres) as pooler:
        yield pooler


@pytest.fixture(scope="module")
def start(pooler, kind, tmp_path_factory):
    """Starts a server on a database, behind the pooler or straight on it."""
    running = []

    def start(uri, behind=True, arguments=()):
        folder = tmp_path_factory.mktemp("behind")
        server = servers.start(kind, folder, pooler.uri(uri) if behind else uri, "postgres", arguments)
        running.append(server)
        return server

    yield start
    for server in running:
        servers.remove(server)


@pytest.fixture(scope="module")
def two(pooler, start):
    """Two servers that were started at once on an empty database, and its address."""
    uri = pooler.postgres.create_database()
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda _: start(uri), range(2))), uri


class Caller:
    """Makes calls of all families, of one run and one trace of its own, and knows what is right."""

    TEXT = "it's \\ \"quoted\", {braced}, NULL, ✓ 😀"

    def __init__(self, url, name):
        self.rest = Rest(url)
        self.name = name
        self.experiment = self.rest.experiment(name)
        self.run = self.rest.run(self.experiment)

    def step(self, step):
        rest, run = self.rest, self.run
        values = [step / 3, -1e300, 5e-324, 0.0]
        metrics = [{"key": f"m{i}", "value": v, "timestamp": step, "step": step} for i, v in enumerate(values)]
        batch = {"metrics": metrics, "params": [{"key": f"p{step}", "value": self.TEXT}]}
        rest.ok("POST", "runs/log-batch", {"run_id": run, **batch, "tags": [{"key": "t", "value": self.TEXT}]})
        metric = {"run_id": run, "key": "nan", "value": "NaN", "timestamp": step, "step": step}
        rest.ok("POST", "runs/log-metric", metric)
        rest.ok("POST", "runs/set-tag", {"run_id": run, "key": f"s{step}", "value": "x"})
        wanted = f"metrics.m0 > {step / 3 - 0.1} and params.p{step} LIKE 'it%' and attributes.run_id IN ('{run}')"
        search = {"experiment_ids": [self.experiment], "filter": wanted, "order_by": ["metrics.m0 DESC"]}
        found = rest.ok("POST", "runs/search", search)["runs"]
        assert [one["info"]["run_id"] for one in found] == [run]
        traces = rest.below("/api/3.0/mlflow/")
        place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": self.experiment}}
        info = {"trace_location": place, "state": "OK", "request_time": "2024-01-01T00:00:00Z", "tags": {"k": self.TEXT}}
        info["trace_id"] = f"tr-{uuid.uuid4().hex}"
        traces.ok("POST", "traces", {"trace": {"trace_info": info}})
        found = traces.ok("POST", "traces/search", {"locations": [place], "filter": "attributes.status = 'OK'"})
        assert info["trace_id"] in [one["trace_id"] for one in found["traces"]]
        model = f"{self.name}-{step}"
        rest.ok("POST", "registered-models/create", {"name": model, "tags": [{"key": "k", "value": self.TEXT}]})
        rest.ok("POST", "model-versions/create", {"name": model, "source": "s3://b/x", "run_id": run})
        rest.ok("POST", "registered-models/alias", {"name": model, "alias": "a", "version": "1"})
        alias = rest.ok("GET", "registered-models/alias", query={"name": model, "alias": "a"})
        assert alias["model_version"]["version"] == "1"

    def check(self, steps):
        data = self.rest.ok("GET", "runs/get", query={"run_id": self.run})["run"]["data"]
        metrics = {metric["key"]: float(metric["value"]) for metric in data["metrics"]}
        last = max(steps)
        assert [metrics[f"m{i}"] for i in range(4)] == [last / 3, -1e300, 5e-324, 0.0]
        assert math.isnan(metrics["nan"])
        assert {p["key"]: p["value"] for p in data["params"]} == {f"p{step}": self.TEXT for step in steps}
        assert {"key": "t", "value": self.TEXT} in data["tags"]


def test_two_servers_that_start_at_once_serve_all_calls(two, unique):
    both, _ = two
    callers = [Caller(both[number % 2].url, unique(f"caller{number}")) for number in range(AT_ONCE)]
    steps = range(1, 4)

    def work(caller):
        for step in steps:
            caller.step(step)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(work, callers))
    for number, caller in enumerate(callers):
        # What one server wrote the other one reads.
        caller.rest = Rest(both[(number + 1) % 2].url)
        caller.check(steps)


def test_a_server_behind_the_pooler_answers_as_one_without(two, start, unique):
    (behind, _), uri = two
    direct = start(uri, behind=False)
    caller = Caller(behind.url, unique())
    caller.step(1)
    questions = [
        ("GET", "runs/get", None, {"run_id": caller.run}),
        ("GET", "metrics/get-history", None, {"run_id": caller.run, "metric_key": "m1"}),
        ("GET", "experiments/get", None, {"experiment_id": caller.experiment}),
        ("POST", "runs/search", {"experiment_ids": [caller.experiment], "filter": "metrics.m0 < 1"}, None),
        ("POST", "experiments/search", {"max_results": 5, "filter": f"name = '{caller.name}'"}, None),
        ("GET", "registered-models/search", None, {"filter": f"name LIKE '{caller.name}%'"}),
    ]
    for method, route, body, query in questions:
        answers = [Rest(server.url).ok(method, route, body, query=query) for server in (behind, direct)]
        assert answers[0] == answers[1] and answers[0], route


def test_a_restarted_server_and_a_restarted_pooler_go_on(pooler, two, start, unique):
    (first, second), uri = two
    caller = Caller(first.url, unique())
    caller.step(1)
    pooler.restart()
    caller.step(2)
    # The pooler keeps its connections, and what a server that was killed left on them.
    second.kill()
    third = start(uri)
    caller.rest = Rest(third.url)
    caller.step(3)
    caller.check([1, 2, 3])


def test_nothing_is_left_on_a_session(pooler, two):
    """What one server sets must not meet whoever gets the connection next."""
    _, uri = two
    name = uri.rsplit("/", 1)[1]
    seen = set()
    connections = [
        psycopg2.connect(host="127.0.0.1", port=pooler.port, user="headwater", dbname=name) for _ in range(4)
    ]
    for connection in connections:
        cursor = connection.cursor()
        cursor.execute("SHOW statement_timeout")
        seen.add(cursor.fetchone()[0])
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone()[0] == 0
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone()[0] == 0
    for connection in connections:
        connection.close()
    assert seen == {"0"}
