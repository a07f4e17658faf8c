//! The handlers of traces with their spans.

use std::sync::Arc;
use std::time::Duration;

use app::{ApiError, App, Call, Caller, Reply, Shared, required};
use artifacts::Stores;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::stream::{self, StreamExt};
use tracking::validation;

use super::spans::{Form, Spans, complete};
use super::store::{self, Held, PIECE};
use super::wire::{FullTrace, FullTracesResponse, GetTrace};
use crate::archival;
use crate::info::wire::{TraceInfo, TracesById};

/// Seconds after each look for a trace that is not complete.
const WAITS: [u64; 3] = [1, 2, 0];

/// A trace's spans, or the ids of its spans if they are many.
pub(super) enum Found {
    Here(Spans),
    Many(Vec<String>),
    /// In a file that the client wrote, if at all.
    Elsewhere,
}

/// Looks for a trace and its spans, wherever they are. With `partial`, those that are there do;
/// without, a caller may ask for a trace whose spans are still on their way.
pub(super) async fn find(
    app: &App,
    caller: &Caller,
    stores: &Stores,
    trace_id: &str,
    partial: bool,
    form: Form,
) -> Result<(TraceInfo, Found), ApiError> {
    for seconds in WAITS {
        let id = trace_id.to_owned();
        let found = app.read(caller, store::get, (id, form)).await?;
        let Some((info, held)) = found else {
            return Err(ApiError::missing(format!("Trace with ID {trace_id} is not found.")));
        };
        let (count, spans) = match held {
            Held::Archived(location) => {
                return Ok((
                    info,
                    Found::Here(archival::read(stores, (trace_id, location.as_str()), form).await?),
                ));
            }
            Held::Elsewhere => return Ok((info, Found::Elsewhere)),
            Held::Here(spans) => (spans.count(), Found::Here(spans)),
            Held::Many(ids) => (ids.len() as u64, Found::Many(ids)),
        };
        if partial || complete(count, &info) {
            return Ok((info, spans));
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
    Err(ApiError::missing(format!(
        "Trace with ID {trace_id} is not fully exported yet, please try again later."
    )))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    Call(request): Call<GetTrace>,
) -> Result<Response, ApiError> {
    let trace_id = required(request.trace_id, "trace_id")?;
    let partial = request.allow_partial.unwrap_or_default();
    let (info, spans) =
        find(&app, &caller, &stores, &trace_id, partial, Form::OpenTelemetry).await?;
    let mut head = b"{\"trace\":{\"trace_info\":".to_vec();
    serde_json::to_writer(&mut head, &info).map_err(ApiError::internal)?;
    let body = match spans {
        Found::Elsewhere => return Err(store::elsewhere()),
        Found::Here(spans) => {
            if spans.count() > 0 {
                head.extend_from_slice(b",\"spans\":[");
                head.extend_from_slice(&spans.into_json());
                head.push(b']');
            }
            head.extend_from_slice(b"}}");
            Body::from(head)
        }
        Found::Many(ids) => {
            head.extend_from_slice(b",\"spans\":[");
            let form = Form::OpenTelemetry;
            streamed(app, caller, Spanned { trace_id, ids, form }, head, b"]}}")
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// Many spans of a trace, by their ids.
pub(super) struct Spanned {
    pub trace_id: String,
    pub ids: Vec<String>,
    pub form: Form,
}

/// A body of many spans, read piece by piece as the caller takes them.
pub(super) fn streamed(
    app: Arc<App>,
    caller: Caller,
    spanned: Spanned,
    head: Vec<u8>,
    tail: &'static [u8],
) -> Body {
    let Spanned { trace_id, ids, form } = spanned;
    let pieces: Vec<Vec<String>> = ids.chunks(PIECE).map(<[String]>::to_vec).collect();
    let pieces = stream::iter(pieces.into_iter().enumerate()).then(move |(index, ids)| {
        let (app, caller, trace_id) = (Arc::clone(&app), caller.clone(), trace_id.clone());
        async move {
            let read = app.read(&caller, store::piece, (trace_id, ids, form));
            let spans = read.await.inspect_err(|error| {
                tracing::error!(error = error.message, "reading a trace broke off");
            })?;
            let mut json = spans.into_json();
            if index > 0 && !json.is_empty() {
                json.insert(0, b',');
            }
            Ok::<_, ApiError>(json)
        }
    });
    let ends = |bytes: Vec<u8>| stream::iter([Ok::<_, ApiError>(bytes)]);
    Body::from_stream(ends(head).chain(pieces).chain(ends(tail.to_vec())))
}

pub(super) async fn batch(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    Call(request): Call<TracesById>,
) -> Reply<FullTracesResponse> {
    let ids = required(request.trace_ids, "trace_ids")?;
    let experiments = request.experiment_ids.map(|ids| {
        ids.iter().map(|id| validation::experiment_id(id)).collect::<Result<Vec<i64>, _>>()
    });
    let input = (ids, experiments.transpose()?);
    let found = app.read(&caller, store::batch, input).await?;
    let mut traces = Vec::new();
    for (info, held) in found {
        let trace = match held {
            Held::Here(spans) if complete(spans.count(), &info) => FullTrace::new(info, spans)?,
            // What was archived is complete, or lost.
            Held::Archived(location) => {
                let place = (info.trace_id.as_str(), location.as_str());
                let spans = archival::read(&stores, place, Form::OpenTelemetry).await?;
                FullTrace::new(info, spans)?
            }
            Held::Elsewhere => return Err(store::elsewhere()),
            _ => continue,
        };
        traces.push(trace);
    }
    Ok(Json(FullTracesResponse { traces }))
}
