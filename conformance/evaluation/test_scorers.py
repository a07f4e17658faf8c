"""Scorers, their versions and their online configurations."""

import json

import mlflow
import pytest
from mlflow.genai.judges import make_judge
from mlflow.genai.scorers.registry import list_scorer_versions
from mlflow.genai.scorers import Guidelines, delete_scorer, get_scorer, list_scorers

from rest import assert_invalid, assert_missing

pytestmark = pytest.mark.mlflow3

JUDGE = json.dumps({"name": "s", "instructions_judge_pydantic_data": {"model": "openai:/m", "instructions": "x"}})


@pytest.fixture
def register(v3, experiment):
    def register(name="s", serialized=JUDGE, **fields):
        body = {"experiment_id": experiment, "name": name, "serialized_scorer": serialized}
        return v3.post("scorers/register", {**body, **fields})

    return register


def test_client_journey(pointed, experiment):
    mlflow.set_experiment(experiment_id=experiment)
    Guidelines(name="polite", guidelines="Be polite.", model="openai:/m").register()
    judge = make_judge(name="short", instructions="Is {{ outputs }} short?", model="openai:/m")
    judge.register()
    judge.register()
    assert sorted(scorer.name for scorer in list_scorers()) == ["polite", "short"]
    assert len(list_scorer_versions(name="short")) == 2
    assert get_scorer(name="polite").guidelines == ["Be polite."] or "Be polite." in str(
        get_scorer(name="polite").guidelines
    )
    delete_scorer(name="short", version=1)
    assert len(list_scorer_versions(name="short")) == 1
    delete_scorer(name="short", version="all")
    assert [scorer.name for scorer in list_scorers()] == ["polite"]


def test_versions(v3, register, experiment):
    first, second = register().json, register().json
    assert (first["version"], second["version"]) == (1, 2)
    assert first["scorer_id"] == second["scorer_id"] and first["experiment_id"] == experiment
    query = {"experiment_id": experiment, "name": "s"}
    latest = v3.ok("GET", "scorers/get", query=query)["scorer"]
    assert latest == {
        "experiment_id": int(experiment),
        "scorer_name": "s",
        "scorer_version": 2,
        "serialized_scorer": JUDGE,
        "creation_time": second["creation_time"],
        "scorer_id": first["scorer_id"],
    }
    versions = v3.ok("GET", "scorers/versions", query=query)["scorers"]
    assert [scorer["scorer_version"] for scorer in versions] == [1, 2]
    for version in (1, 2):
        assert v3.delete("scorers/delete", {**query, "version": version}).json == {}
    assert_missing(v3.get("scorers/get", query), f"Scorer with name 's' not found for experiment {experiment}.")
    again = register().json
    assert (again["version"], again["scorer_id"]) == (1, first["scorer_id"])


def test_online_configurations(v3, register, experiment):
    scorer_id = register().json["scorer_id"]
    body = {"experiment_id": experiment, "name": "s"}

    def put(**fields):
        return v3.send("PUT", "scorers/online-config", json={**body, **fields})

    first = put(sample_rate=0).json["config"]
    second = put(sample_rate="0", filter_string="trace.status = 'OK'").json["config"]
    assert first["online_scoring_config_id"] != second.pop("online_scoring_config_id")
    assert second == {
        "scorer_id": scorer_id,
        "sample_rate": 0.0,
        "experiment_id": experiment,
        "filter_string": "trace.status = 'OK'",
    }
    (found,) = v3.ok("GET", "scorers/online-configs", query={"scorer_ids": [scorer_id, "x"]})["configs"]
    assert found["filter_string"] == "trace.status = 'OK'"
    assert_invalid(
        put(sample_rate=0.5),
        "Scorer 's' does not use a gateway model. Automatic evaluation is only supported for "
        "scorers that use gateway models.",
    )
    assert_invalid(put(sample_rate=2), "sample_rate must be between 0.0 and 1.0, got 2.0")
    assert_invalid(put(sample_rate=0, filter_string="bad"), "Invalid clause(s) in filter string: 'bad'")
    assert_invalid(put(sample_rate=0, filter_string=3))
    assert_invalid(put())
    assert_missing(put(sample_rate=0, name="none"))
    assert_invalid(v3.get("scorers/online-configs"))
    assert v3.ok("GET", "scorers/online-configs", query={"scorer_ids": [scorer_id]})["configs"] == [found]
