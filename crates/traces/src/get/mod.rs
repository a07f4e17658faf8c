//! Traces with their spans.

mod api;
mod artifact;
mod otlp_json;
pub mod spans;
mod store;
mod wire;

use app::Routes;
use app::needs::Action::Read;
use app::needs::trace;
use artifacts::Stores;
use axum::Extension;
use axum::handler::Handler;

pub fn routes(stores: &Stores) -> Routes {
    let stores = Extension(stores.clone());
    let artifact = |routes: Routes| {
        routes
            .ajax_only()
            .get(
                "get-trace-artifact",
                artifact::get.layer(stores.clone()),
                [trace(Read).in_query(&["request_id"])],
            )
            .summary("Download a trace's spans, or an attachment of one")
    };
    Routes::v3("mlflow/traces")
        .get("get", api::get.layer(stores.clone()), [trace(Read)])
        .summary("Get a trace with its spans")
        .answers::<wire::FullTraceResponse>()
        .get("batchGet", api::batch.layer(stores.clone()), [trace(Read)])
        .summary("Get several traces with their spans")
        .merge(artifact(Routes::v2("mlflow")))
        .merge(artifact(Routes::v3("mlflow")))
}
