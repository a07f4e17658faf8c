//! The handlers of traces with their spans.

use std::time::Duration;

use app::{ApiError, Call, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use tracking::validation;

use super::store::{self, Spans};
use super::wire::{FullTraceResponse, FullTracesResponse, GetTrace};
use crate::info::wire::TracesById;

/// Seconds after each look for a trace that is not complete.
const WAITS: [u64; 3] = [1, 2, 0];

pub(super) async fn get(
    State(app): Shared,
    Call(request): Call<GetTrace>,
) -> Reply<FullTraceResponse> {
    let trace_id = required(request.trace_id, "trace_id")?;
    let partial = request.allow_partial.unwrap_or_default();
    // A client may ask for a trace whose spans are still on their way.
    for seconds in WAITS {
        let id = trace_id.clone();
        let found = app.db.read(id, |tx, id| Box::pin(store::get(tx, id))).await?;
        let Some((info, spans)) = found else {
            return Err(ApiError::missing(format!("Trace with ID {trace_id} is not found.")));
        };
        if partial || spans.complete(&info) {
            return Ok(Json(FullTraceResponse { trace: spans.into_trace(info)? }));
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
    Err(ApiError::missing(format!(
        "Trace with ID {trace_id} is not fully exported yet, please try again later."
    )))
}

pub(super) async fn batch(
    State(app): Shared,
    Call(request): Call<TracesById>,
) -> Reply<FullTracesResponse> {
    let ids = required(request.trace_ids, "trace_ids")?;
    let experiments = request.experiment_ids.map(|ids| {
        ids.iter().map(|id| validation::experiment_id(id)).collect::<Result<Vec<i64>, _>>()
    });
    let input = (ids, experiments.transpose()?);
    let found = app
        .db
        .read(input, |tx, (ids, experiments)| {
            Box::pin(store::batch(tx, ids, experiments.as_deref()))
        })
        .await?;
    let complete = found.into_iter().filter(|(info, spans): &(_, Spans)| spans.complete(info));
    let traces = complete.map(|(info, spans)| spans.into_trace(info));
    Ok(Json(FullTracesResponse { traces: traces.collect::<Result<_, _>>()? }))
}
