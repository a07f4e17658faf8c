"""Deleting and restoring runs."""

import pytest
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException

from rest import assert_invalid

WRITES = [
    ("runs/log-metric", {"key": "k", "value": 1, "timestamp": 1}),
    ("runs/log-parameter", {"key": "k", "value": "1"}),
    ("runs/set-tag", {"key": "k", "value": "1"}),
    ("runs/delete-tag", {"key": "mlflow.runName"}),
    ("runs/log-batch", {"params": [{"key": "k", "value": "1"}]}),
    ("runs/log-inputs", {"datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "t", "source": "s"}}]}),
    ("runs/outputs", {"models": [{"model_id": "m-1", "step": 0}]}),
    ("runs/update", {"status": "FINISHED"}),
]


@pytest.mark.parametrize(("route", "body"), WRITES, ids=[route for route, _ in WRITES])
def test_a_deleted_run_takes_nothing(rest, run, route, body):
    rest.ok("POST", "runs/delete", {"run_id": run})
    message = f"The run {run} must be in the 'active' state. Current state is deleted."
    assert_invalid(rest.post(route, {"run_id": run, **body}), message)


def test_reading_goes_on(rest, run):
    rest.log_metric(run, "m", 1)
    rest.ok("POST", "runs/delete", {"run_id": run})
    found = rest.read_run(run)
    assert found["info"]["lifecycle_stage"] == "deleted"
    assert found["data"]["metrics"][0]["value"] == 1
    assert len(rest.history(run, "m")["metrics"]) == 1


def test_restore_brings_everything_back(client, run):
    client.log_param(run, "p", "1")
    client.delete_run(run)
    client.restore_run(run)
    client.log_metric(run, "m", 2)
    found = client.get_run(run)
    assert found.info.lifecycle_stage == "active"
    assert (found.data.params, found.data.metrics) == ({"p": "1"}, {"m": 2})


def test_twice_is_no_error(client, run):
    client.delete_run(run)
    client.delete_run(run)
    client.restore_run(run)
    client.restore_run(run)
    assert client.get_run(run).info.lifecycle_stage == "active"


def test_search_by_stage(client, rest, experiment):
    kept, gone = rest.run(experiment), rest.run(experiment)
    client.delete_run(gone)

    def ids(view):
        return {run.info.run_id for run in client.search_runs([experiment], run_view_type=view)}

    assert ids(ViewType.ACTIVE_ONLY) == {kept}
    assert ids(ViewType.DELETED_ONLY) == {gone}
    assert ids(ViewType.ALL) == {kept, gone}


def test_missing_run(client):
    for act in (client.delete_run, client.restore_run, client.get_run):
        with pytest.raises(MlflowException, match="Run with id=0000 not found"):
            act("0000")
