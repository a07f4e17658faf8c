//! Experiments, runs, metrics, datasets and logged models.
//!
//! Every folder is one feature with the same file names: `mod.rs` its route table, `wire.rs` the
//! exact JSON, `api.rs` the handlers, `store.rs` the SQL, `search.rs` the columns of its filter.

pub mod datasets;
pub mod experiments;
mod group;
pub mod keyset;
pub mod live;
pub mod location;
pub mod logged_models;
pub mod metrics;
pub mod promptlab;
pub mod runs;
pub mod tags;
pub mod validation;

use app::{App, Routes};

/// The routes of all tracking features but [`promptlab`]'s, which need a sink for artifacts. Starts
/// the tasks that commit single metrics and new runs in groups, so it needs a running async runtime.
pub fn routes(app: &App) -> Routes {
    experiments::routes()
        .merge(runs::routes(runs::start_writer(app.backend.clone())))
        .merge(metrics::routes(metrics::start_writer(app.backend.clone())))
        .merge(datasets::routes())
        .merge(logged_models::routes())
        .merge(live::routes(app.backend.clone()))
}
