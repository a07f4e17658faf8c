//! The SQL of runs: their rows. What they logged is in `store_entries`.

use std::collections::HashMap;

use app::{ApiError, EventKind, Unit, events};
use db::{Bulk, ColumnType, DbError, Engine, Row, Value};
use serde::Serialize;

use super::search::{self, Search};
use super::store_assessments;
use super::wire::{Run, RunInfo, RunStatus, SearchRunsResponse};
use crate::datasets;
use crate::datasets::store::InputsAndOutputs;
use crate::tags::{KeyValue, RUN_NAME};

pub use super::store_create::create;
pub use super::store_entries::{Batch, delete_tag, log_batch, log_param, set_tags};

/// The columns of a run's row, in the order in which [`read_info`] reads them.
pub(super) const COLUMNS: &str = "r.run_uuid, r.experiment_id, r.name, r.user_id, r.status, \
                                  r.start_time, r.end_time, r.artifact_uri, r.lifecycle_stage";

pub(super) static TAGS: Bulk<3> = Bulk::new(
    "tags",
    [("key", ColumnType::Text), ("value", ColumnType::Text), ("run_uuid", ColumnType::Text)],
    "ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value",
);

/// What a new run is made of.
#[derive(Clone, Debug)]
pub struct NewRun {
    pub run_id: String,
    pub experiment_id: i64,
    pub name: String,
    pub user_id: String,
    /// Milliseconds since 1970.
    pub start_time: i64,
    /// At most one tag of each key, the run's name among them.
    pub tags: Vec<KeyValue>,
}

app::lend!(NewRun);

/// The part of a run that other features check.
#[derive(Clone, Debug)]
pub struct RunRow {
    pub run_id: String,
    pub experiment_id: i64,
    pub artifact_uri: String,
    pub lifecycle_stage: String,
    pub status: String,
}

/// A change of a run's row; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct RunUpdate {
    pub run_id: String,
    pub status: Option<RunStatus>,
    pub end_time: Option<i64>,
    pub name: Option<String>,
}

app::lend!(RunUpdate);

pub fn not_found(run_id: &str) -> ApiError {
    ApiError::missing(format!("Run with id={run_id} not found"))
}

pub(super) fn read_info(row: Row<'_>) -> Result<RunInfo, DbError> {
    let run_id: String = row.get(0)?;
    Ok(RunInfo {
        run_uuid: run_id.clone(),
        experiment_id: row.get::<Option<i64>>(1)?.unwrap_or_default().to_string(),
        run_name: row.get(2)?,
        user_id: row.get::<Option<String>>(3)?.unwrap_or_default(),
        status: row.get::<Option<String>>(4)?.unwrap_or_default(),
        start_time: row.get::<Option<i64>>(5)?.unwrap_or_default(),
        // Compat: MLflow leaves out an end at 0.
        end_time: row.get::<Option<i64>>(6)?.filter(|time| *time != 0),
        artifact_uri: row.get::<Option<String>>(7)?.unwrap_or_default(),
        lifecycle_stage: row.get::<Option<String>>(8)?.unwrap_or_default(),
        run_id,
    })
}

impl RunRow {
    fn read(row: Row<'_>) -> Result<Self, DbError> {
        Ok(RunRow {
            run_id: row.get(0)?,
            experiment_id: row.get::<Option<i64>>(1)?.unwrap_or_default(),
            artifact_uri: row.get::<Option<String>>(2)?.unwrap_or_default(),
            lifecycle_stage: row.get::<Option<String>>(3)?.unwrap_or_default(),
            status: row.get::<Option<String>>(4)?.unwrap_or_default(),
        })
    }

    /// Refuses a deleted run.
    pub fn check_active(&self) -> Result<(), ApiError> {
        if self.lifecycle_stage == "active" {
            return Ok(());
        }
        Err(ApiError::invalid(format!(
            "The run {} must be in the 'active' state. Current state is {}.",
            self.run_id, self.lifecycle_stage
        )))
    }
}

/// The row of a run, living or deleted.
pub async fn run_row(tx: &mut Unit<'_>, run_id: &str) -> Result<RunRow, ApiError> {
    find_run(tx, run_id).await?.ok_or_else(|| not_found(run_id))
}

