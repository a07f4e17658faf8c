//! The document of the routes: complete, sound, and the one that the web page's types are made of.

use std::collections::BTreeSet;
use std::path::Path;

use it::Engine::Sqlite;
use it::Server;
use serde_json::{Value, json};

/// Routes below `api` whose requests or answers are no JSON messages of their own: files, streams, and
/// messages whose fields their handlers read one by one.
const WITHOUT_ANSWER: &[&str] =
    &["/artifacts/{artifact_path}", "/artifacts/", "-artifact", "/files", "runs/watch"];

async fn document() -> (Server, Value) {
    let server = Server::new(Sqlite).await;
    let document = server.get("/openapi.json").await.json();
    (server, document)
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        methods
            .as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (path, method, operation))
    })
}

fn answer(operation: &Value) -> &Value {
    &operation["responses"]["200"]["content"]["application/json"]["schema"]
}

fn request(operation: &Value) -> &Value {
    &operation["requestBody"]["content"]["application/json"]["schema"]
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.insert(reference.clone());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_json_route_says_what_it_reads_and_answers() {
    let (_server, document) = document().await;
    let mut ids = BTreeSet::new();
    let mut silent = Vec::new();
    for (path, method, operation) in operations(&document) {
        assert!(
            ids.insert(operation["operationId"].to_string()),
            "two of {}",
            operation["operationId"]
        );
        if !path.contains("api/") {
            continue;
        }
        let is_file = WITHOUT_ANSWER.iter().any(|part| path.contains(part));
        if answer(operation).is_null() && !is_file {
            silent.push(format!("{method} {path} answers"));
        }
        let has_body = !operation["requestBody"].is_null();
        if has_body
            && request(operation)["$ref"].is_null()
            && request(operation)["properties"].is_null()
            && !is_file
        {
            silent.push(format!("{method} {path} reads"));
        }
    }
    assert!(silent.is_empty(), "undescribed: {silent:#?}");
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in found {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test]
async fn fields_are_those_of_the_messages() {
    let (_server, document) = document().await;
    let log_metric = &document["paths"]["/api/2.0/mlflow/runs/log-metric"]["post"];
    let message = resolve(&document, request(log_metric));
    assert_eq!(message["required"], json!(["run_id", "key", "value", "timestamp"]));
    assert_eq!(message["properties"]["timestamp"]["format"], "int64");
    let get = &document["paths"]["/api/2.0/mlflow/runs/get"]["get"];
    assert_eq!(get["parameters"][0]["name"], "run_id");
    assert_eq!(get["parameters"][0]["required"], true);
    let run = resolve(&document, &resolve(&document, answer(get))["properties"]["run"]);
    let info = resolve(&document, &run["properties"]["info"]);
    assert!(info["properties"]["lifecycle_stage"].is_object(), "{info}");
}

fn resolve<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// Every field of a real answer is described, and what must be there is.
fn check(document: &Value, schema: &Value, value: &Value, at: &str) {
    let mut schema = resolve(document, schema);
    if let Some(parts) = schema["anyOf"].as_array() {
        let Some(part) = parts.iter().find(|part| part["type"] != "null") else { return };
        schema = resolve(document, part);
    }
    match value {
        Value::Object(fields) => {
            // A map, whose keys are anybody's.
            let Some(properties) = schema["properties"].as_object() else { return };
            for name in schema["required"].as_array().unwrap_or(&Vec::new()) {
                assert!(fields.contains_key(name.as_str().unwrap()), "{at} lacks {name}");
            }
            for (name, value) in fields {
                let at = format!("{at}.{name}");
                let schema = properties.get(name);
                let schema = schema.unwrap_or_else(|| panic!("{at} is not described"));
                check(document, schema, value, &at);
            }
        }
        Value::Array(items) => {
            for item in items {
                check(document, &schema["items"], item, &format!("{at}[]"));
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn real_answers_are_as_described() {
    let (server, document) = document().await;
    let experiment = server.experiment("described", None).await;
    let (run, _) = server.run(&experiment).await;
    server.model(&experiment).await;
    let metrics = json!([{"key": "loss", "value": 0.5, "timestamp": 1, "step": 1}]);
    let batch = json!({"run_id": run, "metrics": metrics, "params": [{"key": "p", "value": "1"}]});
    server.post("runs/log-batch", batch).await;
    server.post("registered-models/create", json!({"name": "m"})).await;
    server
        .post("model-versions/create", json!({"name": "m", "source": "models:/x", "run_id": run}))
        .await;
    let search = json!({"experiment_ids": [experiment]});
    for (route, message) in [
        ("runs/search", search.clone()),
        ("logged-models/search", search),
        ("experiments/search", json!({"max_results": 10})),
    ] {
        let value = server.post(route, message).await.json();
        let operation = &document["paths"][format!("/api/2.0/mlflow/{route}")]["post"];
        check(&document, answer(operation), &value, route);
    }
    for (route, query) in [
        ("runs/get", format!("run_id={run}")),
        ("experiments/get", format!("experiment_id={experiment}")),
        ("metrics/get-history", format!("run_id={run}&metric_key=loss")),
        ("registered-models/search", String::new()),
        ("model-versions/search", String::new()),
    ] {
        let value = server.get(&format!("/api/2.0/mlflow/{route}?{query}")).await.json();
        let operation = &document["paths"][format!("/api/2.0/mlflow/{route}")]["get"];
        check(&document, answer(operation), &value, route);
    }
}

/// `make api-types` writes the file anew, and the types with it.
#[tokio::test]
async fn the_web_page_has_the_newest_document() {
    let (_server, document) = document().await;
    let text = format!("{document:#}\n");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/openapi.json");
    if std::env::var_os("HEADWATER_RENEW").is_some() {
        return std::fs::write(file, text).unwrap();
    }
    let found = std::fs::read_to_string(file).unwrap_or_default();
    assert!(found == text, "ui/openapi.json is not what the server says: run `make api-types`");
}
