//! Signed URLs for the artifacts of one run or logged model whose location is a store that clients
//! reach themselves.

mod api;
mod wire;

use app::Routes;
use app::needs::Action::{Read, Update};
use app::needs::{logged_model, run};
use axum::Extension;
use axum::handler::Handler;

use crate::Stores;

pub(crate) fn routes(stores: &Stores) -> Routes {
    let stores = Extension(stores.clone());
    let owner = [run(Update).each(), logged_model(Update).each()];
    Routes::v2("mlflow/artifacts")
        .post("presigned-upload-url", api::upload.layer(stores.clone()), owner)
        .summary("Get a signed URL to upload an artifact to its store")
        .post("presigned-download-url", api::download.layer(stores), [run(Read)])
        .summary("Get a signed URL to download an artifact from its store")
}
