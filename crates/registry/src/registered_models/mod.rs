//! A registered model: a name that versions are collected under. A prompt is one too.

mod api;
mod search;
pub mod store;
pub mod wire;

use app::needs::Action::{Delete, NotDenied, Read, Update};
use app::needs::{Tier, model_version, registered_model};
use app::{Need, Routes};

pub fn routes() -> Routes {
    let (read, update) = ([registered_model(Read)], [registered_model(Update)]);
    Routes::v2("mlflow/registered-models")
        .post("create", api::create, [Need::Create, registered_model(NotDenied)])
        .summary("Create a registered model or a prompt")
        .get("get", api::get, read)
        .summary("Get a registered model or a prompt")
        .get("search", api::search, [Need::Rows(Tier::RegisteredModel)])
        .summary("Search registered models and prompts")
        .patch("update", api::update, update)
        .summary("Describe a registered model or a prompt")
        .post("rename", api::rename, update)
        .summary("Rename a registered model or a prompt")
        .delete("delete", api::delete, [registered_model(Delete), model_version(Delete)])
        .summary("Delete a registered model or a prompt with all its versions")
        .get("get-latest-versions", api::latest_versions, read)
        .summary("Get the newest version in each stage")
        .post("get-latest-versions", api::latest_versions, read)
        .summary("Get the newest version in each stage")
        .post("set-tag", api::set_tag, update)
        .summary("Set a tag of a registered model or a prompt")
        .delete("delete-tag", api::delete_tag, update)
        .summary("Delete a tag of a registered model or a prompt")
}
