"""GraphQL, as the web page of MLflow 3.17.2 asks it."""

import pytest

from rest import Rest, pairs

GET_EXPERIMENT = """
query MlflowGetExperimentQuery($input: MlflowGetExperimentInput!) @component(name: "MLflow.ExperimentRunTracking") {
  mlflowGetExperiment(input: $input) {
    apiError { code message }
    experiment {
      artifactLocation creationTime effectiveTraceArchivalRetention experimentId lastUpdateTime
      lifecycleStage name tags { key value }
    }
  }
}
"""

RUN = """
    info { runName status runUuid experimentId artifactUri endTime lifecycleStage startTime userId }
    experiment { experimentId name tags { key value } artifactLocation lifecycleStage lastUpdateTime }
    modelVersions { status version name source }
    data { metrics { key value step timestamp } params { key value } tags { key value } }
    inputs {
      datasetInputs { dataset { digest name profile schema source sourceType } tags { key value } }
      modelInputs { modelId }
    }
    outputs { modelOutputs { modelId step } }
"""

GET_RUN = f"""
query GetRun($data: MlflowGetRunInput!) @component(name: "MLflow.ExperimentRunTracking") {{
  mlflowGetRun(input: $data) {{ apiError {{ helpUrl code message }} run {{ {RUN} }} }}
}}
"""

SEARCH_RUNS = f"""
query SearchRuns($data: MlflowSearchRunsInput!) {{
  mlflowSearchRuns(input: $data) {{ apiError {{ helpUrl code message }} nextPageToken runs {{ {RUN} }} }}
}}
"""

HISTORY = """
query GetMetricHistoryBulkInterval($data: MlflowGetMetricHistoryBulkIntervalInput!)
  @component(name: "MLflow.ExperimentRunTracking") {
  mlflowGetMetricHistoryBulkInterval(input: $data) {
    __typename
    metrics { timestamp step runId key value }
    apiError { code message }
  }
}
"""


@pytest.fixture
def graphql(server):
    rest = Rest(server.url)

    def ask(query, variables=None, **fields):
        answer = rest.ok("POST", "/graphql", {"query": query, "variables": variables, **fields})
        assert answer.keys() == {"data", "errors"}
        return answer

    return ask


@pytest.fixture
def full(rest, experiment):
    """A run with everything that the page shows."""
    run = rest.run(experiment, run_name="full", start_time=1234, user_id="me")
    metrics = [{"key": "m", "value": n / 2, "timestamp": 10 + n, "step": n} for n in range(5)]
    metrics.append({"key": "nan", "value": "NaN", "timestamp": 1, "step": 2**60 + 1})
    rest.ok("POST", "runs/log-batch", {"run_id": run, "metrics": metrics, "params": [{"key": "p", "value": "q"}]})
    dataset = {"name": "d", "digest": "1", "source_type": "t", "source": "s", "schema": "c", "profile": "f"}
    tags = [{"key": "mlflow.data.context", "value": "train"}]
    model = rest.model(experiment, name="model")
    inputs = {"run_id": run, "datasets": [{"dataset": dataset, "tags": tags}], "models": [{"model_id": model}]}
    rest.ok("POST", "runs/log-inputs", inputs)
    rest.ok("POST", "runs/outputs", {"run_id": run, "models": [{"model_id": model, "step": 3}]})
    return run, model


def test_an_experiment(graphql, rest, experiment):
    rest.ok("POST", "experiments/set-experiment-tag", {"experiment_id": experiment, "key": "a", "value": "b"})
    known = rest.ok("GET", "experiments/get", query={"experiment_id": experiment})["experiment"]
    answer = graphql(GET_EXPERIMENT, {"input": {"experimentId": experiment}}, operationName="MlflowGetExperimentQuery")
    assert answer == {
        "data": {
            "mlflowGetExperiment": {
                "apiError": None,
                "experiment": {
                    "artifactLocation": known["artifact_location"],
                    "creationTime": str(known["creation_time"]),
                    "effectiveTraceArchivalRetention": "",
                    "experimentId": experiment,
                    "lastUpdateTime": str(known["last_update_time"]),
                    "lifecycleStage": "active",
                    "name": known["name"],
                    "tags": [{"key": "a", "value": "b"}],
                },
            }
        },
        "errors": None,
    }


