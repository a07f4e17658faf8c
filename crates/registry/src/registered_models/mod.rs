//! A registered model: a name that versions are collected under. A prompt is one too.

mod api;
mod search;
pub mod store;
pub mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    let model = Scope::RegisteredModel("name");
    Routes::v2("mlflow/registered-models")
        .post("create", api::create, Guard::edit(Scope::Workspace))
        .get("get", api::get, Guard::read(model))
        .get("search", api::search, Guard::read(Scope::Workspace))
        .patch("update", api::update, Guard::edit(model))
        .post("rename", api::rename, Guard::manage(model))
        .delete("delete", api::delete, Guard::manage(model))
        .get("get-latest-versions", api::latest_versions, Guard::read(model))
        .post("get-latest-versions", api::latest_versions, Guard::read(model))
        .post("set-tag", api::set_tag, Guard::edit(model))
        .delete("delete-tag", api::delete_tag, Guard::edit(model))
}
