"""`headwater gc` beside `mlflow gc`: what was deleted goes for good, with its artifacts."""

import os
import re
import subprocess
import time

import pytest

import databases as rooms
import servers
from rest import Rest


@pytest.fixture
def own(start_server, engine):
    """A server of the test's own: the command deletes all that was deleted, whoever did it."""
    server = start_server(engine)
    yield server
    servers.remove(server)


@pytest.fixture
def gc(own, kind):
    def run(*arguments, expect=0):
        command = [*servers.program(kind), "gc", "--backend-store-uri", own.store_uri, *arguments]
        command += ["--artifacts-destination", str(own.artifacts)]
        environment = servers.clean_environment({"MLFLOW_TRACKING_URI": own.url})
        done = subprocess.run(command, cwd=own.folder, env=environment, capture_output=True, text=True, timeout=100)
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture
def web(own):
    return Rest(own.url)


class Things:
    """Makes runs, models and experiments with artifacts, and deletes them."""

    def __init__(self, server):
        self.rest = Rest(server.url)
        self.folder = server.artifacts

    def run(self, experiment):
        run = self.rest.run(experiment)
        self.rest.log_metric(run, "m", 1.0)
        self.rest.log_metric(run, "m", 2.0, step=1)
        self.rest.ok("POST", "runs/log-parameter", {"run_id": run, "key": "p", "value": "v"})
        self.rest.ok("POST", "runs/set-tag", {"run_id": run, "key": "t", "value": "v"})
        dataset = {"name": "d", "digest": "x", "source_type": "local", "source": "{}"}
        tags = [{"key": "mlflow.data.context", "value": "train"}]
        self.rest.ok("POST", "runs/log-inputs", {"run_id": run, "datasets": [{"dataset": dataset, "tags": tags}]})
        self.put(f"{experiment}/{run}/artifacts/a/b.txt")
        return run

    def model(self, experiment, run):
        model = self.rest.model(experiment, source_run_id=run, params=[{"key": "p", "value": "v"}])
        self.rest.ok("PATCH", f"logged-models/{model}", {"model_id": model, "status": "LOGGED_MODEL_READY"})
        self.rest.ok("POST", "runs/outputs", {"run_id": run, "models": [{"model_id": model, "step": 1}]})
        self.rest.log_metric(run, "of-the-model", 1.0, model_id=model, dataset_name="d", dataset_digest="x")
        self.put(f"{experiment}/models/{model}/artifacts/MLmodel")
        return model

    def put(self, path):
        route = f"/api/2.0/mlflow-artifacts/artifacts/{path}"
        assert self.rest.send("PUT", route, data=b"0123456789").status == 200

    def delete(self, *, run=None, model=None, experiment=None):
        if run:
            self.rest.ok("POST", "runs/delete", {"run_id": run})
        if model:
            self.rest.ok("DELETE", f"logged-models/{model}")
        if experiment:
            self.rest.ok("POST", "experiments/delete", {"experiment_id": experiment})

    def files(self):
        return {str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file()}

    def has_run(self, run):
        return self.rest.get("runs/get", {"run_id": run}).status == 200

    def has_experiment(self, experiment):
        return self.rest.get("experiments/get", {"experiment_id": experiment}).status == 200


@pytest.fixture
def things(own):
    return Things(own)


def test_all_that_was_deleted(gc, things, web, unique):
    kept_experiment, gone_experiment = web.experiment(unique("kept")), web.experiment(unique("gone"))
    kept, gone, inside = things.run(kept_experiment), things.run(kept_experiment), things.run(gone_experiment)
    kept_model, gone_model = things.model(kept_experiment, kept), things.model(kept_experiment, gone)
    things.delete(run=gone, model=gone_model, experiment=gone_experiment)
    said = gc()
    for what, id in (
        ("Run", gone),
        ("Run", inside),
        ("Logged model", gone_model),
        ("Experiment", gone_experiment),
    ):
        assert f"{what} with ID {id} has been permanently deleted." in said
    assert [things.has_run(run) for run in (kept, gone, inside)] == [True, False, False]
    assert [things.has_experiment(e) for e in (kept_experiment, gone_experiment)] == [True, False]
    assert things.files() == {
        f"{kept_experiment}/{kept}/artifacts/a/b.txt",
        f"{kept_experiment}/models/{kept_model}/artifacts/MLmodel",
    }
    # The name is free again, and a second time there is nothing to do.
    assert "permanently deleted" not in gc()


