"""The package `mlflow` of npm: a client for the tracking API."""

import json

from rest import pairs


def test_what_a_javascript_program_logs_and_reads(node, rest, unique):
    name = unique("npm")
    said = json.loads(node("mlflow_js.mjs", name).splitlines()[-1])
    run = rest.read_run(said["run_id"])
    assert (run["info"]["status"], run["info"]["lifecycle_stage"]) == ("FINISHED", "active")
    assert (run["info"]["user_id"], run["info"]["start_time"], run["info"]["end_time"]) == (
        "zoe",
        1764561230000,
        1764561300000,
    )
    assert pairs(run["data"]["params"]) == {"rate": "0.001", "seed": "42"}
    tags = pairs(run["data"]["tags"])
    assert (tags["language"], tags["kind"], tags["batch"]) == ("JavaScript", "ünïcode 🦘", "1")
    assert "draft" not in tags
    points = rest.history(said["run_id"], "loss")["metrics"]
    assert sorted((point["step"], point["value"], point["timestamp"]) for point in points) == [
        (0, 1e-7, 1764561234567),
        (0, 0.1 + 0.2, 1764561234569),
        (2**40, 1e21, 1764561234568),
    ]
    assert said["history"]["metrics"] == points
    assert said["got"]["run"] == run
    assert [found["info"]["run_id"] for found in said["found"]["runs"]] == [said["run_id"]]
    assert said["experiment"]["experiment"]["name"] == name
    assert said["deleted"]["run"]["info"]["lifecycle_stage"] == "deleted"
    assert said["listed"]["root_uri"] == run["info"]["artifact_uri"]
    assert '"status":404' in said["refusal"] and "RESOURCE_DOES_NOT_EXIST" in said["refusal"]
