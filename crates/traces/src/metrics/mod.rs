//! Numbers about traces, spans and assessments: counted, summed, over time and by what they are of.

mod api;
mod catalog;
mod rollups;
mod store;
mod store_rollups;
mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    Routes::v3("mlflow/traces").post(
        "metrics",
        api::query,
        Guard::read(Scope::Experiments("experiment_ids")),
    )
}
