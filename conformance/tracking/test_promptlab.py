"""Runs that the web page's prompt laboratory creates."""

import json

import pytest

from rest import Rest, assert_invalid, pairs

ROUTE = "runs/create-promptlab-run"


@pytest.fixture
def ajax(server):
    return Rest(server.url, "/ajax-api/2.0/mlflow/")


@pytest.fixture
def body(experiment):
    return {
        "experiment_id": experiment,
        "run_name": "lab",
        "prompt_template": "Say {{ thing }}",
        "prompt_parameters": [{"key": "thing", "value": "hello"}],
        "model_route": "chat",
        "model_parameters": [{"key": "temperature", "value": 0.5}],
        "model_input": "Say hello",
        "model_output": "hello",
        "model_output_parameters": [{"key": "latency", "value": 12}],
        "mlflow_version": "3.17.2",
        "user_id": "me",
        "start_time": 1234,
    }


def test_a_run_is_created(ajax, rest, body):
    run = ajax.ok("POST", ROUTE, body)["run"]
    assert (run["info"]["run_name"], run["info"]["status"]) == ("lab", "FINISHED")
    assert run["info"]["start_time"] == 1234
    found = rest.read_run(run["info"]["run_id"])
    params = pairs(found["data"]["params"])
    assert params["model_route"] == "chat"
    assert params["prompt_template"] == "Say {{ thing }}"
    assert params["temperature"] == "0.5"
    tags = pairs(found["data"]["tags"])
    assert tags["mlflow.runSourceType"] == "PROMPT_ENGINEERING"
    assert json.loads(tags["mlflow.loggedArtifacts"]) == [{"path": "eval_results_table.json", "type": "table"}]


def test_its_table_and_model(ajax, rest, body):
    run_id = ajax.ok("POST", ROUTE, body)["run"]["info"]["run_id"]
    answer = rest.get("/get-artifact", {"run_id": run_id, "path": "eval_results_table.json"})
    table = answer.json
    row = dict(zip(table["columns"], table["data"][0]))
    assert row["thing"] == "hello"
    assert row["output"] == "hello"
    listed = rest.ok("GET", "artifacts/list", query={"run_id": run_id})["files"]
    assert {file["path"] for file in listed} == {"eval_results_table.json", "model"}
    listed = rest.ok("GET", "artifacts/list", query={"run_id": run_id, "path": "model"})["files"]
    assert "model/MLmodel" in {file["path"] for file in listed}


@pytest.mark.parametrize(
    "name",
    ["experiment_id", "prompt_template", "prompt_parameters", "model_route", "model_input", "mlflow_version"],
)
def test_what_must_be_there(ajax, body, name):
    del body[name]
    assert_invalid(ajax.post(ROUTE, body), f"CreatePromptlabRun request must specify {name}.")


@pytest.mark.safer
def test_tags_are_kept(ajax, rest, body):
    run = ajax.ok("POST", ROUTE, {**body, "tags": [{"key": "x", "value": "y"}]})["run"]
    assert pairs(rest.read_run(run["info"]["run_id"])["data"]["tags"])["x"] == "y"


def test_only_for_the_web_page(rest, body):
    assert rest.post(ROUTE, body).status == 404
