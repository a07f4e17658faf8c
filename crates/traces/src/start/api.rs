//! The handlers of starting and ending a trace.

use std::collections::BTreeMap;

use app::{ApiError, Call, Caller, Int64, Reply, Shared, required};
use axum::Json;
use axum::extract::{Path, State};
use tracking::tags::KeyValue;
use tracking::validation;

use super::store::{self, Analytics, StoredTrace, Told};
use super::wire::{
    ExperimentLocation, StartTrace, StartTraceResponse, StartedTrace, TraceInfo, TraceLocation,
    TraceToStart,
};
use super::{store_v2, wire_v2};
use crate::assessments::store::NewAssessment;
use crate::spans::keys::{self, metadata, state, tag};
use crate::time::{Duration, Timestamp};

impl app::call::Present for TraceToStart {}

/// Longest key and value of metadata, and longest value of a tag, that are shown, in characters.
const MAX_METADATA_SHOWN: usize = 250;
const MAX_TAG_SHOWN: usize = 4096;

/// Takes the trace's name out of its tags, and drops those that only the server may set. They come
/// without malice: with the info of a trace that is copied from another server.
fn take_name(tags: &mut BTreeMap<String, String>) -> Result<Option<String>, ApiError> {
    tags.retain(|key, _| !tag::is_immutable(key));
    let name = tags.remove(tag::NAME);
    if let Some(name) = &name {
        validation::length("Trace name", keys::MAX_TRACE_NAME, name)?;
    }
    Ok(name)
}

/// Refuses an id that would be another path than one of its own in the location of the trace's files.
fn check_id(trace_id: &str) -> Result<(), ApiError> {
    let refused = |why| Err(validation::invalid("trace_id", &trace_id.into(), why));
    if trace_id.contains('/') || trace_id.trim_end_matches([' ', '.']) != trace_id {
        return refused("must be a single path component");
    }
    if trace_id.contains(|c: char| "%?#".contains(c) || c.is_ascii_control()) {
        return refused("must not contain '%', '?', '#' or control characters");
    }
    Ok(())
}

/// PostgreSQL cannot keep NUL.
fn without_nul(preview: String) -> String {
    if preview.contains('\0') { preview.replace('\0', "\u{fffd}") } else { preview }
}

fn take_analytics(all: &mut BTreeMap<String, String>) -> Result<Analytics, ApiError> {
    all.retain(|key, _| key != metadata::FINALIZED && !tag::is_immutable(key));
    let analytics = Analytics::take(all);
    if let Some(session) = &analytics.session_id {
        validation::length("Session ID", keys::MAX_SESSION, session)?;
    }
    Ok(analytics)
}

fn shown(map: BTreeMap<String, String>, key: usize, value: usize) -> BTreeMap<String, String> {
    let cut = |text: String, limit| match text.char_indices().nth(limit) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    };
    map.into_iter().map(|(k, v)| (cut(k, key), cut(v, value))).collect()
}

pub(super) async fn start(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<StartTrace>,
) -> Reply<StartTraceResponse> {
    let info = required(request.trace, "trace")?.trace_info;
    let (mut metadata, mut tags) = (info.trace_metadata, info.tags);
    let name = take_name(&mut tags)?;
    let experiment = info.trace_location.mlflow_experiment.unwrap_or_default().experiment_id;
    let trace_id = required(Some(info.trace_id), "trace_id")?;
    check_id(&trace_id)?;
    let assessments = (info.assessments.into_iter())
        .map(|given| NewAssessment::check(given, trace_id.clone(), &app))
        .collect::<Result<Vec<_>, _>>()?;
    let told = Told {
        trace_id,
        experiment_id: validation::experiment_id(&experiment)?,
        client_request_id: info.client_request_id,
        request_preview: info.request_preview.map(without_nul),
        response_preview: info.response_preview.map(without_nul),
        start_ms: info.request_time.unwrap_or_default().0,
        duration_ms: info.execution_duration.map(|duration| duration.0),
        state: info.state.0.unwrap_or_default().name(),
        name,
        analytics: take_analytics(&mut metadata)?,
        metadata,
        tags,
        assessments,
    };
    let trace = app.write(&caller, store::start, (told,)).await?;
    Ok(Json(StartTraceResponse { trace: StartedTrace { trace_info: info_of(trace) } }))
}

