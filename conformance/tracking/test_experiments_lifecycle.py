"""Renaming, deleting and restoring experiments, and what that does to their runs."""

import pytest
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException

from rest import assert_error, assert_invalid, assert_missing


def stage(rest, run_id):
    return rest.read_run(run_id)["info"]["lifecycle_stage"]


def test_rename(client, unique):
    experiment_id = client.create_experiment(unique("before"))
    created = client.get_experiment(experiment_id)
    client.rename_experiment(experiment_id, unique("after"))
    renamed = client.get_experiment(experiment_id)
    assert renamed.name == unique("after")
    assert renamed.last_update_time >= created.last_update_time
    assert renamed.creation_time == created.creation_time
    assert renamed.artifact_location == created.artifact_location
    assert client.get_experiment_by_name(unique("before")) is None


def test_rename_to_a_taken_name(rest, unique):
    rest.experiment(unique("taken"))
    experiment_id = rest.experiment(unique("mine"))
    answer = rest.post(
        "experiments/update", {"experiment_id": experiment_id, "new_name": unique("taken")}
    )
    assert answer.status == 400
    experiment = rest.ok("GET", "experiments/get", query={"experiment_id": experiment_id})["experiment"]
    assert experiment["name"] == unique("mine")


def test_delete_takes_the_runs_along(rest, unique):
    experiment_id = rest.experiment(unique())
    runs = [rest.run(experiment_id) for _ in range(3)]
    rest.ok("POST", "experiments/delete", {"experiment_id": experiment_id})
    assert {stage(rest, run) for run in runs} == {"deleted"}
    rest.ok("POST", "experiments/restore", {"experiment_id": experiment_id})
    assert {stage(rest, run) for run in runs} == {"active"}


def test_restore_brings_back_every_run(rest, unique):
    experiment_id = rest.experiment(unique())
    deleted_before = rest.run(experiment_id)
    rest.ok("POST", "runs/delete", {"run_id": deleted_before})
    rest.ok("POST", "experiments/delete", {"experiment_id": experiment_id})
    rest.ok("POST", "experiments/restore", {"experiment_id": experiment_id})
    assert stage(rest, deleted_before) == "active"


def test_deleting_changes_the_update_time(rest, unique):
    experiment_id = rest.experiment(unique())
    query = {"experiment_id": experiment_id}
    before = rest.ok("GET", "experiments/get", query=query)["experiment"]
    rest.ok("POST", "experiments/delete", query)
    after = rest.ok("GET", "experiments/get", query=query)["experiment"]
    assert after["last_update_time"] >= before["last_update_time"]
    assert after["creation_time"] == before["creation_time"]
    assert after["lifecycle_stage"] == "deleted"


def test_a_deleted_experiment_takes_nothing(rest, unique):
    experiment_id = rest.experiment(unique())
    rest.ok("POST", "experiments/delete", {"experiment_id": experiment_id})
    message = f"The experiment {experiment_id} must be in the 'active' state. Current state is deleted."
    assert_invalid(rest.post("runs/create", {"experiment_id": experiment_id}), message)
    assert_invalid(rest.post("logged-models", {"experiment_id": experiment_id}), message)
    tag = {"experiment_id": experiment_id, "key": "a", "value": "b"}
    assert_invalid(rest.post("experiments/set-experiment-tag", tag), message)
    assert_invalid(rest.post("experiments/delete-experiment-tag", tag), message)
    again = rest.post("experiments/delete", {"experiment_id": experiment_id})
    assert_missing(again, f"No Experiment with id={experiment_id} exists")
    rename = {"experiment_id": experiment_id, "new_name": unique("new")}
    assert_error(
        rest.post("experiments/update", rename),
        500,
        "INVALID_STATE",
        "Cannot rename a non-active experiment.",
    )


def test_a_deleted_experiment_keeps_its_name(rest, unique):
    experiment_id = rest.experiment(unique())
    rest.ok("POST", "experiments/delete", {"experiment_id": experiment_id})
    assert_error(rest.post("experiments/create", {"name": unique()}), 400, "RESOURCE_ALREADY_EXISTS")
    found = rest.ok("GET", "experiments/get-by-name", query={"experiment_name": unique()})
    assert found["experiment"]["lifecycle_stage"] == "deleted"


def test_client_sees_both_stages(client, unique):
    ids = [client.create_experiment(unique(name)) for name in "ab"]
    client.delete_experiment(ids[1])

    def names(view):
        found = client.search_experiments(view, filter_string=f"name LIKE '%{unique('')}'")
        return sorted(experiment.name for experiment in found)

    assert names(ViewType.ACTIVE_ONLY) == [unique("a")]
    assert names(ViewType.DELETED_ONLY) == [unique("b")]
    assert names(ViewType.ALL) == [unique("a"), unique("b")]


def test_fluent_refuses_a_deleted_experiment(fluent, unique):
    experiment = fluent.set_experiment(unique("gone"))
    fluent.delete_experiment(experiment.experiment_id)
    with pytest.raises(MlflowException, match="Cannot set a deleted experiment"):
        fluent.set_experiment(unique("gone"))
