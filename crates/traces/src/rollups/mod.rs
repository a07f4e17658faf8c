//! Daily sums of traces, spans and assessments (MLflow's SQL rollups), if the operator wants them.
//!
//! A day of an experiment is summed up once it has been over for 24 hours. Every replica looks for
//! such days, at its start and by the schedule, and sums them up one at a time
//! ([`store_build`]). Writers note which days they have changed ([`app::rollups`], which also says why
//! no change is lost). `metrics` takes the sums of days that are not noted instead of their traces.

mod keep;
mod pass;
mod schedule;
mod store_build;
pub(crate) mod store_changed;
mod store_due;
pub mod store_forget;

use std::sync::Arc;

use app::App;
use jobs::Job;

pub use schedule::Schedule;

/// How daily sums are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub schedule: Schedule,
    /// Days, of an experiment and a family each, that one pass sums up at most.
    pub at_most: usize,
}

/// What keeps the daily sums, or forgets those that were made with the setting on, or by MLflow: with it off, they would
/// go stale.
pub(crate) fn job(app: &Arc<App>, settings: Option<Settings>) -> Arc<dyn Job> {
    match settings {
        Some(settings) => Arc::new(keep::Keep::new(Arc::clone(app), settings)),
        None => Arc::new(keep::Forget::new(app.backend.clone())),
    }
}
