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

use std::sync::Arc;

use app::{App, Routes};
use artifacts::Stores;
use jobs::Job;

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

/// What is done with traces beside requests. `rollups`: how daily sums are kept, if they are.
pub fn jobs(
    app: &Arc<App>,
    stores: &Stores,
    rollups: Option<rollups::Settings>,
) -> Vec<Arc<dyn Job>> {
    let mut jobs = vec![rollups::job(app, rollups)];
    jobs.extend(archival::job(app, stores));
    jobs
}
