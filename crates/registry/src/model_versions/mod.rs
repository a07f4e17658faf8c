//! A version of a registered model: where its artifacts are, which run made it, at which stage it
//! is. Versions of one model are numbered from 1 on; a number is never given out twice.

mod api;
mod artifacts;
mod search;
mod source;
pub(crate) mod stage;
pub mod store;
mod store_changes;
pub mod wire;

use ::artifacts::Stores;
use app::{Guard, Routes, Scope};
use axum::Extension;
use axum::handler::Handler;
use regex::Regex;

pub use api::{of_runs, search_page};

/// What the source of a version must match, if anything.
#[derive(Clone)]
struct SourcePattern(Option<Regex>);

pub fn routes(stores: &Stores, source_pattern: Option<Regex>) -> Routes {
    let model = Scope::RegisteredModel("name");
    let stores = Extension(stores.clone());
    let pattern = Extension(SourcePattern(source_pattern));
    Routes::v2("mlflow/model-versions")
        .post("create", api::create.layer(pattern), Guard::edit(model))
        .get("get", api::get, Guard::read(model))
        .get("search", api::search, Guard::read(Scope::Workspace))
        .patch("update", api::update, Guard::edit(model))
        .delete("delete", api::delete, Guard::manage(model))
        .post("transition-stage", api::transition, Guard::edit(model))
        .get("get-download-uri", api::download_uri, Guard::read(model))
        .post("set-tag", api::set_tag, Guard::edit(model))
        .delete("delete-tag", api::delete_tag, Guard::edit(model))
        .merge(Routes::root().get(
            "/model-versions/get-artifact",
            artifacts::download.layer(stores),
            Guard::read(model),
        ))
}
