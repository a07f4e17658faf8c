//! Whole requests, over a SQLite database of their own.

use std::sync::Arc;

use app::{App, Caller, Clock, Ids, Settings};
use artifacts::Stores;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use axum::{Extension, Router};
use db::{Db, Options};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

struct Server {
    app: Arc<App>,
    router: Router,
    _folder: TempDir,
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let settings = Settings {
            default_artifact_root: "mlflow-artifacts:/".to_owned(),
            serve_artifacts: true,
            artifacts_destination: path("artifacts"),
            artifacts_only: false,
            ..Default::default()
        };
        let stores = Stores::open(&settings, &[], blob::Settings::default()).unwrap();
        let url = format!("sqlite:///{}", path("test.db")).parse().unwrap();
        let db = Db::connect(&url, &Options::default()).await.unwrap();
        ::schema::prepare(&db, schema::Newer::Check, &schema::Current::default()).await.unwrap();
        let app = App::new(db.clone(), db, Clock::fixed(1_000), Ids::random(), settings);
        tracking::experiments::ensure_default(&app, Caller::server()).await.unwrap();
        let app = Arc::new(app);
        let routes = super::routes(&stores, super::Limits::default())
            .merge(tracking::routes(&app))
            .merge(artifacts::routes(&stores));
        let router = routes
            .into_router()
            .with_state(Arc::clone(&app))
            .layer(Extension(Caller::everybody().clone()));
        Self { app, router, _folder: folder }
    }

    async fn send(&self, method: Method, path: &str, body: impl Into<Body>) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.into())
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let path = format!("/api/2.0/mlflow/{path}");
        let (status, answer) = self.send(Method::POST, &path, body.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    async fn graphql(&self, body: Value) -> Value {
        let (status, answer) = self.send(Method::POST, "/graphql", body.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    async fn ask(&self, query: &str, data: Value) -> Value {
        self.graphql(json!({"query": query, "variables": {"data": data}})).await
    }

    /// What a question without variables is answered if it is sound.
    async fn data(&self, query: &str) -> Value {
        let mut answer = self.graphql(json!({"query": query})).await;
        assert_eq!(answer["errors"], Value::Null, "{query}");
        answer["data"].take()
    }

    async fn errors(&self, query: &str) -> Vec<String> {
        let answer = self.graphql(json!({"query": query})).await;
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error.as_str().unwrap().to_owned()).collect()
    }

    /// A run of the default experiment.
    async fn run(&self, name: &str, start_time: i64) -> String {
        let body = json!({"experiment_id": "0", "run_name": name, "start_time": start_time, "user_id": "u"});
        let answer = self.post("runs/create", body).await;
        answer["run"]["info"]["run_id"].as_str().unwrap().to_owned()
    }

    /// A version of a model that a run made.
    async fn model_version(&self, version: i64, run_id: &str, stage: &'static str) {
        self.app
            .backend
            .db()
            .write((version, run_id.to_owned()), move |tx, (version, run_id)| {
                Box::pin(async move {
                    tx.execute(
                        "INSERT INTO registered_models (workspace, name) VALUES ('default', 'm') \
                         ON CONFLICT DO NOTHING",
                        &[],
                    )
                    .await?;
                    tx.execute(
                        "INSERT INTO model_versions (workspace, name, version, creation_time, \
                         last_updated_time, current_stage, source, run_id, status) \
                         VALUES ('default', 'm', $1, 5, $1, $2, 's', $3, 'READY')",
                        &[(*version).into(), stage.into(), run_id.as_str().into()],
                    )
                    .await?;
                    tx.execute(
                        "INSERT INTO model_version_tags (workspace, name, version, key, value) \
                         VALUES ('default', 'm', $1, 'k', 'v')",
                        &[(*version).into()],
                    )
                    .await?;
                    Ok::<_, db::DbError>(())
                })
            })
            .await
            .unwrap();
    }
}

const RUN: &str = "
  info { runName status runUuid experimentId artifactUri endTime lifecycleStage startTime userId }
  experiment { experimentId name tags { key value } lifecycleStage }
  modelVersions { status version name source description tags { key value } aliases }
  data { metrics { key value step timestamp } params { key value } tags { key value } }
  inputs { datasetInputs { dataset { digest name profile } tags { key value } } modelInputs { modelId } }
  outputs { modelOutputs { modelId step } }";

#[tokio::test]
async fn a_run_is_answered_with_all_that_belongs_to_it() {
    let server = Server::start().await;
    let run = server.run("full", 1234).await;
    let metrics = json!([
        {"key": "m", "value": 1.5, "timestamp": 10, "step": 3},
        {"key": "nan", "value": "NaN", "timestamp": 1, "step": 9_007_199_254_740_993_i64},
    ]);
    let body =
        json!({"run_id": run, "metrics": metrics, "params": [{"key": "p", "value": "q\"é"}]});
    server.post("runs/log-batch", body).await;
    let tags = json!([{"key": "mlflow.data.context", "value": "train"}]);
    let dataset = json!({"name": "d", "digest": "1", "source_type": "t", "source": "s"});
    let datasets = json!([{"tags": tags, "dataset": dataset}]);
    server.post("runs/log-inputs", json!({"run_id": run, "datasets": datasets})).await;
    server.model_version(1, &run, "None").await;
    server.model_version(2, &run, "Production").await;
    server.model_version(3, &run, "Deleted_Internal").await;
    let query = format!(
        "query GetRun($data: MlflowGetRunInput!) @component(name: \"x\") \
         {{ mlflowGetRun(input: $data) {{ apiError {{ code }} run {{ {RUN} }} }} }}"
    );
    let answer = server.ask(&query, json!({"runId": run})).await;
    let version = |version: &str| {
        json!({"status": "READY", "version": version, "name": "m", "source": "s", "description": "",
               "tags": [{"key": "k", "value": "v"}], "aliases": []})
    };
    let expected = json!({"data": {"mlflowGetRun": {"apiError": null, "run": {
        "info": {
            "runName": "full", "status": "RUNNING", "runUuid": run, "experimentId": "0",
            "artifactUri": format!("mlflow-artifacts:/0/{run}/artifacts"), "endTime": "0",
            "lifecycleStage": "active", "startTime": "1234", "userId": "u",
        },
        "experiment": {"experimentId": "0", "name": "Default", "tags": [], "lifecycleStage": "active"},
        "modelVersions": [version("2"), version("1")],
        "data": {
            "metrics": [
                {"key": "m", "value": 1.5, "step": "3", "timestamp": "10"},
                {"key": "nan", "value": null, "step": "9007199254740993", "timestamp": "1"},
            ],
            "params": [{"key": "p", "value": "q\"é"}],
            "tags": [{"key": "mlflow.runName", "value": "full"}],
        },
        "inputs": {
            "datasetInputs": [{"dataset": {"digest": "1", "name": "d", "profile": ""}, "tags": tags}],
            "modelInputs": [],
        },
        "outputs": {"modelOutputs": []},
    }}}, "errors": null});
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn runs_are_searched_page_by_page() {
    let server = Server::start().await;
    for (name, start) in [("a", 1), ("b", 2), ("c", 3)] {
        let run = server.run(name, start).await;
        server.model_version(start, &run, "None").await;
    }
    let query = "query Q($data: MlflowSearchRunsInput!) { mlflowSearchRuns(input: $data) {
        nextPageToken runs { info { runName } experiment { name } modelVersions { version } } } }";
    let mut search =
        json!({"experimentIds": ["0"], "orderBy": ["start_time ASC"], "maxResults": 2});
    let first = server.ask(query, search.clone()).await;
    let run = |name: &str, version: &str| {
        json!({"info": {"runName": name}, "experiment": {"name": "Default"},
               "modelVersions": [{"version": version}]})
    };
    let page = &first["data"]["mlflowSearchRuns"];
    assert_eq!(page["runs"], json!([run("a", "1"), run("b", "2")]));
    search["pageToken"] = page["nextPageToken"].clone();
    let second = server.ask(query, search).await;
    let expected = json!({"nextPageToken": "", "runs": [run("c", "3")]});
    assert_eq!(second["data"]["mlflowSearchRuns"], expected);
    for (view, count) in [("ACTIVE_ONLY", 3), ("DELETED_ONLY", 0), ("ALL", 3)] {
        let search = json!({"experimentIds": "0", "runViewType": view});
        let answer = server.ask(query, search).await;
        assert_eq!(answer["data"]["mlflowSearchRuns"]["runs"].as_array().unwrap().len(), count);
    }
    let mutation = "mutation { mlflowSearchRuns(input: {experimentIds: [\"0\"], filter: \"attributes.run_name = 'b'\"}) { runs { info { runName } } } }";
    let found = server.data(mutation).await;
    assert_eq!(found, json!({"mlflowSearchRuns": {"runs": [{"info": {"runName": "b"}}]}}));
}

