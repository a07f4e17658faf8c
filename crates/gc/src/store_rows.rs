//! The SQL that deletes. What hangs on a row goes before it, so that no foreign key refuses, whether the database
//! deletes along or not.

use app::{ApiError, Unit};
use traces::info::store::{Deleted, Deletion};

use super::store_plan::Kind;

/// All that hangs on runs, and the runs. `$1` is a list of run ids.
const RUNS: [&str; 11] = [
    "DELETE FROM tags WHERE run_uuid = ANY($1)",
    "DELETE FROM params WHERE run_uuid = ANY($1)",
    "DELETE FROM latest_metrics WHERE run_uuid = ANY($1)",
    "DELETE FROM metrics WHERE run_uuid = ANY($1)",
    "DELETE FROM logged_model_metrics WHERE run_id = ANY($1)",
    "DELETE FROM input_tags WHERE input_uuid IN (SELECT input_uuid FROM inputs \
     WHERE (source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND source_id = ANY($1)) \
     OR (destination_type = 'RUN' AND destination_id = ANY($1)))",
    "DELETE FROM inputs WHERE (source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND source_id = ANY($1)) \
     OR (destination_type = 'RUN' AND destination_id = ANY($1))",
    "DELETE FROM entity_associations WHERE source_type = 'run' AND source_id = ANY($1)",
    "DELETE FROM entity_associations WHERE destination_type = 'run' AND destination_id = ANY($1)",
    "UPDATE issues SET source_run_id = NULL WHERE source_run_id = ANY($1)",
    "DELETE FROM runs WHERE run_uuid = ANY($1)",
];

/// The same of logged models.
const LOGGED_MODELS: [&str; 5] = [
    "DELETE FROM inputs WHERE destination_type IN ('MODEL_INPUT', 'MODEL_OUTPUT') \
     AND destination_id = ANY($1)",
    "DELETE FROM logged_model_metrics WHERE model_id = ANY($1)",
    "DELETE FROM logged_model_params WHERE model_id = ANY($1)",
    "DELETE FROM logged_model_tags WHERE model_id = ANY($1)",
    "DELETE FROM logged_models WHERE model_id = ANY($1)",
];

/// What is left of an experiment once its runs, models and traces are gone. `$1` is its id.
const EXPERIMENT: [&str; 18] = [
    "DELETE FROM sql_trace_rollup_rebuild_queue WHERE experiment_id = $1",
    "DELETE FROM sql_trace_metric_daily_rollups WHERE experiment_id = $1",
    "DELETE FROM sql_span_cost_daily_rollups WHERE experiment_id = $1",
    "DELETE FROM sql_assessment_daily_rollups WHERE experiment_id = $1",
    "DELETE FROM inputs WHERE source_type = 'DATASET' AND source_id IN \
     (SELECT dataset_uuid FROM datasets WHERE experiment_id = $1)",
    "DELETE FROM datasets WHERE experiment_id = $1",
    "DELETE FROM online_scoring_configs WHERE experiment_id = $1",
    "DELETE FROM scorer_versions WHERE scorer_id IN \
     (SELECT scorer_id FROM scorers WHERE experiment_id = $1)",
    "DELETE FROM scorers WHERE experiment_id = $1",
    "DELETE FROM review_queue_users WHERE queue_id IN \
     (SELECT queue_id FROM review_queues WHERE experiment_id = $1)",
    "DELETE FROM review_queue_items WHERE queue_id IN \
     (SELECT queue_id FROM review_queues WHERE experiment_id = $1)",
    "DELETE FROM review_queue_label_schemas WHERE queue_id IN \
     (SELECT queue_id FROM review_queues WHERE experiment_id = $1)",
    "DELETE FROM review_queues WHERE experiment_id = $1",
    "DELETE FROM label_schemas WHERE experiment_id = $1",
    "DELETE FROM issues WHERE experiment_id = $1",
    "UPDATE endpoints SET experiment_id = NULL WHERE experiment_id = $1",
    "DELETE FROM experiment_tags WHERE experiment_id = $1",
    "DELETE FROM experiments WHERE experiment_id = $1",
];

/// Deletes the runs or logged models with these ids; the number of rows that went.
pub(super) async fn delete(tx: &mut Unit<'_>, kind: Kind, ids: &[String]) -> Result<u64, ApiError> {
    match kind {
        Kind::Run => each(tx, &RUNS, ids).await,
        Kind::LoggedModel => each(tx, &LOGGED_MODELS, ids).await,
    }
}

async fn each(tx: &mut Unit<'_>, statements: &[&str], ids: &[String]) -> Result<u64, ApiError> {
    let mut rows = 0;
    for statement in statements {
        rows += tx.execute(statement, &[ids.into()]).await?;
    }
    Ok(rows)
}

pub(super) async fn delete_experiment(tx: &mut Unit<'_>, experiment: i64) -> Result<u64, ApiError> {
    let mut rows = tx
        .execute(
            "DELETE FROM entity_associations WHERE destination_type = 'experiment' \
             AND destination_id = $1",
            &[experiment.to_string().into()],
        )
        .await?;
    for statement in EXPERIMENT {
        rows += tx.execute(statement, &[experiment.into()]).await?;
    }
    Ok(rows)
}

/// Deletes traces with the links from and to them.
pub(super) async fn delete_traces(
    tx: &mut Unit<'_>,
    deletion: &Deletion,
) -> Result<Deleted, ApiError> {
    let links = unlink_traces(tx, &deletion.ids).await?;
    let mut deleted = traces::info::store::delete(tx, deletion).await?;
    deleted.count += links;
    Ok(deleted)
}

/// Links from and to traces that are about to go.
async fn unlink_traces(tx: &mut Unit<'_>, ids: &[String]) -> Result<u64, ApiError> {
    const LINKS: [&str; 2] = [
        "DELETE FROM entity_associations WHERE source_type = 'trace' AND source_id = ANY($1)",
        "DELETE FROM entity_associations WHERE destination_type = 'trace' \
         AND destination_id = ANY($1)",
    ];
    each(tx, &LINKS, ids).await
}

pub(super) async fn delete_jobs(tx: &mut Unit<'_>, ids: &[String]) -> Result<u64, ApiError> {
    const JOBS: [&str; 2] =
        ["DELETE FROM job_locks WHERE job_id = ANY($1)", "DELETE FROM jobs WHERE id = ANY($1)"];
    each(tx, &JOBS, ids).await
}