def test_only_what_is_old_enough(gc, things, web, unique):
    experiment = web.experiment(unique())
    run = things.run(experiment)
    things.delete(run=run)
    assert "permanently deleted" not in gc("--older-than", "1d")
    assert things.has_run(run)
    assert "is not older than the required age" in gc("--older-than", "1d", "--run-ids", run, expect=1)
    time.sleep(1.1)
    assert f"Run with ID {run} has been permanently deleted." in gc("--older-than", "1s")
    assert not things.has_run(run)


def test_only_these(gc, things, web, unique):
    experiment = web.experiment(unique())
    runs = [things.run(experiment) for _ in range(3)]
    for run in runs[:2]:
        things.delete(run=run)
    gc("--run-ids", runs[0])
    assert [things.has_run(run) for run in runs] == [False, True, True]
    said = gc("--run-ids", runs[2], expect=1)
    assert f"Run {runs[2]} is not in `deleted` lifecycle stage" in said
    assert "not found" in gc("--run-ids", "none", expect=1)
    said = gc("--experiment-ids", experiment, expect=1)
    assert f"Experiments ['{experiment}'] are not in the deleted lifecycle stage" in said
    assert [things.has_run(run) for run in runs] == [False, True, True]


@pytest.mark.parametrize("text", ["soon", "5x"])
def test_times_that_are_none(gc, kind, text):
    said = gc("--older-than", text, expect=2 if kind == "headwater" else 1)
    assert "Could not parse any time information" in said


@pytest.mark.headwater_only
def test_a_dry_run_deletes_nothing(gc, things, web, unique):
    experiment = web.experiment(unique())
    run = things.run(experiment)
    model = things.model(experiment, run)
    things.delete(run=run, model=model)
    before = things.files()
    said = gc("--dry-run")
    assert f"Run with ID {run} would be permanently deleted." in said
    assert "Would delete 1 runs, 1 logged models, 0 experiments, 0 traces, 0 jobs: 2 artifacts of 20 bytes." in said
    assert things.has_run(run) and things.files() == before
    said = gc()
    assert "Deleted 1 runs, 1 logged models, 0 experiments, 0 traces, 0 jobs" in said
    assert "2 artifacts of 20 bytes" in said


@pytest.mark.headwater_only
def test_traces_go_with_their_experiment(gc, own, things, web, unique):
    experiment = web.experiment(unique())
    traces = [start_trace(web, experiment) for _ in range(3)]
    for trace in traces:
        things.put(f"{experiment}/traces/{trace}/artifacts/traces.json")
    body = {"assessment": {"assessment_name": "a", "source": {"source_type": "HUMAN", "source_id": "me"}}}
    body["assessment"]["feedback"] = {"value": True}
    web.ok("POST", f"/api/3.0/mlflow/traces/{traces[0]}/assessments", body)
    run = things.run(experiment)
    web.ok("POST", "traces/link-to-run", {"trace_ids": traces[:2], "run_id": run})
    # Whoever pointed a trace at a place of others, as older releases let anyone, does not get that deleted.
    where = f"key = 'mlflow.artifactLocation' AND request_id = '{traces[1]}'"
    rooms.execute(own.store_uri, f"UPDATE trace_tags SET value = 'mlflow-artifacts:/' WHERE {where}")
    other = web.experiment(unique("other"))
    kept = things.run(other)
    things.delete(experiment=experiment)
    foreseen = gc("--dry-run")
    said = gc()
    assert "1 experiments, 3 traces" in said and "is not its own" in said
    assert re.search(r"3 traces, 0 jobs: (\d+ artifacts of \d+ bytes)", foreseen).group(1) in said
    assert things.files() == {
        f"{other}/{kept}/artifacts/a/b.txt",
        f"{experiment}/traces/{traces[1]}/artifacts/traces.json",
    }


def start_trace(web, experiment):
    trace = f"tr-{os.urandom(16).hex()}"
    info = {
        "trace_id": trace,
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}},
        "request_time": "2026-01-01T00:00:00Z",
        "execution_duration": "1s",
        "state": "OK",
    }
    web.ok("POST", "/api/3.0/mlflow/traces", {"trace": {"trace_info": info}})
    return trace


@pytest.mark.headwater_only
def test_what_cannot_be_deleted_stays(gc, things, web, unique, tmp_path):
    place = tmp_path / "not served"
    gone = web.experiment(unique(), artifact_location=str(place))
    run = web.run(gone)
    things.delete(experiment=gone)
    said = gc(expect=1)
    assert f"Run with ID {run} was kept" in said and "--artifact-folders" in said
    assert f"Experiment with ID {gone} was kept" in said
    gc("--artifact-folders", str(place))
    assert not things.has_experiment(gone)
