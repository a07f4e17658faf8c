//! The SQL of what a run logs beside metrics: params and tags, alone and in batches.

use std::collections::HashMap;

use app::{ApiError, Unit};
use db::{Bulk, ColumnType, DbError, Value};

use super::store::{RunRow, TAGS, active_run};
use crate::metrics::store::{self as metrics, Point};
use crate::tags::{KeyValue, RUN_NAME, last_of_each_key};
use python::repr_text;

static PARAMS: Bulk<3> = Bulk::new(
    "params",
    [("key", ColumnType::Text), ("value", ColumnType::Text), ("run_uuid", ColumnType::Text)],
    "ON CONFLICT (key, run_uuid) DO NOTHING",
);

/// A checked batch.
#[derive(Clone, Debug)]
pub struct Batch {
    pub run_id: String,
    pub points: Vec<Point>,
    /// At most one param of each key.
    pub params: Vec<KeyValue>,
    pub tags: Vec<KeyValue>,
}

app::lend!(Batch);

/// Logs a batch: all of it or, after an error, nothing.
pub async fn log_batch(tx: &mut Unit<'_>, batch: &Batch) -> Result<(), ApiError> {
    let run = active_run(tx, &batch.run_id).await?;
    let changed = insert_params(tx, &run, &batch.params).await?;
    if !changed.is_empty() {
        let list: Vec<String> = changed
            .iter()
            .map(|(param, old)| {
                let (key, old, new) =
                    (repr_text(&param.key), repr_text(old), repr_text(&param.value));
                format!("{{'key': {key}, 'old_value': {old}, 'new_value': {new}}}")
            })
            .collect();
        return Err(ApiError::invalid(format!(
            "Changing param values is not allowed. Params were already logged='[{}]' for run \
             ID='{}'.",
            list.join(", "),
            run.run_id
        )));
    }
    if !batch.points.is_empty() {
        metrics::log_to(tx, &run, &batch.points).await?;
    }
    write_tags(tx, &run, &batch.tags).await
}

/// Logs one param. Logging the same value again is fine, another value is not.
pub async fn log_param(tx: &mut Unit<'_>, run_id: &str, param: &KeyValue) -> Result<(), ApiError> {
    let run = active_run(tx, run_id).await?;
    let changed = insert_params(tx, &run, std::slice::from_ref(param)).await?;
    match changed.first() {
        None => Ok(()),
        Some((param, old)) => Err(ApiError::invalid(format!(
            "Changing param values is not allowed. Param with key='{}' was already logged with \
             value='{old}' for run ID='{run_id}'. Attempted logging new value '{}'.",
            param.key, param.value
        ))),
    }
}

/// Adds params and returns those that the run has with another value, with that value.
async fn insert_params<'p>(
    tx: &mut Unit<'_>,
    run: &RunRow,
    params: &'p [KeyValue],
) -> Result<Vec<(&'p KeyValue, String)>, DbError> {
    // In the order of keys, like every writer, so that none waits for another in a circle.
    let sorted = last_of_each_key(params);
    let rows: Vec<[Value<'_>; 3]> = (sorted.iter())
        .map(|param| [(&param.key).into(), (&param.value).into(), (&run.run_id).into()])
        .collect();
    let inserted = tx.insert_rows(&PARAMS, &rows).await?;
    if inserted == rows.len() as u64 {
        return Ok(Vec::new());
    }
    let keys: Vec<String> = params.iter().map(|param| param.key.clone()).collect();
    let stored: HashMap<String, String> = tx
        .query(
            "SELECT key, value FROM params WHERE run_uuid = $1 AND key = ANY($2)",
            &[(&run.run_id).into(), (&keys).into()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .await?
        .into_iter()
        .collect();
    let changed = params.iter().filter_map(|param| {
        let old = stored.get(&param.key).filter(|old| **old != param.value)?;
        Some((param, old.clone()))
    });
    Ok(changed.collect())
}

/// Sets tags of a run; of several with the same key the last counts.
pub async fn set_tags(tx: &mut Unit<'_>, run_id: &str, tags: &[KeyValue]) -> Result<(), ApiError> {
    let run = active_run(tx, run_id).await?;
    write_tags(tx, &run, tags).await
}

async fn write_tags(tx: &mut Unit<'_>, run: &RunRow, tags: &[KeyValue]) -> Result<(), ApiError> {
    let tags = last_of_each_key(tags);
    // Compat: a run cannot be renamed to nothing; MLflow then leaves the tag alone too.
    let nameless = |tag: &&KeyValue| tag.key == RUN_NAME && tag.value.is_empty();
    let rows: Vec<[Value<'_>; 3]> = (tags.iter().filter(|tag| !nameless(tag)))
        .map(|tag| [(&tag.key).into(), (&tag.value).into(), (&run.run_id).into()])
        .collect();
    tx.insert_rows(&TAGS, &rows).await?;
    let name = tags.iter().find(|tag| tag.key == RUN_NAME && !tag.value.is_empty());
    if let Some(name) = name {
        tx.execute(
            "UPDATE runs SET name = $2 WHERE run_uuid = $1",
            &[(&run.run_id).into(), (&name.value).into()],
        )
        .await?;
    }
    Ok(())
}

pub async fn delete_tag(tx: &mut Unit<'_>, run_id: &str, key: &str) -> Result<(), ApiError> {
    active_run(tx, run_id).await?;
    let deleted = tx
        .execute("DELETE FROM tags WHERE key = $1 AND run_uuid = $2", &[key.into(), run_id.into()])
        .await?;
    if deleted == 0 {
        return Err(ApiError::missing(format!("No tag with name: {key} in run with id {run_id}")));
    }
    Ok(())
}
