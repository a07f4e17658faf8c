//! Daily sums of traces, spans and assessments (MLflow's SQL rollups), if the operator wants them.
//!
//! A day of an experiment is summed up once it has been over for 24 hours. Every replica looks for
//! such days, at its start and by the schedule, and sums them up one at a time
//! ([`store_build`]). Writers note which days they have changed ([`app::rollups`], which also says why
//! no change is lost). `metrics` takes the sums of days that are not noted instead of their traces.

mod pass;
mod schedule;
mod store_build;
pub(crate) mod store_changed;
mod store_due;
pub mod store_forget;

use std::sync::Arc;
use std::time::Duration;

use app::App;

pub use pass::{Summary, run};
pub use schedule::Schedule;

/// How daily sums are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub schedule: Schedule,
    /// Days, of an experiment and a family each, that one pass sums up at most.
    pub at_most: usize,
}

/// Sums up what is due, now and by the schedule.
pub async fn keep_running(app: Arc<App>, settings: Settings) {
    // Looked at the clock again so often, which may have been set meanwhile.
    const NAP: Duration = Duration::from_mins(1);
    loop {
        match run(&app, settings.at_most).await {
            Ok(Summary { built, emptied, deferred, failed, limited }) => tracing::info!(
                built,
                emptied,
                deferred,
                failed,
                limited,
                "summed up days of traces"
            ),
            Err(error) => tracing::warn!(error = error.message, "summing up days broke off"),
        }
        let Some(next_ms) = settings.schedule.after(app.clock.now_ms()) else { return };
        loop {
            let wait = next_ms.saturating_sub(app.clock.now_ms());
            let Ok(wait) = u64::try_from(wait) else { break };
            if wait == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(wait).min(NAP)).await;
        }
    }
}
