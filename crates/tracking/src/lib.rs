//! Experiments, runs, metrics, datasets and logged models.
//!
//! Every folder is one feature with the same file names: `mod.rs` its route table, `wire.rs` the
//! exact JSON, `api.rs` the handlers, `store.rs` the SQL, `search.rs` the columns of its filter.

pub mod datasets;
pub mod experiments;
pub mod keyset;
pub mod location;
pub mod logged_models;
pub mod metrics;
pub mod promptlab;
pub mod runs;
pub mod tags;
pub mod validation;

use app::Routes;

/// The workspace that everything belongs to while workspaces are off.
pub const DEFAULT_WORKSPACE: &str = "default";

/// The routes of all tracking features.
pub fn routes() -> Routes {
    experiments::routes()
        .merge(runs::routes())
        .merge(metrics::routes())
        .merge(datasets::routes())
        .merge(logged_models::routes())
        .merge(promptlab::routes())
}
