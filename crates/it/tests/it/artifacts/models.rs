//! A logged model's artifacts by the model's id.

use serde_json::json;

use it::Engine::{self, Postgres, Sqlite};
use it::Server;
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn files_are_listed_and_fetched_by_model(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let model = server.model("0").await;
    let folder = format!("0/models/{model}/artifacts");
    let uri = format!("mlflow-artifacts:/{folder}");
    server.put(&format!("{folder}/deep/MLmodel"), "flavors:").await;
    for side in ["api", "ajax-api"] {
        let base = format!("/{side}/2.0/mlflow/logged-models/{model}/artifacts/directories");
        let files = json!([{"path": "deep", "is_dir": true}]);
        assert_eq!(server.get(&base).await.json(), json!({"root_uri": uri, "files": files}));
        let files = json!([{"path": "deep/MLmodel", "is_dir": false, "file_size": 8}]);
        let below = server.get(&format!("{base}?artifact_directory_path=deep")).await;
        assert_eq!(below.json(), json!({"root_uri": uri, "files": files}));
    }
    let base = format!("/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files");
    let answer = server.get(&format!("{base}?artifact_file_path=deep/MLmodel")).await;
    assert_eq!((answer.text(), answer.header("content-type")), ("flavors:", "text/plain"));
    assert_eq!(server.get(&format!("{base}?artifact_file_path=none")).await.status, 404);
    assert_eq!(server.get(&format!("{base}?artifact_file_path=deep")).await.status, 400);
    server.get(&base).await.is_error(
        400,
        "BAD_REQUEST",
        "Request must include the \"artifact_file_path\" query parameter.",
    );
}

#[rstest]
#[tokio::test]
async fn a_model_that_is_not_there(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let gone = server.model("0").await;
    let path = format!("/api/2.0/mlflow/logged-models/{gone}");
    let delete = server.call(axum::http::Method::DELETE, &path, "").await;
    assert_eq!(delete.status, 200);
    for id in ["none", &gone] {
        let message = format!("Logged model with ID '{id}' not found.");
        let list = format!("/api/2.0/mlflow/logged-models/{id}/artifacts/directories");
        server.get(&list).await.is_error(404, "RESOURCE_DOES_NOT_EXIST", &message);
        let file = format!("/ajax-api/2.0/mlflow/logged-models/{id}/artifacts/files");
        let answer = server.get(&format!("{file}?artifact_file_path=x")).await;
        answer.is_error(404, "RESOURCE_DOES_NOT_EXIST", &message);
    }
}
