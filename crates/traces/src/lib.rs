//! Traces: OTLP ingest, spans, search, assessments, and what is computed from them.

use app::{App, Routes};

/// The routes of all trace features.
pub fn routes(_app: &App) -> Routes {
    Routes::v3("mlflow")
}