#[tokio::test]
async fn histories_artifacts_datasets_and_versions_are_answered() {
    let server = Server::start().await;
    let run = server.run("r", 1).await;
    let metrics = json!([
        {"key": "m", "value": 0.25, "timestamp": 10, "step": 0},
        {"key": "m", "value": "NaN", "timestamp": 11, "step": 1},
    ]);
    server.post("runs/log-batch", json!({"run_id": run, "metrics": metrics})).await;
    let query = "query Q($data: MlflowGetMetricHistoryBulkIntervalInput!) {
        mlflowGetMetricHistoryBulkInterval(input: $data) { __typename metrics { step runId value } } }";
    let answer =
        server.ask(query, json!({"runIds": [run], "metricKey": "m", "maxResults": 20})).await;
    let found = &answer["data"]["mlflowGetMetricHistoryBulkInterval"];
    assert_eq!(found["__typename"], "MlflowGetMetricHistoryBulkIntervalResponse");
    let expected = json!([{"step": "0", "runId": run, "value": 0.25}, {"step": "1", "runId": run, "value": null}]);
    assert_eq!(found["metrics"], expected);
    assert_eq!(answer["errors"], json!(["Float cannot represent non numeric value: nan"]));
    let answer = server.ask(query, json!({"runIds": []})).await;
    assert_eq!(answer["data"]["mlflowGetMetricHistoryBulkInterval"]["metrics"], json!([]));

    let path = format!("/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/folder/file");
    assert_eq!(server.send(Method::PUT, &path, "content").await.0, StatusCode::OK);
    let query = format!(
        "{{ mlflowListArtifacts(input: {{runId: \"{run}\", path: \"folder\"}}) \
         {{ rootUri nextPageToken files {{ path isDir fileSize }} }} }}"
    );
    let expected = json!({
        "rootUri": format!("mlflow-artifacts:/0/{run}/artifacts"), "nextPageToken": "",
        "files": [{"path": "folder/file", "isDir": false, "fileSize": "7"}],
    });
    assert_eq!(server.data(&query).await["mlflowListArtifacts"], expected);

    let dataset = json!({"name": "d", "digest": "1", "source_type": "t", "source": "s"});
    let body = json!({"run_id": run, "datasets": [{"tags": [], "dataset": dataset}]});
    server.post("runs/log-inputs", body).await;
    let query = "mutation { mlflowSearchDatasets(input: {experimentIds: [\"0\"]}) { datasetSummaries { experimentId name digest context } } }";
    let expected = json!([{"experimentId": "0", "name": "d", "digest": "1", "context": ""}]);
    assert_eq!(server.data(query).await["mlflowSearchDatasets"]["datasetSummaries"], expected);

    for version in [1, 2, 3] {
        server.model_version(version, &run, "None").await;
    }
    let query = "query Q($data: MlflowSearchModelVersionsInput!) { mlflowSearchModelVersions(input: $data) { modelVersions { version } nextPageToken } }";
    let mut search = json!({"filter": format!("run_id = '{run}'"), "maxResults": "2"});
    let first = server.ask(query, search.clone()).await["data"]["mlflowSearchModelVersions"].take();
    assert_eq!(first["modelVersions"], json!([{"version": "3"}, {"version": "2"}]));
    search["pageToken"] = first["nextPageToken"].clone();
    let second = server.ask(query, search).await["data"]["mlflowSearchModelVersions"].take();
    assert_eq!(second, json!({"modelVersions": [{"version": "1"}], "nextPageToken": ""}));
    for (filter, count) in
        [(format!("run_id IN ('x', '{run}')"), 3), ("run_id = 'x'".to_owned(), 0)]
    {
        let found = server.ask(query, json!({"filter": filter})).await;
        let versions = &found["data"]["mlflowSearchModelVersions"]["modelVersions"];
        assert_eq!(versions.as_array().unwrap().len(), count, "{filter}");
    }
    for (search, message) in [
        (
            json!({"maxResults": 0}),
            "Invalid value for max_results. It must be a positive integer, but got 0",
        ),
        (json!({"filter": "metrics.m = 1"}), "Invalid entity type 'metrics'"),
        (json!({"orderBy": ["run_id"]}), "Invalid attribute key 'run_id' specified"),
    ] {
        let answer = server.ask(query, search).await;
        assert!(answer["errors"][0].as_str().unwrap().starts_with(message), "{answer}");
    }
}

