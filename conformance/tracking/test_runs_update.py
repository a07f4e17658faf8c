"""Changing a run's status, times and name."""

import pytest

from rest import assert_invalid, assert_missing, pairs


def update(rest, run_id, **fields):
    return rest.ok("POST", "runs/update", {"run_id": run_id, **fields})["run_info"]


@pytest.mark.parametrize("status", ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"])
def test_statuses(rest, run, status):
    assert update(rest, run, status=status)["status"] == status
    assert rest.read_run(run)["info"]["status"] == status


def test_the_answer_is_the_whole_info(rest, run):
    info = update(rest, run, status="FINISHED", end_time=77)
    assert info == rest.read_run(run)["info"]
    assert info["end_time"] == 77


def test_client_terminates(client, run):
    client.set_terminated(run, "KILLED", end_time=99)
    info = client.get_run(run).info
    assert (info.status, info.end_time) == ("KILLED", 99)


def test_only_what_is_given_changes(rest, run):
    update(rest, run, status="FINISHED", end_time=5, run_name="first")
    assert update(rest, run)["end_time"] == 5
    info = update(rest, run, run_name="second")
    assert (info["status"], info["end_time"], info["run_name"]) == ("FINISHED", 5, "second")
    info = update(rest, run, status="RUNNING")
    assert (info["status"], info["end_time"], info["run_name"]) == ("RUNNING", 5, "second")


def test_name_and_tag_move_together(rest, run):
    def names():
        found = rest.read_run(run)
        return found["info"]["run_name"], pairs(found["data"].get("tags", [])).get("mlflow.runName")

    update(rest, run, run_name="by update")
    assert names() == ("by update", "by update")
    rest.ok("POST", "runs/set-tag", {"run_id": run, "key": "mlflow.runName", "value": "by tag"})
    assert names() == ("by tag", "by tag")
    tags = [{"key": "mlflow.runName", "value": "by batch"}]
    rest.ok("POST", "runs/log-batch", {"run_id": run, "tags": tags})
    assert names() == ("by batch", "by batch")
    rest.ok("POST", "runs/delete-tag", {"run_id": run, "key": "mlflow.runName"})
    assert names() == ("by batch", None)
    update(rest, run, run_name="again")
    assert names() == ("again", "again")


def test_client_renames(client, run):
    client.update_run(run, status="FINISHED", name="renamed")
    found = client.get_run(run)
    assert (found.info.run_name, found.info.status) == ("renamed", "FINISHED")


def test_missing_run(rest):
    answer = rest.post("runs/update", {"run_id": "0" * 32, "status": "FINISHED"})
    assert_missing(answer, f"Run with id={'0' * 32} not found")


def test_a_deleted_run_does_not_change(rest, run):
    rest.ok("POST", "runs/delete", {"run_id": run})
    message = f"The run {run} must be in the 'active' state. Current state is deleted."
    assert_invalid(rest.post("runs/update", {"run_id": run, "status": "FINISHED"}), message)
    assert rest.read_run(run)["info"]["status"] == "RUNNING"
