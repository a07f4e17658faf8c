"""Scorers, their versions and their online configurations."""

import json

import mlflow
import pytest
from mlflow.genai.judges import make_judge
from mlflow.genai.scorers.registry import list_scorer_versions
from mlflow.genai.scorers import Guidelines, delete_scorer, get_scorer, list_scorers

from rest import assert_error, assert_invalid, assert_missing, assert_refused

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


def test_lists(v3, rest, register, experiment, unique):
    other = rest.experiment(unique("other"))
    register("b"), register("a"), register("c", experiment_id=other)
    one = v3.ok("GET", "scorers/list", query={"experiment_id": experiment})["scorers"]
    assert [scorer["scorer_name"] for scorer in one] == ["a", "b"]
    query = {"experiment_ids": [experiment, other, other]}
    assert len(v3.ok("GET", "scorers/list", query=query)["scorers"]) == 3
    everywhere = v3.ok("GET", "scorers/list")["scorers"]
    assert {"a", "b", "c"} <= {scorer["scorer_name"] for scorer in everywhere}
    rest.ok("POST", "experiments/delete", {"experiment_id": other})
    assert len(v3.ok("GET", "scorers/list", query=query)["scorers"]) == 2
    assert_invalid(v3.get("scorers/list", {"experiment_id": other}))
    assert_invalid(v3.get("scorers/list", {"experiment_id": experiment, "experiment_ids": [other]}))
    assert_invalid(v3.get("scorers/list", {"experiment_ids": ["x"]}))


def test_what_is_refused(v3, register, experiment):
    assert_invalid(register(serialized="x"), "serialized_scorer must be valid JSON")
    assert_invalid(register(name=" "), "Scorer name cannot be empty or contain only whitespace.")
    assert_invalid(register(name=""))
    assert_invalid(register(experiment_id="x"))
    assert_missing(register(experiment_id="999999"), "No Experiment with id=999999 exists")
    code = register(serialized=json.dumps({"e": [{"call_source": "import os"}]}))
    assert_invalid(code)
    assert code.message.startswith("Custom scorer registration (using @scorer decorator) is disabled")
    third = register(serialized=json.dumps({"third_party_scorer_data": {"kwargs": {"a": {"api_base": "x"}}}}))
    assert_invalid(third)
    assert third.message.startswith("third_party_scorer_data.kwargs must not contain 'api_base'")
    blank = json.dumps({"builtin_scorer_pydantic_data": {"model": " "}})
    assert_invalid(register(serialized=blank), "Scorer model cannot be empty or contain only whitespace.")
    gateway = json.dumps({"builtin_scorer_pydantic_data": {"model": "gateway:/none"}})
    assert_missing(register(serialized=gateway), "GatewayEndpoint not found (name='none')")
    assert v3.ok("GET", "scorers/list", query={"experiment_id": experiment}) == {}
    query = {"experiment_id": experiment, "name": "s", "version": 9}
    register()
    message = f"Scorer with name 's' and version 9 not found for experiment {experiment}."
    assert_missing(v3.get("scorers/get", query), message)
    assert_missing(v3.delete("scorers/delete", query), message)


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


@pytest.mark.safer
def test_what_fails_elsewhere_is_refused(v3, register, experiment):
    for serialized in ("[]", "1"):
        assert_refused(register(serialized=serialized))
    register()
    for rate in ("x", [1]):
        body = {"experiment_id": experiment, "name": "s", "sample_rate": rate}
        assert_refused(v3.send("PUT", "scorers/online-config", json=body))


def test_a_scorer_of_a_missing_experiment(v3):
    assert_error(v3.get("scorers/versions", {"experiment_id": "999999", "name": "s"}), 404, "RESOURCE_DOES_NOT_EXIST")
