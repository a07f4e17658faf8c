//! Uploads in parts and downloads by a signed URL, past the proxy, straight to the store.
//!
//! Where the store cannot sign URLs, or clients are not to reach it, the answer is the one that makes
//! them fall back to the proxy's plain routes.

mod api;
mod wire;

use app::{Guard, Routes, Scope};
use axum::Extension;
use axum::handler::Handler;

use crate::Stores;

pub(crate) fn routes(stores: &Stores) -> Routes {
    let owner = Scope::ArtifactPath("artifact_path");
    let edit = Guard::edit(owner);
    let stores = Extension(stores.clone());
    Routes::v2("mlflow-artifacts")
        .post("mpu/create/{*artifact_path}", api::create.layer(stores.clone()), edit)
        .answers::<wire::MultipartUpload>()
        .without_database()
        .post("mpu/complete/{*artifact_path}", api::complete.layer(stores.clone()), edit)
        .answers::<wire::Empty>()
        .without_database()
        .post("mpu/abort/{*artifact_path}", api::abort.layer(stores.clone()), edit)
        .answers::<wire::Empty>()
        .without_database()
        .get("presigned/{*artifact_path}", api::presigned.layer(stores), Guard::read(owner))
        .answers::<wire::PresignedDownload>()
        .without_database()
}
