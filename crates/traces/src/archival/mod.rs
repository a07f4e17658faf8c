//! Traces whose spans have moved from the database to a file: OTLP's `TracesData`, one file a trace.

mod pass;
mod payload;
mod store;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app::{ApiError, App};
use artifacts::Stores;

use crate::get::spans::{Form, Spans};

pub use pass::run;
pub use tracking::experiments::archival::{Config, load};

/// The tag that says below which location the file is.
pub const LOCATION: &str = "mlflow.trace.archiveLocation";
const FILE: &str = "traces.pb";

/// The spans of an archived trace; none if the file is gone, so that the rest of the trace can still
/// be seen.
///
/// # Errors
/// When the location cannot be opened, or the file is no archived trace.
pub async fn read(stores: &Stores, location: &str, form: Form) -> Result<Spans, ApiError> {
    let mut spans = Spans::new(form);
    let Some(file) = stores.read_file(location, FILE).await? else {
        tracing::warn!(location, "the file of an archived trace is missing");
        return Ok(spans);
    };
    let contents = payload::contents(&file).map_err(|reason| {
        tracing::warn!(location, reason, "an archived trace cannot be read");
        ApiError::new(app::Code::InvalidState, format!("Trace data is corrupted for path={FILE}"))
    })?;
    for content in contents {
        spans.push_stored(&content);
    }
    Ok(spans)
}

/// Deletes the file of an archived trace, if it is there.
///
/// # Errors
/// When the location cannot be opened or the store fails.
pub async fn delete(stores: &Stores, location: &str) -> Result<(), ApiError> {
    stores.delete_file(location, FILE).await
}

/// Archives what is due, over and over. The file is read again each time, so that changes count
/// without a restart.
pub async fn keep_running(app: Arc<App>, stores: Stores, file: PathBuf) {
    const WITHOUT_CONFIG: Duration = Duration::from_secs(60);
    loop {
        let wait = match load(&file) {
            Ok(config) if config.enabled => {
                match run(&app, &stores, &config).await {
                    Ok(0) => {}
                    Ok(traces) => tracing::info!(traces, "archived"),
                    Err(error) => tracing::warn!(error = error.message, "archiving broke off"),
                }
                Duration::from_secs(config.interval_seconds)
            }
            Ok(_) => WITHOUT_CONFIG,
            Err(error) => {
                tracing::warn!(error, "no traces are archived");
                WITHOUT_CONFIG
            }
        };
        tokio::time::sleep(wait).await;
    }
}
