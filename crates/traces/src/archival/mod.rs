//! Traces whose spans have moved from the database to a file: OTLP's `TracesData`, one file a trace.

mod keep;
mod pass;
mod payload;
mod store;

use std::sync::Arc;

use app::{ApiError, App};
use artifacts::Stores;
use jobs::Job;
use tokio::sync::Semaphore;

use crate::get::spans::{Form, Spans};

pub use tracking::experiments::archival::{Config, load};

const FILE: &str = "traces.pb";

/// Longest file of a trace, in bytes. A trace of more stays in the database.
const MAX_FILE: usize = 256 << 20;

/// Where the file of a trace is, below the archive's own location.
fn folder(experiment: impl std::fmt::Display, trace_id: &str) -> String {
    format!("{experiment}/traces/{trace_id}/artifacts")
}

/// Whether the file of this trace was put at this location. A tag from a time when callers could set it
/// may name any place that the server reaches.
fn is_place_of(trace_id: &str, location: &str) -> bool {
    let Some((start, _)) = location.rsplit_once("/traces/") else { return false };
    let experiment = start.rsplit('/').next().unwrap_or_default();
    experiment.parse::<u64>().is_ok()
        && location.ends_with(&format!("/{}", folder(experiment, trace_id)))
}

fn corrupted() -> ApiError {
    ApiError::new(app::Code::InvalidState, format!("Trace data is corrupted for path={FILE}"))
}

/// The spans of an archived trace; none if the file is gone, so that the rest of the trace can still
/// be seen.
///
/// # Errors
/// When the location cannot be opened, or is not this trace's, or the file is no archived trace.
pub async fn read(
    stores: &Stores,
    (trace_id, location): (&str, &str),
    form: Form,
) -> Result<Spans, ApiError> {
    if !is_place_of(trace_id, location) {
        tracing::warn!(trace_id, location, "a trace names a place that is not its archive");
        return Err(corrupted());
    }
    // What is made of a file takes several times its size.
    let _turn = AT_ONCE.acquire().await;
    let Some(file) = stores.read_file(location, FILE).await? else {
        tracing::warn!(location, "the file of an archived trace is missing");
        return Ok(Spans::new(form));
    };
    let read = tokio::task::spawn_blocking(move || {
        let mut spans = Spans::new(form);
        for content in payload::contents(&file)? {
            spans.push_stored(&content);
        }
        Ok(spans)
    });
    read.await.map_err(ApiError::internal)?.map_err(|reason: String| {
        tracing::warn!(location, reason, "an archived trace cannot be read");
        corrupted()
    })
}

/// How many files are read at once.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Deletes the file of an archived trace, if it is there.
///
/// # Errors
/// When the location cannot be opened or the store fails.
pub async fn delete(stores: &Stores, trace_id: &str, location: &str) -> Result<(), ApiError> {
    if !is_place_of(trace_id, location) {
        tracing::warn!(
            trace_id,
            location,
            "a trace names a place that is not its archive: it stays"
        );
        return Ok(());
    }
    stores.delete_file(location, FILE).await
}

/// What archives traces, if the server was started with a file that says which.
pub(crate) fn job(app: &Arc<App>, stores: &Stores) -> Option<Arc<dyn Job>> {
    let file = app.settings.trace_archival.clone()?;
    Some(Arc::new(keep::Archive::new(Arc::clone(app), stores.clone(), file)))
}

#[cfg(test)]
mod tests {
    use super::is_place_of;

    #[test]
    fn a_trace_has_one_place_in_an_archive() {
        for location in [
            "file:///archive/3/traces/tr-1/artifacts",
            "s3://bucket/1/traces/tr-1/artifacts",
            "file:///a/traces/0/traces/tr-1/artifacts",
        ] {
            assert!(is_place_of("tr-1", location), "{location}");
        }
        for location in [
            "",
            "file:///archive/3/traces/tr-2/artifacts",
            "file:///archive/3/traces/tr-1/artifacts/x",
            "file:///archive/x/traces/tr-1/artifacts",
            "file:///archive/traces/tr-1/artifacts",
            "tr-1/artifacts",
        ] {
            assert!(!is_place_of("tr-1", location), "{location}");
        }
        assert!(!is_place_of("", "file:///a/3/traces//b/artifacts"));
    }
}
