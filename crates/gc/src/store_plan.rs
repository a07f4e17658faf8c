//! The SQL that finds what to delete.

use app::{ApiError, Unit};
use db::Statement;

use super::{Target, Wanted};

/// A thing that was named, or found deleted.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub target: Target,
    pub is_deleted: bool,
    /// When it was deleted, or at least last changed. Milliseconds since 1970.
    pub deleted_ms: Option<i64>,
}

/// A kind of thing with artifacts: runs or logged models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Run,
    LoggedModel,
}

app::lend!(copy Kind);

impl Kind {
    fn select(self) -> &'static str {
        match self {
            Kind::Run => {
                "SELECT r.run_uuid, r.artifact_uri, r.lifecycle_stage, r.deleted_time, \
                 r.experiment_id FROM runs r JOIN experiments e ON e.experiment_id = r.experiment_id"
            }
            Kind::LoggedModel => {
                "SELECT r.model_id, r.artifact_location, r.lifecycle_stage, \
                 r.last_updated_timestamp_ms, r.experiment_id FROM logged_models r \
                 JOIN experiments e ON e.experiment_id = r.experiment_id"
            }
        }
    }

    fn id(self) -> &'static str {
        match self {
            Kind::Run => "r.run_uuid",
            Kind::LoggedModel => "r.model_id",
        }
    }

    fn deleted_ms(self) -> &'static str {
        match self {
            Kind::Run => "r.deleted_time",
            Kind::LoggedModel => "r.last_updated_timestamp_ms",
        }
    }
}

/// Those of these ids that exist, or, without ids, all that were deleted long enough ago.
pub(super) async fn named_or_deleted(
    tx: &mut Unit<'_>,
    kind: Kind,
    ids: Option<&[String]>,
    wanted: &Wanted,
) -> Result<Vec<Found>, ApiError> {
    match ids {
        Some(ids) => named(tx, kind, ids, wanted).await,
        None => deleted(tx, kind, wanted).await,
    }
}

async fn named(
    tx: &mut Unit<'_>,
    kind: Kind,
    ids: &[String],
    wanted: &Wanted,
) -> Result<Vec<Found>, ApiError> {
    let mut statement = Statement::new(kind.select());
    statement.text(" WHERE ").text(kind.id()).text(" = ANY(").bind(ids.to_vec()).text(")");
    in_workspace(&mut statement, wanted);
    rows(tx, statement).await
}

async fn deleted(tx: &mut Unit<'_>, kind: Kind, wanted: &Wanted) -> Result<Vec<Found>, ApiError> {
    let mut statement = Statement::new(kind.select());
    statement.text(" WHERE r.lifecycle_stage = 'deleted' AND ").text(kind.deleted_ms());
    statement.text(" <= ").bind(wanted.until_ms);
    in_workspace(&mut statement, wanted);
    statement.text(" ORDER BY ").text(kind.deleted_ms()).text(", ").text(kind.id());
    rows(tx, statement).await
}

/// All that are in these experiments, deleted or not: they go with them.
pub(super) async fn inside(
    tx: &mut Unit<'_>,
    kind: Kind,
    experiments: &[i64],
) -> Result<Vec<Found>, ApiError> {
    let mut statement = Statement::new(kind.select());
    statement.text(" WHERE r.experiment_id = ANY(").bind(experiments.to_vec()).text(")");
    rows(tx, statement).await
}

async fn rows(tx: &mut Unit<'_>, statement: Statement) -> Result<Vec<Found>, ApiError> {
    let rows = statement
        .query(tx, |row| {
            let target = Target {
                id: row.get(0)?,
                artifact_uri: row.get::<Option<String>>(1)?.unwrap_or_default(),
                experiment_id: row.get(4)?,
            };
            let stage: Option<String> = row.get(2)?;
            let is_deleted = stage.as_deref() == Some("deleted");
            Ok(Found { target, is_deleted, deleted_ms: row.get(3)? })
        })
        .await?;
    Ok(rows)
}

fn in_workspace(statement: &mut Statement, wanted: &Wanted) {
    if let Some(workspace) = &wanted.workspace {
        statement.text(" AND e.workspace = ").bind(workspace.clone());
    }
}

