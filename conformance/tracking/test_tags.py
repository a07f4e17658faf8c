"""Tags of runs."""

import pytest
from mlflow.exceptions import MlflowException

from rest import assert_invalid, assert_missing, pairs


def tags(rest, run_id):
    found = pairs(rest.read_run(run_id)["data"].get("tags", []))
    found.pop("mlflow.runName", None)
    return found


def test_client_sets_changes_deletes(client, run):
    client.set_tag(run, "a", "1")
    client.set_tag(run, "a", 2)
    client.set_tag(run, "b", "x")
    client.delete_tag(run, "b")
    assert client.get_run(run).data.tags["a"] == "2"
    assert "b" not in client.get_run(run).data.tags
    with pytest.raises(MlflowException, match=f"No tag with name: b in run with id {run}"):
        client.delete_tag(run, "b")


@pytest.mark.parametrize("value", ["", "ünï 🧪 試験", "line\nbreak", '"q" \\', "<script>", "{\"json\": [1]}"])
def test_values(rest, run, value):
    rest.ok("POST", "runs/set-tag", {"run_id": run, "key": "t", "value": value})
    assert tags(rest, run) == {"t": value}


def test_long_values_are_cut(rest, run):
    for key, length in [("fits", 8000), ("cut", 8001), ("far", 20000)]:
        rest.ok("POST", "runs/set-tag", {"run_id": run, "key": key, "value": "v" * length})
    assert {key: len(value) for key, value in tags(rest, run).items()} == dict.fromkeys(("fits", "cut", "far"), 8000)


def test_keys(rest, run):
    def put(key):
        return rest.post("runs/set-tag", {"run_id": run, "key": key, "value": "1"})

    assert {put(key).status for key in ("a/b.c-d_e f:g", "k" * 250, "mlflow.custom", "ü")} == {200}
    assert_invalid(put("k" * 251), "'key' exceeds the maximum length of 250 characters")
    for key in ("a#b", "a,b", "../a", "a//b"):
        assert_invalid(put(key))


def test_deleting_what_is_not_there(rest, run):
    answer = rest.post("runs/delete-tag", {"run_id": run, "key": "none"})
    assert_missing(answer, f"No tag with name: none in run with id {run}")


def test_missing_run(rest):
    answer = rest.post("runs/set-tag", {"run_id": "0" * 32, "key": "a", "value": "b"})
    assert_missing(answer, f"Run with id={'0' * 32} not found")


def test_fluent_tags(fluent):
    with fluent.start_run() as run:
        fluent.set_tag("a", 1)
        fluent.set_tags({f"t{number}": number for number in range(150)})
        fluent.delete_tag("t7")
    found = fluent.get_run(run.info.run_id).data.tags
    assert found["a"] == "1" and found["t149"] == "149" and "t7" not in found
