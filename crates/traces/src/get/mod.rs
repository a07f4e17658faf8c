//! Traces with their spans.

mod api;
mod otlp_json;
mod store;
mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    Routes::v3("mlflow/traces").get("get", api::get, Guard::read(Scope::Trace("trace_id"))).get(
        "batchGet",
        api::batch,
        Guard::read(Scope::Traces("trace_ids")),
    )
}
