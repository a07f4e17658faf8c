//! How much two filters have to do with each other: whether they find the same traces.

mod api;
mod npmi;
mod store;
mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    Routes::v3("mlflow/traces").post(
        "calculate-filter-correlation",
        api::calculate,
        Guard::read(Scope::Experiments("experiment_ids")),
    )
}
