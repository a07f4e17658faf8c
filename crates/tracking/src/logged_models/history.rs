//! `runs/log-model`, the way of MLflow 2: models are entries of a JSON list in a tag of the run.

use app::call::shown_text;
use app::{ApiError, Call, Caller, Clock, Reply, Shared, json, required};
use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::store_history as store;
use super::wire::LogModel;
use crate::experiments::wire::Empty;

/// The fields that a model must have, sorted.
const MANDATORY: [&str; 4] = ["artifact_path", "flavors", "run_id", "utc_time_created"];

pub(super) async fn log_model(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<LogModel>,
) -> Reply<Empty> {
    let run_id = request.run_id.filter(|id| !id.is_empty()).or(request.run_uuid);
    let run_id = required(run_id, "run_id")?;
    let model_json = required(request.model_json, "model_json")?;
    let entry = entry(&model_json, &app.clock)?;
    app.write(&caller, store::append, (run_id, entry)).await?;
    Ok(Json(Empty {}))
}

/// What the list keeps of a model.
fn entry(model_json: &str, clock: &Clock) -> Result<Value, ApiError> {
    json::check_values(model_json.as_bytes())?;
    let model: Value = json::read(model_json).map_err(|_| {
        let shown = shown_text(model_json);
        ApiError::invalid(format!("Malformed model info. \n {shown} \n is not a valid JSON."))
    })?;
    let Value::Object(mut model) = model else {
        return Err(ApiError::invalid("Malformed model info. The JSON must be an object."));
    };
    let missing: Vec<String> = (MANDATORY.iter())
        .filter(|field| !model.contains_key(**field))
        .map(|field| format!("'{field}'"))
        .collect();
    if !missing.is_empty() {
        return Err(ApiError::invalid(format!(
            "Model json is missing mandatory fields: {{{}}}",
            missing.join(", ")
        )));
    }
    let mut kept = Map::new();
    for field in ["run_id", "artifact_path"] {
        if let Some(value) = model.remove(field).filter(|value| !value.is_null()) {
            kept.insert(field.to_owned(), value);
        }
    }
    let created = match model.remove("utc_time_created").unwrap_or_default() {
        Value::Null => utc_time(clock.now_ms()),
        Value::String(text) if text.is_empty() => utc_time(clock.now_ms()),
        Value::String(text) => text,
        other => other.to_string(),
    };
    kept.insert("utc_time_created".to_owned(), created.into());
    kept.insert("model_uuid".to_owned(), model.remove("model_uuid").unwrap_or_default());
    kept.insert("flavors".to_owned(), flavors(model.remove("flavors").unwrap_or_default())?);
    Ok(Value::Object(kept))
}

/// The flavors of a model without their own configurations, which may be long.
fn flavors(flavors: Value) -> Result<Value, ApiError> {
    match flavors {
        Value::Null => Ok(json!({})),
        Value::Object(mut flavors) => {
            for flavor in flavors.values_mut().filter_map(Value::as_object_mut) {
                flavor.shift_remove("config");
            }
            Ok(Value::Object(flavors))
        }
        _ => Err(ApiError::invalid("Malformed model info. 'flavors' must be an object.")),
    }
}

/// A time in milliseconds since 1970, not before, as `2026-11-22 23:20:51.123000`, in UTC.
pub fn utc_time(millis: i64) -> String {
    let millis = millis.max(0);
    let (year, month, day) = date(millis / 86_400_000);
    let seconds = millis / 1000 % 86_400;
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}.{:03}000",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        millis % 1000
    )
}

/// The date of a day counted from 1970-01-01.
fn date(mut day: i64) -> (i64, usize, i64) {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while day >= 365 + i64::from(is_leap(year)) {
        day -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + i64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    (year, month, day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_keeps_what_names_the_model() {
        let clock = Clock::fixed(0);
        let model = r#"{"artifact_path": "é", "flavors": {"f": {"a": 1, "config": 2}, "g": [1]},
            "utc_time_created": "t", "run_id": "x", "mlflow_version": "3", "signature": {}}"#;
        assert_eq!(
            python::dumps(&entry(model, &clock).unwrap()),
            "{\"run_id\": \"x\", \"artifact_path\": \"\\u00e9\", \"utc_time_created\": \"t\", \
             \"model_uuid\": null, \"flavors\": {\"f\": {\"a\": 1}, \"g\": [1]}}"
        );
        let bare = r#"{"artifact_path":null,"flavors":null,"utc_time_created":null,"run_id":null}"#;
        assert_eq!(
            python::dumps(&entry(bare, &clock).unwrap()),
            "{\"utc_time_created\": \"1970-01-01 00:00:00.000000\", \"model_uuid\": null, \
             \"flavors\": {}}"
        );
    }

    #[test]
    fn what_is_no_model_is_refused() {
        let clock = Clock::fixed(0);
        let message = |json: &str| entry(json, &clock).unwrap_err().message;
        assert_eq!(
            message("nonsense"),
            "Malformed model info. \n nonsense \n is not a valid JSON."
        );
        assert_eq!(
            message(r#"{"flavors":{},"run_id":"x"}"#),
            "Model json is missing mandatory fields: {'artifact_path', 'utc_time_created'}"
        );
        for json in ["[]", "5", "null"] {
            assert!(message(json).contains("must be an object"), "{json}");
        }
    }

    #[test]
    fn times() {
        for (millis, text) in [
            (0, "1970-01-01 00:00:00.000000"),
            (951_782_400_000, "2000-02-29 00:00:00.000000"),
            (951_868_799_999, "2000-02-29 23:59:59.999000"),
            (1_795_389_729_241, "2026-11-22 23:22:09.241000"),
            (4_107_542_400_000, "2100-03-01 00:00:00.000000"),
            (1_798_761_599_999, "2026-12-31 23:59:59.999000"),
            (-1, "1970-01-01 00:00:00.000000"),
        ] {
            assert_eq!(utc_time(millis), text);
        }
    }
}
