"""Behind an ingress: whose word is taken for where a request comes from, and the names of a container app."""

import time

import pytest

import servers
from rest import Rest

pytestmark = pytest.mark.headwater_only

READ = ("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0")
APP = {"CONTAINER_APP_NAME": "tracker", "CONTAINER_APP_ENV_DNS_SUFFIX": "calm-1a2b.westeurope.azurecontainerapps.io"}
NAME = "tracker.calm-1a2b.westeurope.azurecontainerapps.io"


@pytest.fixture
def start(kind, tmp_path):
    started = []

    def start(*arguments, **environment):
        server = servers.start(kind, tmp_path, f"sqlite:///{tmp_path}/store.db", "sqlite", arguments, environment)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


def ask(server, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Rest(server.url).send(*READ, headers=headers).status


def logged(server, request_id, seconds=20):
    """The words of a request's line in the log, which is written when its answer has gone."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for line in server.log.read_text().splitlines():
            if request_id in line:
                return line.split()
        time.sleep(0.05)
    raise AssertionError(f"the log has no {request_id}")


def test_a_container_app_needs_no_allowed_hosts(start):
    server = start(**APP)
    for host in (NAME, f"{NAME}:443", NAME.upper(), NAME.replace("tracker.", "tracker--r1.")):
        assert ask(server, Host=host) == 200, host
    for host in ("evil.example", NAME.replace("tracker", "other"), f"{NAME}.evil.example"):
        assert ask(server, Host=host) == 403, host
    # The page's own writes come from that name.
    origin = {"Host": NAME, "Origin": f"https://{NAME}"}
    answer = Rest(server.url).send("POST", "/ajax-api/2.0/mlflow/experiments/search", headers=origin, json={"max_results": 1})
    assert answer.status == 200


def test_outside_a_container_app_its_names_are_strange(server):
    assert ask(server, Host=NAME) == 403


def test_only_a_trusted_proxy_says_who_the_client_is(start):
    server = start("--trusted-proxies", "127.0.0.0/8", "--allowed-hosts", "ours.example,localhost,127.0.0.1")
    assert ask(server, X_Forwarded_For="203.0.113.9, 198.51.100.7", X_Request_ID="forwarded-1") == 200
    assert "198.51.100.7" in logged(server, "forwarded-1")
    assert ask(server, Host="127.0.0.1", X_Forwarded_Host="ours.example") == 200
    assert ask(server, Host="127.0.0.1", X_Forwarded_Host="evil.example") == 403
    assert ask(server, Host="evil.example", X_Forwarded_Host="ours.example") == 403


def test_nobody_is_trusted_by_default(start):
    server = start()
    assert ask(server, X_Forwarded_For="203.0.113.9", X_Forwarded_Host="evil.example", X_Request_ID="forwarded-2") == 200
    assert "127.0.0.1" in logged(server, "forwarded-2")
