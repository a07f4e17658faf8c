//! Deletes for good what was deleted, with its artifacts.
//!
//! Runs go first, then logged models, then experiments with what is left in them, so that no foreign key refuses. Of
//! each thing its artifacts go first and its row last: whoever is interrupted finds it again the next time, and nothing
//! is left that no row points to.

mod plan;
mod report;
mod store_plan;
mod store_rows;

use std::io;

use app::{ApiError, App, Caller};
use artifacts::Stores;
use blob::{Deleted, LocationError};
use futures_util::{StreamExt, stream};
use traces::info::store::Deletion;

use plan::Plan;
use store_plan::{After, Kind, TraceTarget};

pub use report::{Counts, Report};

/// How many things lose their rows in one transaction.
const TOGETHER: usize = 50;
/// How many traces do.
const TRACES_TOGETHER: i64 = 500;
/// How many stores are asked at a time to delete artifacts.
const AT_A_TIME: usize = 8;

/// Why it ended early: one plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Refused(String),
    #[error("{0}; run it again to go on")]
    Api(#[from] ApiError),
    #[error("the report cannot be written: {0}")]
    Output(io::Error),
}

/// A run or a logged model.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub id: String,
    pub artifact_uri: String,
    pub experiment_id: i64,
}

/// Which jobs to delete, if they are finished.
#[derive(Clone, Debug)]
pub enum Jobs {
    All,
    These(Vec<String>),
}

/// What to delete.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub runs: Option<Vec<String>>,
    pub logged_models: Option<Vec<String>>,
    pub experiments: Option<Vec<i64>>,
    /// Which finished jobs go, if any.
    pub jobs: Option<Jobs>,
    /// Only in this workspace.
    pub workspace: Option<String>,
    /// Deleted at this time or before. Milliseconds since 1970.
    pub until_ms: i64,
    /// Whether an age was asked for.
    pub has_age: bool,
    /// The age as it was asked for.
    pub age: String,
    pub dry_run: bool,
}

app::lend!(Wanted);

/// Deletes what is wanted, saying what it does.
///
/// # Errors
/// When something that was named is not there or not deleted: then nothing was done. When the database or a store cannot
/// be reached: then the same call goes on from there.
pub async fn sweep(
    app: &App,
    stores: &Stores,
    wanted: &Wanted,
    report: &mut Report,
) -> Result<(), Failure> {
    let plan = plan::make(app, wanted, report).await?;
    if wanted.dry_run {
        say(app, stores, wanted, &plan, report).await?;
        return report.summary();
    }
    let mut stuck = Vec::new();
    targets(app, stores, &plan.runs, &RUN, report, &mut stuck).await?;
    targets(app, stores, &plan.logged_models, &LOGGED_MODEL, report, &mut stuck).await?;
    for experiment in plan.experiments {
        if stuck.contains(&experiment) {
            report.kept("Experiment", experiment, "something in it was kept.")?;
            continue;
        }
        self::experiment(app, stores, experiment, report).await?;
    }
    for ids in jobs(app, wanted).await?.chunks(TOGETHER) {
        report.counts.rows +=
            app.write(Caller::server(), store_rows::delete_jobs, (ids.to_vec(),)).await?;
        report.counts.jobs += ids.len() as u64;
        for id in ids {
            report.deleted("Job", id)?;
        }
    }
    report.summary()
}

/// The dry run.
async fn say(
    app: &App,
    stores: &Stores,
    wanted: &Wanted,
    plan: &Plan,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut stuck = Vec::new();
    targets(app, stores, &plan.runs, &RUN, report, &mut stuck).await?;
    targets(app, stores, &plan.logged_models, &LOGGED_MODEL, report, &mut stuck).await?;
    'experiments: for experiment in &plan.experiments {
        if stuck.contains(experiment) {
            report.kept("Experiment", experiment, "something in it was kept.")?;
            continue;
        }
        let mut after = None;
        loop {
            let some = next_traces(app, *experiment, after).await?;
            let Some(last) = some.last() else { break };
            after = Some(After { timestamp_ms: last.timestamp_ms, id: last.id.clone() });
            report.counts.traces += some.len() as u64;
            if let Some(why) = trace_artifacts(stores, *experiment, &some, report).await? {
                report.kept("Experiment", experiment, why)?;
                continue 'experiments;
            }
        }
        report.counts.experiments += 1;
        report.deleted("Experiment", experiment)?;
    }
    let jobs = jobs(app, wanted).await?;
    for job in &jobs {
        report.deleted("Job", job)?;
    }
    report.counts.jobs = jobs.len() as u64;
    Ok(())
}

async fn jobs(app: &App, wanted: &Wanted) -> Result<Vec<String>, Failure> {
    let ids = match wanted.jobs.clone() {
        None => return Ok(Vec::new()),
        Some(Jobs::All) => None,
        Some(Jobs::These(ids)) => Some(ids),
    };
    Ok(app.read(Caller::server(), store_plan::jobs, (ids, wanted.clone())).await?)
}

/// What differs between runs and logged models.
struct OfKind {
    name: &'static str,
    kind: Kind,
    count: fn(&mut Counts) -> &mut u64,
}

const RUN: OfKind = OfKind { name: "Run", kind: Kind::Run, count: |counts| &mut counts.runs };

const LOGGED_MODEL: OfKind = OfKind {
    name: "Logged model",
    kind: Kind::LoggedModel,
    count: |counts| &mut counts.logged_models,
};

