//! The whole history of a metric, in one answer.

use super::Scenario;
use crate::Result;
use crate::case::{Case, Request, occurs};
use crate::stage::Stage;

pub const SCENARIO: Scenario = Scenario {
    name: "metric-history",
    about: "The 100,000 points of one metric, in one answer.",
    prepare: |stage| Box::pin(prepare(stage)),
};

async fn prepare(stage: &Stage) -> Result<Vec<Case>> {
    let run_id = stage.new_run().await?;
    stage
        .fill(&format!(
            "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) \
             SELECT 'loss', 1.0 / i, 1700000000000 + i, '{run_id}', i, FALSE FROM n"
        ))
        .await?;
    let path = format!("/api/2.0/mlflow/metrics/get-history?run_id={run_id}&metric_key=loss");
    let case = Case::new("metric-history", move |_| Request::get(path.clone()));
    Ok(vec![case.connections(&[1]).expects(|answer| occurs(answer, "\"timestamp\"", 100_000))])
}
