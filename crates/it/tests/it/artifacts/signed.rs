//! Multipart uploads and signed URLs, which a folder cannot give.

use serde_json::json;

use it::Engine::{self, Postgres, Sqlite};
use it::{Server, Start};
use rstest::rstest;

const SEE: &str = "See the API docs for more information about request parameters.";

#[rstest]
#[tokio::test]
async fn multipart_uploads_are_not_supported(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let part = json!({"part_number": 1, "etag": "e", "url": "u"});
    let whole = json!({"path": "x", "num_parts": 2, "upload_id": "u", "parts": [part]});
    for action in ["create", "complete", "abort"] {
        let route = format!("/api/2.0/mlflow-artifacts/mpu/{action}/0/x");
        let message = "Multipart upload is not supported for the current artifact repository";
        server.post(&route, whole.clone()).await.is_error(501, "NOT_IMPLEMENTED", message);
        let message = format!("Missing value for required parameter 'path'. {SEE}");
        server.post(&route, json!({})).await.is_invalid(&message);
        let route = format!("/api/2.0/mlflow-artifacts/mpu/{action}/..%2fx");
        server.post(&route, json!({})).await.is_invalid("Invalid path");
    }
    let route = "/api/2.0/mlflow-artifacts/mpu/complete/x";
    let message = format!("Missing value for required parameter 'parts'. {SEE}");
    server.post(route, json!({"path": "x"})).await.is_invalid(&message);
    let route = "/api/2.0/mlflow-artifacts/mpu/create/x";
    let message = format!(
        "Invalid value \"z\" for parameter 'num_parts' supplied:  Hint: Value was of type 'str'. \
         {SEE}"
    );
    server.post(route, json!({"path": "x", "num_parts": "z"})).await.is_invalid(&message);
}

#[rstest]
#[tokio::test]
async fn signed_downloads_through_the_proxy_are_not_supported(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let server = Server::new(engine).await;
    let answer = server.get("/api/2.0/mlflow-artifacts/presigned/a/b").await;
    let message = "Multipart download is not supported for the current artifact repository";
    answer.is_error(501, "NOT_IMPLEMENTED", message);
    let answer = server.get("/api/2.0/mlflow-artifacts/presigned/..%2fx").await;
    answer.is_invalid("Invalid path");
}

#[rstest]
#[tokio::test]
async fn a_proxied_location_has_no_signed_urls(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, _) = server.run("0").await;
    let model = server.model("0").await;
    let upload = "Presigned upload is not supported for proxied artifact storage (artifact URI \
                  scheme: mlflow-artifacts). This endpoint requires a direct cloud storage \
                  artifact URI.";
    for of in [json!({"run_id": run, "path": "x"}), json!({"model_id": model, "path": "x"})] {
        server.post("artifacts/presigned-upload-url", of).await.is_invalid(upload);
    }
    let download = "Presigned download is not supported for runs with proxied artifact storage \
                    (artifact URI scheme: mlflow-artifacts). This endpoint requires a run with a \
                    direct cloud storage artifact URI.";
    let of = json!({"run_id": run, "path": "x"});
    server.post("artifacts/presigned-download-url", of).await.is_invalid(download);
}

#[rstest]
#[tokio::test]
async fn a_folder_has_no_signed_urls(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(engine, Start { default_root: "root", ..Start::default() }).await;
    let (run, _) = server.run("0").await;
    for (what, kind) in [("Presigned upload", "upload"), ("Presigned download", "download")] {
        let route = format!("artifacts/presigned-{kind}-url");
        let message = format!("{what} is not supported for the current artifact repository");
        let of = json!({"run_id": run, "path": "x"});
        server.post(&route, of).await.is_error(501, "NOT_IMPLEMENTED", &message);
    }
}

#[rstest]
#[tokio::test]
async fn what_a_signed_url_must_be_asked(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, _) = server.run("0").await;
    let upload = "artifacts/presigned-upload-url";
    let download = "artifacts/presigned-download-url";
    let missing = |name| format!("Missing value for required parameter '{name}'. {SEE}");
    server.post(upload, json!({})).await.is_invalid(&missing("path"));
    server.post(download, json!({})).await.is_invalid(&missing("run_id"));
    server.post(download, json!({"run_id": run})).await.is_invalid(&missing("path"));
    let one = "Exactly one of run_id and model_id must be provided.";
    server.post(upload, json!({"path": "x"})).await.is_invalid(one);
    let both = json!({"run_id": run, "model_id": "m", "path": "x"});
    server.post(upload, both).await.is_invalid(one);
    for route in [upload, download] {
        let climbing = json!({"run_id": run, "path": "../x"});
        server.post(route, climbing).await.is_invalid("Invalid path");
        let unknown = json!({"run_id": "none", "path": "x"});
        assert_eq!(server.post(route, unknown).await.status, 404);
    }
    for seconds in [json!(0), json!("604801"), json!(-1)] {
        let answer =
            server.post(download, json!({"run_id": run, "path": "x", "expiration": seconds})).await;
        let seconds = seconds.as_str().map_or(seconds.to_string(), str::to_owned);
        answer.is_invalid(&format!(
            "expiration must be between 1 and 604800 seconds (got {seconds})."
        ));
    }
}
