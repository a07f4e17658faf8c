//! The file that says which traces are archived, and where to.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, Value};

/// A checked configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub enabled: bool,
    /// Below which URI the files are kept.
    pub location: String,
    /// How old a trace may get: `30d`.
    pub retention: String,
    /// The same in milliseconds.
    pub retention_ms: i64,
    /// Experiments that may keep their traces longer than that.
    pub long_retention: HashSet<i64>,
    pub interval_seconds: u64,
    pub max_traces: Option<usize>,
}

const DEFAULT_INTERVAL: u64 = 300;
const MAX_INTERVAL: u64 = 86_400;
/// Characters of a duration.
pub(super) const MAX_DURATION_LENGTH: usize = 32;
const FORM: &str = "Expected a duration in the form `<int><unit>`, where unit is one of 'm', 'h', or \
                    'd' (for example '30d' or '12h').";

/// Reads the configuration.
///
/// # Errors
/// A sentence that says what is wrong with the file.
pub fn load(path: &Path) -> Result<Config, String> {
    let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
    let text = read.map_err(|error| format!("Failed to read config file: {error}"));
    text.and_then(|text| parse(&text)).map_err(|error| {
        format!("Invalid trace archival config file '{}': {error}", path.display())
    })
}

fn parse(text: &str) -> Result<Config, String> {
    let value: Value =
        serde_saphyr::from_str(text).map_err(|error| format!("Failed to parse YAML: {error}"))?;
    let Value::Object(mut top) = value else {
        return Err("Top-level YAML value must be a mapping containing 'trace_archival'.".into());
    };
    let Some(Value::Object(fields)) = top.remove("trace_archival") else {
        return Err("Missing required 'trace_archival' mapping.".into());
    };
    let required = |key: &str| {
        let value = fields.get(key);
        value.ok_or_else(|| format!("Missing required 'trace_archival.{key}' value."))
    };
    let enabled = required("enabled")?.as_bool();
    let enabled = enabled.ok_or("'trace_archival.enabled' must be a boolean.")?;
    let location = location(required("location")?)?;
    let retention = required("retention")?.as_str().map(str::trim).unwrap_or_default();
    let retention_ms = duration_ms(retention);
    let retention_ms = retention_ms
        .ok_or_else(|| format!("Invalid value for 'trace_archival.retention'. {FORM}"))?;
    let interval = positive(&fields, "interval_seconds", Some(MAX_INTERVAL))?;
    let max_traces = positive(&fields, "max_traces_per_pass", None)?;
    Ok(Config {
        enabled,
        location,
        retention: retention.to_owned(),
        retention_ms,
        long_retention: long_retention(fields.get("long_retention_allowlist"))?,
        interval_seconds: interval.unwrap_or(DEFAULT_INTERVAL),
        max_traces: max_traces.map(|count| usize::try_from(count).unwrap_or(usize::MAX)),
    })
}

fn location(value: &Value) -> Result<String, String> {
    let refused = |why: &str| format!("Invalid value for 'trace_archival.location'. {why}");
    let text = value.as_str().map(str::trim).unwrap_or_default();
    let Some((scheme, _)) = text.split_once(':').filter(|(scheme, _)| !scheme.is_empty()) else {
        return Err(refused("Expected a URI string."));
    };
    if scheme.eq_ignore_ascii_case("mlflow-artifacts") {
        return Err(refused(
            "Trace archival location cannot use the proxy-only `mlflow-artifacts:` scheme.",
        ));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn positive(
    fields: &Map<String, Value>,
    key: &str,
    maximum: Option<u64>,
) -> Result<Option<u64>, String> {
    let Some(value) = fields.get(key) else { return Ok(None) };
    let Some(number) = value.as_u64().filter(|number| *number > 0) else {
        return Err(format!("'trace_archival.{key}' must be a positive integer."));
    };
    match maximum {
        Some(maximum) if number > maximum => {
            Err(format!("'trace_archival.{key}' must be <= {maximum}."))
        }
        _ => Ok(Some(number)),
    }
}

fn long_retention(value: Option<&Value>) -> Result<HashSet<i64>, String> {
    const KEY: &str = "'trace_archival.long_retention_allowlist";
    let items = match value {
        None | Some(Value::Null) => return Ok(HashSet::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(format!("{KEY}' must be a list.")),
    };
    let id = |(index, item): (usize, &Value)| {
        let id = match item {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_i64(),
        };
        id.ok_or_else(|| format!("{KEY}[{index}]' must be a scalar experiment ID."))
    };
    items.iter().enumerate().map(id).collect()
}

/// The milliseconds of `30d`, `12h` or `5m`.
pub fn duration_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.len() > MAX_DURATION_LENGTH || !text.is_ascii() {
        return None;
    }
    let (amount, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit_ms = match unit {
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let positive = !amount.is_empty() && !amount.starts_with('0');
    if !positive || !amount.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // More than a number can hold is for ever.
    Some(amount.parse().unwrap_or(i64::MAX).saturating_mul(unit_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "trace_archival:\n  enabled: true\n  location: file:///archive/\n  \
                         retention: 30d\n  long_retention_allowlist: [1, '2']\n  \
                         max_traces_per_pass: 7\n";

    #[test]
    fn a_whole_file() {
        let config = parse(WHOLE).unwrap();
        assert_eq!(
            config,
            Config {
                enabled: true,
                location: "file:///archive".to_owned(),
                retention: "30d".to_owned(),
                retention_ms: 30 * 86_400_000,
                long_retention: HashSet::from([1, 2]),
                interval_seconds: 300,
                max_traces: Some(7),
            }
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let refused = |from: &str, to: &str| parse(&WHOLE.replace(from, to)).unwrap_err();
        assert!(parse("[").unwrap_err().starts_with("Failed to parse YAML: "));
        assert!(parse("- a").unwrap_err().starts_with("Top-level YAML value"));
        assert_eq!(
            refused("trace_archival:", "other:"),
            "Missing required 'trace_archival' mapping."
        );
        assert_eq!(
            refused("enabled: true", "enabled: maybe"),
            "'trace_archival.enabled' must be a boolean."
        );
        assert_eq!(
            refused("retention: 30d", "kept: 30d"),
            "Missing required 'trace_archival.retention' value."
        );
        assert!(refused("retention: 30d", "retention: 0d").contains("Expected a duration"));
        assert!(refused("file:///archive/", "mlflow-artifacts:/a").contains("proxy-only"));
        assert!(refused("file:///archive/", "archive").contains("Expected a URI string."));
        assert!(refused("max_traces_per_pass: 7", "max_traces_per_pass: 0").contains("positive"));
        assert!(refused("[1, '2']", "[[1]]").contains("allowlist[0]"));
    }

    #[test]
    fn durations() {
        assert_eq!(duration_ms(" 5m "), Some(300_000));
        assert_eq!(duration_ms("12h"), Some(43_200_000));
        for text in ["", "d", "0d", "-1d", "1.5d", "5s", "5"] {
            assert_eq!(duration_ms(text), None, "{text}");
        }
    }
}
