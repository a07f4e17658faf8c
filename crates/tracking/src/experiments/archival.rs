//! The two tags by which an experiment says how long its traces stay in the database.

use app::ApiError;
use serde_json::{Map, Value};

const RETENTION: &str = "mlflow.trace.archivalRetention";
const NOW: &str = "mlflow.trace.archiveNow";

/// Characters of a duration.
const MAX_LENGTH: usize = 32;

/// Refuses a value that means nothing for one of the two tags. Other tags are free.
pub(super) fn check_tag(key: &str, value: &str) -> Result<(), ApiError> {
    match key {
        RETENTION => {
            let config = object(value)?;
            if config.get("type").and_then(Value::as_str) != Some("duration") {
                return Err(ApiError::invalid("Trace archival config must use type 'duration'."));
            }
            duration(config.get("value"))
        }
        NOW => match object(value)?.get("older_than") {
            None | Some(Value::Null) => Ok(()),
            given => duration(given),
        },
        _ => Ok(()),
    }
}

fn object(value: &str) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_str(value)
        .map_err(|_| ApiError::invalid("Trace archival config must be encoded as a JSON object."))
}

/// Refuses what is no duration such as `30d`, `12h` or `5m`.
fn duration(value: Option<&Value>) -> Result<(), ApiError> {
    let text = value.and_then(Value::as_str).unwrap_or_default().trim();
    if text.chars().count() > MAX_LENGTH {
        return Err(ApiError::invalid("Trace archival duration must be at most 32 characters."));
    }
    let digits = text.strip_suffix(['m', 'h', 'd']).unwrap_or_default();
    let positive = !digits.starts_with('0') && !digits.is_empty();
    if positive && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(ApiError::invalid(
        "Trace archival retention must be in the form `<int><unit>`, where unit is one of 'm', \
         'h', or 'd'.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_checked() {
        let accepted = |key, value| check_tag(key, value).is_ok();
        assert!(accepted(RETENTION, r#"{"type":"duration","value":"30d"}"#));
        assert!(accepted(NOW, "{}") && accepted(NOW, r#"{"older_than":"5m"}"#));
        assert!(accepted("anything", "nonsense"));
        for value in ["nonsense", "[]", "{}", r#"{"type":"duration","value":"0d"}"#] {
            assert!(!accepted(RETENTION, value), "{value}");
        }
        for value in ["1", r#"{"older_than":5}"#, r#"{"older_than":"1y"}"#, r#"{"older_than":"d"}"#]
        {
            assert!(!accepted(NOW, value), "{value}");
        }
    }
}
