//! The SQL of `runs/log-model`.

use app::{ApiError, Unit};
use serde_json::Value;

use crate::runs::store::{Batch, active_run, log_batch};

const TAG: &str = "mlflow.log-model.history";

/// Adds an entry to the list in the run's tag.
///
/// # Errors
/// When the run does not exist or is deleted, or the tag holds no list.
pub async fn append(tx: &mut Unit<'_>, run_id: &str, entry: &Value) -> Result<(), ApiError> {
    active_run(tx, run_id).await?;
    // Two models that are logged at the same time must not overwrite each other's entry.
    tx.query("SELECT 1 FROM runs WHERE run_uuid = $1 FOR UPDATE", &[run_id.into()], |_| Ok(()))
        .await?;
    let previous: Option<String> = tx
        .query_opt(
            "SELECT value FROM tags WHERE run_uuid = $1 AND key = $2",
            &[run_id.into(), TAG.into()],
            |row| row.get(0),
        )
        .await?;
    let mut list = match previous {
        None => Vec::new(),
        Some(text) => serde_json::from_str::<Vec<Value>>(&text).map_err(|_| {
            ApiError::invalid(format!("The tag '{TAG}' of run '{run_id}' is no JSON list."))
        })?,
    };
    list.push(entry.clone());
    tx.execute(
        "INSERT INTO tags (key, value, run_uuid) VALUES ($1, $2, $3) \
         ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value",
        &[TAG.into(), python::dumps(&Value::Array(list)).into(), run_id.into()],
    )
    .await?;
    Ok(())
}

/// Logs a batch to a run and adds an entry to its list of models, both or neither.
pub async fn log_batch_and_model(
    tx: &mut Unit<'_>,
    batch: &Batch,
    entry: &Value,
) -> Result<(), ApiError> {
    log_batch(tx, batch).await?;
    append(tx, &batch.run_id, entry).await
}
