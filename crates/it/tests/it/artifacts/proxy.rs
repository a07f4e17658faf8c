//! `mlflow-artifacts/artifacts`: sent, fetched, listed, deleted.

use axum::body::Body;
use axum::http::Method;
use serde_json::json;

use it::Engine::{self, Postgres, Sqlite};
use it::{Server, Start, proxied};
use rstest::rstest;

const ROOT: &str = "/api/2.0/mlflow-artifacts/artifacts";

#[rstest]
#[tokio::test]
async fn a_file_goes_around_under_both_prefixes(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    for side in ["api", "ajax-api"] {
        let path = format!("/{side}/2.0/mlflow-artifacts/artifacts/1/r/artifacts/{side}.txt");
        let answer = server.call(Method::PUT, &path, "hello").await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
        let answer = server.get(&path).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, "hello"));
        let answer = server.call(Method::DELETE, &path, Body::empty()).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, "{}"));
        server.get(&path).await.is_error(
            404,
            "RESOURCE_DOES_NOT_EXIST",
            &format!("No such artifact: '1/r/artifacts/{side}.txt'"),
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_listing_has_last_names_and_no_size_of_nothing(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let server = Server::new(engine).await;
    for (path, body) in [("a/b/c", "x"), ("a/z", "12345"), ("a/empty", "")] {
        assert_eq!(server.put(path, body).await.status, 200);
    }
    let answer = server.get(&format!("{ROOT}?path=a")).await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.json(),
        json!({"files": [
            {"path": "b", "is_dir": true},
            {"path": "empty", "is_dir": false},
            {"path": "z", "is_dir": false, "file_size": 5},
        ]})
    );
    assert_eq!(server.get(ROOT).await.json(), json!({"files": [{"path": "a", "is_dir": true}]}));
    assert_eq!(server.get(&format!("{ROOT}?path=")).await.json()["files"][0]["path"], "a");
    for nothing in ["none", "a/z", "a/z/below"] {
        assert_eq!(server.get(&format!("{ROOT}?path={nothing}")).await.text(), "{}");
    }
}

#[rstest]
#[tokio::test]
async fn folders_are_deleted_whole_and_missing_ones_are_gone_already(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let server = Server::new(engine).await;
    for path in ["a/b/c", "a/b/d", "a/e"] {
        server.put(path, "x").await;
    }
    for _ in 0..2 {
        let answer = server.call(Method::DELETE, &proxied("a/b"), Body::empty()).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, "{}"));
        let left = server.get(&format!("{ROOT}?path=a")).await;
        assert_eq!(left.json()["files"].as_array().unwrap().len(), 1);
    }
    for root in [".", "%2e", "./."] {
        let answer = server.call(Method::DELETE, &proxied(root), Body::empty()).await;
        answer.is_invalid("Invalid path");
    }
    assert_eq!(server.get(&proxied("a/e")).await.text(), "x");
}

#[rstest]
#[tokio::test]
async fn files_and_folders_do_not_mix(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    server.put("a/b", "x").await;
    let directory = "Artifact path refers to a directory, not a file";
    server.get(&proxied("a")).await.is_invalid(&format!("{directory}: 'a'"));
    server.get(&proxied("")).await.is_invalid(&format!("{directory}: ''"));
    server.put("a", "x").await.is_invalid(&format!("{directory}: 'a'"));
    let named = "Artifact path must include a filename (cannot end with '/').";
    server.put("a/", "x").await.is_invalid(named);
    server.put("", "x").await.is_invalid(named);
    assert_eq!(server.put("a/b/c", "x").await.status, 400);
    assert_eq!(server.get(&proxied("a/b")).await.text(), "x");
}

#[rstest]
#[tokio::test]
async fn a_second_upload_replaces_the_first(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    server.put("a", "a longer text").await;
    server.put("a", "short").await;
    let answer = server.get(&proxied("a")).await;
    assert_eq!((answer.text(), answer.header("content-length")), ("short", "5"));
}

#[rstest]
#[tokio::test]
async fn names_are_stored_as_they_are_meant(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    for (path, name) in [
        ("with%20space", "with space"),
        ("%C3%BC", "ü"),
        ("%E8%A9%A6%F0%9F%A7%AA", "試🧪"),
        ("a+b", "a+b"),
        ("a%26b=c", "a&b=c"),
        ("a;b,c", "a;b,c"),
        ("quote'", "quote'"),
        ("%22", "\""),
    ] {
        let path = format!("names/{path}");
        assert_eq!(server.call(Method::PUT, &proxied(&path), name).await.status, 200, "{path}");
        assert_eq!(server.get(&proxied(&path)).await.text(), name);
        assert!(server.path("art/names").join(name).exists(), "{name}");
    }
    let listed = server.get(&format!("{ROOT}?path=names")).await;
    assert_eq!(listed.json()["files"].as_array().unwrap().len(), 8);
}

#[rstest]
#[tokio::test]
async fn without_serving_each_route_says_so(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(engine, Start { serve_artifacts: false, ..Start::default() }).await;
    let detail = json!({"detail": "Artifact serving is disabled. Run `mlflow server` with \
                                   `--serve-artifacts` to enable."});
    for method in [Method::GET, Method::PUT] {
        let answer = server.call(method, &proxied("a"), "x").await;
        assert_eq!((answer.status.as_u16(), answer.json()), (503, detail.clone()));
    }
    for (method, path, rule) in [
        (Method::GET, "artifacts", "artifacts"),
        (Method::DELETE, "artifacts/a", "artifacts/<path:artifact_path>"),
        (Method::POST, "mpu/create/a", "mpu/create/<path:artifact_path>"),
        (Method::POST, "mpu/complete/a", "mpu/complete/<path:artifact_path>"),
        (Method::POST, "mpu/abort/a", "mpu/abort/<path:artifact_path>"),
        (Method::GET, "presigned/a", "presigned/<path:artifact_path>"),
    ] {
        let path = format!("/ajax-api/2.0/mlflow-artifacts/{path}");
        let answer = server.call(method, &path, Body::empty()).await;
        let text = format!(
            "Endpoint: /ajax-api/2.0/mlflow-artifacts/{rule} disabled due to the mlflow server \
             running with `--no-serve-artifacts`. To enable artifacts server functionality, run \
             `mlflow server` with `--serve-artifacts`"
        );
        assert_eq!((answer.status.as_u16(), answer.text()), (503, text.as_str()));
    }
    assert!(!server.path("art").exists());
}
