//! Work that goes on beside requests, and ends in an orderly way.
//!
//! A feature exports its jobs as it exports its routes; the server starts them all, and stops them before it closes
//! the database. Every replica runs every job. What must happen once is claimed in the database by the job itself,
//! piece by piece and under a lease, so that a replica that dies gives up no more than the piece it holds.

mod runtime;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use runtime::Jobs;
/// Cancelled when the server stops.
pub use tokio_util::sync::CancellationToken as Stop;

/// One run of a job, as [`Job::run`] returns it.
pub type Run = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Something that is done beside requests: once, over and over, or as long as the server runs.
pub trait Job: Send + Sync + 'static {
    /// What the log calls it.
    fn name(&self) -> &'static str;

    /// Does what is to be done now, the first time as soon as the server is ready.
    ///
    /// A failure is logged by the job, and tried again when it runs next. After a panic the job runs again in a
    /// moment. Once `stop` is cancelled, the run must end at the next place where it leaves nothing half done, within
    /// seconds: a run that takes longer is dropped.
    fn run(self: Arc<Self>, stop: Stop) -> Run;

    /// When it runs next, asked after each run. `now_ms`: the server's clock, in milliseconds since 1970.
    fn next(&self, _now_ms: i64) -> Next {
        Next::Never
    }
}

/// When a job runs again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Never,
    /// So long after the end of the last run.
    After(Duration),
    /// At this time of the server's clock, in milliseconds since 1970.
    AtMs(i64),
}
