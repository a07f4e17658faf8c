//! The SQL of experiments.

use std::collections::HashMap;

use app::{ApiError, Code, Unit};
use db::{Bulk, ColumnType, DbError, Row, Value};

use super::search::Search;
use super::wire::{Experiment, SearchExperimentsResponse};
use super::{DEFAULT_ID, search};
use crate::location;
use crate::tags::KeyValue;

/// Custom views of an experiment are kept in its tags with this prefix, up to this number.
const CUSTOM_VIEW_PREFIX: &str = "mlflow.customView.view";
pub const MAX_CUSTOM_VIEWS: usize = 50;

static TAGS: Bulk<3> = Bulk::new(
    "experiment_tags",
    [("key", ColumnType::Text), ("value", ColumnType::Text), ("experiment_id", ColumnType::Int)],
    "",
);

/// What a new experiment is made of.
#[derive(Clone, Debug, Default)]
pub struct NewExperiment {
    pub name: String,
    /// The caller's own place for artifacts; else a folder below `artifact_root`.
    pub artifact_location: Option<String>,
    pub artifact_root: String,
    /// At most one tag of each key.
    pub tags: Vec<KeyValue>,
    /// Milliseconds since 1970.
    pub now: i64,
}

app::lend!(NewExperiment);

/// The part of an experiment that other features check.
#[derive(Clone, Debug)]
pub struct ExperimentRow {
    pub experiment_id: i64,
    pub name: String,
    pub artifact_location: String,
    pub lifecycle_stage: String,
}

pub fn is_custom_view(key: &str) -> bool {
    key.starts_with(CUSTOM_VIEW_PREFIX)
}

pub fn too_many_custom_views(experiment_id: Option<i64>) -> ApiError {
    let whose = experiment_id.map(|id| format!(" for experiment {id}")).unwrap_or_default();
    ApiError::invalid(format!(
        "Unable to create another custom view{whose}; the maximum number of custom views per \
         experiment is {MAX_CUSTOM_VIEWS}. Delete an existing custom view before creating a new \
         one."
    ))
}

fn name_taken(name: &str) -> ApiError {
    ApiError::exists(format!("Experiment(name={name}) already exists."))
}

pub(crate) fn not_found(id: i64) -> ApiError {
    ApiError::missing(format!("No Experiment with id={id} exists"))
}

pub async fn ensure_default(tx: &mut Unit<'_>, new: &NewExperiment) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT 1 FROM experiments WHERE experiment_id = $1",
            &[DEFAULT_ID.into()],
            |_| Ok(()),
        )
        .await?;
    if found.is_some() {
        return Ok(());
    }
    let artifact_location = location::join(&new.artifact_root, &DEFAULT_ID.to_string());
    tx.execute(
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, \
         creation_time, last_update_time, workspace) VALUES ($1, $2, $3, 'active', $4, $4, $5) \
         ON CONFLICT DO NOTHING",
        &[
            DEFAULT_ID.into(),
            (&new.name).into(),
            artifact_location.into(),
            new.now.into(),
            workspace.into(),
        ],
    )
    .await?;
    Ok(())
}

