//! The handlers of traces without their spans.

use app::{ApiError, Call, Caller, Reply, Shared, required};
use artifacts::Stores;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use tracking::validation;

use super::store::{self, Deleted, Deletion};
use super::wire::{
    DeleteTraces, DeleteTracesResponse, Trace, TraceInfoV2Response, TraceInfosResponse,
    TraceResponse, TracesById,
};
use crate::archival;

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<String>,
) -> Reply<TraceResponse> {
    let trace_info = app.read(&caller, store::get, (id,)).await?;
    Ok(Json(TraceResponse { trace: Trace { trace_info } }))
}

pub(super) async fn get_v2(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<String>,
) -> Reply<TraceInfoV2Response> {
    let info = app.read(&caller, store::get, (id,)).await?;
    Ok(Json(TraceInfoV2Response { trace_info: info.into() }))
}

pub(super) async fn batch(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<TracesById>,
) -> Reply<TraceInfosResponse> {
    let ids = required(request.trace_ids, "trace_ids")?;
    let experiments = request.experiment_ids.map(|ids| {
        ids.iter().map(|id| validation::experiment_id(id)).collect::<Result<Vec<i64>, _>>()
    });
    let input = (ids, experiments.transpose()?);
    let trace_infos = app.read(&caller, store::batch, input).await?;
    Ok(Json(TraceInfosResponse { trace_infos }))
}

/// Refuses a deletion that names no traces, or that names them in two ways.
fn check_deletion(request: &DeleteTraces) -> Result<(), ApiError> {
    let by_id = request.request_ids.as_ref().is_some_and(|ids| !ids.is_empty());
    let refused = match (request.max_timestamp_millis, by_id, request.max_traces) {
        (None, false, _) => "Either `max_timestamp_millis` or `trace_ids` must be specified.",
        (Some(_), true, _) => {
            "Only one of `max_timestamp_millis` and `trace_ids` can be specified."
        }
        (_, true, Some(_)) => "`max_traces` can't be specified if `trace_ids` is specified.",
        (_, _, Some(count)) if count.0 <= 0 => {
            return Err(ApiError::invalid(format!(
                "`max_traces` must be a positive integer, received {}.",
                count.0
            )));
        }
        _ => return Ok(()),
    };
    Err(ApiError::invalid(refused))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    Call(request): Call<DeleteTraces>,
) -> Reply<DeleteTracesResponse> {
    let experiment_id = required(request.experiment_id.clone(), "experiment_id")?;
    check_deletion(&request)?;
    let experiment_id = validation::experiment_id(&experiment_id)?;
    let deletion = Deletion {
        experiment_id,
        until_ms: request.max_timestamp_millis.map(i64::from),
        at_most: request.max_traces.map(i64::from),
        ids: request.request_ids.unwrap_or_default(),
    };
    let Deleted { count, archived } = app.write(&caller, store::delete, (deletion,)).await?;
    // Files first: a trace whose file could not be deleted stays, to be deleted again.
    let mut gone = Vec::with_capacity(archived.len());
    for (trace_id, location) in archived {
        let deleted = match &location {
            Some(location) => archival::delete(&stores, &trace_id, location).await,
            None => Ok(()),
        };
        match deleted {
            Ok(()) => gone.push(trace_id),
            Err(error) => {
                let error = error.message;
                tracing::error!(trace_id, error, "the file of an archived trace stays");
            }
        }
    }
    if gone.is_empty() {
        return Ok(Json(DeleteTracesResponse { traces_deleted: count }));
    }
    let more = app.write(&caller, store::delete_rows, (experiment_id, gone)).await?;
    Ok(Json(DeleteTracesResponse { traces_deleted: count + more }))
}
