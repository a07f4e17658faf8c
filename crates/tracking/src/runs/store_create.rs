//! The SQL that makes runs: all that arrive together in one transaction, with one statement a table.

use std::collections::HashSet;

use app::events::{self, Entity};
use app::{ApiError, Backend, EventKind, Unit};
use db::{Bulk, ColumnType, Engine, Value};

use super::store::{NewRun, TAGS};
use super::wire::{Run, RunData, RunInfo, RunStatus};
use crate::datasets::wire::RunInputs;
use crate::experiments::store as experiments;
use crate::group::{GroupWriter, Member, Outcomes};
use crate::location;

static RUNS: Bulk<12> = Bulk::new(
    "runs",
    [
        ("run_uuid", ColumnType::Text),
        ("name", ColumnType::Text),
        ("source_type", ColumnType::Text),
        ("source_name", ColumnType::Text),
        ("entry_point_name", ColumnType::Text),
        ("user_id", ColumnType::Text),
        ("status", ColumnType::Text),
        ("start_time", ColumnType::Int),
        ("source_version", ColumnType::Text),
        ("lifecycle_stage", ColumnType::Text),
        ("artifact_uri", ColumnType::Text),
        ("experiment_id", ColumnType::Int),
    ],
    "",
);

pub type RunWriter = GroupWriter<NewRun, Run>;

pub fn start(backend: Backend) -> RunWriter {
    GroupWriter::start(backend, storable, create_all)
}

/// Refuses texts that the engine cannot store.
fn storable(run: &NewRun, engine: Engine) -> Result<(), ApiError> {
    ApiError::refuse_nul(engine, "run_name", &run.name)?;
    ApiError::refuse_nul(engine, "user_id", &run.user_id)?;
    run.tags.iter().try_for_each(|tag| {
        ApiError::refuse_nul(engine, "tags", &tag.key)?;
        ApiError::refuse_nul(engine, "tags", &tag.value)
    })
}

/// Makes the runs of active experiments; says of each how it went.
async fn create_all(tx: &mut Unit<'_>, new: &[Member<NewRun>]) -> Result<Outcomes<Run>, ApiError> {
    let ids: HashSet<i64> = new.iter().map(|member| member.input.experiment_id).collect();
    let rows = experiments::experiment_rows(tx, ids.into_iter().collect()).await?;
    let outcomes: Outcomes<Run> = (new.iter())
        .map(|Member { input: run, .. }| {
            let id = run.experiment_id;
            let experiment = rows.get(&id).ok_or_else(|| experiments::not_found(id))?;
            experiment.check_active()?;
            Ok(run.made(&experiment.artifact_location))
        })
        .collect();
    let made: Vec<(&NewRun, &Run)> = (new.iter().zip(&outcomes))
        .filter_map(|(new, outcome)| Some((&new.input, outcome.as_ref().ok()?)))
        .collect();
    insert(tx, &made).await?;
    if let Some(first) = new.first() {
        let all = made.iter().map(|(_, run)| (EventKind::RunCreated, &run.info)).collect();
        events::record_all(&mut tx.on_behalf_of(&first.context), Entity::Run, all).await?;
    }
    Ok(outcomes)
}

/// Makes one run, in a transaction that goes on.
pub async fn create(tx: &mut Unit<'_>, new: &NewRun) -> Result<Run, ApiError> {
    let experiment = experiments::active_experiment(tx, new.experiment_id).await?;
    let run = new.made(&experiment.artifact_location);
    insert(tx, &[(new, &run)]).await?;
    events::record(tx, EventKind::RunCreated, &run.info)?;
    Ok(run)
}

async fn insert(tx: &mut Unit<'_>, made: &[(&NewRun, &Run)]) -> Result<(), ApiError> {
    let rows: Vec<[Value<'_>; 12]> = (made.iter())
        .map(|(new, Run { info, .. })| {
            [
                (&new.run_id).into(),
                (&new.name).into(),
                "UNKNOWN".into(),
                "".into(),
                "".into(),
                (&new.user_id).into(),
                (&info.status).into(),
                new.start_time.into(),
                "".into(),
                (&info.lifecycle_stage).into(),
                (&info.artifact_uri).into(),
                new.experiment_id.into(),
            ]
        })
        .collect();
    let tags: Vec<[Value<'_>; 3]> = (made.iter())
        .flat_map(|(new, _)| new.tags.iter().map(|tag| (tag, &new.run_id)))
        .map(|(tag, run_id)| [(&tag.key).into(), (&tag.value).into(), run_id.into()])
        .collect();
    Ok(tx.insert_both((&RUNS, &rows), (&TAGS, &tags)).await?)
}

impl NewRun {
    /// The run as it is answered, in an experiment whose artifacts are kept at `location`.
    fn made(&self, location: &str) -> Run {
        let folder = format!("{}/artifacts", self.run_id);
        let info = RunInfo {
            run_uuid: self.run_id.clone(),
            experiment_id: self.experiment_id.to_string(),
            run_name: Some(self.name.clone()),
            user_id: self.user_id.clone(),
            status: RunStatus::Running.name().to_owned(),
            start_time: self.start_time,
            end_time: None,
            artifact_uri: location::join(location, &folder),
            lifecycle_stage: "active".to_owned(),
            run_id: self.run_id.clone(),
        };
        Run {
            info,
            data: RunData { tags: self.tags.clone(), ..RunData::default() },
            inputs: RunInputs::default(),
            outputs: None,
        }
    }
}
