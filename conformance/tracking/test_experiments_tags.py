"""Tags of experiments."""

import pytest
from mlflow.exceptions import MlflowException

from rest import assert_invalid, assert_missing, pairs


def tags(rest, experiment_id):
    answer = rest.ok("GET", "experiments/get", query={"experiment_id": experiment_id})
    return pairs(answer["experiment"].get("tags", []))


def test_set_change_delete(client, rest, experiment):
    client.set_experiment_tag(experiment, "a", "1")
    client.set_experiment_tag(experiment, "b", "ü 🧪\n\"quoted\"")
    client.set_experiment_tag(experiment, "a", "2")
    assert tags(rest, experiment) == {"a": "2", "b": "ü 🧪\n\"quoted\""}
    rest.ok("POST", "experiments/delete-experiment-tag", {"experiment_id": experiment, "key": "a"})
    assert tags(rest, experiment) == {"b": "ü 🧪\n\"quoted\""}
    again = rest.post("experiments/delete-experiment-tag", {"experiment_id": experiment, "key": "a"})
    assert_missing(again, f"No tag with name: a in experiment with id {experiment}")


def test_tags_do_not_touch_the_update_time(rest, experiment):
    query = {"experiment_id": experiment}
    before = rest.ok("GET", "experiments/get", query=query)["experiment"]
    rest.ok("POST", "experiments/set-experiment-tag", {**query, "key": "a", "value": "1"})
    after = rest.ok("GET", "experiments/get", query=query)["experiment"]
    assert after["last_update_time"] == before["last_update_time"]


def test_limits(rest, experiment):
    def put(key, value):
        body = {"experiment_id": experiment, "key": key, "value": value}
        return rest.post("experiments/set-experiment-tag", body)

    assert put("k" * 250, "v" * 5000).status == 200
    assert_invalid(put("k" * 251, "v"), "'key' exceeds the maximum length of 250 characters")
    assert_invalid(put("k", "v" * 20001), "'value' exceeds the maximum length of 20000 characters")
    assert list(tags(rest, experiment)) == ["k" * 250]


def test_custom_views_are_limited(rest, experiment):
    def put(number, value="{}"):
        key = f"mlflow.customView.view{number}"
        body = {"experiment_id": experiment, "key": key, "value": value}
        return rest.post("experiments/set-experiment-tag", body)

    assert {put(number).status for number in range(50)} == {200}
    assert_invalid(
        put(50),
        f"Unable to create another custom view for experiment {experiment}; the maximum number of "
        "custom views per experiment is 50. Delete an existing custom view before creating a new one.",
    )
    assert put(49, "changed").status == 200
    key = "mlflow.customView.view7"
    rest.ok("POST", "experiments/delete-experiment-tag", {"experiment_id": experiment, "key": key})
    assert put(50).status == 200


def test_custom_views_are_limited_at_creation(rest, unique):
    tags = [{"key": f"mlflow.customView.view{number}", "value": "{}"} for number in range(51)]
    assert_invalid(
        rest.post("experiments/create", {"name": unique(), "tags": tags}),
        "Unable to create another custom view; the maximum number of custom views per experiment "
        "is 50. Delete an existing custom view before creating a new one.",
    )
    assert rest.post("experiments/create", {"name": unique(), "tags": tags[:50]}).status == 200


@pytest.mark.mlflow3
def test_client_deletes(client, experiment):
    client.set_experiment_tag(experiment, "a", "1")
    client.delete_experiment_tag(experiment, "a")
    assert client.get_experiment(experiment).tags == {}
    with pytest.raises(MlflowException, match="No tag with name: a"):
        client.delete_experiment_tag(experiment, "a")


def test_fluent_sets_many(fluent, unique):
    experiment = fluent.set_experiment(unique("tagged"))
    fluent.set_experiment_tags({"x": 1, "y": "two"})
    assert fluent.get_experiment(experiment.experiment_id).tags == {"x": "1", "y": "two"}
