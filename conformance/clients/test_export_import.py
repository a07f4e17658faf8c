"""`mlflow-export-import`, which moves experiments from one server to another: from an older server to this one, say.

It moves registered models only where artifacts are not served by the server: in `mlflow-artifacts:/1/RUN/artifacts/model`
it takes the scheme for the folder `artifacts`, whichever the server.
"""

import os
import pathlib
import subprocess
import sys

import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

from rest import Rest, pairs


@pytest.fixture
def move(tmp_path):
    """Runs one of its programs against a server."""

    def run(program, server, *arguments):
        command = [pathlib.Path(sys.executable).parent / program, *arguments]
        environment = {**os.environ, "MLFLOW_TRACKING_URI": server.url, "MLFLOW_REGISTRY_URI": server.url}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200, check=False
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said[-4000:]
        # It goes on after a failure, and says so.
        assert "Traceback" not in said, said[-4000:]

    return run


def fill(client, folder):
    """An experiment with a run, a run below it, and a deleted one."""
    experiment = client.create_experiment("shop/forecast", tags={"team": "shop"})
    tags = {"unicode": "wörld 🦘", "mlflow.user": "zoe"}
    parent = client.create_run(experiment, run_name="parent", tags=tags).info
    client.log_batch(
        parent.run_id,
        [Metric("loss", 1 / step, 1764561234567 + step, step) for step in range(1, 1201)],
        [Param("rate", "0.001"), Param("text", "x" * 5000)],
        [RunTag("stage", "draft")],
    )
    client.log_metric(parent.run_id, "worst", float("-inf"), timestamp=1764561234567, step=-3)
    client.log_text(parent.run_id, "välue", "data/ü.txt")
    (folder / "weights.bin").write_bytes(bytes(range(256)) * 1000)
    client.log_artifact(parent.run_id, str(folder / "weights.bin"), "model")
    client.set_terminated(parent.run_id)
    below = {"mlflow.parentRunId": parent.run_id, "mlflow.user": "zoe"}
    child = client.create_run(experiment, run_name="child", tags=below).info
    client.log_metric(child.run_id, "loss", 7, timestamp=5, step=0)
    client.set_terminated(child.run_id)
    client.delete_run(client.create_run(experiment, run_name="deleted").info.run_id)


def everything(server):
    """What a server has, without ids and the times at which it was stored."""
    rest, client = Rest(server.url), MlflowClient(server.url, server.url)
    runs = []
    (experiment,) = [found for found in client.search_experiments() if found.name != "Default"]
    found = rest.ok("POST", "runs/search", {"experiment_ids": [experiment.experiment_id]})["runs"]
    for run in found:
        run_id = run["info"]["run_id"]
        tags = pairs(run["data"]["tags"])
        # Runs get new ids, which the program does not put in here.
        assert tags.pop("mlflow.parentRunId", "").isalnum() == (run["info"]["run_name"] != "parent")
        artifacts = {}
        for folder in ("", "data", "model"):
            for item in client.list_artifacts(run_id, folder):
                if not item.is_dir:
                    route = f"/get-artifact?run_id={run_id}&path={item.path}"
                    artifacts[item.path] = rest.send("GET", route).content
        metrics = {}
        for metric in run["data"].get("metrics", []):
            points = rest.history(run_id, metric["key"])["metrics"]
            metrics[metric["key"]] = sorted((point["step"], point["timestamp"], float(point["value"])) for point in points)
        runs.append(
            {
                "name": run["info"]["run_name"],
                "status": run["info"]["status"],
                "tags": tags,
                "params": pairs(run["data"].get("params", [])),
                "metrics": metrics,
                "artifacts": artifacts,
            }
        )
    return {
        "experiment": (experiment.name, experiment.tags["team"]),
        "runs": sorted(runs, key=lambda run: run["name"]),
    }


def test_experiments_move(start_server, engine, move, tmp_path):
    source, target = start_server(engine), start_server(engine)
    fill(MlflowClient(source.url, source.url), tmp_path)
    had = everything(source)
    assert [len(run["metrics"]["loss"]) for run in had["runs"] if run["name"] == "parent"] == [1200]
    move("export-experiments", source, "--experiments", "all", "--output-dir", "out")
    move("import-experiments", target, "--input-dir", "out", "--use-src-user-id", "True")
    has = everything(target)
    assert has["experiment"] == had["experiment"]
    for moved, run in zip(has["runs"], had["runs"], strict=True):
        for part, value in run.items():
            assert moved[part] == value, part
