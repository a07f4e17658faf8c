//! `headwater gc`: deletes for good what was deleted, with its artifacts.

use std::io;

use app::{App, Clock, Ids};
use artifacts::Stores;
use db::Db;
use gc::{Jobs, Report, Wanted};
use schema::{Current, Newer};

use crate::cli::GcArgs;
use crate::config::{self, ConfigError};
use crate::environment::Environment;

/// Why the command ended early, or did less than it was told: one plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Gc(#[from] gc::Failure),
    #[error("{0}")]
    Config(#[from] ConfigError),
    #[error("'{0}' is not the id of an experiment.")]
    ExperimentId(String),
    #[error("the database cannot be opened: {0}")]
    Database(#[from] db::DbError),
    #[error("{0}")]
    Schema(#[from] schema::SchemaError),
    #[error("--artifacts-destination cannot be used: {0}")]
    Artifacts(#[from] artifacts::OpenError),
    #[error("cannot start threads: {0}")]
    Threads(io::Error),
    #[error("{0} things were kept; the lines above say why")]
    Kept(u64),
}

/// Runs the command.
///
/// # Errors
/// When it is told what it cannot do, when the database or a store fails, and when something had to stay.
pub fn run(arguments: GcArgs, environment: &Environment) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::Threads)?;
    runtime.block_on(async {
        let clock = Clock::system();
        let wanted = wanted(&arguments, environment, clock.now_ms())?;
        let (app, stores) = open(&arguments, environment, clock).await?;
        let mut report = Report::new(Box::new(io::stdout()), wanted.dry_run);
        gc::sweep(&app, &stores, &wanted, &mut report).await?;
        match report.counts.kept {
            0 => Ok(()),
            kept => Err(Failure::Kept(kept)),
        }
    })
}

fn wanted(arguments: &GcArgs, environment: &Environment, now_ms: i64) -> Result<Wanted, Failure> {
    let workspace = arguments.workspace.as_deref().or_else(|| environment.get("MLFLOW_WORKSPACE"));
    let workspace = workspace.unwrap_or(app::DEFAULT_WORKSPACE).to_owned();
    let jobs = match list(arguments.job_ids.as_deref()) {
        Some(ids) => Some(Jobs::These(ids)),
        None => arguments.jobs.then_some(Jobs::All),
    };
    let experiments = list(arguments.experiment_ids.as_deref())
        .map(|ids| ids.iter().map(|id| experiment_id(id)).collect::<Result<Vec<_>, _>>())
        .transpose()?;
    let age = arguments.older_than.as_ref();
    Ok(Wanted {
        runs: list(arguments.run_ids.as_deref()),
        logged_models: list(arguments.logged_model_ids.as_deref()),
        experiments,
        jobs,
        workspace: (!arguments.all_workspaces).then_some(workspace),
        until_ms: now_ms.saturating_sub(age.map_or(0, |age| age.milliseconds)),
        has_age: age.is_some(),
        age: age.map(|age| age.text.clone()).unwrap_or_default(),
        dry_run: arguments.dry_run,
    })
}

fn list(ids: Option<&str>) -> Option<Vec<String>> {
    let ids = ids.filter(|ids| !ids.is_empty())?;
    Some(ids.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect())
}

fn experiment_id(text: &str) -> Result<i64, Failure> {
    text.parse().map_err(|_| Failure::ExperimentId(text.to_owned()))
}

async fn open(
    arguments: &GcArgs,
    environment: &Environment,
    clock: Clock,
) -> Result<(App, Stores), Failure> {
    let url = config::backend_url(arguments.backend_store_uri.as_deref())?;
    let db = Db::connect(&url, &db::Options::default()).await?.without_limit();
    schema::prepare(&db, Newer::default(), &Current::default()).await?;
    let settings = app::Settings {
        serve_artifacts: true,
        artifacts_destination: arguments.artifacts_destination.clone(),
        default_artifact_root: "mlflow-artifacts:/".to_owned(),
        // Servers may keep daily sums, whatever is set here.
        trace_rollups: true,
        ..app::Settings::default()
    };
    let folders = config::folders(arguments.artifact_folders.as_deref());
    let stores = Stores::open(&settings, &folders, config::store(environment))?;
    let app = App::new(db.clone(), db, clock, Ids::random(), settings);
    Ok((app, stores))
}
