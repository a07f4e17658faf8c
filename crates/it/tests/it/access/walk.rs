//! A walk along every route, at each of its paths.

use std::sync::Arc;

use app::Route;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use it::Engine::{self, Postgres, Sqlite};
use it::Server;
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{callers, contents, samples, table};

/// A server with something of everything that a walk could change.
struct World {
    server: Server,
    document: Value,
    run: String,
}

async fn world(engine: Engine) -> World {
    let server = Server::new(engine).await;
    let document = server.get("/openapi.json").await.json();
    let (run, _) = server.run("0").await;
    server.post("runs/set-tag", json!({"run_id": run, "key": "a", "value": "b"})).await;
    server.post("registered-models/create", json!({"name": "1"})).await;
    World { server, document, run }
}

/// A request to a route at one of its paths, whose variable parts name nothing that is there.
fn request(document: &Value, route: &Route, path: &str) -> Request<Body> {
    let mut written = path.to_owned();
    while let (Some(start), Some(end)) = (written.find('{'), written.find('}')) {
        written.replace_range(start..=end, "1");
    }
    let documented = path.replace("{*", "{");
    let documented = match documented.strip_prefix("/ajax-api") {
        Some(rest) if document["paths"][&documented].is_null() => format!("/api{rest}"),
        _ => documented,
    };
    let operation = &document["paths"][&documented][route.method.as_str().to_lowercase()];
    assert!(operation.is_object(), "{documented} is not in the document");
    let sample = samples::of(document, operation);
    let uri = if sample.query.is_empty() { written } else { format!("{written}?{}", sample.query) };
    let is_read = route.method == Method::GET;
    Request::builder()
        .method(route.method.clone())
        .uri(uri)
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-mlflow-experiment-id", "0")
        .body(if is_read { Body::empty() } else { Body::from(sample.body.to_string()) })
        .unwrap()
}

async fn answer(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    // What is not refused may be a stream without an end.
    if status != StatusCode::FORBIDDEN {
        return (status, String::new());
    }
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Whether a route is specified to be open to everybody.
fn is_public(route: &Route, path: &str) -> bool {
    table::needs_of(route, path) == ["public"]
}

/// Whether a route is specified to be open to who may only read.
fn is_read(route: &Route, path: &str) -> bool {
    table::needs_of(route, path).iter().all(|need| {
        let is_read =
            |word: &str| need.split(" of ").next().is_some_and(|need| need.ends_with(word));
        matches!(need.as_str(), "public" | "caller")
            || need.starts_with("rows ")
            || is_read(" read")
            || is_read(" read as member")
            || is_read(" not denied")
    })
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_nothing_is_refused_everywhere(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = world(engine).await;
    let before = contents::of(&world.server).await;
    let router = world.server.router_for(callers::nobody());
    let mut walked = 0;
    let mut differences = Vec::new();
    for route in world.server.routes().iter() {
        for path in route.paths() {
            let found = answer(&router, request(&world.document, route, &path)).await;
            walked += 1;
            let refused = found == (StatusCode::FORBIDDEN, "Permission denied".to_owned());
            if refused == is_public(route, &path) {
                differences.push(format!("{} {path}: {found:?}", route.method));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(walked > 350, "{walked} paths are not all");
    assert_eq!(contents::of(&world.server).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_only_read_changes_nothing(#[values(Sqlite, Postgres)] engine: Engine) {
    let world = world(engine).await;
    let before = contents::of(&world.server).await;
    let router = world.server.router_for(callers::reader());
    let (mut refused, mut allowed) = (0, 0);
    let mut differences = Vec::new();
    for route in world.server.routes().iter() {
        for path in route.paths() {
            let may = is_read(route, &path);
            if may && route.path.ends_with("label-schemas/list") {
                // Compat: as in MLflow, this makes the experiment's default question.
                continue;
            }
            let (status, _) = answer(&router, request(&world.document, route, &path)).await;
            if may == (status == StatusCode::FORBIDDEN) {
                differences.push(format!("{} {path}: {status}", route.method));
            }
            if may { allowed += 1 } else { refused += 1 }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(refused > 150 && allowed > 100, "{refused} refused, {allowed} allowed");
    assert_eq!(contents::of(&world.server).await, before);
}

/// A GraphQL query that runs or asks of the default experiment.
fn graphql(query: &str, input: &Value) -> Request<Body> {
    let body = json!({"query": query, "variables": {"input": input}});
    Request::builder()
        .method(Method::POST)
        .uri("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

#[tokio::test]
async fn fields_of_graphql_are_null_to_who_may_not_read_them() {
    let world = world(Sqlite).await;
    let queries = [
        (
            "query($input: MlflowGetRunInput!) { it: mlflowGetRun(input: $input) { run { info { status } } } }",
            json!({"runId": world.run}),
        ),
        (
            "query($input: MlflowGetExperimentInput!) { it: mlflowGetExperiment(input: $input) { experiment { name } } }",
            json!({"experimentId": "0"}),
        ),
        (
            "query($input: MlflowListArtifactsInput!) { it: mlflowListArtifacts(input: $input) { rootUri } }",
            json!({"runId": world.run}),
        ),
    ];
    // Allowed to call GraphQL, and nothing behind it.
    let stranger = callers::stranger();
    for (query, input) in &queries {
        for (caller, sees) in [(callers::reader(), true), (stranger.clone(), false)] {
            let router = world.server.router_for(caller);
            let response = router.oneshot(graphql(query, input)).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            let answer: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(answer["data"]["it"].is_object(), sees, "{query}: {answer}");
        }
    }
}

#[tokio::test]
async fn files_outside_a_static_prefix_are_guarded_too() {
    let server = Server::new(Sqlite).await;
    let routes = artifacts::file_routes(&server.stores);
    let router = routes.into_router().with_state(Arc::clone(&server.app));
    let router = router.layer(axum::Extension(callers::nobody()));
    let path = "/api/2.0/mlflow-artifacts/artifacts/0/x";
    for method in [Method::GET, Method::PUT] {
        let request = it::request(method, path, "bytes");
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_router_that_does_not_know_its_callers_lets_nobody_in() {
    let server = Server::new(Sqlite).await;
    let router = server.routes().into_router().with_state(Arc::clone(&server.app));
    let body = json!({"name": "made"}).to_string();
    let mut request = it::request(Method::POST, "/api/2.0/mlflow/experiments/create", body);
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let found = server.get("/api/2.0/mlflow/experiments/get-by-name?experiment_name=made").await;
    assert_eq!(found.status, StatusCode::NOT_FOUND);
}
