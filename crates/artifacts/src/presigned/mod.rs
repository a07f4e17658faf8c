//! Signed URLs for the artifacts of one run or logged model whose location is a store that clients
//! reach themselves.

mod api;
mod wire;

use app::{Guard, Routes, Scope};
use axum::Extension;
use axum::handler::Handler;

use crate::Stores;

pub(crate) fn routes(stores: &Stores) -> Routes {
    let run = Scope::Run("run_id");
    let stores = Extension(stores.clone());
    Routes::v2("mlflow/artifacts")
        .post("presigned-upload-url", api::upload.layer(stores.clone()), Guard::edit(run))
        .post("presigned-download-url", api::download.layer(stores), Guard::read(run))
}
