//! Links from traces to runs and to prompt versions.

mod api;
pub mod store;
mod wire;

use app::Routes;
use app::needs::Action::{Read, Update};
use app::needs::{run, trace};

pub fn routes() -> Routes {
    Routes::v2("mlflow/traces")
        .post("link-to-run", api::to_run, [run(Update), trace(Read)])
        .summary("Link traces to a run")
        .post("link-prompts", api::prompts, [trace(Update)])
        .summary("Link versions of prompts to a trace")
}