/// Deletes runs or logged models, or, in a dry run, says what that would delete. Those whose artifacts cannot be deleted stay; their experiments are noted.
async fn targets(
    app: &App,
    stores: &Stores,
    all: &[Target],
    kind: &OfKind,
    report: &mut Report,
    stuck: &mut Vec<i64>,
) -> Result<(), Failure> {
    let mut done = 0;
    let dry = report.dry;
    for some in all.chunks(TOGETHER) {
        let mut outcomes = stream::iter(some)
            .map(|target| async move {
                (target, artifacts_at(stores, &target.id, &target.artifact_uri, dry).await)
            })
            .buffered(AT_A_TIME);
        let mut ready = Vec::with_capacity(some.len());
        while let Some((target, outcome)) = outcomes.next().await {
            match outcome? {
                Outcome::Deleted(deleted) => report.artifacts(deleted),
                Outcome::Left(why) => {
                    report.line(format_args!("{} {}: {why}", kind.name, target.id))?;
                }
                Outcome::Refused(why) => {
                    report.kept(kind.name, &target.id, why)?;
                    stuck.push(target.experiment_id);
                    continue;
                }
            }
            ready.push(target.id.clone());
        }
        if !dry {
            let input = (kind.kind, ready.clone());
            report.counts.rows += app.write(Caller::server(), store_rows::delete, input).await?;
        }
        *(kind.count)(&mut report.counts) += ready.len() as u64;
        for id in &ready {
            report.deleted(kind.name, id)?;
        }
        done += some.len();
        report.progress(kind.name, done, all.len());
    }
    Ok(())
}

/// Deletes an experiment whose runs and models are gone: its traces in batches, then the rest at once.
async fn experiment(
    app: &App,
    stores: &Stores,
    experiment: i64,
    report: &mut Report,
) -> Result<(), Failure> {
    loop {
        let some = next_traces(app, experiment, None).await?;
        if some.is_empty() {
            break;
        }
        if let Some(why) = trace_artifacts(stores, experiment, &some, report).await? {
            return report.kept("Experiment", experiment, why);
        }
        let ids: Vec<String> = some.into_iter().map(|trace| trace.id).collect();
        report.counts.traces += ids.len() as u64;
        let deletion = Deletion { experiment_id: experiment, until_ms: None, at_most: None, ids };
        let deleted = app.write(Caller::server(), store_rows::delete_traces, (deletion,)).await?;
        report.counts.rows += deleted.count;
        for (trace_id, location) in &deleted.archived {
            if let Some(location) = location
                && let Err(error) = traces::archival::delete(stores, trace_id, location).await
            {
                return report.kept("Experiment", experiment, error.message);
            }
        }
        let archived: Vec<String> = deleted.archived.into_iter().map(|(id, _)| id).collect();
        let rows = traces::info::store::delete_rows;
        report.counts.rows += app.write(Caller::server(), rows, (experiment, archived)).await?;
    }
    report.counts.rows +=
        app.write(Caller::server(), store_rows::delete_experiment, (experiment,)).await?;
    report.counts.experiments += 1;
    report.deleted("Experiment", experiment)
}

async fn next_traces(
    app: &App,
    experiment: i64,
    after: Option<After>,
) -> Result<Vec<TraceTarget>, Failure> {
    let input = (experiment, after, TRACES_TOGETHER);
    Ok(app.read(Caller::server(), store_plan::traces, input).await?)
}

/// Deletes the artifacts of traces, or, in a dry run, counts them. Returns why some had to stay.
async fn trace_artifacts(
    stores: &Stores,
    experiment: i64,
    some: &[TraceTarget],
    report: &mut Report,
) -> Result<Option<String>, Failure> {
    let dry = report.dry;
    let placed = some.iter().filter_map(|trace| Some((&trace.id, trace.artifact_uri.as_deref()?)));
    let mut outcomes = stream::iter(placed)
        .map(|(id, uri)| artifacts_at(stores, id, uri, dry))
        .buffer_unordered(AT_A_TIME);
    while let Some(outcome) = outcomes.next().await {
        match outcome? {
            Outcome::Deleted(deleted) => report.artifacts(deleted),
            Outcome::Left(why) => report.line(format_args!("Experiment {experiment}: {why}"))?,
            Outcome::Refused(why) => return Ok(Some(why)),
        }
    }
    Ok(None)
}

/// What became of a location's artifacts.
enum Outcome {
    Deleted(Deleted),
    /// No store of ours has them; the row may go.
    Left(String),
    /// They are there and could not be deleted; the row stays.
    Refused(String),
}

/// Deletes all that is at a location, or, in a dry run, counts it. A store that cannot be reached ends the command: the next thing would fare no
/// better.
async fn artifacts_at(
    stores: &Stores,
    id: &str,
    uri: &str,
    dry: bool,
) -> Result<Outcome, ApiError> {
    // Callers choose some locations: none is deleted that others may share.
    if !uri.split('/').any(|name| name == id) {
        let why = format!("the location '{uri}' is not its own; what is there was left.");
        return Ok(Outcome::Left(why));
    }
    if let Err(LocationError::Scheme(_) | LocationError::Empty) = blob::Location::parse(uri)
        && !uri.starts_with("http")
    {
        let why = format!("the location '{uri}' is none of a store; what is there was left.");
        return Ok(Outcome::Left(why));
    }
    let deleted = match stores.resolve(uri) {
        Ok(store) if dry => store.weigh().await.map_err(artifacts::failed),
        Ok(store) => store.delete_all().await.map_err(artifacts::failed),
        Err(error) => Err(error),
    };
    match deleted {
        Ok(deleted) => Ok(Outcome::Deleted(deleted)),
        Err(error) if error.is_unavailable() => Err(error),
        Err(error) => Ok(Outcome::Refused(error.message)),
    }
}