#[tokio::test]
async fn an_experiment_is_answered_and_what_is_missing_is_said() {
    let server = Server::start().await;
    let query = "query Q($data: MlflowGetExperimentInput!) { mlflowGetExperiment(input: $data) {
        apiError { code message } experiment { name creationTime effectiveTraceArchivalRetention } } }";
    let answer = server.ask(query, json!({"experimentId": "0"})).await;
    let experiment =
        json!({"name": "Default", "creationTime": "1000", "effectiveTraceArchivalRetention": ""});
    assert_eq!(
        answer,
        json!({"data": {"mlflowGetExperiment": {"apiError": null, "experiment": experiment}}, "errors": null})
    );
    let answer = server
        .graphql(json!({"query": "{ a: mlflowGetExperiment(input: {experimentId: \"99\"}) { experiment { name } }
            b: mlflowGetRun(input: {runId: \"none\"}) { run { info { runId } } }
            c: mlflowGetRun { run { info { runId } } } d: __typename }"}))
        .await;
    assert_eq!(answer["data"], json!({"a": null, "b": null, "c": null, "d": "Query"}));
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors[0], "No Experiment with id=99 exists");
    assert_eq!(errors[1], "Run with id=none not found");
    assert!(
        errors[2].as_str().unwrap().starts_with("Missing value for required parameter 'input'.")
    );
}

#[tokio::test]
async fn fragments_aliases_and_operations_are_honoured() {
    let server = Server::start().await;
    let run = server.run("r", 1).await;
    let query = format!(
        "query One {{ __typename }} query Two {{ ...Q x: __typename }}
         fragment Q on Query {{ mlflowGetRun(input: {{runUuid: \"{run}\"}}) {{ ...R run {{ info {{ status }} }} }} }}
         fragment R on MlflowGetRunResponse {{ run {{ __typename ... on MlflowRunExtension {{ info {{ n: runName }} }} }} }}"
    );
    let answer = server.graphql(json!({"query": query, "operationName": "Two"})).await;
    let expected = json!({"data": {"mlflowGetRun": {"run": {"__typename": "MlflowRunExtension",
        "info": {"n": "r", "status": "RUNNING"}}}, "x": "Query"}, "errors": null});
    assert_eq!(answer.to_string(), expected.to_string());
    assert_eq!(
        server.errors(&query).await,
        ["Must provide operation name if query contains multiple operations."]
    );
    let answer = server.graphql(json!({"query": query, "operationName": "Three"})).await;
    assert_eq!(answer["errors"], json!(["Unknown operation named 'Three'."]));
    assert_eq!(
        server.data("mutation { testMutation(inputString: \"x\") { output } }").await,
        json!({"testMutation": null})
    );
    assert_eq!(
        server
            .data(
                "{ a: test(inputString: \"1\") { output } b: test(inputString: null) { output } }"
            )
            .await,
        json!({"a": {"output": "1"}, "b": {"output": null}})
    );
}

#[tokio::test]
async fn variables_are_read_by_their_types() {
    let server = Server::start().await;
    for (of, value, message) in [
        (
            "String",
            json!(5),
            "Variable '$a' got invalid value 5; String cannot represent a non string value: 5",
        ),
        ("String!", json!(null), "Variable '$a' of non-null type 'String!' must not be null."),
        (
            "[String!]",
            json!(["a", null]),
            "Variable '$a' of type '[String!]' used in position expecting type 'String'.",
        ),
        ("Int", json!(5), "Variable '$a' of type 'Int' used in position expecting type 'String'."),
        ("Strin", json!("x"), "Unknown type 'Strin'. Did you mean 'String'?"),
        ("Test", json!("x"), "Variable '$a' cannot be non-input type 'Test'."),
    ] {
        let query = format!("query($a: {of}) {{ test(inputString: $a) {{ output }} }}");
        let answer = server.graphql(json!({"query": query, "variables": {"a": value}})).await;
        assert_eq!(answer["errors"][0], message);
        assert_eq!(answer["data"], Value::Null);
    }
    let query = "query($a: String = \"z\") { test(inputString: $a) { output } }";
    assert_eq!(server.data(query).await, json!({"test": {"output": "z"}}));
    assert_eq!(
        server.errors("query($a: String!) { test(inputString: $a) { output } }").await,
        ["Variable '$a' of required type 'String!' was not provided."]
    );
    let query = "query($data: MlflowSearchRunsInput) { mlflowSearchRuns(input: $data) { runs { info { runId } } } }";
    let data =
        json!({"experimentIds": [5], "maxResults": 1.5, "runViewType": "AL", "filters": "x"});
    let answer = server.ask(query, data).await;
    assert_eq!(
        answer["errors"],
        json!([
            "Variable '$data' got invalid value 5 at 'data.experimentIds[0]'; String cannot represent a non string value: 5",
            "Variable '$data' got invalid value 'AL' at 'data.runViewType'; Value 'AL' does not exist in 'MlflowViewType' enum. Did you mean the enum value 'ALL'?",
            "Variable '$data' got invalid value 1.5 at 'data.maxResults'; Int cannot represent non-integer value: 1.5",
            "Variable '$data' got invalid value {'experimentIds': [5], 'maxResults': 1.5, 'runViewType': 'AL', 'filters': 'x'}; Field 'filters' is not defined by type 'MlflowSearchRunsInput'. Did you mean 'filter'?",
        ])
    );
    let many: Vec<i32> = (0..60).collect();
    let answer = server.ask(query, json!({"experimentIds": many})).await;
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 51);
    assert_eq!(
        errors[50],
        "Too many errors processing variables, error limit reached. Execution aborted."
    );
}

#[tokio::test]
async fn unsound_documents_are_refused_in_the_known_words() {
    let server = Server::start().await;
    for (query, errors) in [
        ("{ nonsense }", &["Cannot query field 'nonsense' on type 'Query'."][..]),
        ("{ tst }", &["Cannot query field 'tst' on type 'Query'. Did you mean 'test'?"]),
        (
            "{ test }",
            &[
                "Field 'test' of type 'Test' must have a selection of subfields. Did you mean 'test { ... }'?",
            ],
        ),
        (
            "{ test { output { x } } }",
            &["Field 'output' must not have a selection since type 'String' has no subfields."],
        ),
        (
            "{ test(a: 1, a: 2) { output } }",
            &[
                "There can be only one argument named 'a'.",
                "Unknown argument 'a' on field 'Query.test'.",
                "Unknown argument 'a' on field 'Query.test'.",
            ],
        ),
        (
            "{ __type { name } }",
            &[
                "Field '__type' argument 'name' of type 'String!' is required, but it was not provided.",
            ],
        ),
        (
            "query A { __typename } query A { __typename }",
            &["There can be only one operation named 'A'."],
        ),
        (
            "{ __typename } query A { __typename }",
            &["This anonymous operation must be the only defined operation."],
        ),
        ("{ ...F }", &["Unknown fragment 'F'."]),
        ("{ __typename } fragment F on Query { __typename }", &["Fragment 'F' is never used."]),
        (
            "{ ...F } fragment F on Test { output }",
            &[
                "Fragment 'F' cannot be spread here as objects of type 'Query' can never be of type 'Test'.",
            ],
        ),
        ("{ ... on String { x } }", &["Fragment cannot condition on non composite type 'String'."]),
        (
            "{ ...F } fragment F on Query { __typename } fragment F on Query { __typename }",
            &["There can be only one fragment named 'F'."],
        ),
        (
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A ...C }",
            &[
                "Cannot spread fragment 'A' within itself via 'B', 'C'.",
                "Cannot spread fragment 'C' within itself.",
            ],
        ),
        (
            "query A($a: String, $a: String) { test(inputString: $a) { output } }",
            &["There can be only one variable named '$a'."],
        ),
        ("query A($a: String) { __typename }", &["Variable '$a' is never used in operation 'A'."]),
        (
            "{ ...F } fragment F on Query { test(inputString: $a) { output } }",
            &["Variable '$a' is not defined."],
        ),
        (
            "query @component { __typename @foo @component(name: \"x\") }",
            &[
                "Directive '@component' argument 'name' of type 'String!' is required, but it was not provided.",
                "Unknown directive '@foo'.",
                "Directive '@component' may not be used on field.",
            ],
        ),
        (
            "query @component(name: \"a\") @component(nam: \"b\", name: $x) { __typename }",
            &[
                "The directive '@component' can only be used once at this location.",
                "Unknown argument 'nam' on directive '@component'. Did you mean 'name'?",
                "Variable '$x' is not defined.",
            ],
        ),
        (
            "query($x: String) @component(name: $x) { __typename }",
            &["Variable '$x' of type 'String' used in position expecting type 'String!'."],
        ),
        (
            "{ a: __typename a: test(inputString: \"\") { output } }",
            &[
                "Fields 'a' conflict because '__typename' and 'test' are different fields. Use different aliases on the fields to fetch both if this was intentional.",
            ],
        ),
        (
            "{ a: test(inputString: \"1\") { b: output } a: test(inputString: \"1\") { b: __typename } }",
            &[
                "Fields 'a' conflict because subfields 'b' conflict because 'output' and '__typename' are different fields. Use different aliases on the fields to fetch both if this was intentional.",
            ],
        ),
        (
            "{ test(inputString: \"1\") { output } ...F } fragment F on Query { test(inputString: \"2\") { output } }",
            &[
                "Fields 'test' conflict because they have differing arguments. Use different aliases on the fields to fetch both if this was intentional.",
            ],
        ),
        (
            "{ mlflowSearchRuns(input: {runViewType: \"ALL\", maxResults: 1.5, filter: 5, foo: 1, filter: \"a\", orderBy: [1]}) { nextPageToken } }",
            &[
                "Enum 'MlflowViewType' cannot represent non-enum value: \"ALL\". Did you mean the enum value 'ALL'?",
                "Int cannot represent non-integer value: 1.5",
                "String cannot represent a non string value: 5",
                "Field 'foo' is not defined by type 'MlflowSearchRunsInput'.",
                "There can be only one input field named 'filter'.",
                "String cannot represent a non string value: 1",
            ],
        ),
        (
            "{ mlflowSearchRuns(input: {runViewType: AL, maxResults: 99999999999}) { nextPageToken } }",
            &[
                "Value 'AL' does not exist in 'MlflowViewType' enum. Did you mean the enum value 'ALL'?",
                "Int cannot represent non 32-bit signed integer value: 99999999999",
            ],
        ),
        (
            "{ mlflowSearchRuns(input: 5) { nextPageToken } }",
            &["Expected value of type 'MlflowSearchRunsInput', found 5."],
        ),
        ("{ __type(name: null) { name } }", &["Expected value of type 'String!', found null."]),
        ("subscription { a }", &["Schema is not configured to execute subscription operation."]),
        (
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
            &["Maximum introspection depth exceeded"],
        ),
    ] {
        assert_eq!(server.errors(query).await, errors, "{query}");
    }
    let many = format!("{{ test(inputString: \"\") {{ {} }} }}", "x ".repeat(200));
    let errors = server.errors(&many).await;
    assert_eq!(errors.len(), 101);
    assert_eq!(errors[100], "Too many validation errors, error limit reached. Validation aborted.");
}

#[tokio::test]
async fn the_schema_describes_itself() {
    let server = Server::start().await;
    let types = server.data("{ __schema { queryType { name } mutationType { name } subscriptionType { name } types { name kind } } }").await;
    let schema = &types["__schema"];
    assert_eq!(schema["queryType"]["name"], "Query");
    assert_eq!(schema["subscriptionType"], Value::Null);
    let names: Vec<&str> =
        schema["types"].as_array().unwrap().iter().map(|of| of["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"MlflowRunExtension") && names.contains(&"__Type"));
    assert!(!names.contains(&"__Meta"));
    let described = server.data(
        "{ object: __type(name: \"MlflowRunData\") { kind fields { name type { kind name ofType { kind name ofType { name } } } } interfaces { name } enumValues { name } isOneOf }
           input: __type(name: \"MlflowSearchRunsInput\") { kind isOneOf inputFields { name defaultValue } }
           enum: __type(name: \"MlflowViewType\") { kind enumValues { name isDeprecated deprecationReason } fields { name } }
           scalar: __type(name: \"Int\") { kind name specifiedByURL description }
           none: __type(name: \"Nope\") { name } list: __type(name: \"[Int]\") { name } meta: __type(name: \"__Meta\") { name } }",
    )
    .await;
    let params = json!({"name": "params", "type": {"kind": "LIST", "name": null,
        "ofType": {"kind": "NON_NULL", "name": null, "ofType": {"name": "MlflowParam"}}}});
    assert_eq!(described["object"]["fields"][1], params);
    assert_eq!(described["object"]["interfaces"], json!([]));
    assert_eq!(described["object"]["isOneOf"], Value::Null);
    assert_eq!(
        described["input"]["inputFields"][2],
        json!({"name": "runViewType", "defaultValue": "null"})
    );
    assert_eq!(
        described["enum"]["enumValues"][2],
        json!({"name": "ALL", "isDeprecated": false, "deprecationReason": null})
    );
    assert_eq!(described["enum"]["fields"], Value::Null);
    assert_eq!(
        described["scalar"],
        json!({"kind": "SCALAR", "name": "Int", "specifiedByURL": null, "description": null})
    );
    assert_eq!(
        (&described["none"], &described["list"], &described["meta"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn what_is_no_question_is_a_bad_request() {
    let server = Server::start().await;
    for body in [
        "",
        "{}",
        "[]",
        "nonsense",
        "{\"query\": \"\"}",
        "{\"query\": 5}",
        "{\"query\": null}",
        "{\"query\": \"{ open\"}",
        "{\"query\": \"{__typename}\", \"variables\": []}",
        "{\"query\": \"{__typename}\", \"operationName\": 5}",
    ] {
        for method in [Method::POST, Method::GET] {
            let (status, answer) = server.send(method, "/graphql", body).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{body}: {answer}");
        }
    }
    let long = json!({"query": format!("{{ __typename }} #{}", "x".repeat(200_000))});
    assert_eq!(
        server.send(Method::POST, "/graphql", long.to_string()).await.0,
        StatusCode::BAD_REQUEST
    );
    let deep = json!({"query": "{a".repeat(50_000)});
    assert_eq!(server.graphql(deep).await["errors"], json!(["Query exceeds maximum depth of 10"]));
    let (status, answer) =
        server.send(Method::GET, "/graphql", "{\"query\": \"{__typename}\"}").await;
    assert_eq!((status, &answer["data"]["__typename"]), (StatusCode::OK, &json!("Query")));
    let (_, answer) = server.send(Method::GET, "/graphql?query=%7B__typename%7D", "").await;
    assert_eq!(answer["data"]["__typename"], "Query");
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, "text/plain");
    let request = request.body(Body::from("{\"query\": \"{__typename}\"}")).unwrap();
    assert_eq!(
        server.router.clone().oneshot(request).await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
}

#[test]
fn every_field_of_the_roots_has_needs_of_its_own() {
    for root in ["Query", "Mutation"] {
        for field in super::schema::schema().find(root).unwrap().fields() {
            let needs = super::fields::needs(field.name);
            assert_ne!(needs, [app::Need::Admin], "{}", field.name);
            assert_eq!(needs == [app::Need::Caller], !field.name.starts_with("mlflow"));
        }
    }
}
