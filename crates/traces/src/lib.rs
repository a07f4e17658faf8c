//! Traces: OTLP ingest, spans, search, assessments, and what is computed from them.

pub mod archival;
pub mod assessments;
mod changes;
pub mod correlation;
mod floats;
pub mod get;
pub mod info;
pub mod links;
pub mod metrics;
pub mod otlp;
pub mod rollups;
pub mod search;
pub mod spans;
pub mod start;
pub mod tags;
pub mod time;

use app::Routes;
use artifacts::Stores;

/// The routes of all trace features, over these artifact stores.
pub fn routes(stores: &Stores) -> Routes {
    otlp::routes()
        .merge(start::routes())
        .merge(info::routes(stores))
        .merge(get::routes(stores))
        .merge(search::routes())
        .merge(tags::routes())
        .merge(links::routes())
        .merge(assessments::routes())
        .merge(metrics::routes())
        .merge(correlation::routes())
}
