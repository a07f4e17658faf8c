//! The handlers of a trace's tags.

use app::{ApiError, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::{Path, State};
use tracking::experiments::wire::Empty;
use tracking::tags::KeyValue;
use tracking::validation;

use super::store;
use super::wire::TraceTag;
use crate::spans::keys::tag;

fn immutable(key: &str, operation: &str) -> ApiError {
    ApiError::invalid(format!("Tag '{key}' is immutable and cannot be {operation} on a trace."))
}

pub(super) async fn set(
    State(app): Shared,
    caller: Caller,
    Path(trace_id): Path<String>,
    Call(request): Call<TraceTag>,
) -> Reply<Empty> {
    let key = required(request.key, "key")?;
    if tag::is_immutable(&key) {
        return Err(immutable(&key, "set"));
    }
    validation::entity_name(&key, "key")?;
    validation::length("key", validation::MAX_ENTITY_KEY_LENGTH, &key)?;
    let mut value = request.value.unwrap_or_default();
    validation::truncate(&mut value, validation::MAX_TAG_VALUE_LENGTH);
    if key == store::NAME_TAG {
        validation::length("Trace name", 4096, &value)?;
    }
    let input = (trace_id, KeyValue { key, value });
    app.write(&caller, store::set, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Path(trace_id): Path<String>,
    Call(request): Call<TraceTag>,
) -> Reply<Empty> {
    let key = required(request.key, "key")?;
    // Deleting the mark of a failure lets the archival be tried again.
    if tag::is_immutable(&key) && key != tag::ARCHIVAL_FAILURE {
        return Err(immutable(&key, "deleted"));
    }
    app.write(&caller, store::delete, (trace_id, key)).await?;
    Ok(Json(Empty {}))
}
