"""The R package: every value comes as text, large numbers as "1e+05", and the address may hold two slashes."""

import math

import pytest

from recorded import Replay
from rest import pairs


@pytest.fixture
def session(server, unique):
    session = Replay(server, "r", NAME=unique("r"))
    created = session.next()
    assert created.status == 200, created.text
    session.values["EXPERIMENT_ID"] = created.json["experiment_id"]
    while "runs/create" not in (answer := session.next()).request:
        assert answer.status == 200, answer
    session.values["RUN_ID"] = answer.json["run"]["info"]["run_uuid"]
    return session


def test_what_an_r_program_logs(session, rest):
    assert session.rest() == []
    run_id = session.values["RUN_ID"]
    run = rest.read_run(run_id)
    info = run["info"]
    assert (info["status"], info["start_time"], info["end_time"]) == ("FINISHED", 1764561230000, 1764561300000)
    assert pairs(run["data"]["params"]) == {
        "rate": "1e-04",
        "trees": "5e+05",
        "intercept": "TRUE",
        "seed": "42",
        "formula": 'y ~ x + "z"',
    }
    tags = pairs(run["data"]["tags"])
    assert (tags["kind"], tags["mlflow.user"], tags["mlflow.source.type"]) == ("glm", "zoe", "LOCAL")
    assert "stage" not in tags
    loss = rest.history(run_id, "loss")["metrics"]
    assert sorted((point["step"], point["value"], point["timestamp"]) for point in loss) == [
        (0, 0.333333333333333, 1764561234567),
        (100_000, 0.00001, 1764561234567),
        (200_000, 0.25, 1_700_000_000_000),
    ]
    latest = {metric["key"]: metric for metric in run["data"]["metrics"]}
    assert (latest["count"]["value"], latest["count"]["step"]) == (123456, 123456)
    assert latest["large"]["value"] == 1e15
    # The store has no infinity: it keeps the greatest number.
    assert float(latest["worst"]["value"]) == -float(latest["best"]["value"]) == 1.7976931348623157e308
    assert math.isnan(float(latest["unknown"]["value"]))
    assert (latest["accuracy"]["value"], latest["accuracy"]["step"]) == (0.75, 100_000)
    assert math.isnan(float(latest["area"]["value"]))
    assert latest["area"]["timestamp"] == 1_700_000_000_000


def test_what_an_r_program_reads(session):
    assert session.rest() == []
    run_id, experiment_id = session.values["RUN_ID"], session.values["EXPERIMENT_ID"]
    assert [answer.json["experiment"]["experiment_id"] for answer in session.to("experiments/get")] == [experiment_id] * 2
    assert [answer.json["run"]["info"]["run_id"] for answer in session.to("runs/get")] == [run_id]
    (history,) = session.to("metrics/get-history")
    assert len(history.json["metrics"]) == 3
    for answer in session.to("runs/search"):
        assert [run["info"]["run_id"] for run in answer.json["runs"]] == [run_id]
    (found,) = session.to("experiments/search")
    (experiment,) = found.json["experiments"]
    assert experiment["experiment_id"] == experiment_id
    assert pairs(experiment["tags"])["owner"] == "Zoë"
    (listed,) = session.to("artifacts/list")
    assert listed.json["root_uri"].endswith(f"{run_id}/artifacts")


def test_the_registry_of_an_r_program(session):
    assert session.rest() == []
    by_alias, version = session.to("registered-models/alias")[1], session.to("model-versions/get")[0]
    assert by_alias.json == version.json
    found = version.json["model_version"]
    assert (found["version"], found["current_stage"], found["description"]) == ("1", "Staging", "the first")
    assert (found["run_id"], found["aliases"]) == (session.values["RUN_ID"], ["champion"])
    (latest,) = session.to("get-latest-versions")
    assert [model["current_stage"] for model in latest.json["model_versions"]] == ["Staging"]
