//! The search for traces.

mod api;
#[expect(clippy::module_inception, reason = "the file of a feature's search has this name")]
mod search;
pub mod search_condition;
mod store;
mod wire;

use app::Routes;
use app::needs::Action::Read;
use app::needs::{Scope, experiment, trace};

pub fn routes() -> Routes {
    let needs = [experiment(Read), trace(Read).of(Scope::Experiment)];
    let v2 = Routes::v2("mlflow").get("traces", api::search_v2, needs).summary("Search traces");
    Routes::v3("mlflow/traces")
        .post("search", api::search, needs)
        .summary("Search traces")
        .merge(v2)
}