/// The row of a run, living or deleted, if there is such a run.
pub async fn find_run(tx: &mut Unit<'_>, run_id: &str) -> Result<Option<RunRow>, ApiError> {
    let found = tx
        .query_opt(
            "SELECT r.run_uuid, r.experiment_id, r.artifact_uri, r.lifecycle_stage, r.status FROM runs r \
             WHERE r.run_uuid = $1",
            &[run_id.into()],
            RunRow::read,
        )
        .await?;
    Ok(found)
}

/// The rows of those of these runs that exist, living or deleted.
pub async fn run_rows(
    tx: &mut Unit<'_>,
    run_ids: Vec<&str>,
) -> Result<HashMap<String, RunRow>, DbError> {
    let rows = tx
        .query(
            "SELECT r.run_uuid, r.experiment_id, r.artifact_uri, r.lifecycle_stage, r.status FROM runs r \
             WHERE r.run_uuid = ANY($1)",
            &[run_ids.into()],
            RunRow::read,
        )
        .await?;
    Ok(rows.into_iter().map(|row| (row.run_id.clone(), row)).collect())
}

/// The row of a run that may be written to.
pub async fn active_run(tx: &mut Unit<'_>, run_id: &str) -> Result<RunRow, ApiError> {
    let run = run_row(tx, run_id).await?;
    run.check_active()?;
    Ok(run)
}

/// What the event of a run's deletion or restoration tells.
#[derive(Debug, Serialize)]
struct RunEvent<'a> {
    run_id: &'a str,
    experiment_id: String,
}

/// Runs with all that they logged, in the order of `infos`: at most two statements.
async fn fill(tx: &mut Unit<'_>, infos: Vec<RunInfo>) -> Result<Vec<Run>, ApiError> {
    if infos.is_empty() {
        return Ok(Vec::new());
    }
    let run_ids: Vec<String> = infos.iter().map(|info| info.run_id.clone()).collect();
    let (data, links) = super::store_data::logged(tx, &run_ids).await?;
    let mut linked = datasets::store::resolve(tx, links).await?;
    let runs = infos.into_iter().zip(data).map(|(mut info, data)| {
        if info.run_name.as_deref().is_none_or(str::is_empty) {
            // Runs of MLflow 1.x have their name in a tag only.
            let tag = data.tags.iter().find(|tag| tag.key == RUN_NAME);
            info.run_name = tag.map(|tag| tag.value.clone()).or(info.run_name);
        }
        let InputsAndOutputs { inputs, outputs } = linked.remove(&info.run_id).unwrap_or_default();
        Run { data, inputs, outputs: Some(outputs), info }
    });
    Ok(runs.collect())
}

pub async fn get(tx: &mut Unit<'_>, run_id: &str) -> Result<Run, ApiError> {
    let sql = const_format::concatcp!("SELECT ", COLUMNS, " FROM runs r WHERE r.run_uuid = $1");
    let info = tx.query_opt(sql, &[run_id.into()], read_info).await?;
    let info = info.ok_or_else(|| not_found(run_id))?;
    let runs = fill(tx, vec![info]).await?;
    runs.into_iter().next().ok_or_else(|| not_found(run_id))
}

pub async fn search(tx: &mut Unit<'_>, search: &Search) -> Result<SearchRunsResponse, ApiError> {
    let mut rows = Vec::new();
    let mut statements: Vec<_> = search.statements.iter().collect();
    if let Some(by_index) = &search.by_index
        && follows_the_index(tx, search).await?
    {
        statements[0] = by_index;
    }
    for statement in statements {
        if rows.len() > search.size {
            break;
        }
        let read = |row: Row<'_>| Ok((read_info(row)?, search.keys(row)?));
        rows.append(&mut statement.query(tx, read).await?);
    }
    let more = rows.len() > search.size;
    let mut keys = Vec::new();
    let mut infos = Vec::with_capacity(rows.len());
    for (info, row_keys) in rows.into_iter().take(search.size) {
        infos.push(info);
        keys = row_keys;
    }
    let runs = fill(tx, infos).await?;
    Ok(SearchRunsResponse { runs, next_page_token: more.then(|| Search::token(keys)) })
}

