//! OTLP: spans as OpenTelemetry's SDKs, its Collector and MLflow's clients export them.
//!
//! Source: <https://opentelemetry.io/docs/specs/otlp/>.

mod answer;
mod api;
pub mod json;
pub mod model;
pub mod protobuf;

use app::{Guard, Routes, Scope};

/// The header that names the experiment.
pub const EXPERIMENT_HEADER: &str = "x-mlflow-experiment-id";

pub fn routes() -> Routes {
    Routes::root().post(
        "/v1/traces",
        api::export,
        Guard::edit(Scope::ExperimentHeader(EXPERIMENT_HEADER)),
    )
}
