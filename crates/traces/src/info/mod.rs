//! What is known of a trace without its spans: times, state, tags, metadata, assessments.

mod api;
pub mod store;
pub mod wire;

use app::Routes;
use app::needs::Action::{Delete, Read};
use app::needs::{Scope, assessment, experiment, trace};
use artifacts::Stores;
use axum::Extension;
use axum::handler::Handler;

pub fn routes(stores: &Stores) -> Routes {
    let delete = |routes: Routes| {
        let needs = [
            experiment(Read),
            trace(Delete).of(Scope::Experiment),
            assessment(Delete).of(Scope::Experiment),
        ];
        routes
            .post("delete-traces", api::delete.layer(Extension(stores.clone())), needs)
            .summary("Delete traces by id, or by age")
    };
    let v2 = Routes::v2("mlflow/traces")
        .get("{request_id}/info", api::get_v2, [trace(Read).in_path(&["request_id"])])
        .summary("Get a trace without its spans");
    let v3 = Routes::v3("mlflow/traces")
        .get("{trace_id}", api::get, [trace(Read).in_path(&["trace_id"])])
        .summary("Get a trace without its spans")
        .post("batchGetInfos", api::batch, [trace(Read)])
        .summary("Get several traces without their spans");
    delete(v3).merge(delete(v2))
}
