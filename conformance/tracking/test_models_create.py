"""Logged models: creating, reading, finishing, deleting."""

import re

import pytest
from mlflow.exceptions import MlflowException

from rest import assert_invalid, assert_missing, pairs

pytestmark = pytest.mark.mlflow3


def test_client_creates_and_reads(client, experiment, run):
    created = client.create_logged_model(
        experiment,
        name="model",
        source_run_id=run,
        tags={"t": "1"},
        params={"p": "2", "q": ""},
        model_type="Agent",
    )
    model = client.get_logged_model(created.model_id)
    assert re.fullmatch("m-[0-9a-f]{32}", model.model_id)
    assert (model.name, model.experiment_id, model.source_run_id) == ("model", experiment, run)
    assert (model.tags, model.params, model.model_type) == ({"t": "1"}, {"p": "2", "q": ""}, "Agent")
    assert str(model.status) == "PENDING"
    assert model.artifact_location == f"mlflow-artifacts:/{experiment}/models/{model.model_id}/artifacts"
    assert model.creation_timestamp == model.last_updated_timestamp > 1_600_000_000_000


def test_the_shape_of_the_answer(rest, experiment):
    model = rest.ok("POST", "logged-models", {"experiment_id": experiment, "name": "m"})["model"]
    info = model["info"]
    assert model == {
        "info": {
            "model_id": info["model_id"],
            "experiment_id": experiment,
            "name": "m",
            "creation_timestamp_ms": info["creation_timestamp_ms"],
            "last_updated_timestamp_ms": info["creation_timestamp_ms"],
            "artifact_uri": f"mlflow-artifacts:/{experiment}/models/{info['model_id']}/artifacts",
            "status": "LOGGED_MODEL_PENDING",
            "model_type": "",
            "source_run_id": "",
        },
        "data": {},
    }
    assert rest.ok("GET", f"logged-models/{info['model_id']}") == {"model": model}


def test_a_name_is_made_up(rest, experiment):
    model = rest.ok("POST", "logged-models", {"experiment_id": experiment})["model"]
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d+", model["info"]["name"])


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
def test_names_that_are_refused(rest, experiment, name):
    answer = rest.post("logged-models", {"experiment_id": experiment, "name": name})
    assert_invalid(answer)
    assert "Model name must be a non-empty string and cannot contain the following characters" in answer.message


def test_finishing(client, experiment):
    from mlflow.entities import LoggedModelStatus

    for status in (LoggedModelStatus.READY, LoggedModelStatus.FAILED, LoggedModelStatus.PENDING):
        model = client.create_logged_model(experiment, name="m")
        finished = client.finalize_logged_model(model.model_id, status)
        assert finished.status == status
        assert client.get_logged_model(model.model_id).status == status
        assert finished.last_updated_timestamp >= model.last_updated_timestamp


@pytest.mark.parametrize("status", ["LOGGED_MODEL_READY", 2, "2"])
def test_ways_to_name_a_status(rest, experiment, status):
    model_id = rest.model(experiment)
    body = {"model_id": model_id, "status": status}
    answer = rest.patch(f"logged-models/{model_id}", body)
    if status == "2":
        assert answer.status == 200 or answer.error_code == "INVALID_PARAMETER_VALUE"
    else:
        assert answer.json["model"]["info"]["status"] == "LOGGED_MODEL_READY"


@pytest.mark.safer
@pytest.mark.parametrize("status", ["NONSENSE", 77, -1])
def test_an_unknown_status_is_refused(rest, experiment, status):
    model_id = rest.model(experiment)
    answer = rest.patch(f"logged-models/{model_id}", {"model_id": model_id, "status": status})
    assert 400 <= answer.status < 500
    info = rest.ok("GET", f"logged-models/{model_id}")["model"]["info"]
    assert info["status"] == "LOGGED_MODEL_PENDING"


def test_deleting(client, rest, experiment):
    model_id = rest.model(experiment)
    client.delete_logged_model(model_id)
    with pytest.raises(MlflowException, match=f"Logged model with ID '{model_id}' not found."):
        client.get_logged_model(model_id)
    assert client.search_logged_models([experiment]) == []
    found = rest.ok("GET", f"logged-models/{model_id}", query={"allow_deleted": "true"})
    assert found["model"]["info"]["model_id"] == model_id


def test_missing_model(rest):
    message = "Logged model with ID 'm-none' not found."
    assert_missing(rest.get("logged-models/m-none"), message)
    assert_missing(rest.delete("logged-models/m-none"), message)
    tags = {"tags": [{"key": "a", "value": "b"}]}
    assert_missing(rest.patch("logged-models/m-none/tags", tags), message)
    body = {"model_id": "m-none", "status": "LOGGED_MODEL_READY"}
    assert_missing(rest.patch("logged-models/m-none", body), message)


def test_tags(client, rest, experiment):
    model_id = rest.model(experiment, tags=[{"key": "a", "value": "1"}])
    client.set_logged_model_tags(model_id, {"a": "2", "b": "3"})
    assert client.get_logged_model(model_id).tags == {"a": "2", "b": "3"}
    client.delete_logged_model_tag(model_id, "a")
    assert client.get_logged_model(model_id).tags == {"b": "3"}
    with pytest.raises(MlflowException, match=f"No tag with key 'a' found for model with ID '{model_id}'."):
        client.delete_logged_model_tag(model_id, "a")


def test_the_last_of_equal_tags_wins(rest, experiment):
    model_id = rest.model(experiment)
    tags = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]
    rest.ok("PATCH", f"logged-models/{model_id}/tags", {"tags": tags})
    info = rest.ok("GET", f"logged-models/{model_id}")["model"]["info"]
    assert pairs(info["tags"]) == {"a": "2"}


def test_params_grow_but_do_not_change(client, rest, experiment):
    model_id = rest.model(experiment, params=[{"key": "a", "value": "1"}])
    client.log_model_params(model_id, {"b": "2", "c": ""})
    assert client.get_logged_model(model_id).params == {"a": "1", "b": "2", "c": ""}
    body = {"model_id": model_id, "params": [{"key": "a", "value": "changed"}]}
    assert rest.post(f"logged-models/{model_id}/params", body).status == 400
    assert client.get_logged_model(model_id).params["a"] == "1"


def test_inputs_and_outputs_of_a_run(client, rest, experiment):
    from mlflow.entities import LoggedModelInput, LoggedModelOutput

    model_id = rest.model(experiment)
    maker, user = rest.run(experiment), rest.run(experiment)
    client.log_outputs(maker, [LoggedModelOutput(model_id, step=3)])
    client.log_inputs(user, models=[LoggedModelInput(model_id)])
    (output,) = client.get_run(maker).outputs.model_outputs
    assert (output.model_id, output.step) == (model_id, 3)
    assert [model.model_id for model in client.get_run(user).inputs.model_inputs] == [model_id]
    found = rest.ok("POST", "runs/search", {"experiment_ids": [experiment]})["runs"]
    outputs = {run["info"]["run_id"]: run.get("outputs", {}) for run in found}
    assert outputs[maker] == {"model_outputs": [{"model_id": model_id, "step": 3}]}
    assert outputs[user] == {}
