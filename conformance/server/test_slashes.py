"""Doubled slashes, which clients make whose server's address ends in a slash."""

import pytest
import requests


@pytest.fixture(scope="module")
def below(start_server):
    return start_server(arguments=["--static-prefix", "/pre"], prefix="/pre")


def send(url, method="GET", body=None):
    session = requests.Session()
    prepared = session.prepare_request(requests.Request(method, "http://x", json=body))
    prepared.url = url
    return session.send(prepared, allow_redirects=False, timeout=30)


GET = "api/2.0/mlflow/experiments/get?experiment_id=0"


def test_an_address_that_ends_in_a_slash(server):
    for slashes in ("//", "///"):
        assert send(f"{server.url}{slashes}{GET}").json()["experiment"]["experiment_id"] == "0"
        made = send(f"{server.url}{slashes}api/2.0/mlflow/runs/create", "POST", {"experiment_id": "0"})
        assert made.json()["run"]["info"]["experiment_id"] == "0"
        assert send(f"{server.url}{slashes}health").text == "OK"
        assert send(f"{server.url}{slashes}").status_code == 200


def test_slashes_within_a_path_lead_to_the_route(server):
    for method, path, expected in [
        ("GET", "/api/2.0/mlflow//experiments/get?experiment_id=0&x=//", "/api/2.0/mlflow/experiments/get?experiment_id=0&x=//"),
        ("POST", "/api//2.0///mlflow/runs/create?x=1", "/api/2.0/mlflow/runs/create?x=1"),
        ("GET", "//api/2.0/mlflow//experiments/get", "/api/2.0/mlflow/experiments/get"),
    ]:
        answer = send(server.url + path, method, {} if method == "POST" else None)
        assert answer.status_code == 308
        assert answer.headers["location"].removeprefix(server.url) == expected
    made = requests.post(f"{server.url}/api/2.0/mlflow//runs/create", json={"experiment_id": "0"}, timeout=30)
    assert made.json()["run"]["info"]["experiment_id"] == "0"
    assert send(f"{server.url}/api/2.0/mlflow//nothing", "POST", {}).status_code == 404


def test_below_a_prefix(below):
    for path in ("//" + GET, "/" + GET.replace("mlflow/", "mlflow//")):
        answer = send(below.url + path)
        assert answer.status_code == 308
        assert answer.headers["location"].removeprefix(below.url.removesuffix("/pre")) == "/pre/" + GET
    assert requests.get(f"{below.url}//{GET}", timeout=30).json()["experiment"]["experiment_id"] == "0"
    assert send(below.url.replace("/pre", "//pre") + "//health").headers["location"].endswith("/pre/health")


def test_the_path_of_an_artifact_is_its_own(server):
    route = f"{server.url}//api/2.0/mlflow-artifacts/artifacts/slashes"
    assert requests.put(f"{route}/a//b.txt", data=b"x", timeout=30).status_code == 200
    assert requests.get(f"{route}/a/b.txt", timeout=30).content == b"x"
    assert send(f"{server.url}/api/2.0/mlflow-artifacts/artifacts//etc/passwd").status_code == 400


@pytest.mark.headwater_only
def test_spans_and_protection_see_the_merged_path(server):
    answer = send(f"{server.url}//v1/traces", "POST", {})
    assert answer.status_code == 422 and answer.json()["detail"][0]["loc"][-1] == "x-mlflow-experiment-id"
    session = requests.Session()
    for path in ("//api/2.0/mlflow/runs/create", "//graphql", "//v1/traces"):
        prepared = session.prepare_request(
            requests.Request("POST", "http://x", json={"experiment_id": "0"}, headers={"Origin": "https://evil.example"})
        )
        prepared.url = server.url + path
        assert session.send(prepared, allow_redirects=False, timeout=30).status_code == 403, path
