//! The artifact proxy: clients send and fetch artifacts here that have no way of their own to the
//! place where they are kept.

mod api;

use app::{Guard, Routes, Scope};
use axum::Extension;
use axum::handler::Handler;

use crate::Stores;

pub(crate) fn routes(stores: &Stores) -> Routes {
    let owner = Scope::ArtifactPath("artifact_path");
    let listed = Scope::ArtifactPath("path");
    let stores = Extension(stores.clone());
    Routes::v2("mlflow-artifacts")
        .get("artifacts", api::list.layer(stores.clone()), Guard::read(listed))
        .get("artifacts/{*artifact_path}", api::download.layer(stores.clone()), Guard::read(owner))
        .put("artifacts/{*artifact_path}", api::upload.layer(stores.clone()), Guard::edit(owner))
        .delete(
            "artifacts/{*artifact_path}",
            api::delete.layer(stores.clone()),
            Guard::manage(owner),
        )
        // The root itself, which is no file.
        .get("artifacts/", api::download.layer(stores.clone()), Guard::read(owner))
        .put("artifacts/", api::upload.layer(stores), Guard::edit(owner))
}
