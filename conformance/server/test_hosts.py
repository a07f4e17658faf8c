"""Host and origin checks, and the headers that keep pages apart."""

import pytest
from mlflow.tracing.constant import TRACE_RENDERER_ASSET_PATH

from rest import Rest

BAD_HOST = "Invalid Host header - possible DNS rebinding attack detected"
BAD_ORIGIN = "Cross-origin request blocked"
READ = ("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0")
WRITE = ("POST", "/ajax-api/2.0/mlflow/experiments/search")


def ask(server, route, **headers):
    rest = Rest(server.url)
    arguments = {"json": {"max_results": 1}} if route is WRITE else {}
    return rest.send(*route, headers={name.replace("_", "-"): value for name, value in headers.items()}, **arguments)


class TestDefaults:
    @pytest.mark.parametrize(
        "host",
        [
            "localhost",
            "localhost:5000",
            "127.0.0.1",
            "127.0.0.1:80",
            "[::1]",
            "[::1]:5000",
            "0.0.0.0:5000",
            "10.1.2.3",
            "10.1.2.3:5000",
            "192.168.0.7:5000",
            "172.16.0.1",
            "172.31.255.1:80",
        ],
    )
    def test_hosts_near_by(self, server, host):
        assert ask(server, READ, Host=host).status == 200

    @pytest.mark.parametrize(
        "host",
        ["evil.example", "evil.example:5000", "localhost.evil.example", "127.0.0.1.evil.example", "172.32.0.1", "8.8.8.8"],
    )
    def test_strange_hosts(self, server, host):
        answer = ask(server, READ, Host=host)
        assert (answer.status, answer.text) == (403, BAD_HOST)
        assert ask(server, ("GET", "/"), Host=host).status == 403
        assert ask(server, WRITE, Host=host).status == 403

    def test_probes_ask_by_any_host(self, server):
        assert ask(server, ("GET", "/health"), Host="evil.example").status == 200
        assert ask(server, ("GET", "/version"), Host="evil.example").status == 200

    @pytest.mark.parametrize("origin", ["https://evil.example", "http://evil.example:3000", "null"])
    def test_strange_origins_may_not_write(self, server, origin):
        answer = ask(server, WRITE, Origin=origin)
        assert (answer.status, answer.text) == (403, BAD_ORIGIN)
        path = "/api/2.0/mlflow-artifacts/artifacts/x"
        assert ask(server, ("PUT", path), Origin=origin).status == 403
        assert ask(server, ("DELETE", path), Origin=origin).status == 403

    def test_strange_origins_may_not_read_the_answer(self, server):
        answer = ask(server, READ, Origin="https://evil.example")
        assert "access-control-allow-origin" not in answer.headers

    @pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:8080"])
    def test_pages_of_this_machine(self, server, origin):
        answer = ask(server, WRITE, Origin=origin)
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == origin

    def test_headers(self, server):
        for route in (READ, ("GET", "/"), ("GET", "/health"), ("GET", "/api/2.0/mlflow/nonsense")):
            headers = ask(server, route).headers
            assert headers["x-frame-options"] == "SAMEORIGIN"
            assert headers["x-content-type-options"] == "nosniff"

    def test_a_question_before_the_request(self, server):
        asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "content-type"}
        route = ("OPTIONS", WRITE[1])
        good = ask(server, route, Origin="http://localhost:3000", **asked)
        assert good.status in (200, 204)
        assert good.headers["access-control-allow-origin"] == "http://localhost:3000"
        assert "POST" in good.headers["access-control-allow-methods"]
        bad = ask(server, route, Origin="https://evil.example", **asked)
        assert "access-control-allow-origin" not in bad.headers


class TestFlags:
    @pytest.fixture(scope="class")
    def flagged(self, start_server):
        return start_server(
            arguments=[
                "--allowed-hosts",
                "good.example, *.wild.example,127.0.0.1:*",
                "--cors-allowed-origins",
                "https://ok.example,https://*.wild.example",
                "--x-frame-options",
                "deny",
            ]
        )

    def test_hosts(self, flagged):
        def status(host):
            return ask(flagged, READ, Host=host).status

        assert {status(host) for host in ("good.example", "a.wild.example", "127.0.0.1:5")} == {200}
        assert {status(host) for host in ("bad.example", "wild.example", "localhost", "good.example.evil")} == {403}

    @pytest.mark.headwater_only
    def test_a_port_does_not_matter(self, flagged):
        for host in ("good.example:443", "a.wild.example:8443", "GOOD.example"):
            assert ask(flagged, READ, Host=host).status == 200

    def test_origins(self, flagged):
        def status(origin):
            return ask(flagged, WRITE, Origin=origin).status

        good = ["https://ok.example", "https://a.wild.example", "http://localhost:3000"]
        assert {status(origin) for origin in good} == {200}
        bad = ["http://ok.example", "https://ok.example.evil", "https://wild.example", "https://bad.example"]
        assert {status(origin) for origin in bad} == {403}
        answer = ask(flagged, READ, Origin="https://ok.example")
        assert answer.headers["access-control-allow-origin"] == "https://ok.example"
        assert answer.headers["access-control-allow-credentials"] == "true"

    def test_frames(self, flagged):
        assert ask(flagged, READ).headers["x-frame-options"] == "DENY"

    def test_a_notebook_frames_the_page_for_its_traces(self, flagged):
        page = ask(flagged, ("GET", f"{TRACE_RENDERER_ASSET_PATH}/index.html?trace_id=tr-1&experiment_id=0&version=1"))
        assert page.status == 200
        assert page.headers["content-type"].startswith("text/html")
        assert "x-frame-options" not in page.headers
        assert "frame-ancestors" not in page.headers.get("content-security-policy", "")


class TestOpen:
    """`--disable-security-middleware`, and a frame option of none."""

    @pytest.fixture(scope="class")
    def opened(self, start_server):
        return start_server(arguments=["--disable-security-middleware"])

    def test_anything_goes(self, opened):
        assert ask(opened, READ, Host="evil.example").status == 200
        assert ask(opened, WRITE, Origin="https://evil.example").status == 200
        assert "x-frame-options" not in ask(opened, READ).headers


class TestWildcard:
    """Environment variables instead of flags, and the wildcard."""

    @pytest.fixture(scope="class")
    def wild(self, start_server):
        return start_server(
            environment={
                "MLFLOW_SERVER_ALLOWED_HOSTS": "*",
                "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": "*",
                "MLFLOW_SERVER_X_FRAME_OPTIONS": "NONE",
            }
        )

    def test_anything_goes_without_credentials(self, wild):
        assert ask(wild, READ, Host="evil.example").status == 200
        answer = ask(wild, WRITE, Origin="https://evil.example")
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert "x-frame-options" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"
