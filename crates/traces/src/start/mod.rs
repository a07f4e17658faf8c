//! Starting and ending a trace: what a client says of a trace as a whole, beside its spans.

mod api;
pub mod store;
mod store_v2;
pub mod wire;
mod wire_v2;

use app::Routes;
use app::needs::Action::{NotDenied, Update};
use app::needs::{Scope, assessment, experiment, trace};

pub fn routes() -> Routes {
    let new = [experiment(Update), trace(NotDenied).of(Scope::Experiment)];
    let with_assessments = assessment(NotDenied).of(Scope::AssessedExperiment).each();
    Routes::v3("mlflow/traces")
        .post("", api::start, [new[0], new[1], with_assessments])
        .summary("Start a trace")
        .merge(
            Routes::v2("mlflow/traces")
                .post("", api::start_v2, new)
                .summary("Start a trace")
                .patch("{request_id}", api::end_v2, [trace(Update).in_path(&["request_id"])])
                .summary("End a trace"),
        )
}
