"""Routes that are always there, routes that are not, and methods."""

import pytest

from rest import Rest

def test_health(rest):
    answer = rest.get("/health")
    assert (answer.status, answer.content) == (200, b"OK")


@pytest.mark.since("3.18")
def test_version(rest):
    answer = rest.get("/version")
    assert (answer.status, answer.content) == (200, b"3.18.0")


@pytest.mark.since("3.18")
@pytest.mark.parametrize("side", ["api", "ajax-api"])
def test_server_info(rest, side):
    info = rest.ok("GET", f"/{side}/3.0/mlflow/server-info")
    # What a server can do is its own affair; that it says so under these names is not.
    assert info.keys() == {
        "store_type",
        "workspaces_enabled",
        "trace_archival_enabled",
        "multipart_uploads_enabled",
        "multipart_downloads_enabled",
        "artifact_serving_enabled",
        "skill_content_max_size",
        "skill_content_max_files",
        "presigned_upload_run_id_supported",
        "presigned_upload_model_id_supported",
        "model_artifact_presigned_downloads_supported",
        "features_enabled",
        "tracking_auth",
        "artifacts_presigned_only",
    }
    assert info["features_enabled"].keys() == {"gateway", "scheduled_issue_detection"}
    assert (info["skill_content_max_size"], info["skill_content_max_files"]) == (25 << 20, 10_000)
    assert info["store_type"] == "SqlStore"
    assert info["workspaces_enabled"] is False
    # A local folder takes whole files only.
    assert info["multipart_uploads_enabled"] is info["multipart_downloads_enabled"] is False


def test_a_page_at_the_root(rest):
    answer = rest.get("/")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert b"<html" in answer.content.lower()


@pytest.mark.parametrize(
    "path",
    [
        "/api/2.0/mlflow/nonsense",
        "/api/2.0/mlflow",
        "/api/2.0",
        "/api/1.0/mlflow/experiments/search",
        "/api/2.0/mlflow/experiments",
        "/api/2.0/mlflow/experiments/list",
        "/api/2.0/preview/mlflow/experiments/search",
        "/ajax-api/2.0/mlflow/nonsense",
        "/api/2.0/mlflow/metrics/get-history-bulk",
        "/static-files/nonsense.js",
    ],
)
def test_unknown_routes(rest, path):
    for method in ("GET", "POST"):
        assert rest.send(method, path, json={}).status in (404, 405)
    assert rest.send("GET", path).status == 404


@pytest.mark.parametrize(
    ("method", "route"),
    [
        ("GET", "experiments/create"),
        ("PUT", "experiments/create"),
        ("DELETE", "runs/create"),
        ("POST", "experiments/get"),
        ("POST", "runs/get"),
        ("GET", "runs/search"),
        ("POST", "metrics/get-history"),
        ("GET", "runs/log-batch"),
        ("POST", "artifacts/list"),
    ],
)
def test_wrong_methods(rest, method, route):
    assert rest.send(method, route, json={}).status == 405


def test_experiments_search_takes_both_methods(rest):
    assert rest.get("experiments/search", {"max_results": 1}).status == 200
    assert rest.post("experiments/search", {"max_results": 1}).status == 200


def test_both_prefixes_share_the_data(rest, server, unique):
    ajax = Rest(server.url, "/ajax-api/2.0/mlflow/")
    experiment = ajax.experiment(unique())
    run = rest.run(experiment)
    ajax.log_metric(run, "m", 1)
    assert rest.read_run(run) == ajax.read_run(run)
    assert rest.read_run(run)["data"]["metrics"][0]["key"] == "m"


def test_a_connection_is_kept(rest):
    for _ in range(3):
        assert rest.get("/health").headers.get("connection", "keep-alive").lower() != "close"
