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

use app::{Guard, Routes, Scope};

pub use api::get_by_id;

pub fn routes() -> Routes {
    let model = Scope::LoggedModel("model_id");
    let models = Routes::v2("mlflow/logged-models")
        .post("", api::create, Guard::edit(Scope::Experiment("experiment_id")))
        .post("search", api::search, Guard::read(Scope::Experiments("experiment_ids")))
        .get("{model_id}", api::get, Guard::read(model))
        .patch("{model_id}", api::finalize, Guard::edit(model))
        .delete("{model_id}", api::delete, Guard::manage(model))
        .patch("{model_id}/tags", api::set_tags, Guard::edit(model))
        .delete("{model_id}/tags/{tag_key}", api::delete_tag, Guard::edit(model))
        .post("{model_id}/params", api::log_params, Guard::edit(model));
    models.merge(Routes::v2("mlflow/runs").post(
        "log-model",
        history::log_model,
        Guard::edit(Scope::Run("run_id")),
    ))
}
