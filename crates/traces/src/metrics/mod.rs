//! Numbers about traces, spans and assessments: counted, summed, over time and by what they are of.

mod api;
mod catalog;
mod rollups;
mod store;
mod store_rollups;
mod wire;

use app::Routes;
use app::needs::Action::Read;
use app::needs::{Scope, experiment, trace};

pub fn routes() -> Routes {
    Routes::v3("mlflow/traces")
        .post("metrics", api::query, [experiment(Read), trace(Read).of(Scope::Experiment)])
        .summary("Compute statistics of traces, spans and assessments")
}
