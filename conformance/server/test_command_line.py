"""The `mlflow` command, pointed at the server."""

import json
import subprocess
import sys

import pytest

import servers


def test_experiments(command_line, client, unique):
    created = command_line("experiments", "create", "--experiment-name", unique())
    experiment = client.get_experiment_by_name(unique())
    assert experiment.experiment_id in created
    assert unique() in command_line("experiments", "search", "--view", "all")
    experiment_id = experiment.experiment_id
    command_line("experiments", "rename", "--experiment-id", experiment_id, "--new-name", unique("renamed"))
    assert client.get_experiment(experiment_id).name == unique("renamed")
    command_line("experiments", "delete", "--experiment-id", experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    command_line("experiments", "restore", "--experiment-id", experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "active"


def test_runs(command_line, client, rest, experiment):
    run = rest.run(experiment, run_name="by command")
    rest.log_metric(run, "m", 1.5)
    assert "by command" in command_line("runs", "list", "--experiment-id", experiment)
    described = json.loads(command_line("runs", "describe", "--run-id", run))
    assert described["info"]["run_id"] == run
    assert described["data"]["metrics"] == {"m": 1.5}
    command_line("runs", "delete", "--run-id", run)
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    command_line("runs", "restore", "--run-id", run)
    assert client.get_run(run).info.lifecycle_stage == "active"


def test_artifacts(command_line, rest, experiment, tmp_path):
    run = rest.run(experiment)
    (tmp_path / "note.txt").write_text("by command")
    command_line("artifacts", "log-artifact", "--local-file", str(tmp_path / "note.txt"), "--run-id", run)
    listed = json.loads(command_line("artifacts", "list", "--run-id", run))
    assert listed == [{"path": "note.txt", "is_dir": False, "file_size": 10}]
    target = tmp_path / "fetched"
    target.mkdir()
    command_line(
        "artifacts", "download", "--run-id", run, "--artifact-path", "note.txt", "--dst-path", str(target)
    )
    assert (target / "note.txt").read_text() == "by command"


@pytest.mark.slow
def test_a_process_of_its_own(client, server, unique, tmp_path):
    command = [sys.executable, "-m", "mlflow", "experiments", "create", "--experiment-name", unique()]
    environment = servers.clean_environment({"MLFLOW_TRACKING_URI": server.url})
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True, timeout=100)
    assert client.get_experiment_by_name(unique()) is not None
