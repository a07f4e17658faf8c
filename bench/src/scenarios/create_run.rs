//! New runs, with the tags that a Python client gives them.

use serde_json::json;

use super::Scenario;
use crate::case::{Case, Request};

pub const SCENARIO: Scenario = Scenario {
    name: "create-run",
    about: "New runs with a name and three tags, in one experiment.",
    prepare: |_| Box::pin(std::future::ready(Ok(vec![case()]))),
};

fn case() -> Case {
    let case = Case::new("create-run", |number| {
        let body = json!({
            "experiment_id": "0", "user_id": "bench", "run_name": format!("run-{number}"),
            "start_time": 1_700_000_000_000_u64 + number,
            "tags": [
                {"key": "mlflow.user", "value": "bench"},
                {"key": "mlflow.source.name", "value": "train.py"},
                {"key": "mlflow.source.type", "value": "LOCAL"},
            ],
        });
        Request::post("/api/2.0/mlflow/runs/create", body.to_string())
    });
    case.stores("SELECT count(*) FROM runs", 1)
}
