"""Another program upgrades the database while servers run: nobody notices, and what is new is used soon after."""

import concurrent.futures
import threading
import time

import pytest
import requests

import databases as rooms
import servers
from rest import Rest

pytestmark = [pytest.mark.headwater_only, pytest.mark.slow]

# The schema is looked at every ten seconds.
NOTICED_SECONDS = 15
REPLICAS = {"sqlite": 1, "postgres": 2}


@pytest.fixture
def replicas(engine, databases, tmp_path):
    """Running servers of one database with the schema of MLflow 3.17."""
    rooms.skip_if_mlflow_is_older()
    uri = databases(engine)
    rooms.made_by_mlflow(uri, tmp_path / "artifacts")
    rooms.moved_by_mlflow(uri, "dc11669786a5")
    running = [
        servers.start("headwater", tmp_path / str(number), uri, engine) for number in range(REPLICAS[engine])
    ]
    yield uri, running
    for server in running:
        server.stop()


def has_metadata(server):
    """Whether the server makes use of what MLflow 3.18 added."""
    rest = Rest(server.url, "/api/3.0/mlflow/")
    new = {"experiment_id": "0", "name": "n", "description": "d", "metadata": {"k": "v"}}
    answer = rest.post("issues", new)
    assert answer.status in (200, 501), answer.text
    return answer.status == 200


def test_an_upgrade_beside_running_servers(replicas, tmp_path, engine):
    uri, running = replicas
    assert not any(has_metadata(server) for server in running)
    over = threading.Event()

    def load(server):
        session, done, failed = requests.Session(), 0, []
        api = f"{server.url}/api/2.0/mlflow"
        run = session.post(f"{api}/runs/create", json={"experiment_id": "0"}, timeout=30).json()["run"]["info"]["run_id"]
        while not over.is_set():
            metric = {"run_id": run, "key": "m", "value": done, "timestamp": done, "step": done}
            for answer in (
                session.post(f"{api}/runs/log-metric", json=metric, timeout=30),
                session.post(f"{api}/runs/search", json={"experiment_ids": ["0"]}, timeout=30),
                session.get(f"{server.url}/ready", timeout=30),
            ):
                if answer.status_code != 200:
                    failed.append((answer.status_code, answer.text[:300]))
            done += 1
        return run, done, failed

    with concurrent.futures.ThreadPoolExecutor() as pool:
        loads = [pool.submit(load, server) for server in running for _ in range(2)]
        try:
            time.sleep(1)
            rooms.moved_by_mlflow(uri, rooms.VERSION)
            end = time.monotonic() + NOTICED_SECONDS
            while not all([has_metadata(server) for server in running]):
                assert time.monotonic() < end, "what is new is not used"
                time.sleep(0.5)
        finally:
            over.set()
        for one in loads:
            run, done, failed = one.result()
            assert not failed, failed[:3]
            query = {"run_id": run, "metric_key": "m"}
            history = Rest(running[0].url).get("metrics/get-history", query).json["metrics"]
            assert len(history) == done > 10
    running[0].stop()
    running[0] = servers.start("headwater", tmp_path / "again", uri, engine)
    assert has_metadata(running[0])
