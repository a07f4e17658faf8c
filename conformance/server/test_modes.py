"""Servers that are started with other flags: a prefix, metrics, artifacts alone or not at all."""

import re

import pytest
from mlflow import MlflowClient

from rest import Rest


class TestPrefix:
    PREFIX = "/some/prefix"

    @pytest.fixture(scope="class")
    def prefixed(self, start_server, tmp_path_factory):
        folder = tmp_path_factory.mktemp("prometheus")
        return start_server(
            arguments=["--static-prefix", self.PREFIX, "--expose-prometheus", str(folder)],
            prefix=self.PREFIX,
        )

    @pytest.fixture
    def root(self, prefixed):
        return Rest(prefixed.url.removesuffix(self.PREFIX))

    def test_everything_lies_below_it(self, root):
        for path in (
            "/health",
            "/version",
            "/",
            "/api/2.0/mlflow/experiments/get?experiment_id=0",
            "/ajax-api/2.0/mlflow/experiments/get?experiment_id=0",
            "/api/3.0/mlflow/server-info",
        ):
            assert root.get(self.PREFIX + path).status == 200
        body = {"query": '{ test(inputString: "x") { output } }'}
        assert root.post(f"{self.PREFIX}/graphql", body).status == 200

    def test_nothing_lies_beside_it(self, root):
        for path in ("/health", "/version", "/api/2.0/mlflow/experiments/get?experiment_id=0"):
            assert root.get(path).status == 404

    def test_the_client_works_below_it(self, prefixed, tmp_path, unique):
        client = MlflowClient(prefixed.url, prefixed.url)
        run = client.create_run(client.create_experiment(unique()))
        client.log_metric(run.info.run_id, "m", 1)
        (tmp_path / "file").write_text("below")
        client.log_artifact(run.info.run_id, str(tmp_path / "file"), "folder")
        assert [file.path for file in client.list_artifacts(run.info.run_id, "folder")] == ["folder/file"]
        target = tmp_path / "fetched"
        target.mkdir()
        fetched = client.download_artifacts(run.info.run_id, "folder/file", str(target))
        assert open(fetched).read() == "below"

    def test_metrics_for_prometheus(self, root):
        for _ in range(3):
            root.get(f"{self.PREFIX}/api/2.0/mlflow/experiments/get?experiment_id=0")
            root.get(f"{self.PREFIX}/api/2.0/mlflow/experiments/get?experiment_id=none")
        answer = root.get("/metrics")
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/plain")
        for status in ("200", "400"):
            counted = [
                float(line.rsplit(" ", 1)[1])
                for line in answer.text.splitlines()
                if line.startswith("mlflow_http_request_total{") and f'status="{status}"' in line
            ]
            assert sum(counted) >= 3, answer.text[:2000]
        assert re.search(r'^mlflow_http_request_duration_seconds_bucket\{.*le="\+Inf".*\} ', answer.text, re.M)

    @pytest.mark.headwater_only
    def test_metrics_name_the_route(self, root):
        root.get(f"{self.PREFIX}/api/2.0/mlflow/runs/get?run_id=secret")
        text = root.get("/metrics").text
        assert "runs/get" in text
        assert "secret" not in text


class TestArtifactsOnly:
    @pytest.fixture(scope="class")
    def artifacts_only(self, start_server):
        return Rest(start_server(engine=None, arguments=["--artifacts-only"]).url)

    def test_artifacts_are_served(self, artifacts_only):
        path = "/api/2.0/mlflow-artifacts/artifacts/folder/file"
        assert artifacts_only.send("PUT", path, data=b"content").status == 200
        assert artifacts_only.get(path).content == b"content"
        listed = artifacts_only.ok("GET", "/api/2.0/mlflow-artifacts/artifacts", query={"path": "folder"})
        assert listed["files"] == [{"path": "file", "is_dir": False, "file_size": 7}]
        assert artifacts_only.get("/health").status == 200

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/api/2.0/mlflow/experiments/get"),
            ("POST", "/api/2.0/mlflow/runs/create"),
            ("POST", "/ajax-api/2.0/mlflow/runs/log-batch"),
            ("GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk"),
            ("GET", "/get-artifact"),
        ],
    )
    def test_nothing_else_is(self, artifacts_only, method, path):
        answer = artifacts_only.send(method, path, json={})
        assert answer.status == 503
        assert answer.text == (
            f"Endpoint: {path} disabled due to the mlflow server running in `--artifacts-only` mode. To "
            "enable tracking server functionality, run `mlflow server` without `--artifacts-only`"
        )


class TestNoArtifacts:
    @pytest.fixture(scope="class")
    def bare(self, start_server):
        return Rest(start_server(arguments=["--no-serve-artifacts"]).url)

    def test_tracking_works(self, bare, unique):
        run = bare.run(bare.experiment(unique()))
        location = bare.read_run(run)["info"]["artifact_uri"]
        assert not location.startswith("mlflow-artifacts:")

    def test_the_proxy_is_closed(self, bare):
        for method in ("GET", "PUT", "DELETE"):
            answer = bare.send(method, "/api/2.0/mlflow-artifacts/artifacts/x", data=b"x")
            assert answer.status == 503
            assert "--serve-artifacts" in answer.text
        assert bare.get("/api/2.0/mlflow-artifacts/artifacts", {"path": "x"}).status == 503


class TestArtifactRoot:
    """`--default-artifact-root`, and a location of the local file system."""

    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory):
        return tmp_path_factory.mktemp("artifact-root")

    @pytest.fixture(scope="class")
    def rooted(self, start_server, folder):
        return start_server(arguments=["--default-artifact-root", str(folder)])

    def test_new_experiments_lie_there(self, rooted, folder, tmp_path, unique):
        rest, client = Rest(rooted.url), MlflowClient(rooted.url, rooted.url)
        run = rest.run(rest.experiment(unique()))
        info = rest.read_run(run)["info"]
        assert info["artifact_uri"] == f"{folder}/{info['experiment_id']}/{run}/artifacts"
        # The client writes into the folder itself; the server reads it for the web page.
        (tmp_path / "file").write_text("rooted")
        client.log_artifact(run, str(tmp_path / "file"))
        assert rest.get("/get-artifact", {"run_id": run, "path": "file"}).content == b"rooted"
        listed = rest.ok("GET", "artifacts/list", query={"run_id": run})["files"]
        assert listed == [{"path": "file", "is_dir": False, "file_size": 6}]
