//! Which locations of experiments are served.

use std::os::unix::fs::symlink;

use axum::body::Bytes;
use serde_json::json;

use it::Engine::{self, Postgres, Sqlite};
use it::{Server, Start, files_below};
use rstest::rstest;

/// Tries every way to a run's artifacts.
async fn is_refused(server: &Server, experiment: &str) {
    let (run, uri) = server.run(experiment).await;
    let message = format!(
        "The artifact location '{uri}' is a folder of the server's machine that it was not started \
         to serve (see --artifact-folders)."
    );
    for answer in [
        server.list(&run, "").await,
        server.get(&format!("/get-artifact?run_id={run}&path=secret")).await,
        server.upload(&run, "secret", "x").await,
        server
            .post("artifacts/presigned-download-url", json!({"run_id": run, "path": "secret"}))
            .await,
    ] {
        answer.is_error(403, "PERMISSION_DENIED", &message);
    }
    let model = server.model(experiment).await;
    for path in [
        format!("/api/2.0/mlflow/logged-models/{model}/artifacts/directories"),
        format!("/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files?artifact_file_path=x"),
    ] {
        assert_eq!(server.get(&path).await.status, 403);
    }
}

#[rstest]
#[tokio::test]
async fn other_folders_of_the_machine_are_refused(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let own = server.folder.path().to_str().unwrap().to_owned();
    let locations = [
        "/etc".to_owned(),
        "/".to_owned(),
        "file:///etc".to_owned(),
        "file:/etc".to_owned(),
        "file://localhost/etc".to_owned(),
        "/%65tc".to_owned(),
        own.clone(),
        format!("{own}/art/../other"),
        format!("{own}/art/..%2f..%2fother"),
        format!("file://{own}/artx"),
        "mlrunsx".to_owned(),
        ".".to_owned(),
    ];
    for (index, location) in locations.iter().enumerate() {
        let experiment = server.experiment(&index.to_string(), Some(location)).await;
        is_refused(&server, &experiment).await;
    }
    assert_eq!(files_below(&server.path("art")), Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn a_folder_below_the_destination_is_served(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let location = format!("file://{}/own", server.path("art").display());
    let experiment = server.experiment("own", Some(&location)).await;
    let (run, _) = server.run(&experiment).await;
    assert_eq!(server.upload(&run, "a", "x").await.status, 200);
    assert_eq!(server.list(&run, "").await.json()["files"][0]["path"], "a");
    assert_eq!(files_below(&server.path("art")), [format!("own/{run}/artifacts/a")]);
}

#[rstest]
#[tokio::test]
async fn a_local_default_root_is_served_with_and_without_the_proxy(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    for serve_artifacts in [true, false] {
        let start = Start { serve_artifacts, default_root: "root", ..Start::default() };
        let server = Server::start(engine, start).await;
        let (run, uri) = server.run("0").await;
        assert_eq!(uri, format!("{}/0/{run}/artifacts", server.path("root").display()));
        assert_eq!(server.upload(&run, "a/b", "x").await.status, 200);
        assert_eq!(server.get(&format!("/get-artifact?run_id={run}&path=a/b")).await.text(), "x");
        let files = json!([{"path": "a/b", "is_dir": false, "file_size": 1}]);
        assert_eq!(server.list(&run, "a").await.json()["files"], files);
        assert_eq!(files_below(&server.path("root")), [format!("0/{run}/artifacts/a/b")]);
    }
}

#[rstest]
#[tokio::test]
async fn a_folder_is_served_that_the_start_names(#[values(Sqlite, Postgres)] engine: Engine) {
    let start = Start { more_folders: &["archive"], ..Start::default() };
    let server = Server::start(engine, start).await;
    let location = server.path("archive/7").to_str().unwrap().to_owned();
    let experiment = server.experiment("archived", Some(&location)).await;
    let (run, _) = server.run(&experiment).await;
    assert_eq!(server.upload(&run, "a", "x").await.status, 200);
    let beside = server.path("archived").to_str().unwrap().to_owned();
    let experiment = server.experiment("beside", Some(&beside)).await;
    is_refused(&server, &experiment).await;
}

#[rstest]
#[tokio::test]
async fn a_link_out_of_a_served_folder_is_not_followed(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    std::fs::create_dir_all(server.path("art")).unwrap();
    symlink(server.folder.path(), server.path("art/out")).unwrap();
    let location = server.path("art/out").to_str().unwrap().to_owned();
    let experiment = server.experiment("out", Some(&location)).await;
    let (run, _) = server.run(&experiment).await;
    let outside = "Invalid path: resolved path is outside the artifact directory";
    server.list(&run, "").await.is_invalid(outside);
    server.upload(&run, "a", "x").await.is_invalid(outside);
    let location = format!("mlflow-artifacts:/out/{run}");
    let experiment = server.experiment("proxied", Some(&location)).await;
    let (run, _) = server.run(&experiment).await;
    server.list(&run, "").await.is_invalid(outside);
}

#[rstest]
#[tokio::test]
async fn a_proxied_location_may_be_spelled_as_a_url(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    for (name, location) in [
        ("host", "mlflow-artifacts://127.0.0.1:5000/place"),
        ("url", "http://127.0.0.1:5000/api/2.0/mlflow-artifacts/artifacts/place"),
        ("query", "https://server/prefix/api/2.0/mlflow-artifacts/artifacts/place"),
    ] {
        let store = server.stores.resolve(location).unwrap();
        let path = blob::ArtifactPath::parse("file").unwrap();
        server.put("place/file", "x").await;
        assert!(store.exists(&path).await.unwrap(), "{name}");
    }
    for location in [
        "mlflow-artifacts:/../x",
        "http://server/api/2.0/mlflow-artifacts/artifacts/../x",
        "http://server/api/2.0/mlflow-artifacts/artifacts/%252e%252e/x",
        "http://server/place",
    ] {
        assert!(server.stores.resolve(location).is_err(), "{location}");
    }
}

#[rstest]
#[tokio::test]
async fn locations_that_cannot_be_opened_are_the_callers_fault(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let server = Server::new(engine).await;
    for (index, location) in ["bogus://x", "dbfs:/x"].iter().enumerate() {
        let experiment = server.experiment(&index.to_string(), Some(location)).await;
        let (run, _) = server.run(&experiment).await;
        let answer = server.list(&run, "").await;
        let json = answer.json();
        let message = json["message"].as_str().unwrap();
        assert_eq!(answer.status, 400, "{location}");
        assert!(message.contains("has a scheme that is not supported"), "{message}");
    }
    assert!(server.stores.resolve("").is_err());
}

#[rstest]
#[tokio::test]
async fn without_the_proxy_a_proxied_run_has_no_artifacts_here(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let server = Server::start(engine, Start { serve_artifacts: false, ..Start::default() }).await;
    let (run, _) = server.run("0").await;
    server.list(&run, "").await.is_error(
        400,
        "BAD_REQUEST",
        "The artifacts are behind a server's proxy, and this server runs with \
         `--no-serve-artifacts`.",
    );
}

#[rstest]
#[tokio::test]
async fn a_small_file_is_written_by_location(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, uri) = server.run("0").await;
    let bytes = Bytes::from_static(b"{}");
    server.stores.write_file(&uri, "model/MLmodel", bytes.clone()).await.unwrap();
    let path = format!("/get-artifact?run_id={run}&path=model/MLmodel");
    assert_eq!(server.get(&path).await.text(), "{}");
    let error = server.stores.write_file(&uri, "../x", bytes.clone()).await.unwrap_err();
    assert_eq!(error.message, "Invalid path");
    assert!(server.stores.write_file("/etc", "x", bytes).await.is_err());
}

#[rstest]
#[tokio::test]
async fn the_prompt_laboratory_keeps_its_files_with_its_run(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let server = Server::new(engine).await;
    let message = json!({
        "experiment_id": "0", "prompt_template": "Say {{ x }}", "model_route": "chat",
        "prompt_parameters": [{"key": "x", "value": "y"}], "model_input": "Say y",
        "mlflow_version": "3.17.2", "start_time": 1,
    });
    let answer = server.post("/ajax-api/2.0/mlflow/runs/create-promptlab-run", message).await;
    let json = answer.json();
    let run = json["run"]["info"]["run_id"].as_str().unwrap();
    let files = files_below(&server.path("art"));
    let model = format!("0/{run}/artifacts/model/MLmodel");
    assert!(files.contains(&model), "{files:?}");
}

#[rstest]
#[tokio::test]
async fn the_start_is_refused_when_the_destination_cannot_be_used(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let server = Server::new(engine).await;
    server.stores.probe().await.unwrap();
    assert!(server.path("art").is_dir());
    let settings = app::Settings {
        default_artifact_root: "mlflow-artifacts:/".into(),
        serve_artifacts: true,
        artifacts_destination: server.path("secret").to_str().unwrap().to_owned(),
        artifacts_only: false,
        ..Default::default()
    };
    let open = |settings: &app::Settings| {
        artifacts::Stores::open(settings, &[], blob::Settings::default())
    };
    assert!(open(&settings).unwrap().probe().await.is_err());
    let bogus = app::Settings { artifacts_destination: "bogus://x".into(), ..settings.clone() };
    assert!(open(&bogus).unwrap_err().to_string().contains("scheme"));
    let unserved = app::Settings { serve_artifacts: false, ..bogus };
    open(&unserved).unwrap().probe().await.unwrap();
}
