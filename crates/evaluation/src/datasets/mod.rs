//! An evaluation data set: a named set of records to evaluate with, linked to any number of
//! experiments. Names need not be unique.

mod api;
mod search;
pub mod store;
pub mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    let dataset = Scope::EvaluationDataset("dataset_id");
    let experiments = Scope::Experiments("experiment_ids");
    Routes::v3("mlflow/datasets")
        .post("create", api::create, Guard::edit(experiments))
        .get("search", api::search, Guard::read(experiments))
        .post("search", api::search, Guard::read(experiments))
        .get("{dataset_id}", api::get, Guard::read(dataset))
        .delete("{dataset_id}", api::delete, Guard::manage(dataset))
        .patch("{dataset_id}/tags", api::set_tags, Guard::edit(dataset))
        .delete("{dataset_id}/tags/{key}", api::delete_tag, Guard::edit(dataset))
        .get("{dataset_id}/experiment-ids", api::experiment_ids, Guard::read(dataset))
        .post("{dataset_id}/add-experiments", api::link, Guard::edit(dataset))
        .post("{dataset_id}/remove-experiments", api::unlink, Guard::edit(dataset))
}
