"""Older versions of `mlflow-skinny`, each in an environment of its own."""

import json
import math
import pathlib

import pytest

from rest import pairs

ENVIRONMENTS = pathlib.Path(__file__).parents[2]


@pytest.mark.parametrize("version", ["2.9.2", "2.22.5"])
def test_an_older_client(program, rest, unique, version):
    name = unique("skinny")
    python = ENVIRONMENTS / f".venv-clients-{version}" / "bin" / "python"
    said = json.loads(program(python, "skinny.py", name).splitlines()[-1])
    assert said["version"] == version
    run_id, child = said["run_id"], said["child"]
    run = rest.read_run(run_id)
    assert (run["info"]["status"], run["info"]["run_name"]) == ("FINISHED", "parent")
    assert pairs(run["data"]["params"]) == {"rate": "0.001", "depth": "3", "nothing": "None"}
    tags = pairs(run["data"]["tags"])
    assert (tags["unicode"], tags["mlflow.note.content"]) == ("wörld 🦘", "the first")
    assert "stage" not in tags
    latest = {metric["key"]: (float(metric["value"]), metric["step"]) for metric in run["data"]["metrics"]}
    assert latest["loss"] == (0.25, 2)
    assert latest["worst"] == (1.7976931348623157e308, 1)
    assert math.isnan(latest["unknown"][0])
    nested = rest.read_run(child)
    assert pairs(nested["data"]["tags"])["mlflow.parentRunId"] == run_id
    points = rest.history(child, "loss")["metrics"]
    assert sorted((point["step"], point["value"], point["timestamp"]) for point in points) == [
        (step, 1 / step, 1764561234567 + step) for step in range(1, 1001)
    ]
    assert (said["runs"], said["children"], said["history"]) == ([run_id], [child], 1000)
    assert said["experiments"] == [[said["experiment_id"], "shop"]]
    assert said["artifacts"] == [["data", True, None], ["long.txt", False, 3_000_000], ["model", True, None]]
    assert (said["long"], said["values"]) == (3_000_000, {"ä": [1, 2.5]})
    code, message = said["refusal"]
    assert code == "INVALID_PARAMETER_VALUE" and "Changing param values is not allowed" in message
    model = rest.ok("GET", "model-versions/get", query={"name": name, "version": "1"})["model_version"]
    assert (model["run_id"], model["current_stage"], model["aliases"]) == (run_id, "Staging", ["champion"])
    assert pairs(model["tags"]) == {"checked": "yes"}
    assert model["source"] == said["source"] == f"{run['info']['artifact_uri']}/model"
    assert (said["by_alias"], said["stages"], said["models"]) == (model["version"], ["Staging"], [name])