pub async fn create(tx: &mut Unit<'_>, new: &NewExperiment) -> Result<i64, ApiError> {
    let workspace = tx.workspace();
    let inserted = tx
        .query_opt(
            "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, \
             last_update_time, workspace) VALUES ($1, $2, 'active', $3, $3, $4) \
             ON CONFLICT (workspace, name) DO NOTHING RETURNING experiment_id",
            &[
                (&new.name).into(),
                new.artifact_location.as_deref().unwrap_or_default().into(),
                new.now.into(),
                workspace.into(),
            ],
            |row| row.get::<i64>(0),
        )
        .await?;
    let id = inserted.ok_or_else(|| name_taken(&new.name))?;
    if new.artifact_location.is_none() {
        let artifact_location = location::join(&new.artifact_root, &id.to_string());
        tx.execute(
            "UPDATE experiments SET artifact_location = $2 WHERE experiment_id = $1",
            &[id.into(), artifact_location.into()],
        )
        .await?;
    }
    let rows: Vec<[Value<'_>; 3]> =
        (new.tags.iter()).map(|tag| [(&tag.key).into(), (&tag.value).into(), id.into()]).collect();
    tx.insert_rows(&TAGS, &rows).await?;
    Ok(id)
}

fn read_experiment(row: Row<'_>) -> Result<Experiment, DbError> {
    Ok(Experiment {
        experiment_id: row.get::<i64>(0)?.to_string(),
        name: row.get(1)?,
        artifact_location: row.get::<Option<String>>(2)?.unwrap_or_default(),
        lifecycle_stage: row.get::<Option<String>>(3)?.unwrap_or_default(),
        // Compat: MLflow leaves out a time of 0.
        last_update_time: row.get::<Option<i64>>(4)?.filter(|time| *time != 0),
        creation_time: row.get::<Option<i64>>(5)?.filter(|time| *time != 0),
        workspace: row.get(6)?,
        tags: Vec::new(),
        effective_trace_archival_retention: None,
    })
}

async fn add_tags(tx: &mut Unit<'_>, experiments: &mut [Experiment]) -> Result<(), DbError> {
    let ids: Vec<i64> = experiments.iter().filter_map(|e| e.experiment_id.parse().ok()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let tags = tx
        .query(
            "SELECT experiment_id, key, value FROM experiment_tags \
             WHERE experiment_id = ANY($1) ORDER BY experiment_id, key",
            &[ids.into()],
            |row| {
                let value = row.get::<Option<String>>(2)?.unwrap_or_default();
                Ok((row.get::<i64>(0)?.to_string(), KeyValue { key: row.get(1)?, value }))
            },
        )
        .await?;
    let mut by_id: HashMap<String, Vec<KeyValue>> = HashMap::new();
    for (id, tag) in tags {
        by_id.entry(id).or_default().push(tag);
    }
    for experiment in experiments {
        experiment.tags = by_id.remove(&experiment.experiment_id).unwrap_or_default();
    }
    Ok(())
}

pub async fn get(tx: &mut Unit<'_>, id: i64) -> Result<Experiment, ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT experiment_id, name, artifact_location, lifecycle_stage, last_update_time, \
             creation_time, workspace FROM experiments WHERE experiment_id = $1 AND workspace = $2",
            &[id.into(), workspace.into()],
            read_experiment,
        )
        .await?;
    let mut experiments = [found.ok_or_else(|| not_found(id))?];
    add_tags(tx, &mut experiments).await?;
    let [experiment] = experiments;
    Ok(experiment)
}

pub async fn get_by_name(tx: &mut Unit<'_>, name: &str) -> Result<Experiment, ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT experiment_id, name, artifact_location, lifecycle_stage, last_update_time, \
             creation_time, workspace FROM experiments WHERE name = $1 AND workspace = $2",
            &[name.into(), workspace.into()],
            read_experiment,
        )
        .await?;
    let missing = || ApiError::missing(format!("Could not find experiment with name '{name}'"));
    let mut experiments = [found.ok_or_else(missing)?];
    add_tags(tx, &mut experiments).await?;
    let [experiment] = experiments;
    Ok(experiment)
}

/// The row of an experiment, living or deleted.
pub async fn experiment_row(tx: &mut Unit<'_>, id: i64) -> Result<ExperimentRow, ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT experiment_id, name, artifact_location, lifecycle_stage FROM experiments \
             WHERE experiment_id = $1 AND workspace = $2",
            &[id.into(), workspace.into()],
            ExperimentRow::read,
        )
        .await?;
    found.ok_or_else(|| not_found(id))
}

/// The rows of those of these experiments that exist, living or deleted.
pub async fn experiment_rows(
    tx: &mut Unit<'_>,
    ids: Vec<i64>,
) -> Result<HashMap<i64, ExperimentRow>, DbError> {
    let workspace = tx.workspace();
    let rows = tx
        .query(
            "SELECT experiment_id, name, artifact_location, lifecycle_stage FROM experiments \
             WHERE experiment_id = ANY($1) AND workspace = $2",
            &[ids.into(), workspace.into()],
            ExperimentRow::read,
        )
        .await?;
    Ok(rows.into_iter().map(|row| (row.experiment_id, row)).collect())
}

impl ExperimentRow {
    fn read(row: Row<'_>) -> Result<Self, DbError> {
        Ok(ExperimentRow {
            experiment_id: row.get(0)?,
            name: row.get(1)?,
            artifact_location: row.get::<Option<String>>(2)?.unwrap_or_default(),
            lifecycle_stage: row.get::<Option<String>>(3)?.unwrap_or_default(),
        })
    }

    /// Refuses a deleted experiment.
    pub fn check_active(&self) -> Result<(), ApiError> {
        if self.lifecycle_stage == "active" {
            return Ok(());
        }
        let (id, stage) = (self.experiment_id, &self.lifecycle_stage);
        Err(ApiError::invalid(format!(
            "The experiment {id} must be in the 'active' state. Current state is {stage}."
        )))
    }
}

/// The row of an experiment that may be written to.
pub async fn active_experiment(tx: &mut Unit<'_>, id: i64) -> Result<ExperimentRow, ApiError> {
    let experiment = experiment_row(tx, id).await?;
    experiment.check_active()?;
    Ok(experiment)
}

