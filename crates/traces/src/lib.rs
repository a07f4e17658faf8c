//! Traces: OTLP ingest, spans, search, assessments, and what is computed from them.

pub mod assessments;
pub mod get;
pub mod info;
mod json;
pub mod links;
pub mod otlp;
pub mod search;
pub mod spans;
pub mod start;
pub mod tags;
pub mod time;

use app::{App, Routes};

/// The routes of all trace features.
pub fn routes(_app: &App) -> Routes {
    otlp::routes()
        .merge(start::routes())
        .merge(info::routes())
        .merge(get::routes())
        .merge(search::routes())
        .merge(tags::routes())
        .merge(links::routes())
        .merge(assessments::routes())
}
