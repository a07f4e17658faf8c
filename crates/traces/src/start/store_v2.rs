//! The SQL of starting and ending a trace, version 2.

use std::collections::BTreeMap;

use app::rollups::{Changed, Family};
use app::{ApiError, Unit};

use super::store::{Analytics, METADATA, StoredTrace, Told, stored, write_pairs};
use crate::changes;
use crate::spans::keys::tag;
use crate::spans::store::{TAGS, artifact_location};
use tracking::experiments;

fn pairs(map: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    map.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

/// Makes a trace that is in progress.
pub async fn start(tx: &mut Unit<'_>, told: &Told) -> Result<StoredTrace, ApiError> {
    let experiment = experiments::store::active_experiment(tx, told.experiment_id).await?;
    tx.execute(
        "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status, trace_name) \
         VALUES ($1, $2, $3, $4, $5)",
        &[
            (&told.trace_id).into(),
            told.experiment_id.into(),
            told.start_ms.into(),
            told.state.into(),
            (&told.name).into(),
        ],
    )
    .await?;
    let location = artifact_location(&experiment.artifact_location, &told.trace_id);
    let mut tags = pairs(&told.tags);
    tags.insert(tag::ARTIFACT_LOCATION, &location);
    write_pairs(tx, &TAGS, &told.trace_id, tags).await?;
    write_pairs(tx, &METADATA, &told.trace_id, pairs(&told.metadata)).await?;
    set_analytics(tx, &told.trace_id, &told.analytics).await?;
    let trace = stored(tx, &told.trace_id).await?;
    changes::traces_written(tx, [(trace.event(), None)]).await?;
    note(tx, &trace).await?;
    Ok(trace)
}

/// Ends a trace. `told.start_ms` is here the time of its end.
pub async fn end(tx: &mut Unit<'_>, told: &Told) -> Result<StoredTrace, ApiError> {
    let before: Option<String> = tx
        .query_opt(
            "SELECT status FROM trace_info WHERE request_id = $1 FOR UPDATE",
            &[(&told.trace_id).into()],
            |row| row.get(0),
        )
        .await?;
    let ended = tx
        .execute(
            "UPDATE trace_info SET execution_time_ms = $2 - timestamp_ms, status = $3, \
             trace_name = COALESCE($4, trace_name) WHERE request_id = $1",
            &[
                (&told.trace_id).into(),
                told.start_ms.into(),
                told.state.into(),
                (&told.name).into(),
            ],
        )
        .await?;
    if ended == 0 {
        return Err(ApiError::missing(format!("Trace with ID '{}' not found.", told.trace_id)));
    }
    write_pairs(tx, &TAGS, &told.trace_id, pairs(&told.tags)).await?;
    write_pairs(tx, &METADATA, &told.trace_id, pairs(&told.metadata)).await?;
    set_analytics(tx, &told.trace_id, &told.analytics).await?;
    let trace = stored(tx, &told.trace_id).await?;
    changes::traces_written(tx, [(trace.event(), before.as_deref())]).await?;
    note(tx, &trace).await?;
    Ok(trace)
}

/// Version 2 never moves a trace.
async fn note(tx: &mut Unit<'_>, trace: &StoredTrace) -> Result<(), ApiError> {
    let mut changed = Changed::new(tx);
    changed.add(Family::Trace, trace.experiment_id, trace.start_ms);
    Ok(changed.note(tx).await?)
}

async fn set_analytics(
    tx: &mut Unit<'_>,
    trace_id: &str,
    told: &Analytics,
) -> Result<(), ApiError> {
    let [input, output, total, cache_read, cache_write, cache_long] = told.usage.0;
    let [input_cost, output_cost, total_cost] = told.cost.0;
    tx.execute(
        "UPDATE trace_info SET session_id = COALESCE($2, session_id), \
         input_tokens = COALESCE($3, input_tokens), output_tokens = COALESCE($4, output_tokens), \
         total_tokens = COALESCE($5, total_tokens), \
         cache_read_input_tokens = COALESCE($6, cache_read_input_tokens), \
         cache_creation_input_tokens = COALESCE($7, cache_creation_input_tokens), \
         cache_creation_input_tokens_above_1hr = \
         COALESCE($8, cache_creation_input_tokens_above_1hr), \
         input_cost = COALESCE($9, input_cost), output_cost = COALESCE($10, output_cost), \
         total_cost = COALESCE($11, total_cost) WHERE request_id = $1",
        &[
            trace_id.into(),
            (&told.session_id).into(),
            input.into(),
            output.into(),
            total.into(),
            cache_read.into(),
            cache_write.into(),
            cache_long.into(),
            input_cost.into(),
            output_cost.into(),
            total_cost.into(),
        ],
    )
    .await?;
    Ok(())
}
