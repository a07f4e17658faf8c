//! Batches of 1,000 metrics, the most that a client sends at once.

use serde_json::{Value, json};

use super::Scenario;
use crate::Result;
use crate::case::{Case, Request};
use crate::stage::Stage;

pub const SCENARIO: Scenario = Scenario {
    name: "log-batch",
    about: "Batches of 1,000 metrics: 10 keys at 100 steps. `one-run`: all connections write to the \
            same run.",
    prepare: |stage| Box::pin(prepare(stage)),
};

async fn prepare(stage: &Stage) -> Result<Vec<Case>> {
    let mut runs = Vec::new();
    for _ in 0..16 {
        runs.push(stage.new_run().await?);
    }
    let one = vec![stage.new_run().await?];
    Ok(vec![case("log-batch", runs).connections(&[4]), case("one-run", one).connections(&[16])])
}

fn case(name: &str, runs: Vec<String>) -> Case {
    let case = Case::new(name, move |number| {
        let run_id = &runs[number as usize % runs.len()];
        Request::post("/api/2.0/mlflow/runs/log-batch", batch(run_id, number).to_string())
    });
    case.stores("SELECT count(*) FROM metrics", 1000)
}

fn batch(run_id: &str, number: u64) -> Value {
    let metrics: Vec<Value> = (0..1000)
        .map(|index| {
            let step = number * 100 + index / 10;
            json!({
                "key": format!("layer{}/loss", index % 10), "value": 1.0 / (step + 1) as f64,
                "timestamp": 1_700_000_000_000 + step, "step": step,
            })
        })
        .collect();
    json!({"run_id": run_id, "metrics": metrics})
}
