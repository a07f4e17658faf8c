//! Single points, as training loops log them.

use serde_json::json;

use super::Scenario;
use crate::Result;
use crate::case::{Case, Request};
use crate::stage::Stage;

pub const SCENARIO: Scenario = Scenario {
    name: "log-metric",
    about: "Single metrics, one a request, spread over 50 runs.",
    prepare: |stage| Box::pin(prepare(stage)),
};

async fn prepare(stage: &Stage) -> Result<Vec<Case>> {
    let mut runs = Vec::new();
    for _ in 0..50 {
        runs.push(stage.new_run().await?);
    }
    let again = runs.clone();
    let case = Case::new("log-metric", move |number| {
        let run_id = &runs[number as usize % runs.len()];
        let body = json!({
            "run_id": run_id, "key": "loss", "value": 1.0 / number as f64,
            "timestamp": 1_700_000_000_000_u64 + number, "step": number,
        });
        Request::post("/api/2.0/mlflow/runs/log-metric", body.to_string())
    });
    let case = case.beside(move |number| {
        let (run_id, value) = (&again[number as usize % again.len()], 1.0 / number as f64);
        let timestamp = 1_700_000_000_000_u64 + number;
        format!(
            "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) \
             VALUES ('loss', {value}, {timestamp}, '{run_id}', {number}, false)"
        )
    });
    Ok(vec![case.connections(&[16, 64]).stores("SELECT count(*) FROM metrics", 1)])
}
