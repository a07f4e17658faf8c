//! Traces: OTLP ingest, spans, search, assessments, and what is computed from them.

pub mod otlp;
pub mod spans;
pub mod start;
pub mod time;

use app::{App, Routes};

/// The routes of all trace features.
pub fn routes(_app: &App) -> Routes {
    otlp::routes().merge(start::routes())
}
