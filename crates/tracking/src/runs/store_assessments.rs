//! The SQL that deletes what runs said of traces.

use std::collections::{HashMap, HashSet};

use app::rollups::Changed;
use app::{ApiError, Unit};

/// The entry of an assessment's metadata that names the run which made it.
const SOURCE_RUN: &str = "mlflow.assessment.sourceRunId";

/// Deletes the assessments that these runs made: an evaluation's results go with its run.
///
/// They are found by the column that has the run's id, which is indexed, and checked by their metadata,
/// which is what counts. MLflow looks for the id in the metadata of all assessments instead, so it also
/// finds one whose metadata it has changed to name a run afterwards.
pub async fn forget(tx: &mut Unit<'_>, run_ids: &[String]) -> Result<(), ApiError> {
    let made = tx
        .query(
            "SELECT assessment_id, assessment_metadata FROM assessments WHERE run_id = ANY($1)",
            &[run_ids.into()],
            |row| Ok((row.get::<String>(0)?, row.get::<Option<String>>(1)?)),
        )
        .await?;
    let run_ids: HashSet<&str> = run_ids.iter().map(String::as_str).collect();
    let doomed: Vec<String> = made
        .into_iter()
        .filter(|(_, metadata)| {
            let metadata: HashMap<String, serde_json::Value> =
                serde_json::from_str(metadata.as_deref().unwrap_or_default()).unwrap_or_default();
            let source = metadata.get(SOURCE_RUN).and_then(serde_json::Value::as_str);
            source.is_some_and(|run| run_ids.contains(run))
        })
        .map(|(id, _)| id)
        .collect();
    if doomed.is_empty() {
        return Ok(());
    }
    let mut changed = Changed::new(tx);
    let sql = "DELETE FROM assessments WHERE assessment_id = ANY($1) \
               RETURNING experiment_id, trace_timestamp_ms";
    let days: Vec<(Option<i64>, Option<i64>)> =
        tx.query(sql, &[doomed.into()], |row| Ok((row.get(0)?, row.get(1)?))).await?;
    for (experiment_id, time_ms) in days {
        changed.add_assessment(experiment_id, time_ms);
    }
    Ok(changed.note(tx).await?)
}
