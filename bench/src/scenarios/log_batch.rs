//! Batches of 1,000 metrics, the most that a client sends at once.

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
    let again = runs.clone();
    let case = Case::new(name, move |number| {
        let run_id = &runs[number as usize % runs.len()];
        Request::post("/api/2.0/mlflow/runs/log-batch", batch(run_id, number))
    });
    let case = case.stores("SELECT count(*) FROM metrics", 1000);
    case.beside(move |number| insert(&again[number as usize % again.len()], number))
}

// Texts are put together by hand: making values of JSON first would cost the machine as much as
// the server's reading of them.
fn batch(run_id: &str, number: u64) -> String {
    let metrics: Vec<String> = points(number)
        .map(|(key, value, step)| {
            let timestamp = TIMESTAMP + step;
            format!(r#"{{"key":"{key}","value":{value},"timestamp":{timestamp},"step":{step}}}"#)
        })
        .collect();
    format!(r#"{{"run_id":"{run_id}","metrics":[{}]}}"#, metrics.join(","))
}

fn insert(run_id: &str, number: u64) -> String {
    let rows: Vec<String> = points(number)
        .map(|(key, value, step)| {
            let timestamp = TIMESTAMP + step;
            format!("('{key}',{value},{timestamp},'{run_id}',{step},false)")
        })
        .collect();
    let rows = rows.join(",");
    format!("INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES {rows}")
}

const TIMESTAMP: u64 = 1_700_000_000_000;

/// Key, value and step of each point of a batch.
fn points(number: u64) -> impl Iterator<Item = (String, f64, u64)> {
    (0..1000).map(move |index| {
        let step = number * 100 + index / 10;
        (format!("layer{}/loss", index % 10), 1.0 / (step + 1) as f64, step)
    })
}
