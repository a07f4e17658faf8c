//! Tags of traces.

mod api;
mod store;
mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    let old = Guard::edit(Scope::Trace("request_id"));
    let trace = Guard::edit(Scope::Trace("trace_id"));
    Routes::v3("mlflow/traces")
        .patch("{trace_id}/tags", api::set, trace)
        .delete("{trace_id}/tags", api::delete, trace)
        .merge(Routes::v2("mlflow/traces").patch("{request_id}/tags", api::set, old).delete(
            "{request_id}/tags",
            api::delete,
            old,
        ))
}
