//! The log: one line for each event, on stderr, written by a thread of its own so that no request
//! waits for a slow reader.

use std::io::BufWriter;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::cli::LogFormat;

/// Bytes of log lines that are written at once, at most.
const BUFFER: usize = 64 * 1024;

/// Starts logging. What is returned writes the last lines out when it is dropped.
///
/// # Errors
/// A sentence, when the level is not a level.
pub fn start(format: LogFormat, level: &str) -> Result<WorkerGuard, String> {
    let level = if level.is_empty() { "info" } else { level };
    // A word alone is a level; the filter's own syntax would take any other for a module's name.
    if !level.contains(['=', ',']) && level.parse::<LevelFilter>().is_err() {
        return Err(format!("--log-level {level} is not a level: error, warn, info, debug, trace"));
    }
    let filter = EnvFilter::builder()
        .parse(level)
        .map_err(|error| format!("--log-level {level} is invalid: {error}"))?;
    // Buffered: lines that wait together are written together. The thread flushes when none waits.
    let output = BufWriter::with_capacity(BUFFER, std::io::stderr());
    let (writer, guard) = NonBlockingBuilder::default().thread_name("log").finish(output);
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let installed = match format {
        LogFormat::Text => subscriber.with_ansi(false).with_target(false).compact().try_init(),
        LogFormat::Json => subscriber
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
    };
    installed.map_err(|error| format!("the log cannot be started: {error}"))?;
    Ok(guard)
}
