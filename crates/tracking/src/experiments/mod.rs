//! An experiment: a named group of runs with a place for their artifacts. Deleting one only hides
//! it, and its runs with it, until it is restored.

mod api;
pub mod archival;
pub mod search;
pub mod store;
pub mod wire;

use app::needs::Action::{Delete, NotDenied, Read, Update};
use app::needs::{
    Scope, Tier, assessment, experiment, logged_model, review_queue, run, scorer, scorer_version,
    trace,
};
use app::{ApiError, App, Caller, Need, Routes};

pub use api::{get_by_id, search_page};

/// The id of the experiment that every database has.
pub const DEFAULT_ID: i64 = 0;

/// The experiment is deleted or restored with all that is in it.
const WITH_ITS_CONTENT: [Need; 8] = [
    experiment(Delete),
    run(Delete).of(Scope::Experiment),
    trace(Delete).of(Scope::Experiment),
    logged_model(Delete).of(Scope::Experiment),
    assessment(Delete).of(Scope::Experiment),
    review_queue(Delete).of(Scope::Experiment),
    scorer(Delete).of(Scope::Experiment),
    scorer_version(Delete).of(Scope::Experiment),
];

pub fn routes() -> Routes {
    let rows = [Need::Rows(Tier::Experiment)];
    Routes::v2("mlflow/experiments")
        .post("create", api::create, [Need::Create, experiment(NotDenied).of(Scope::Workspace)])
        .summary("Create an experiment")
        .get("get", api::get, [experiment(Read)])
        .summary("Get an experiment by its id")
        .get("get-by-name", api::get_by_name, [experiment(Read).of(Scope::ExperimentName)])
        .summary("Get an experiment by its name")
        .get("search", api::search, rows)
        .summary("Search experiments")
        .post("search", api::search, rows)
        .summary("Search experiments")
        .post("update", api::update, [experiment(Update)])
        .summary("Rename an experiment")
        .post("delete", api::delete, WITH_ITS_CONTENT)
        .summary("Delete an experiment, which can be restored")
        .post("restore", api::restore, WITH_ITS_CONTENT)
        .summary("Restore a deleted experiment")
        .post("set-experiment-tag", api::set_tag, [experiment(Update)])
        .summary("Set a tag of an experiment")
        .post("delete-experiment-tag", api::delete_tag, [experiment(Update)])
        .summary("Delete a tag of an experiment")
}

/// Makes the default experiment if the database has none: clients count on it.
///
/// # Errors
/// When the database cannot be written.
pub async fn ensure_default(app: &App, caller: &Caller) -> Result<(), ApiError> {
    let experiment = store::NewExperiment {
        name: "Default".to_owned(),
        artifact_root: app.settings.default_artifact_root.clone(),
        now: app.clock.now_ms(),
        ..store::NewExperiment::default()
    };
    app.write(caller, store::ensure_default, (experiment,)).await
}
