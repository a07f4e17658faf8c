//! What routes say of themselves to the middleware. Whatever a new route says shows here.

use app::{Handling, Limit, Route};
use it::Engine::Sqlite;
use it::Server;

/// What a route says, in words.
fn words(handling: Handling) -> Vec<&'static str> {
    let Handling {
        streams,
        probe,
        quiet,
        without_database,
        outside_workspaces,
        cut_at_shutdown,
        limit,
    } = handling;
    let said = [
        (streams, "streams"),
        (probe, "probe"),
        (quiet, "quiet"),
        (without_database, "without database"),
        (outside_workspaces, "outside workspaces"),
        (cut_at_shutdown, "cut at shutdown"),
        (limit == Limit::Uploads, "upload"),
        (limit == Limit::Watchers, "watcher"),
        (limit == Limit::Unlimited, "unlimited"),
    ];
    said.into_iter().filter_map(|(is_said, word)| is_said.then_some(word)).collect()
}

#[tokio::test]
async fn all_but_these_routes_are_plain_calls() {
    let server = Server::new(Sqlite).await;
    let special = |route: &Route| {
        let words = words(route.handling);
        let line = format!("{} {}: {}", route.method, route.path, words.join(", "));
        (!words.is_empty()).then_some(line)
    };
    let mut found: Vec<String> = server.routes.iter().filter_map(special).collect();
    found.sort_unstable();
    let probe = "probe, quiet, without database, outside workspaces, unlimited";
    let upload = "streams, without database, upload";
    let expected = [
        "DELETE /2.0/mlflow-artifacts/artifacts/{*artifact_path}: without database",
        "GET /2.0/mlflow-artifacts/artifacts/: without database",
        "GET /2.0/mlflow-artifacts/artifacts/{*artifact_path}: without database",
        "GET /2.0/mlflow-artifacts/artifacts: without database",
        "GET /2.0/mlflow-artifacts/presigned/{*artifact_path}: without database",
        "GET /3.0/headwater/runs/watch: cut at shutdown, watcher",
        "GET /3.0/mlflow/server-info: without database, outside workspaces",
        &format!("GET /health: {probe}"),
        &format!("GET /ready: {probe}"),
        &format!("GET /version: {probe}"),
        "POST /2.0/mlflow-artifacts/mpu/abort/{*artifact_path}: without database",
        "POST /2.0/mlflow-artifacts/mpu/complete/{*artifact_path}: without database",
        "POST /2.0/mlflow-artifacts/mpu/create/{*artifact_path}: without database",
        "POST /2.0/mlflow/upload-artifact: streams, upload",
        &format!("PUT /2.0/mlflow-artifacts/artifacts/: {upload}"),
        &format!("PUT /2.0/mlflow-artifacts/artifacts/{{*artifact_path}}: {upload}"),
    ];
    assert_eq!(found, expected);
}