/// Whether an index over the runs of all experiments fills a page sooner than sorting those of the
/// experiments asked for. With t runs in all and n in these experiments, a page of p
/// takes about p · t / n steps along the index, sorting takes n. PostgreSQL weighs that itself.
async fn follows_the_index(tx: &mut Unit<'_>, search: &Search) -> Result<bool, DbError> {
    // The index of a database that MLflow made may still be under way.
    if tx.engine() == Engine::Postgres || tx.index_is_valid(search::METRIC_INDEX).await?.is_none() {
        return Ok(false);
    }
    // Rows have rising numbers, and runs are seldom deleted for good.
    let total: i64 =
        tx.query_one("SELECT COALESCE(MAX(rowid), 0) FROM runs", &[], |row| row.get(0)).await?;
    let page = i64::try_from(search.size).unwrap_or(i64::MAX);
    let enough = page.saturating_mul(total).isqrt().max(1);
    let found: i64 = tx
        .query_one(
            "SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE experiment_id = ANY($1) LIMIT $2) n",
            &[search.experiment_ids.clone().into(), enough.into()],
            |row| row.get(0),
        )
        .await?;
    Ok(found >= enough)
}

pub async fn update(tx: &mut Unit<'_>, update: &RunUpdate) -> Result<RunInfo, ApiError> {
    let before = active_run(tx, &update.run_id).await?;
    tx.execute(
        "UPDATE runs SET status = COALESCE($2, status), end_time = COALESCE($3, end_time), \
         name = COALESCE($4, name) WHERE run_uuid = $1",
        &[
            (&update.run_id).into(),
            update.status.map(RunStatus::name).into(),
            update.end_time.into(),
            (&update.name).into(),
        ],
    )
    .await?;
    if let Some(name) = &update.name {
        let rows = [[RUN_NAME.into(), name.into(), (&update.run_id).into()]];
        tx.insert_rows(&TAGS, &rows).await?;
    }
    let sql = const_format::concatcp!("SELECT ", COLUMNS, " FROM runs r WHERE r.run_uuid = $1");
    let info = tx.query_one(sql, &[(&update.run_id).into()], read_info).await?;
    let ends = update.status.is_some_and(RunStatus::is_final) && info.status != before.status;
    if ends {
        events::record(tx, EventKind::RunFinished, &info)?;
    }
    Ok(info)
}

/// Like [`update`]; answers the run with all that it logged.
pub async fn update_whole(tx: &mut Unit<'_>, change: &RunUpdate) -> Result<Run, ApiError> {
    update(tx, change).await?;
    get(tx, &change.run_id).await
}

pub async fn delete(tx: &mut Unit<'_>, run_id: &str) -> Result<(), ApiError> {
    let values = [run_id.into(), "deleted".into(), tx.now_ms().into()];
    move_stage(tx, run_id, &values, EventKind::RunDeleted).await?;
    store_assessments::forget(tx, &[run_id.to_owned()]).await
}

pub async fn restore(tx: &mut Unit<'_>, run_id: &str) -> Result<(), ApiError> {
    let values = [run_id.into(), "active".into(), Value::Null];
    move_stage(tx, run_id, &values, EventKind::RunRestored).await
}

async fn move_stage(
    tx: &mut Unit<'_>,
    run_id: &str,
    values: &[Value<'_>; 3],
    kind: EventKind,
) -> Result<(), ApiError> {
    let experiment = tx
        .query_opt(
            "UPDATE runs SET lifecycle_stage = $2, deleted_time = $3 WHERE run_uuid = $1 \
             RETURNING experiment_id",
            values,
            |row| row.get::<Option<i64>>(0),
        )
        .await?
        .ok_or_else(|| not_found(run_id))?;
    let experiment_id = experiment.unwrap_or_default().to_string();
    Ok(events::record(tx, kind, &RunEvent { run_id, experiment_id })?)
}

/// The experiments of this list that exist in the workspace, as numbers.
pub async fn known_experiments(tx: &mut Unit<'_>, ids: &[i64]) -> Result<Vec<i64>, DbError> {
    let workspace = tx.workspace();
    tx.query(
        "SELECT experiment_id FROM experiments WHERE experiment_id = ANY($1) AND workspace = $2",
        &[ids.to_vec().into(), workspace.into()],
        |row| row.get(0),
    )
    .await
}
