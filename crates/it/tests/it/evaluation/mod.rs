//! Evaluation data sets and their records.

use insta::assert_json_snapshot;
use it::Engine::{self, Postgres, Sqlite};
use it::{Server, text};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test]
async fn records_of_the_same_inputs_are_one(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let root = "/api/3.0/mlflow/datasets";
    let new = json!({"name": "questions", "experiment_ids": ["0"]});
    let created = server.post(&format!("{root}/create"), new).await.json();
    let id = text(&created["dataset"]["dataset_id"]);
    let records = |answer: &str| {
        let record = json!([{"inputs": {"q": "2+2"}, "expectations": {"answer": answer}}]);
        json!({"dataset_id": id, "records": record.to_string()})
    };
    let upsert = format!("{root}/{id}/records");
    assert_json_snapshot!("inserted", server.post(&upsert, records("4")).await.json());
    server.app.clock.advance(1000);
    assert_json_snapshot!("updated", server.post(&upsert, records("four")).await.json());
    let listed = server.get(&format!("{root}/{id}/records")).await.json();
    let listed: serde_json::Value = serde_json::from_str(&text(&listed["records"])).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["expectations"], json!({"answer": "four"}));
}
