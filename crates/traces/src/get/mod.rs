//! Traces with their spans.

mod api;
mod artifact;
mod otlp_json;
pub mod spans;
mod store;
mod wire;

use app::{Guard, Routes, Scope};
use artifacts::Stores;
use axum::Extension;
use axum::handler::Handler;

pub fn routes(stores: &Stores) -> Routes {
    let stores = Extension(stores.clone());
    let of_request = Guard::read(Scope::Trace("request_id"));
    let artifact = artifact::get.layer(stores.clone());
    Routes::v3("mlflow/traces")
        .get("get", api::get.layer(stores.clone()), Guard::read(Scope::Trace("trace_id")))
        .answers::<wire::FullTraceResponse>()
        .get("batchGet", api::batch.layer(stores), Guard::read(Scope::Traces("trace_ids")))
        .merge(Routes::v2("mlflow").ajax_only().get(
            "get-trace-artifact",
            artifact.clone(),
            of_request,
        ))
        .merge(Routes::v3("mlflow").ajax_only().get("get-trace-artifact", artifact, of_request))
}
