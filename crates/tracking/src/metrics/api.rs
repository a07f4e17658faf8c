//! The handler that logs one point.

use app::{Call, Caller, Reply, required};
use axum::Json;

use super::MetricWriter;
use super::store::Point;
use super::wire::{LogMetric, LoggedMetric};
use crate::experiments::wire::Empty;

pub(super) async fn log(
    writer: MetricWriter,
    caller: Caller,
    Call(request): Call<LogMetric>,
) -> Reply<Empty> {
    let run_id = request.run_id.or(request.run_uuid);
    let run_id = required(run_id, "run_id")?;
    let metric = LoggedMetric {
        key: Some(required(request.key, "key")?),
        value: Some(required(request.value, "value")?),
        timestamp: Some(required(request.timestamp, "timestamp")?),
        step: request.step,
        model_id: request.model_id,
        dataset_name: request.dataset_name,
        dataset_digest: request.dataset_digest,
    };
    let point = Point::check(metric, "")?;
    writer.write(&caller, (run_id, point)).await?;
    Ok(Json(Empty {}))
}
