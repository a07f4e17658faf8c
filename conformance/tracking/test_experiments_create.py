"""Creating experiments: what is stored, what is refused."""

import time

import pytest
from mlflow.exceptions import MlflowException, RestException

from rest import assert_error, assert_invalid


def test_client_creates_and_reads(client, unique):
    before = int(time.time() * 1000)
    name = unique()
    experiment_id = client.create_experiment(name, tags={"team": "a", "empty": ""})
    experiment = client.get_experiment(experiment_id)
    assert experiment.name == name
    assert experiment.lifecycle_stage == "active"
    assert experiment.tags == {"team": "a", "empty": ""}
    assert experiment.artifact_location == f"mlflow-artifacts:/{experiment_id}"
    assert before <= experiment.creation_time <= int(time.time() * 1000)
    assert experiment.last_update_time == experiment.creation_time
    assert client.get_experiment_by_name(name).experiment_id == experiment_id


def test_ids_are_texts_of_growing_numbers(rest, unique):
    first, second = (rest.experiment(unique(str(number))) for number in range(2))
    assert isinstance(first, str) and int(second) > int(first)


def test_artifact_location_is_kept(client, unique):
    location = "s3://bucket/some/path"
    experiment_id = client.create_experiment(unique(), artifact_location=location)
    assert client.get_experiment(experiment_id).artifact_location == location
    run = client.create_run(experiment_id)
    assert run.info.artifact_uri == f"{location}/{run.info.run_id}/artifacts"


def test_a_name_serves_once(client, unique):
    name = unique()
    client.create_experiment(name)
    with pytest.raises(RestException) as refused:
        client.create_experiment(name)
    assert refused.value.error_code == "RESOURCE_ALREADY_EXISTS"
    assert f"Experiment(name={name}) already exists." in refused.value.message


def test_a_duplicate_leaves_nothing_behind(rest, unique):
    name = unique()
    rest.experiment(name)
    answer = rest.post("experiments/create", {"name": name, "tags": [{"key": "a", "value": "b"}]})
    assert_error(answer, 400, "RESOURCE_ALREADY_EXISTS")
    assert "tags" not in rest.ok("GET", "experiments/get-by-name", query={"experiment_name": name})["experiment"]


def test_missing_experiment(client, unique):
    with pytest.raises(MlflowException, match="No Experiment with id=987654321 exists"):
        client.get_experiment("987654321")
    assert client.get_experiment_by_name(unique()) is None


def test_default_experiment_exists(client):
    experiment = client.get_experiment("0")
    assert experiment.name == "Default"
    assert experiment.experiment_id == "0"


def test_refused_tags_create_nothing(rest, unique):
    name = unique()
    answer = rest.post("experiments/create", {"name": name, "tags": [{"key": "a#", "value": "1"}]})
    assert_invalid(answer)
    assert rest.get("experiments/get-by-name", {"experiment_name": name}).status == 404


def test_many_tags(client, unique):
    tags = {f"tag {number}": str(number) for number in range(150)}
    experiment_id = client.create_experiment(unique(), tags=tags)
    assert client.get_experiment(experiment_id).tags == tags


def test_set_experiment_creates_once(fluent, unique):
    name = unique("set")
    first = fluent.set_experiment(name)
    assert fluent.set_experiment(name).experiment_id == first.experiment_id
    assert fluent.get_experiment_by_name(name).experiment_id == first.experiment_id


@pytest.mark.safer
def test_a_tag_twice_names_the_tag(rest, unique):
    tags = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]
    answer = rest.post("experiments/create", {"name": unique(), "tags": tags})
    assert 400 <= answer.status < 500
    assert "sqlite" not in answer.text.lower() and "INSERT" not in answer.text