def test_a_run(graphql, experiment, full):
    run_id, model = full
    answer = graphql(GET_RUN, {"data": {"runId": run_id}}, operationName="GetRun")
    assert answer["errors"] is None
    run = answer["data"]["mlflowGetRun"]["run"]
    assert run["info"] == {
        "runName": "full",
        "status": "RUNNING",
        "runUuid": run_id,
        "experimentId": experiment,
        "artifactUri": f"mlflow-artifacts:/{experiment}/{run_id}/artifacts",
        "endTime": "0",
        "lifecycleStage": "active",
        "startTime": "1234",
        "userId": "me",
    }
    metrics = {metric["key"]: metric for metric in run["data"]["metrics"]}
    assert metrics["m"] == {"key": "m", "value": 2.0, "step": "4", "timestamp": "14"}
    assert metrics["nan"] == {"key": "nan", "value": None, "step": str(2**60 + 1), "timestamp": "1"}
    assert pairs(run["data"]["params"]) == {"p": "q"}
    assert pairs(run["data"]["tags"]) == {"mlflow.runName": "full"}
    assert run["experiment"]["experimentId"] == experiment
    assert run["modelVersions"] == []
    assert run["inputs"] == {
        "datasetInputs": [
            {
                "dataset": {"digest": "1", "name": "d", "profile": "f", "schema": "c", "source": "s", "sourceType": "t"},
                "tags": [{"key": "mlflow.data.context", "value": "train"}],
            }
        ],
        "modelInputs": [{"modelId": model}],
    }
    assert run["outputs"] == {"modelOutputs": [{"modelId": model, "step": "3"}]}


def test_a_bare_run(graphql, rest, experiment):
    answer = graphql(GET_RUN, {"data": {"runId": rest.run(experiment, run_name="bare")}})
    run = answer["data"]["mlflowGetRun"]["run"]
    assert run["data"] == {"metrics": [], "params": [], "tags": [{"key": "mlflow.runName", "value": "bare"}]}
    assert run["inputs"] == {"datasetInputs": [], "modelInputs": []}
    assert run["outputs"] == {"modelOutputs": []}


def test_runs(graphql, rest, experiment):
    ids = [rest.run(experiment, start_time=number) for number in range(3)]
    query = {"experimentIds": [experiment], "orderBy": ["attributes.start_time ASC"], "maxResults": 2}
    answer = graphql(SEARCH_RUNS, {"data": query})
    page = answer["data"]["mlflowSearchRuns"]
    assert [run["info"]["runUuid"] for run in page["runs"]] == ids[:2]
    answer = graphql(SEARCH_RUNS, {"data": {**query, "pageToken": page["nextPageToken"]}})
    assert [run["info"]["runUuid"] for run in answer["data"]["mlflowSearchRuns"]["runs"]] == ids[2:]
    query = {"experimentIds": [experiment], "filter": "attributes.run_name = 'none'"}
    assert graphql(SEARCH_RUNS, {"data": query})["data"]["mlflowSearchRuns"]["runs"] == []


@pytest.mark.safer
def test_runs_of_a_view(graphql, rest, experiment):
    kept, gone = rest.run(experiment), rest.run(experiment)
    rest.ok("POST", "runs/delete", {"run_id": gone})
    for view, expected in [("ACTIVE_ONLY", {kept}), ("DELETED_ONLY", {gone}), ("ALL", {kept, gone})]:
        query = {"experimentIds": [experiment], "runViewType": view}
        found = graphql(SEARCH_RUNS, {"data": query})["data"]["mlflowSearchRuns"]["runs"]
        assert {run["info"]["runUuid"] for run in found} == expected


