//! Evaluation records, ten thousand at a time.

use serde_json::{Value, json};

use super::Scenario;
use crate::Result;
use crate::case::{Case, Request};
use crate::http_client::Connection;
use crate::stage::Stage;

const RECORDS: u64 = 10_000;

pub const SCENARIO: Scenario = Scenario {
    name: "upsert-records",
    about: "10,000 records of an evaluation data set in one call. `insert`: each call's are new. \
            `update`: each call writes the same ones again.",
    prepare: |stage| Box::pin(prepare(stage)),
};

async fn prepare(stage: &Stage) -> Result<Vec<Case>> {
    let (grows, stays) = (dataset(stage, "grows").await?, dataset(stage, "stays").await?);
    let insert = Case::new("insert", move |number| request(&grows, number))
        .stores("SELECT count(*) FROM evaluation_dataset_records", RECORDS);
    let update = Case::new("update", move |_| request(&stays, 0));
    Ok(vec![insert.connections(&[1]), update.connections(&[1])])
}

async fn call(stage: &Stage, request: &Request) -> Result<Value> {
    let mut connection = Connection::open(&stage.server.address).await?;
    let (status, answer) = connection.call(request).await?;
    if !status.is_success() {
        let text = String::from_utf8_lossy(&answer);
        return Err(format!("{} answered {status}: {text:.300}", request.path).into());
    }
    Ok(serde_json::from_slice(&answer)?)
}

/// The id of a new data set.
async fn dataset(stage: &Stage, name: &str) -> Result<String> {
    let body = json!({"name": name, "experiment_ids": ["0"]}).to_string();
    let answer = call(stage, &Request::post("/api/3.0/mlflow/datasets/create", body)).await?;
    let id = answer["dataset"]["dataset_id"].as_str();
    id.map(str::to_owned).ok_or_else(|| "a new data set has no id".into())
}

fn request(dataset_id: &str, number: u64) -> Request {
    let records: Vec<Value> = (0..RECORDS)
        .map(|index| {
            json!({
                "inputs": {"question": format!("What is {number} times {index}?")},
                "expectations": {"expected_answer": (number * index).to_string()},
                "tags": {"topic": "tables"},
            })
        })
        .collect();
    let body = json!({"records": Value::from(records).to_string()});
    Request::post(format!("/api/3.0/mlflow/datasets/{dataset_id}/records"), body.to_string())
}
