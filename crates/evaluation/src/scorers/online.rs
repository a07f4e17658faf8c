//! The handlers of online configurations: which scorers mark traces as they come, and how many.

use app::call::{python_type, shown};
use app::{ApiError, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use tracking::validation;

use super::store;
use super::wire::{
    ListOnlineConfigs, ListOnlineConfigsResponse, UpsertOnlineConfig, UpsertOnlineConfigResponse,
};

pub(super) async fn list(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ListOnlineConfigs>,
) -> Reply<ListOnlineConfigsResponse> {
    let scorer_ids = required(request.scorer_ids, "scorer_ids")?;
    let configs = app.read(&caller, store::online_configs, (scorer_ids,)).await?;
    Ok(Json(ListOnlineConfigsResponse { configs }))
}

/// A rate from 0 to 1. Compat: a text that is a number and a boolean count as numbers.
fn sample_rate(value: Option<Value>) -> Result<f64, ApiError> {
    let rate = match value.unwrap_or(Value::Null) {
        Value::Null => return Err(app::call::missing("sample_rate")),
        Value::Bool(flag) => Some(f64::from(u8::from(flag))),
        Value::String(text) if text.is_empty() => return Err(app::call::missing("sample_rate")),
        Value::String(text) => app::number::float(&text),
        other => other.as_f64(),
    };
    let Some(rate) = rate else {
        return Err(ApiError::invalid("sample_rate must be a number"));
    };
    if !(0.0..=1.0).contains(&rate) {
        return Err(ApiError::invalid(format!(
            "sample_rate must be between 0.0 and 1.0, got {}",
            python::repr_float(rate)
        )));
    }
    Ok(rate)
}

fn filter_string(value: Option<Value>) -> Result<Option<String>, ApiError> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text,
        Some(other) => {
            return Err(ApiError::invalid(format!(
                "Invalid value {} for parameter 'filter_string' supplied: Value was of type '{}'. \
                 Expected type 'str' or None.",
                shown(&other),
                python_type(&other)
            )));
        }
    };
    if !text.is_empty() {
        filter::traces::parse(&text)?;
    }
    Ok(Some(text))
}

pub(super) async fn upsert(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<UpsertOnlineConfig>,
) -> Reply<UpsertOnlineConfigResponse> {
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let name = required(request.name, "name")?;
    let filter_string_given = request.filter_string;
    let sample_rate = match filter_string_given {
        // Compat: a filter of the wrong type is refused before the rate is looked at.
        Some(ref value) if !value.is_string() && !value.is_null() => 0.0,
        _ => sample_rate(request.sample_rate)?,
    };
    let new = store::NewOnlineConfig {
        experiment_id: validation::experiment_id(&experiment_id)?,
        name,
        config_id: app.ids.hex(),
        sample_rate,
        filter_string: filter_string(filter_string_given)?,
    };
    let config = app.write(&caller, store::set_online_config, (new,)).await?;
    Ok(Json(UpsertOnlineConfigResponse { config }))
}
