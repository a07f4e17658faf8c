"""Paths that try to leave the artifact folder, by every route that takes a path."""

import pytest


# As they stand in the request; the proxy's routes take them as part of the path.
RAW = [
    "../outside",
    "../../../../../../../../etc/passwd",
    "a/../../outside",
    "%2e%2e/outside",
    "%2e%2e%2foutside",
    "..%2foutside",
    ".%2e/outside",
    "%252e%252e/outside",
    "%252e%252e%252foutside",
    "%25252e%25252e%25252foutside",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "%252fetc%252fpasswd",
    "file:///etc/passwd",
    "file:%2f%2f%2fetc%2fpasswd",
    "//etc/passwd",
]
# Harmless on Unix, where a backslash or a NUL is part of a name or of nothing.
ODD = ["..%5coutside", "%5c%5chost%5cshare", "C:%5cWindows", "a%00b", "..%00/outside", "%00"]
SECRET = "root:"


@pytest.fixture(scope="module")
def bare(server):
    """Sends a path exactly as written."""
    import requests

    session = requests.Session()
    session.trust_env = False

    def send(method, path, **arguments):
        prepared = session.prepare_request(requests.Request(method, server.url, **arguments))
        _, mark, query = prepared.url.partition("?")
        prepared.url = server.url + path + mark + query
        return session.send(prepared, timeout=30, allow_redirects=False)

    return send


def outside(server):
    """What lies beside the artifact folder, which no request may change."""
    if server.folder is None:
        return None
    return sorted(str(path) for path in server.folder.parent.rglob("*outside*"))


@pytest.mark.parametrize("side", ["api", "ajax-api"])
@pytest.mark.parametrize("path", RAW + ODD)
def test_the_proxy(bare, server, path, side):
    route = f"/{side}/2.0/mlflow-artifacts/artifacts/{path}"
    answer = bare("GET", route)
    assert 300 <= answer.status_code < 500
    assert SECRET not in answer.text
    assert server.alive()


@pytest.mark.parametrize("path", RAW)
def test_uploads(bare, server, path):
    before = outside(server)
    answer = bare("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{path}", data=b"bad")
    assert 300 <= answer.status_code < 500
    assert outside(server) == before


@pytest.mark.parametrize("path", RAW)
def test_deletions(bare, server, path):
    answer = bare("DELETE", f"/api/2.0/mlflow-artifacts/artifacts/{path}")
    assert 300 <= answer.status_code < 500


@pytest.mark.parametrize("path", RAW)
@pytest.mark.parametrize(
    ("route", "name"),
    [
        ("/api/2.0/mlflow-artifacts/artifacts", "path"),
        ("/api/2.0/mlflow/artifacts/list", "path"),
        ("/get-artifact", "path"),
    ],
)
def test_paths_in_a_query(bare, run, route, name, path):
    answer = bare("GET", f"{route}?run_id={run}&{name}={path}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert answer.json()["message"] == "Invalid path"


@pytest.mark.parametrize("path", RAW)
def test_uploads_by_run(bare, run, path):
    route = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={path}"
    answer = bare("POST", route, data=b"bad")
    assert answer.status_code == 400, answer.text
    assert answer.json()["message"] == "Invalid path"


@pytest.mark.mlflow3
@pytest.mark.parametrize("path", RAW)
def test_paths_of_a_model(bare, rest, experiment, path):
    model = rest.model(experiment)
    route = f"/api/2.0/mlflow/logged-models/{model}/artifacts/directories?artifact_directory_path={path}"
    assert bare("GET", route).json()["message"] == "Invalid path"
    route = f"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files?artifact_file_path={path}"
    assert bare("GET", route).json()["message"] == "Invalid path"


def test_odd_names_kill_nothing(bare, server, run):
    for path in ODD:
        for route in ("/get-artifact", "/api/2.0/mlflow/artifacts/list"):
            assert bare("GET", f"{route}?run_id={run}&path={path}").status_code < 600
    assert server.alive()


@pytest.mark.safer
@pytest.mark.parametrize("path", ODD)
def test_odd_names_are_no_failure(bare, run, path):
    for method, route in [
        ("GET", f"/get-artifact?run_id={run}&path={path}"),
        ("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run}&path={path}"),
        ("PUT", f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/{path}"),
        ("GET", f"/api/2.0/mlflow-artifacts/artifacts/{'n' * 300}"),
        ("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{'n' * 300}"),
        ("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{'d/' * 3000}x"),
    ]:
        assert bare(method, route, data=b"x" if method == "PUT" else None).status_code < 500


@pytest.mark.safer
def test_a_link_out_of_the_folder_is_not_followed(bare, server, experiment, run):
    if server.folder is None:
        pytest.skip("needs the server's folder")
    folder = server.artifacts / experiment / run / "artifacts"
    folder.mkdir(parents=True)
    (folder / "link").symlink_to("/etc")
    (folder / "file").symlink_to("/etc/passwd")
    base = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts"
    for path in ("link/passwd", "file"):
        assert SECRET not in bare("GET", f"{base}/{path}").text
        assert SECRET not in bare("GET", f"/get-artifact?run_id={run}&path={path}").text
    assert bare("PUT", f"{base}/link/outside", data=b"x").status_code >= 400
