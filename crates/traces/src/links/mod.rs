//! Links from traces to runs and to prompt versions.

mod api;
pub mod store;
mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    Routes::v2("mlflow/traces")
        .post("link-to-run", api::to_run, Guard::edit(Scope::Run("run_id")))
        .post("link-prompts", api::prompts, Guard::edit(Scope::Trace("trace_id")))
}
