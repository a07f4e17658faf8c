//! The artifact proxy: clients send and fetch artifacts here that have no way of their own to the
//! place where they are kept.

mod api;

use app::needs::Action::{Delete, Read, Update};
use app::needs::{Tier, artifact};
use app::{Need, Routes};
use axum::Extension;
use axum::handler::Handler;

use crate::Stores;
use crate::listing::Listing;

/// The part of a route's path that names an artifact.
pub(crate) const PATH: &[&str] = &["artifact_path"];

pub(crate) fn routes(stores: &Stores) -> Routes {
    let listed = [Need::Rows(Tier::Artifact), artifact(Read).each().in_query(&["path"])];
    let delete = [artifact(Delete).in_path(PATH)];
    let shared = Extension(stores.clone());
    file_routes(stores)
        .get("artifacts", api::list.layer(shared.clone()), listed)
        .summary("List a folder of the artifact proxy")
        .answers::<Listing>()
        .without_database()
        .delete("artifacts/{*artifact_path}", api::delete.layer(shared), delete)
        .summary("Delete an artifact, or a folder of them")
        .answers::<api::Empty>()
        .without_database()
}

/// The routes that move files. Compat: they stand outside a static prefix too.
pub fn file_routes(stores: &Stores) -> Routes {
    let shared = Extension(stores.clone());
    let mut routes = Routes::v2("mlflow-artifacts");
    // The second is the root itself, which is no file.
    for path in ["artifacts/{*artifact_path}", "artifacts/"] {
        routes = routes
            .get(path, api::download.layer(shared.clone()), [artifact(Read).in_path(PATH)])
            .summary("Download an artifact")
            .without_database()
            .put(path, api::upload.layer(shared.clone()), [artifact(Update).in_path(PATH)])
            .summary("Upload an artifact")
            .streams()
            .without_database();
    }
    routes
}
