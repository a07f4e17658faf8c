//! How much two filters have to do with each other: whether they find the same traces.

mod api;
mod npmi;
mod store;
mod wire;

use app::Routes;
use app::needs::Action::Read;
use app::needs::{Scope, experiment, trace};

pub fn routes() -> Routes {
    Routes::v3("mlflow/traces")
        .post(
            "calculate-filter-correlation",
            api::calculate,
            [experiment(Read), trace(Read).of(Scope::Experiment)],
        )
        .summary("Compute how two filters over traces correlate")
}