def test_history(graphql, full):
    run_id, _ = full
    query = {"runIds": [run_id], "metricKey": "m", "maxResults": 3}
    found = graphql(HISTORY, {"data": query})["data"]["mlflowGetMetricHistoryBulkInterval"]
    assert found["__typename"] == "MlflowGetMetricHistoryBulkIntervalResponse"
    # The reference reads `maxResults` and the steps from the address, where a POST has none.
    assert [metric["step"] for metric in found["metrics"]][0] == "0"
    assert [metric["step"] for metric in found["metrics"]][-1] == "4"
    assert found["metrics"][0] == {"timestamp": "10", "step": "0", "runId": run_id, "key": "m", "value": 0.0}


def test_artifacts(graphql, rest, experiment, run):
    path = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/folder/file"
    rest.send("PUT", path, data=b"content")
    query = "query Q($data: MlflowListArtifactsInput!) { mlflowListArtifacts(input: $data) { rootUri files { path isDir fileSize } } }"
    found = graphql(query, {"data": {"runId": run, "path": "folder"}})["data"]["mlflowListArtifacts"]
    assert found["files"] == [{"path": "folder/file", "isDir": False, "fileSize": "7"}]
    assert found["rootUri"] == f"mlflow-artifacts:/{experiment}/{run}/artifacts"


def test_datasets_and_model_versions(graphql, experiment, full):
    run_id, _ = full
    query = "mutation M($data: MlflowSearchDatasetsInput!) { mlflowSearchDatasets(input: $data) { datasetSummaries { experimentId name digest context } } }"
    found = graphql(query, {"data": {"experimentIds": [experiment]}})["data"]["mlflowSearchDatasets"]
    assert found["datasetSummaries"] == [
        {"experimentId": experiment, "name": "d", "digest": "1", "context": "train"}
    ]
    query = "query Q($data: MlflowSearchModelVersionsInput!) { mlflowSearchModelVersions(input: $data) { modelVersions { name } } }"
    found = graphql(query, {"data": {"filter": f"run_id='{run_id}'"}})["data"]["mlflowSearchModelVersions"]
    assert found == {"modelVersions": []}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ('{ mlflowGetRun(input: {runId: "none"}) { run { info { runName } } } }', "Run with id=none not found"),
        (
            '{ mlflowGetExperiment(input: {experimentId: "987654321"}) { experiment { name } } }',
            "No Experiment with id=987654321 exists",
        ),
        ("{ nonsense }", "Cannot query field 'nonsense' on type 'Query'."),
        (
            "{ " + " ".join(f'a{n}: test(inputString: "x") {{ output }}' for n in range(11)) + " }",
            "GraphQL queries should have at most 10 root fields, got 11 root fields. To increase the limit, "
            "set the MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS environment variable.",
        ),
        (
            '{ test(inputString: "x") { ' + " ".join(f"a{n}: output" for n in range(11)) + " } }",
            "GraphQL queries should have at most 10 aliases, got 11 aliases. To increase the limit, set the "
            "MLFLOW_SERVER_GRAPHQL_MAX_ALIASES environment variable.",
        ),
        ("{ a" * 12 + " }" * 12, "Query exceeds maximum depth of 10"),
        ('{ test(inputString: "x") { ' + "output " * 1001 + "} }", "Query exceeds maximum total selections of 1000"),
    ],
    ids=["run", "experiment", "field", "root fields", "aliases", "depth", "selections"],
)
def test_refusals(graphql, query, message):
    answer = graphql(query)
    assert answer["errors"] == [message]
    assert not any((answer["data"] or {}).values())


@pytest.mark.safer
@pytest.mark.parametrize("body", [{"query": "{ open"}, {"query": ""}, {}, {"query": 5}, {"query": None}, []])
def test_what_breaks_the_reference_is_refused(rest, body):
    assert 400 <= rest.post("/graphql", body).status < 500
    assert 400 <= rest.get("/graphql").status < 500


def test_the_schema_can_be_asked(graphql):
    answer = graphql('{ __schema { queryType { name } } __type(name: "MlflowRunInfo") { fields { name } } }')
    assert answer["data"]["__schema"]["queryType"]["name"] == "Query"
    assert [field["name"] for field in answer["data"]["__type"]["fields"]] == [
        "runId",
        "runUuid",
        "runName",
        "experimentId",
        "userId",
        "status",
        "startTime",
        "endTime",
        "artifactUri",
        "lifecycleStage",
    ]
