//! OTLP: spans as OpenTelemetry's SDKs, its Collector and MLflow's clients export them.
//!
//! Source: <https://opentelemetry.io/docs/specs/otlp/>.

mod answer;
mod api;
pub mod budget;
pub mod json;
mod mended;
pub mod model;
pub mod protobuf;

use app::Routes;
use app::needs::Action::{NotDenied, Update};
use app::needs::{Scope, experiment, trace};

/// The header that names the experiment.
pub const EXPERIMENT_HEADER: &str = "x-mlflow-experiment-id";

/// The header that names a run to link the traces to whose roots have come.
const RUN_HEADER: &str = "x-mlflow-run-id";

/// Where gRPC exports. `transport` translates the call to a plain request.
pub const GRPC: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

pub fn routes() -> Routes {
    let needs = [
        experiment(Update).in_header(EXPERIMENT_HEADER),
        trace(NotDenied).of(Scope::Experiment).in_header(EXPERIMENT_HEADER),
    ];
    Routes::root()
        .post("/v1/traces", api::export, needs)
        .summary("Export spans, as OTLP over HTTP")
        .post(GRPC, api::export, needs)
        .summary("Export spans, as OTLP over gRPC")
}
