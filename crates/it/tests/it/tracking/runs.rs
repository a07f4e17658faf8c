//! A run's life, and searches over runs.

use futures_util::future::join_all;
use insta::assert_json_snapshot;
use it::Engine::{self, Postgres, Sqlite};
use it::{NOW, Server};
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[tokio::test]
async fn a_run_lives(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run_id, _) = server.run("0").await;
    let batch = json!({
        "run_id": run_id,
        "metrics": [
            {"key": "loss", "value": 0.5, "timestamp": NOW, "step": 1},
            {"key": "loss", "value": 0.25, "timestamp": NOW + 1, "step": 2},
            {"key": "loss", "value": "NaN", "timestamp": NOW + 2, "step": 3},
        ],
        "params": [{"key": "lr", "value": "1e-3"}],
        "tags": [{"key": "note", "value": ""}],
    });
    assert_json_snapshot!("logged", server.post("runs/log-batch", batch).await.json());
    let end = json!({"run_id": run_id, "status": "FINISHED", "end_time": NOW + 5});
    assert_json_snapshot!("ended", server.post("runs/update", end).await.json());
    let get = format!("/api/2.0/mlflow/runs/get?run_id={run_id}");
    assert_json_snapshot!("whole", server.get(&get).await.json());
    let history = format!("/api/2.0/mlflow/metrics/get-history?run_id={run_id}&metric_key=loss");
    assert_json_snapshot!("history", server.get(&history).await.json());
}

#[rstest]
#[tokio::test]
async fn a_batch_is_written_whole_or_not_at_all(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run_id, _) = server.run("0").await;
    server.post("runs/log-parameter", json!({"run_id": run_id, "key": "lr", "value": "1"})).await;
    let batch = json!({
        "run_id": run_id,
        "metrics": [{"key": "m", "value": 1.0, "timestamp": NOW}],
        "params": [{"key": "lr", "value": "2"}, {"key": "new", "value": "3"}],
        "tags": [{"key": "t", "value": "x"}],
    });
    assert_json_snapshot!("another_value", server.post("runs/log-batch", batch).await.json());
    let get = format!("/api/2.0/mlflow/runs/get?run_id={run_id}");
    assert_json_snapshot!("unchanged", server.get(&get).await.json()["run"]["data"]);
}

#[rstest]
#[tokio::test]
async fn runs_are_found_by_what_was_logged(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    for (number, loss) in [0.3, 0.1, 0.2].into_iter().enumerate() {
        let (run_id, _) = server.run("0").await;
        let batch = json!({
            "run_id": run_id,
            "metrics": [{"key": "loss", "value": loss, "timestamp": NOW}],
            "params": [{"key": "n", "value": number.to_string()}],
        });
        server.post("runs/log-batch", batch).await;
    }
    for (name, filter) in [
        ("by_metric", "metrics.loss < 0.25"),
        ("by_param", "params.n != '1'"),
        ("by_both", "metrics.loss > 0.15 AND params.n LIKE '2'"),
        ("by_status", "attributes.status = 'RUNNING'"),
        ("by_nothing", "tags.none = 'x'"),
        ("by_rubbish", "metrics.loss ?? 3"),
    ] {
        let search = json!({
            "experiment_ids": ["0"], "filter": filter, "order_by": ["metrics.loss ASC"],
        });
        let answer = server.post("runs/search", search).await.json();
        let params = |run: &Value| run["data"]["params"][0]["value"].clone();
        let found = match answer["runs"].as_array() {
            Some(runs) => json!(runs.iter().map(params).collect::<Vec<_>>()),
            None => answer,
        };
        assert_json_snapshot!(name, found);
    }
}

/// Runs and points that arrive together share a commit; what cannot be written fails alone.
#[rstest]
#[tokio::test]
async fn a_crowd_shares_commits(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let create = |number: u32| {
        let experiment = if number % 10 == 7 { "4711" } else { "0" };
        // PostgreSQL's texts hold no NUL, so that the statement of the whole group fails.
        let name = if number == 13 { "a\0b".to_owned() } else { format!("run {number}") };
        server.post("runs/create", json!({"experiment_id": experiment, "run_name": name}))
    };
    let answers = join_all((0..60).map(create)).await;
    let mut run_ids = Vec::new();
    for (number, answer) in (0..).zip(&answers) {
        if number % 10 == 7 {
            answer.is_error(404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=4711 exists");
        } else if number == 13 && engine == Postgres {
            assert_eq!(answer.status, 400, "{}", answer.text());
        } else {
            let info = answer.json()["run"]["info"].clone();
            assert_eq!(answer.status, 200, "{}", answer.text());
            run_ids.push(info["run_id"].as_str().unwrap().to_owned());
        }
    }
    let search = json!({"experiment_ids": ["0"], "max_results": 100});
    let found = server.post("runs/search", search).await.json();
    assert_eq!(found["runs"].as_array().unwrap().len(), run_ids.len());

    run_ids.push("f".repeat(32));
    let log = |run_id: &String| {
        let point = json!({"run_id": run_id, "key": "loss", "value": 0.5, "timestamp": NOW});
        server.post("runs/log-metric", point)
    };
    let answers = join_all(run_ids.iter().map(log)).await;
    let (unknown, logged) = answers.split_last().unwrap();
    assert_eq!(unknown.status, 404, "{}", unknown.text());
    assert!(logged.iter().all(|answer| answer.status == 200));
    let search = json!({"experiment_ids": ["0"], "filter": "metrics.loss = 0.5"});
    let found = server.post("runs/search", search).await.json();
    assert_eq!(found["runs"].as_array().unwrap().len(), logged.len());
}
