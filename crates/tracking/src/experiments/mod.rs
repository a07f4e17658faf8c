//! An experiment: a named group of runs with a place for their artifacts. Deleting one only hides
//! it, and its runs with it, until it is restored.

mod api;
pub mod archival;
pub mod search;
pub mod store;
pub mod wire;

use app::{ApiError, App, Caller, Guard, Routes, Scope};

pub use api::{get_by_id, search_page};

/// The id of the experiment that every database has.
pub const DEFAULT_ID: i64 = 0;

pub fn routes() -> Routes {
    use Scope::{Experiment, ExperimentName, Workspace};
    Routes::v2("mlflow/experiments")
        .post("create", api::create, Guard::edit(Workspace))
        .get("get", api::get, Guard::read(Experiment("experiment_id")))
        .get("get-by-name", api::get_by_name, Guard::read(ExperimentName("experiment_name")))
        .get("search", api::search, Guard::read(Workspace))
        .post("search", api::search, Guard::read(Workspace))
        .post("update", api::update, Guard::edit(Experiment("experiment_id")))
        .post("delete", api::delete, Guard::manage(Experiment("experiment_id")))
        .post("restore", api::restore, Guard::manage(Experiment("experiment_id")))
        .post("set-experiment-tag", api::set_tag, Guard::edit(Experiment("experiment_id")))
        .post("delete-experiment-tag", api::delete_tag, Guard::edit(Experiment("experiment_id")))
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
