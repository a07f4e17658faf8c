//! A run's artifacts by the run's id.

use axum::body::Body;
use axum::http::{Method, Request};
use futures_util::stream;
use serde_json::json;

use it::Engine::{self, Postgres, Sqlite};
use it::{Server, files_below, proxied};
use rstest::rstest;

const LIMIT: usize = 10 * 1024 * 1024;

#[rstest]
#[tokio::test]
async fn a_listing_names_paths_from_the_runs_root(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, uri) = server.run("0").await;
    assert_eq!(uri, format!("mlflow-artifacts:/0/{run}/artifacts"));
    assert_eq!(server.list(&run, "").await.json(), json!({"root_uri": uri}));
    for (path, body) in [("b", "22"), ("a/x", "1"), ("empty", "")] {
        server.put(&format!("0/{run}/artifacts/{path}"), body).await;
    }
    let files = json!([
        {"path": "a", "is_dir": true},
        {"path": "b", "is_dir": false, "file_size": 2},
        {"path": "empty", "is_dir": false},
    ]);
    assert_eq!(server.list(&run, "").await.json(), json!({"root_uri": uri, "files": files}));
    let files = json!([{"path": "a/x", "is_dir": false, "file_size": 1}]);
    assert_eq!(server.list(&run, "a").await.json(), json!({"root_uri": uri, "files": files}));
    for route in ["api", "ajax-api"] {
        let path = format!("/{route}/2.0/mlflow/artifacts/list?run_uuid={run}&page_token=x&path=a");
        assert_eq!(server.get(&path).await.json()["files"], files);
    }
}

#[rstest]
#[tokio::test]
async fn what_a_listing_must_be_asked(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let see = "See the API docs for more information about request parameters.";
    server
        .get("/api/2.0/mlflow/artifacts/list")
        .await
        .is_invalid(&format!("Missing value for required parameter 'run_id'. {see}"));
    let answer = server.list("none", "").await;
    answer.is_error(404, "RESOURCE_DOES_NOT_EXIST", "Run with id=none not found");
}

#[rstest]
#[tokio::test]
async fn a_file_is_sent_and_fetched_by_run(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, _) = server.run("0").await;
    let answer = server.upload(&run, "notes/a.txt", "hello").await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
    assert_eq!(answer.header("content-type"), "application/json");
    let path = format!("/get-artifact?path=notes/a.txt&run_id={run}");
    let answer = server.get(&path).await;
    assert_eq!(answer.text(), "hello");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=a.txt");
    let part = server.get_with(&path, &[("range", "bytes=1-2")]).await;
    assert_eq!((part.status.as_u16(), part.text()), (206, "el"));
    let same = server.get(&format!("/get-artifact?path=notes/a.txt&run_uuid={run}")).await;
    assert_eq!(same.text(), "hello");
    let same = server.get(&proxied(&format!("0/{run}/artifacts/notes/a.txt"))).await;
    assert_eq!(same.text(), "hello");
}

#[rstest]
#[tokio::test]
async fn what_a_fetch_must_be_asked(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, _) = server.run("0").await;
    let artifact = |query: String| format!("/get-artifact?{query}");
    assert_eq!(server.get(&artifact(format!("run_id={run}"))).await.status, 400);
    let answer = server.get(&artifact("path=x".into())).await;
    answer.is_error(404, "RESOURCE_DOES_NOT_EXIST", "Run with id=None not found");
    let answer = server.get(&artifact(format!("run_id={run}&path=x"))).await;
    let message = format!("No such artifact: '0/{run}/artifacts/x'");
    answer.is_error(404, "RESOURCE_DOES_NOT_EXIST", &message);
    server.upload(&run, "folder/x", "x").await;
    let answer = server.get(&artifact(format!("run_id={run}&path=folder"))).await;
    assert_eq!(answer.status, 400);
}

#[rstest]
#[tokio::test]
async fn what_an_upload_must_have(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, _) = server.run("0").await;
    let upload = "/ajax-api/2.0/mlflow/upload-artifact";
    for (query, body, message) in [
        ("path=a".to_owned(), "x", "Request must specify run_id or run_uuid."),
        (format!("run_uuid={run}"), "x", "Request must specify path."),
        (format!("run_uuid={run}&path=a"), "", "Request must specify data."),
    ] {
        let answer = server.call(Method::POST, &format!("{upload}?{query}"), body).await;
        answer.is_invalid(message);
    }
    let answer = server.upload("none", "a", "x").await;
    answer.is_error(404, "RESOURCE_DOES_NOT_EXIST", "Run with id=none not found");
    assert_eq!(server.call(Method::POST, "/api/2.0/mlflow/upload-artifact", "x").await.status, 404);
}

#[rstest]
#[tokio::test]
async fn the_largest_upload(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, _) = server.run("0").await;
    assert_eq!(server.upload(&run, "big", vec![b'x'; LIMIT]).await.status, 200);
    let message = "Artifact size is too large. Max size is 10MB.";
    server.upload(&run, "bigger", vec![b'x'; LIMIT + 1]).await.is_invalid(message);
    // Without a length the limit is found on the way, and nothing of the file stays.
    let pieces = (0..=LIMIT / 65536).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 65536]));
    let body = Body::from_stream(stream::iter(pieces));
    server.upload(&run, "endless", body).await.is_invalid(message);
    assert_eq!(files_below(&server.path("art")), [format!("0/{run}/artifacts/big")]);
}

#[rstest]
#[tokio::test]
async fn a_deleted_runs_artifacts_are_still_there(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, _) = server.run("0").await;
    server.upload(&run, "a", "kept").await;
    assert_eq!(server.post("runs/delete", json!({"run_id": run})).await.status, 200);
    let answer = server.get(&format!("/get-artifact?run_id={run}&path=a")).await;
    assert_eq!(answer.text(), "kept");
}

#[rstest]
#[tokio::test]
async fn an_upload_goes_where_the_runs_artifacts_are_read(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let server = Server::new(engine).await;
    let experiment = server.experiment("own", Some("mlflow-artifacts:/own/place")).await;
    let (run, _) = server.run(&experiment).await;
    server.upload(&run, "a", "x").await;
    assert_eq!(files_below(&server.path("art")), [format!("own/place/{run}/artifacts/a")]);
    assert_eq!(server.get(&format!("/get-artifact?run_id={run}&path=a")).await.text(), "x");
}

#[rstest]
#[tokio::test]
async fn an_empty_request_is_no_failure(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let request = Request::builder().uri("/get-artifact").body(Body::empty()).unwrap();
    assert_eq!(server.send(request).await.status, 400);
}
