//! What is known of a trace without its spans: times, state, tags, metadata, assessments.

mod api;
pub mod store;
pub mod wire;

use app::{Guard, Routes, Scope};
use artifacts::Stores;
use axum::Extension;
use axum::handler::Handler;

pub fn routes(stores: &Stores) -> Routes {
    let delete = api::delete.layer(Extension(stores.clone()));
    let trace = Guard::read(Scope::Trace("trace_id"));
    Routes::v3("mlflow/traces")
        .get("{trace_id}", api::get, trace)
        .post("batchGetInfos", api::batch, Guard::read(Scope::Traces("trace_ids")))
        .post("delete-traces", delete.clone(), Guard::edit(Scope::Experiment("experiment_id")))
        .merge(
            Routes::v2("mlflow/traces")
                .get("{request_id}/info", api::get_v2, Guard::read(Scope::Trace("request_id")))
                .post("delete-traces", delete, Guard::edit(Scope::Experiment("experiment_id"))),
        )
}