pub async fn search(
    tx: &mut Unit<'_>,
    search: &Search,
) -> Result<SearchExperimentsResponse, ApiError> {
    let rows =
        search.statement.query(tx, |row| Ok((read_experiment(row)?, search.keys(row)?))).await?;
    let more = rows.len() > search.size;
    let mut keys = Vec::new();
    let mut experiments = Vec::with_capacity(rows.len());
    for (experiment, row_keys) in rows.into_iter().take(search.size) {
        experiments.push(experiment);
        keys = row_keys;
    }
    add_tags(tx, &mut experiments).await?;
    let next_page_token = more.then(|| search::Search::token(keys));
    Ok(SearchExperimentsResponse { experiments, next_page_token })
}

pub async fn rename(tx: &mut Unit<'_>, id: i64, name: &str) -> Result<(), ApiError> {
    let now = tx.now_ms();
    let workspace = tx.workspace();
    let experiment = experiment_row(tx, id).await?;
    if experiment.lifecycle_stage != "active" {
        return Err(ApiError::new(Code::InvalidState, "Cannot rename a non-active experiment."));
    }
    let taken = tx
        .query_opt(
            "SELECT 1 FROM experiments WHERE workspace = $1 AND name = $2 AND experiment_id <> $3",
            &[workspace.into(), name.into(), id.into()],
            |_| Ok(()),
        )
        .await?;
    if taken.is_some() {
        return Err(name_taken(name));
    }
    let renamed = tx
        .execute(
            "UPDATE experiments SET name = $2, last_update_time = $3 WHERE experiment_id = $1",
            &[id.into(), name.into(), now.into()],
        )
        .await;
    match renamed {
        // Someone took the name between the question and the update.
        Err(error) if error.is_unique() => Err(name_taken(name)),
        other => Ok(other.map(drop)?),
    }
}

/// Moves an experiment from one lifecycle stage to another; false if it is not in the first.
async fn move_stage(
    tx: &mut Unit<'_>,
    id: i64,
    now: i64,
    (from, to): (&str, &str),
) -> Result<bool, DbError> {
    let workspace = tx.workspace();
    let moved = tx
        .execute(
            "UPDATE experiments SET lifecycle_stage = $4, last_update_time = $2 \
             WHERE experiment_id = $1 AND lifecycle_stage = $3 AND workspace = $5",
            &[id.into(), now.into(), from.into(), to.into(), workspace.into()],
        )
        .await?;
    Ok(moved > 0)
}

pub async fn delete(tx: &mut Unit<'_>, id: i64) -> Result<(), ApiError> {
    let now = tx.now_ms();
    if !move_stage(tx, id, now, ("active", "deleted")).await? {
        return Err(not_found(id));
    }
    tx.execute(
        "UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = $2 WHERE experiment_id = $1",
        &[id.into(), now.into()],
    )
    .await?;
    let runs = tx
        .query("SELECT run_uuid FROM runs WHERE experiment_id = $1", &[id.into()], |row| row.get(0))
        .await?;
    crate::runs::store_assessments::forget(tx, &runs).await?;
    Ok(())
}

pub async fn restore(tx: &mut Unit<'_>, id: i64) -> Result<(), ApiError> {
    let now = tx.now_ms();
    if !move_stage(tx, id, now, ("deleted", "active")).await? {
        return Err(not_found(id));
    }
    tx.execute(
        "UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL WHERE experiment_id = $1",
        &[id.into()],
    )
    .await?;
    Ok(())
}

pub async fn set_tag(tx: &mut Unit<'_>, id: i64, tag: &KeyValue) -> Result<(), ApiError> {
    active_experiment(tx, id).await?;
    if is_custom_view(&tag.key) {
        let views: Vec<String> = tx
            .query(
                "SELECT key FROM experiment_tags WHERE experiment_id = $1 AND key LIKE $2",
                &[id.into(), format!("{CUSTOM_VIEW_PREFIX}%").into()],
                |row| row.get(0),
            )
            .await?;
        if views.len() >= MAX_CUSTOM_VIEWS && !views.contains(&tag.key) {
            return Err(too_many_custom_views(Some(id)));
        }
    }
    tx.execute(
        "INSERT INTO experiment_tags (key, value, experiment_id) VALUES ($1, $2, $3) \
         ON CONFLICT (key, experiment_id) DO UPDATE SET value = excluded.value",
        &[(&tag.key).into(), (&tag.value).into(), id.into()],
    )
    .await?;
    Ok(())
}

pub async fn delete_tag(tx: &mut Unit<'_>, id: i64, key: &str) -> Result<(), ApiError> {
    active_experiment(tx, id).await?;
    let deleted = tx
        .execute(
            "DELETE FROM experiment_tags WHERE key = $1 AND experiment_id = $2",
            &[key.into(), id.into()],
        )
        .await?;
    if deleted == 0 {
        return Err(ApiError::missing(format!(
            "No tag with name: {key} in experiment with id {id}"
        )));
    }
    Ok(())
}
