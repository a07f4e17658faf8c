//! The handlers of a trace's tags.

use app::{ApiError, Call, Reply, Shared, required};
use axum::Json;
use axum::extract::{Path, State};
use tracking::experiments::wire::Empty;
use tracking::tags::KeyValue;
use tracking::validation;

use super::store;
use super::wire::TraceTag;

const ARCHIVAL_FAILURE: &str = "mlflow.trace.archivalFailure";
/// Tags that say where the server keeps a trace's spans: no caller may set them.
const KEPT_BY_SERVER: [&str; 3] =
    ["mlflow.trace.spansLocation", "mlflow.trace.archiveLocation", ARCHIVAL_FAILURE];

fn immutable(key: &str, operation: &str) -> ApiError {
    ApiError::invalid(format!("Tag '{key}' is immutable and cannot be {operation} on a trace."))
}

pub(super) async fn set(
    State(app): Shared,
    Path(trace_id): Path<String>,
    Call(request): Call<TraceTag>,
) -> Reply<Empty> {
    let key = required(request.key, "key")?;
    if KEPT_BY_SERVER.contains(&key.as_str()) {
        return Err(immutable(&key, "set"));
    }
    let mut tag = KeyValue { key, value: request.value.unwrap_or_default() };
    validation::length("key", validation::MAX_ENTITY_KEY_LENGTH, &tag.key)?;
    validation::truncate(&mut tag.value, validation::MAX_TAG_VALUE_LENGTH);
    if tag.key == store::NAME_TAG {
        validation::length("Trace name", 4096, &tag.value)?;
    }
    app.db
        .write((trace_id, tag), |tx, (trace_id, tag)| Box::pin(store::set(tx, trace_id, tag)))
        .await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete(
    State(app): Shared,
    Path(trace_id): Path<String>,
    Call(request): Call<TraceTag>,
) -> Reply<Empty> {
    let key = required(request.key, "key")?;
    // Deleting the mark of a failure lets the archival be tried again.
    if KEPT_BY_SERVER.contains(&key.as_str()) && key != ARCHIVAL_FAILURE {
        return Err(immutable(&key, "deleted"));
    }
    app.db
        .write((trace_id, key), |tx, (trace_id, key)| Box::pin(store::delete(tx, trace_id, key)))
        .await?;
    Ok(Json(Empty {}))
}
