"""Logging in to PostgreSQL with tokens of an identity endpoint, of which a stand-in runs here.

PostgreSQL asks for a password, and the password is whatever token the stand-in gave last: what happens
to a token in a cloud (it expires, it is withdrawn, another one comes) happens here too.
"""

import http.server
import json
import threading
import time
import urllib.parse

import pytest

import servers
from rest import Rest

pytestmark = pytest.mark.headwater_only

PING = ("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0")


@pytest.fixture(scope="module")
def postgres():
    from postgres import PostgresServer

    with PostgresServer() as server:
        rules = server.folder / "data" / "pg_hba.conf"
        rules.write_text("host all app 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
        server._administer("SELECT pg_reload_conf()")
        server._administer("CREATE ROLE app LOGIN")
        yield server


class Endpoint:
    """An identity endpoint of a container app, or of a virtual machine, or of Entra itself."""

    def __init__(self, postgres):
        self.postgres = postgres
        self.asked, self.given = [], 0
        self.lifetime = 3600
        self.refusal = None
        self.delay = 0
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                endpoint.answer(self, "")

            def do_POST(self):
                endpoint.answer(self, self.rfile.read(int(self.headers["content-length"])).decode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler, body):
        path, _, query = handler.path.partition("?")
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.asked.append((path, dict(urllib.parse.parse_qsl(query or body)), headers))
        time.sleep(self.delay)
        status, said = self.refusal or (200, self.token())
        text = json.dumps(said).encode()
        handler.send_response(status)
        handler.send_header("content-length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def token(self):
        self.given += 1
        token = f"token-{self.given}"
        self.replace_password(token)
        return {"access_token": token, "expires_on": str(int(time.time()) + self.lifetime), "token_type": "Bearer"}

    def replace_password(self, password):
        self.postgres._administer(f"ALTER ROLE app PASSWORD '{password}'")

    def throw_out(self):
        """As a restart of the database does: every connection of the server's ends."""
        self.postgres._administer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'")


@pytest.fixture
def endpoint(postgres):
    made = Endpoint(postgres)
    yield made
    made.server.shutdown()


@pytest.fixture
def start(kind, postgres, tmp_path):
    """Starts a server that has no password; the environment tells where its identity is."""
    uri = postgres.create_database()
    name = uri.rsplit("/", 1)[1]
    postgres._administer(f'ALTER DATABASE "{name}" OWNER TO app')
    started = []

    def start(**environment):
        store = f"postgresql://app@127.0.0.1:{postgres.port}/{name}"
        server = servers.start(kind, tmp_path / str(len(started)), store, "postgres",
                               ["--database-login", "entra"], environment)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


def container_app(endpoint, **more):
    return {"IDENTITY_ENDPOINT": f"{endpoint.url}/msi/token", "IDENTITY_HEADER": "sesame", **more}


def status(server):
    return Rest(server.url).send(*PING).status


def wait_until(question, seconds=30):
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.1)


def test_a_container_apps_identity(endpoint, start):
    server = start(**container_app(endpoint, AZURE_CLIENT_ID="an-identity"))
    assert status(server) == 200
    path, query, headers = endpoint.asked[0]
    assert path == "/msi/token" and headers["x-identity-header"] == "sesame"
    assert query == {
        "api-version": "2019-08-01",
        "resource": "https://ossrdbms-aad.database.windows.net",
        "client_id": "an-identity",
    }
    assert len(endpoint.asked) == 1
    assert "token-" not in server.log.read_text() and "sesame" not in server.log.read_text()


def test_a_virtual_machines_identity(endpoint, start):
    server = start(AZURE_POD_IDENTITY_AUTHORITY_HOST=endpoint.url)
    assert status(server) == 200
    path, query, headers = endpoint.asked[0]
    assert path == "/metadata/identity/oauth2/token" and headers["metadata"] == "true"
    assert query["api-version"] == "2018-02-01" and "client_id" not in query


def test_a_workloads_statement(endpoint, start, tmp_path):
    (tmp_path / "statement").write_text("signed by the cluster\n")
    server = start(
        AZURE_FEDERATED_TOKEN_FILE=str(tmp_path / "statement"),
        AZURE_TENANT_ID="a-tenant",
        AZURE_CLIENT_ID="a-workload",
        AZURE_AUTHORITY_HOST=endpoint.url + "/",
    )
    assert status(server) == 200
    path, form, _ = endpoint.asked[0]
    assert path == "/a-tenant/oauth2/v2.0/token"
    assert form["client_assertion"] == "signed by the cluster" and form["client_id"] == "a-workload"
    assert form["scope"] == "https://ossrdbms-aad.database.windows.net/.default"


def test_tokens_are_renewed_before_they_expire(endpoint, start):
    endpoint.lifetime = 8
    server = start(**container_app(endpoint))
    wait_until(lambda: endpoint.given >= 3)
    endpoint.throw_out()
    assert status(server) == 200


def test_a_token_that_the_database_refuses_is_replaced(endpoint, start):
    server = start(**container_app(endpoint))
    endpoint.replace_password("withdrawn")
    endpoint.throw_out()
    assert status(server) == 200
    assert endpoint.given == 2


def test_connections_outlive_an_endpoint_that_refuses(endpoint, start):
    endpoint.lifetime = 4
    server = start(**container_app(endpoint))
    endpoint.refusal = (400, {"error": "invalid_request", "error_description": "The identity is gone."})
    wait_until(lambda: "The identity is gone." in server.log.read_text())
    # The token ends, and what is connected stays so.
    time.sleep(4)
    assert status(server) == 200
    # Nobody can connect any more, and says why; nothing hangs.
    endpoint.throw_out()
    assert status(server) == 429
    assert Rest(server.url).send("GET", "/health").status == 200
    endpoint.refusal = None
    wait_until(lambda: status(server) == 200)


def test_an_endpoint_that_is_not_there_yet_is_waited_for(endpoint, start):
    endpoint.refusal = (503, {"error": "not ready"})
    threading.Timer(4, lambda: setattr(endpoint, "refusal", None)).start()
    assert status(start(**container_app(endpoint))) == 200


def test_a_slow_endpoint_stops_nobody(endpoint, start):
    endpoint.lifetime = 10
    server = start(**container_app(endpoint))
    # Below the time that a new connection may take: if the token ends meanwhile, it is waited for.
    endpoint.delay = 3
    wait_until(lambda: len(endpoint.asked) == 2)
    # It is being renewed now; the token at hand is still good.
    endpoint.throw_out()
    assert status(server) == 200


def test_a_start_without_an_identity_says_so(endpoint, start):
    endpoint.refusal = (400, {"error": "invalid_request", "error_description": "No identity was found."})
    with pytest.raises(servers.ServerDied, match="refused a token with status 400: No identity was found."):
        start(**container_app(endpoint))
    with pytest.raises(servers.ServerDied, match="IDENTITY_HEADER is not"):
        start(IDENTITY_ENDPOINT=endpoint.url)
