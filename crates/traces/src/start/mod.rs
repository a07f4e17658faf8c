//! Starting and ending a trace: what a client says of a trace as a whole, beside its spans.

mod api;
mod store;
mod store_v2;
pub mod wire;
mod wire_v2;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    let trace = Scope::Trace("request_id");
    Routes::v3("mlflow/traces")
        .post("", api::start, Guard::edit(Scope::Experiment("experiment_id")))
        .merge(
            Routes::v2("mlflow/traces")
                .post("", api::start_v2, Guard::edit(Scope::Experiment("experiment_id")))
                .patch("{request_id}", api::end_v2, Guard::edit(trace)),
        )
}
