//! The artifact proxy: clients send and fetch artifacts here that have no way of their own to the
//! place where they are kept.

mod api;

use app::{Guard, Routes, Scope};
use axum::Extension;
use axum::handler::Handler;

use crate::Stores;
use crate::listing::Listing;

pub(crate) fn routes(stores: &Stores) -> Routes {
    let owner = Scope::ArtifactPath("artifact_path");
    let listed = Scope::ArtifactPath("path");
    let shared = Extension(stores.clone());
    file_routes(stores)
        .get("artifacts", api::list.layer(shared.clone()), Guard::read(listed))
        .answers::<Listing>()
        .without_database()
        .delete("artifacts/{*artifact_path}", api::delete.layer(shared), Guard::manage(owner))
        .answers::<api::Empty>()
        .without_database()
}

/// The routes that move files. Compat: they stand outside a static prefix too.
pub fn file_routes(stores: &Stores) -> Routes {
    let owner = Scope::ArtifactPath("artifact_path");
    let shared = Extension(stores.clone());
    let mut routes = Routes::v2("mlflow-artifacts");
    // The second is the root itself, which is no file.
    for path in ["artifacts/{*artifact_path}", "artifacts/"] {
        routes = routes
            .get(path, api::download.layer(shared.clone()), Guard::read(owner))
            .without_database()
            .put(path, api::upload.layer(shared.clone()), Guard::edit(owner))
            .streams()
            .without_database();
    }
    routes
}
