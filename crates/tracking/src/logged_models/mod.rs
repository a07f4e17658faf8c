//! A logged model: a model that belongs to an experiment, with params, tags and the metrics that
//! runs logged for it. Deleting one only hides it.
//!
//! `history` is the way of MLflow 2, which knew no such entity: a list in a tag of the run.

mod api;
pub(crate) mod history;
pub mod search;
#[cfg(test)]
mod search_tests;
pub mod store;
pub(crate) mod store_history;
pub mod store_versions;
pub mod wire;

use app::needs::Action::{Delete, NotDenied, Read, Update};
use app::needs::{Scope, Tier, experiment, logged_model, run};
use app::{Need, Routes};

pub use api::get_by_id;

pub fn routes() -> Routes {
    const ID: &[&str] = &["model_id"];
    let new = [
        experiment(Update),
        logged_model(NotDenied).of(Scope::Experiment),
        run(Read).of(Scope::SourceRun).each(),
    ];
    let (read, update) = ([logged_model(Read).in_path(ID)], [logged_model(Update).in_path(ID)]);
    let delete = [logged_model(Delete).in_path(ID)];
    let models = Routes::v2("mlflow/logged-models")
        .post("", api::create, new)
        .summary("Create a logged model")
        .post("search", api::search, [Need::Rows(Tier::LoggedModel)])
        .summary("Search logged models")
        .get("{model_id}", api::get, read)
        .summary("Get a logged model")
        .patch("{model_id}", api::finalize, update)
        .summary("Set the final status of a logged model")
        .delete("{model_id}", api::delete, delete)
        .summary("Delete a logged model")
        .patch("{model_id}/tags", api::set_tags, update)
        .summary("Set tags of a logged model")
        .delete("{model_id}/tags/{tag_key}", api::delete_tag, delete)
        .summary("Delete a tag of a logged model")
        .post("{model_id}/params", api::log_params, update)
        .summary("Log params of a logged model");
    models.merge(
        Routes::v2("mlflow/runs")
            .post("log-model", history::log_model, [run(Update)])
            .summary("Note a model in a run's tags, as clients of MLflow 2 do"),
    )
}
