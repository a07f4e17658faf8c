"""Creating runs: ids, names, tags, times."""

import re
import time

import pytest
from mlflow.exceptions import MlflowException

from rest import assert_invalid, pairs

RANDOM_NAME = re.compile(r"[a-z]+-[a-z]+-\d+")


def test_client_creates_and_reads(client, experiment):
    created = client.create_run(experiment, start_time=1234, tags={"a": "1"}, run_name="mine")
    run = client.get_run(created.info.run_id)
    assert re.fullmatch("[0-9a-f]{32}", run.info.run_id)
    assert run.info.experiment_id == experiment
    assert run.info.run_name == "mine"
    assert run.info.status == "RUNNING"
    assert run.info.lifecycle_stage == "active"
    assert (run.info.start_time, run.info.end_time) == (1234, None)
    assert run.info.artifact_uri == f"mlflow-artifacts:/{experiment}/{run.info.run_id}/artifacts"
    assert run.data.tags["a"] == "1"
    assert run.data.tags["mlflow.runName"] == "mine"
    assert (run.data.metrics, run.data.params) == ({}, {})


def test_the_shape_of_the_answer(rest, experiment):
    body = {"experiment_id": experiment, "start_time": 5, "user_id": "me", "run_name": "n"}
    run = rest.ok("POST", "runs/create", body)["run"]
    run_id = run["info"]["run_id"]
    assert run == {
        "info": {
            "run_id": run_id,
            "run_uuid": run_id,
            "run_name": "n",
            "experiment_id": experiment,
            "user_id": "me",
            "status": "RUNNING",
            "start_time": 5,
            "artifact_uri": f"mlflow-artifacts:/{experiment}/{run_id}/artifacts",
            "lifecycle_stage": "active",
        },
        "data": {"tags": [{"key": "mlflow.runName", "value": "n"}]},
        "inputs": {},
    }
    assert rest.read_run(run_id) == {**run, "outputs": {}}


def test_a_name_is_made_up(rest, experiment):
    names = set()
    for _ in range(20):
        run = rest.read_run(rest.run(experiment))
        assert RANDOM_NAME.fullmatch(run["info"]["run_name"])
        assert pairs(run["data"]["tags"]) == {"mlflow.runName": run["info"]["run_name"]}
        names.add(run["info"]["run_name"])
    assert len(names) > 10


def test_the_tag_gives_the_name(rest, experiment):
    run_id = rest.run(experiment, tags=[{"key": "mlflow.runName", "value": "tagged"}])
    assert rest.read_run(run_id)["info"]["run_name"] == "tagged"


def test_name_and_tag_must_agree(rest, experiment):
    body = {
        "experiment_id": experiment,
        "run_name": "one",
        "tags": [{"key": "mlflow.runName", "value": "other"}],
    }
    message = (
        "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
        "(run_name='one', mlflow.runName='other')."
    )
    assert_invalid(rest.post("runs/create", body), message)


@pytest.mark.parametrize("name", ["ünï 試験 🧪", "a/b:c", " spaces ", "<b>&amp;", "\"'`", "x" * 250])
def test_names(client, experiment, name):
    run = client.create_run(experiment, run_name=name)
    assert client.get_run(run.info.run_id).info.run_name == name


def test_no_experiment_means_the_default_one(rest):
    answer = rest.post("runs/create", {"experiment_id": "0", "start_time": 1})
    assert answer.json["run"]["info"]["experiment_id"] == "0"
    rest.ok("POST", "runs/delete", {"run_id": answer.json["run"]["info"]["run_id"]})


def test_missing_experiment(client):
    with pytest.raises(MlflowException, match="No Experiment with id=987654321 exists"):
        client.create_run("987654321")


def test_times_are_64_bits(rest, experiment):
    for moment in (0, 1, 2**31, 2**53 + 1, 2**63 - 1):
        run = rest.read_run(rest.run(experiment, start_time=moment))
        assert run["info"]["start_time"] == moment


def test_fluent_run_has_the_usual_tags(fluent):
    before = int(time.time() * 1000)
    with fluent.start_run(run_name="fluent", description="about it", tags={"x": "y"}) as run:
        run_id = run.info.run_id
    run = fluent.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert before <= run.info.start_time <= run.info.end_time
    assert run.data.tags["mlflow.note.content"] == "about it"
    assert run.data.tags["x"] == "y"
    assert {"mlflow.user", "mlflow.source.name", "mlflow.source.type"} <= set(run.data.tags)
    assert run.info.user_id == run.data.tags["mlflow.user"]


def test_a_failing_run_is_marked(fluent):
    with pytest.raises(ZeroDivisionError), fluent.start_run() as run:
        raise ZeroDivisionError
    assert fluent.get_run(run.info.run_id).info.status == "FAILED"


def test_many_tags_at_once(client, experiment):
    tags = {f"t{number}": "v" * number for number in range(300)}
    run = client.create_run(experiment, tags=tags, run_name="n")
    assert client.get_run(run.info.run_id).data.tags == {**tags, "mlflow.runName": "n"}
