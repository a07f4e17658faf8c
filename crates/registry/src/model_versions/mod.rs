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
use app::needs::Action::{Delete, NotDenied, Read, Update};
use app::needs::{Scope, Tier, logged_model, model_version, registered_model, run};
use app::{Need, Routes};
use axum::Extension;
use axum::handler::Handler;
use regex::Regex;

pub use api::{of_runs, search_page};

/// What the source of a version must match, if anything.
#[derive(Clone)]
struct SourcePattern(Option<Regex>);

pub fn routes(stores: &Stores, source_pattern: Option<Regex>) -> Routes {
    const NAME: &[&str] = &["name"];
    let create = api::create.layer(Extension(SourcePattern(source_pattern)));
    let new = [
        registered_model(Update),
        model_version(NotDenied),
        run(Read).of(Scope::SourceRun).each(),
        logged_model(Read).of(Scope::SourceModel).each(),
        registered_model(Read).of(Scope::SourceRegisteredModel).each(),
    ];
    let read = [registered_model(Read), model_version(NotDenied)];
    let update = [registered_model(Read), model_version(Update)];
    let delete = [registered_model(Read), model_version(Delete)];
    let file = artifacts::download.layer(Extension(stores.clone()));
    let file_needs =
        [registered_model(Read).in_query(NAME), model_version(NotDenied).in_query(NAME)];
    Routes::v2("mlflow/model-versions")
        .post("create", create, new)
        .summary("Create a version of a registered model or a prompt")
        .get("get", api::get, read)
        .summary("Get a version")
        .get("search", api::search, [Need::Rows(Tier::ModelVersion)])
        .summary("Search versions")
        .patch("update", api::update, update)
        .summary("Describe a version")
        .delete("delete", api::delete, delete)
        .summary("Delete a version")
        .post("transition-stage", api::transition, update)
        .summary("Move a version to another stage")
        .get("get-download-uri", api::download_uri, read)
        .summary("Get where a version's artifacts are kept")
        .post("set-tag", api::set_tag, update)
        .summary("Set a tag of a version")
        .delete("delete-tag", api::delete_tag, delete)
        .summary("Delete a tag of a version")
        .merge(
            Routes::root()
                .get("/model-versions/get-artifact", file, file_needs)
                .summary("Download an artifact of a version"),
        )
}
