//! Uploads in parts and downloads by a signed URL, past the proxy, straight to the store.
//!
//! Where the store cannot sign URLs, or clients are not to reach it, the answer is the one that makes
//! them fall back to the proxy's plain routes.

mod api;
mod wire;

use app::Routes;
use app::needs::Action::{Read, Update};
use app::needs::artifact;
use axum::Extension;
use axum::handler::Handler;

use crate::Stores;
use crate::proxy::PATH;

pub(crate) fn routes(stores: &Stores) -> Routes {
    let update = [artifact(Update).in_path(PATH)];
    let stores = Extension(stores.clone());
    Routes::v2("mlflow-artifacts")
        .post("mpu/create/{*artifact_path}", api::create.layer(stores.clone()), update)
        .summary("Begin an upload in parts")
        .answers::<wire::MultipartUpload>()
        .without_database()
        .post("mpu/complete/{*artifact_path}", api::complete.layer(stores.clone()), update)
        .summary("Complete an upload in parts")
        .answers::<wire::Empty>()
        .without_database()
        .post("mpu/abort/{*artifact_path}", api::abort.layer(stores.clone()), update)
        .summary("Abort an upload in parts")
        .answers::<wire::Empty>()
        .without_database()
        .get(
            "presigned/{*artifact_path}",
            api::presigned.layer(stores),
            [artifact(Read).in_path(PATH)],
        )
        .summary("Get a signed URL to download an artifact of the proxy")
        .answers::<wire::PresignedDownload>()
        .without_database()
}