/// An experiment that was named, or found deleted.
#[derive(Clone, Debug)]
pub(super) struct FoundExperiment {
    pub id: i64,
    pub is_deleted: bool,
    pub changed_ms: Option<i64>,
}

pub(super) async fn experiments(
    tx: &mut Unit<'_>,
    ids: Option<&[i64]>,
    wanted: &Wanted,
) -> Result<Vec<FoundExperiment>, ApiError> {
    let mut statement = Statement::new(
        "SELECT e.experiment_id, e.lifecycle_stage, e.last_update_time FROM experiments e WHERE ",
    );
    if let Some(ids) = ids {
        statement.text("e.experiment_id = ANY(").bind(ids.to_vec()).text(")");
    } else {
        statement.text("e.lifecycle_stage = 'deleted'");
        if wanted.has_age {
            statement.text(" AND e.last_update_time < ").bind(wanted.until_ms);
        }
    }
    in_workspace(&mut statement, wanted);
    statement.text(" ORDER BY e.experiment_id");
    let found = statement
        .query(tx, |row| {
            let stage: Option<String> = row.get(1)?;
            let is_deleted = stage.as_deref() == Some("deleted");
            Ok(FoundExperiment { id: row.get(0)?, is_deleted, changed_ms: row.get(2)? })
        })
        .await?;
    Ok(found)
}

/// The name of a guardrail that judges by a scorer of this experiment.
pub(super) async fn guardrail_of(
    tx: &mut Unit<'_>,
    experiment: i64,
) -> Result<Option<String>, ApiError> {
    let found = tx
        .query_opt(
            "SELECT g.name FROM guardrails g JOIN scorers s ON s.scorer_id = g.scorer_id \
             WHERE s.experiment_id = $1 ORDER BY g.name LIMIT 1",
            &[experiment.into()],
            |row| row.get::<String>(0),
        )
        .await?;
    Ok(found)
}

/// A trace, and where its artifacts lie, if it has any.
#[derive(Clone, Debug)]
pub struct TraceTarget {
    pub id: String,
    pub timestamp_ms: i64,
    pub artifact_uri: Option<String>,
}

/// The trace that a page begins after.
#[derive(Clone, Debug)]
pub struct After {
    pub timestamp_ms: i64,
    pub id: String,
}

app::lend!(After);

/// The first traces of an experiment, or the first after this one.
pub(super) async fn traces(
    tx: &mut Unit<'_>,
    experiment: i64,
    after: Option<&After>,
    count: i64,
) -> Result<Vec<TraceTarget>, ApiError> {
    let (time, id) = after.map_or((i64::MIN, ""), |after| (after.timestamp_ms, after.id.as_str()));
    let found = tx
        .query(
            "SELECT t.request_id, t.timestamp_ms, g.value FROM trace_info t \
             LEFT JOIN trace_tags g \
             ON g.request_id = t.request_id AND g.key = 'mlflow.artifactLocation' \
             WHERE t.experiment_id = $1 AND (t.timestamp_ms, t.request_id) > ($2, $3) \
             ORDER BY t.timestamp_ms, t.request_id LIMIT $4",
            &[experiment.into(), time.into(), id.into(), count.into()],
            |row| {
                let (id, timestamp_ms) = (row.get(0)?, row.get(1)?);
                Ok(TraceTarget { id, timestamp_ms, artifact_uri: row.get(2)? })
            },
        )
        .await?;
    Ok(found)
}

/// The finished jobs to delete: these, or all, that are old enough.
pub(super) async fn jobs(
    tx: &mut Unit<'_>,
    ids: Option<&[String]>,
    wanted: &Wanted,
) -> Result<Vec<String>, ApiError> {
    // Succeeded, failed, timed out, cancelled.
    let mut statement = Statement::new("SELECT j.id FROM jobs j WHERE j.status IN (2, 3, 4, 5)");
    if let Some(ids) = ids {
        statement.text(" AND j.id = ANY(").bind(ids.to_vec()).text(")");
    }
    if wanted.has_age {
        statement.text(" AND j.creation_time < ").bind(wanted.until_ms);
    }
    if let Some(workspace) = &wanted.workspace {
        statement.text(" AND j.workspace = ").bind(workspace.clone());
    }
    statement.text(" ORDER BY j.creation_time, j.id");
    Ok(statement.query(tx, |row| row.get(0)).await?)
}