fn info_of(trace: StoredTrace) -> TraceInfo {
    TraceInfo {
        trace_id: trace.trace_id,
        client_request_id: trace.client_request_id,
        trace_location: TraceLocation {
            kind: "MLFLOW_EXPERIMENT".to_owned(),
            mlflow_experiment: Some(ExperimentLocation {
                experiment_id: trace.experiment_id.to_string(),
            }),
        },
        request_preview: trace.request_preview,
        response_preview: trace.response_preview,
        request_time: Timestamp(trace.start_ms),
        execution_duration: trace.duration_ms.map(Duration),
        state: trace.state,
        trace_metadata: shown(trace.metadata, MAX_METADATA_SHOWN, MAX_METADATA_SHOWN),
        tags: shown(trace.tags, keys::MAX_TAG_KEY, MAX_TAG_SHOWN),
        assessments: trace.assessments,
    }
}

fn map(pairs: Vec<KeyValue>) -> BTreeMap<String, String> {
    pairs.into_iter().map(|pair| (pair.key, pair.value)).collect()
}

/// What a request of version 2 says. `time` is that of the start or of the end.
fn told_v2(
    trace_id: String,
    time: Option<Int64>,
    (metadata, tags): (Vec<KeyValue>, Vec<KeyValue>),
) -> Result<Told, ApiError> {
    let (mut metadata, mut tags) = (map(metadata), map(tags));
    Ok(Told {
        trace_id,
        start_ms: time.unwrap_or_default().0,
        name: take_name(&mut tags)?,
        analytics: take_analytics(&mut metadata)?,
        metadata,
        tags,
        ..Told::default()
    })
}

pub(super) async fn start_v2(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<wire_v2::StartTrace>,
) -> Reply<wire_v2::TraceResponse> {
    let pairs = (request.request_metadata, request.tags);
    let mut told = told_v2(app.ids.hex(), request.timestamp_ms, pairs)?;
    told.experiment_id = validation::experiment_id(&request.experiment_id.unwrap_or_default())?;
    told.state = state::IN_PROGRESS;
    let trace = app.write(&caller, store_v2::start, (told,)).await?;
    Ok(Json(wire_v2::TraceResponse { trace_info: info_v2(trace) }))
}

pub(super) async fn end_v2(
    State(app): Shared,
    caller: Caller,
    Path(trace_id): Path<String>,
    Call(request): Call<wire_v2::EndTrace>,
) -> Reply<wire_v2::TraceResponse> {
    let pairs = (request.request_metadata, request.tags);
    let mut told = told_v2(trace_id, request.timestamp_ms, pairs)?;
    let status = request.status.0.filter(|status| *status != wire_v2::Status::Unspecified);
    let status = status.ok_or_else(|| ApiError::invalid(wire_v2::NEEDS_STATUS))?;
    told.state = status.state();
    let trace = app.write(&caller, store_v2::end, (told,)).await?;
    Ok(Json(wire_v2::TraceResponse { trace_info: info_v2(trace) }))
}

fn info_v2(trace: StoredTrace) -> wire_v2::TraceInfo {
    let list = |map: BTreeMap<String, String>, key, value| {
        let pairs = shown(map, key, value).into_iter();
        pairs.map(|(key, value)| KeyValue { key, value }).collect()
    };
    let unspecified = trace.state == state::UNSPECIFIED;
    wire_v2::TraceInfo {
        request_id: trace.trace_id,
        experiment_id: trace.experiment_id.to_string(),
        timestamp_ms: trace.start_ms,
        execution_time_ms: trace.duration_ms.unwrap_or_default(),
        status: if unspecified { "TRACE_STATUS_UNSPECIFIED".to_owned() } else { trace.state },
        request_metadata: list(trace.metadata, MAX_METADATA_SHOWN, MAX_METADATA_SHOWN),
        tags: list(trace.tags, keys::MAX_TAG_KEY, MAX_TAG_SHOWN),
    }
}
