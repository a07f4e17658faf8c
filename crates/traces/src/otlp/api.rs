//! The handler of exports.

use app::{ApiError, App, Caller, Shared};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tracking::validation;

use super::answer::{self, Encoding};
use super::model::Export;
use super::{EXPERIMENT_HEADER, RUN_HEADER, json, mended, protobuf};
use crate::links::store::Link;
use crate::spans::batch::{self, Batch, Dropped};
use crate::spans::store;

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

pub(super) async fn export(
    State(app): Shared,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(experiment) = text(&headers, EXPERIMENT_HEADER) else {
        return answer::no_experiment();
    };
    // Compat: a header that says nothing means the default experiment.
    let experiment = if experiment.is_empty() { "0" } else { experiment };
    let content_type = text(&headers, header::CONTENT_TYPE.as_str());
    let Some(encoding) = content_type.and_then(Encoding::of) else {
        let shown = content_type.unwrap_or("None");
        return answer::refusal(
            StatusCode::BAD_REQUEST,
            format!(
                "Invalid Content-Type: {shown}. Expected: application/x-protobuf or \
                 application/json"
            ),
        );
    };
    let target = Target { experiment, run: text(&headers, RUN_HEADER) };
    match store(&app, &caller, &target, encoding, body).await {
        Ok(dropped) => answer::accepted(encoding, &dropped),
        Err(Failure::Request(status, detail)) => answer::refusal(status, detail),
        Err(Failure::Call(error)) => error.into_response(),
    }
}

/// Where an export is to go.
struct Target<'h> {
    experiment: &'h str,
    run: Option<&'h str>,
}

/// Why an export stored nothing.
enum Failure {
    Request(StatusCode, String),
    Call(ApiError),
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Call(error)
    }
}

/// Bodies from this size on are read beside the threads that answer requests.
const LARGE: usize = 256 * 1024;

/// How many large bodies are read at once: each takes several times its size.
static LARGE_AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Reads an export and sorts its spans, without keeping others waiting.
async fn read(
    target: &Target<'_>,
    encoding: Encoding,
    body: Bytes,
) -> Result<(Batch, Dropped), Failure> {
    if body.len() < LARGE {
        return sorted(target.experiment, encoding, &body);
    }
    // It is never closed, and a body is better read without its turn than not at all.
    let turn = LARGE_AT_ONCE.acquire().await;
    let experiment = target.experiment.to_owned();
    let read = move || {
        let read = sorted(&experiment, encoding, &body);
        drop(turn);
        read
    };
    tokio::task::spawn_blocking(read).await.map_err(ApiError::internal)?
}

fn malformed(reason: &dyn std::fmt::Display) -> Failure {
    Failure::Request(StatusCode::BAD_REQUEST, format!("Invalid OpenTelemetry format: {reason}"))
}

fn sorted(experiment: &str, encoding: Encoding, body: &[u8]) -> Result<(Batch, Dropped), Failure> {
    match encoding {
        Encoding::Protobuf => {
            sort(experiment, &protobuf::decode(body).map_err(|why| malformed(&why))?)
        }
        Encoding::Json => match json::decode(body) {
            Ok(export) => sort(experiment, &export),
            Err(why) => {
                let mended = mended::mended(body).ok_or_else(|| malformed(&why))?;
                sort(experiment, &json::decode(&mended).map_err(|why| malformed(&why))?)
            }
        },
    }
}

/// The spans by trace, and what of them was left out. There may be none, but not because of what they
/// are.
fn sort(experiment: &str, export: &Export<'_>) -> Result<(Batch, Dropped), Failure> {
    if export.resources.is_empty() {
        let detail = "Invalid OpenTelemetry format - no spans found".to_owned();
        return Err(Failure::Request(StatusCode::BAD_REQUEST, detail));
    }
    let (batch, dropped) = batch::sort(validation::experiment_id(experiment)?, export);
    if batch.traces.is_empty() && dropped.spans > 0 {
        let reasons = dropped.reasons.join("; ");
        let detail = format!("Cannot convert OpenTelemetry span to MLflow span: {reasons}");
        return Err(Failure::Request(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    Ok((batch, dropped))
}

/// Reads and stores an export. Returns what of it was left out.
async fn store(
    app: &App,
    caller: &Caller,
    target: &Target<'_>,
    encoding: Encoding,
    body: Bytes,
) -> Result<Dropped, Failure> {
    let (mut batch, mut dropped) = read(target, encoding, body).await?;
    if batch.traces.is_empty() {
        return Ok(dropped);
    }
    if let Some(run) = target.run {
        let complete = batch.traces.iter().filter(|(_, draft)| draft.root_state.is_some());
        batch.links = complete
            .map(|(trace_id, _)| Link::to_run(app.ids.hex(), trace_id.clone(), run.to_owned()))
            .collect();
    }
    let written = app.write(caller, store::log_spans, (batch,)).await?;
    if let (Some(run), true) = (target.run, written.run_is_missing) {
        dropped.note(format!("the experiment has no run '{run}' to link the traces to"));
    }
    for (trace_id, spans) in written.archived {
        dropped.spans += spans;
        dropped.note(format!("the spans of the archived trace '{trace_id}' were dropped"));
    }
    Ok(dropped)
}
