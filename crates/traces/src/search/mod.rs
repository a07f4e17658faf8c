//! The search for traces.

mod api;
#[expect(clippy::module_inception, reason = "the file of a feature's search has this name")]
mod search;
pub mod search_condition;
mod store;
mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    Routes::v3("mlflow/traces")
        .post("search", api::search, Guard::read(Scope::Experiments("locations")))
        .merge(Routes::v2("mlflow").get(
            "traces",
            api::search_v2,
            Guard::read(Scope::Experiments("experiment_ids")),
        ))
}
