//! A run: one execution of a training script, with its params, tags and latest metrics.

mod api;
pub mod name;
pub mod search;
pub mod store;
pub mod store_assessments;
mod store_create;
mod store_data;
mod store_entries;
pub mod wire;

use app::needs::Action::{Delete, NotDenied, Read, Update};
use app::needs::{Scope, Tier, experiment, logged_model, run};
use app::{Need, Routes};

pub use api::{get_by_id, search_page};
pub use store_create::{RunWriter, start as start_writer};

pub fn routes(writer: RunWriter) -> Routes {
    let create = move |app, caller, call| api::create(app, writer.clone(), caller, call);
    Routes::v2("mlflow/runs")
        .post("create", create, [experiment(Update), run(NotDenied).of(Scope::Experiment)])
        .summary("Start a run")
        .get("get", api::get, [run(Read)])
        .summary("Get a run with its latest metrics, params and tags")
        .post("search", api::search, [Need::Rows(Tier::Run)])
        .summary("Search runs")
        .post("update", api::update, [run(Update)])
        .summary("Set a run's status, end time or name")
        .post("delete", api::delete, [run(Delete)])
        .summary("Delete a run, which can be restored")
        .post("restore", api::restore, [run(Delete)])
        .summary("Restore a deleted run")
        .post("log-parameter", api::log_param, [run(Update)])
        .summary("Log a param of a run")
        .post("set-tag", api::set_tag, [run(Update)])
        .summary("Set a tag of a run")
        .post("delete-tag", api::delete_tag, [run(Update)])
        .summary("Delete a tag of a run")
        .post("log-batch", api::log_batch, WITH_MODELS)
        .summary("Log metrics, params and tags of a run, all or nothing")
}

/// What a caller needs to log to a run what may name logged models.
pub(crate) const WITH_MODELS: [Need; 3] =
    [run(Update), experiment(Read).of(Scope::LoggedModel).each(), logged_model(Update).each()];
