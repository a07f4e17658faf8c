//! An evaluation data set: a named set of records to evaluate with, linked to any number of
//! experiments. Names need not be unique.

mod api;
mod search;
pub mod store;
pub mod wire;

use app::Routes;
use app::needs::Action::{Delete, Read, Update};
use app::needs::{Scope, experiment};

pub fn routes() -> Routes {
    let of_dataset =
        |action| [experiment(action).of(Scope::EvaluationDataset).in_path(&["dataset_id"])];
    let link = [of_dataset(Update)[0], experiment(Update)];
    Routes::v3("mlflow/datasets")
        .post("create", api::create, [experiment(Update)])
        .summary("Create an evaluation data set")
        .get("search", api::search, [experiment(Read)])
        .summary("Search evaluation data sets")
        .post("search", api::search, [experiment(Read)])
        .summary("Search evaluation data sets")
        .get("{dataset_id}", api::get, of_dataset(Read))
        .summary("Get an evaluation data set")
        .delete("{dataset_id}", api::delete, of_dataset(Delete))
        .summary("Delete an evaluation data set with its records")
        .patch("{dataset_id}/tags", api::set_tags, of_dataset(Update))
        .summary("Set tags of an evaluation data set")
        .delete("{dataset_id}/tags/{key}", api::delete_tag, of_dataset(Update))
        .summary("Delete a tag of an evaluation data set")
        .get("{dataset_id}/experiment-ids", api::experiment_ids, of_dataset(Read))
        .summary("List the experiments that an evaluation data set is linked to")
        .post("{dataset_id}/add-experiments", api::link, link)
        .summary("Link an evaluation data set to experiments")
        .post("{dataset_id}/remove-experiments", api::unlink, of_dataset(Update))
        .summary("Unlink an evaluation data set from experiments")
}
