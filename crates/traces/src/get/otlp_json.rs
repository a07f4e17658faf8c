//! A stored span as protobuf's JSON mapping writes OpenTelemetry's span.
//!
//! A stored span keeps each attribute's value as a JSON text; here it becomes a value with its kind.

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct StoredSpan {
    trace_id: String,
    span_id: String,
    #[serde(default)]
    parent_span_id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    start_time_unix_nano: u64,
    #[serde(default)]
    end_time_unix_nano: Option<u64>,
    #[serde(default)]
    events: Vec<StoredEvent>,
    #[serde(default)]
    status: StoredStatus,
    #[serde(default)]
    attributes: Map<String, Value>,
}

#[derive(Deserialize)]
struct StoredEvent {
    #[serde(default)]
    name: String,
    #[serde(default)]
    time_unix_nano: u64,
    #[serde(default)]
    attributes: Option<Map<String, Value>>,
}

#[derive(Default, Deserialize)]
struct StoredStatus {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: Option<String>,
}

/// Writes the span.
///
/// # Errors
/// When `content` is no stored span.
pub fn push_span(out: &mut String, content: &str) -> Result<(), serde_json::Error> {
    let span: StoredSpan = serde_json::from_str(content)?;
    out.push_str("{\"trace_id\":");
    push_text(out, &span.trace_id);
    out.push_str(",\"span_id\":");
    push_text(out, &span.span_id);
    if let Some(parent) = span.parent_span_id.filter(|parent| !parent.is_empty()) {
        out.push_str(",\"parent_span_id\":");
        push_text(out, &parent);
    }
    out.push_str(",\"name\":");
    push_text(out, &span.name);
    out.push_str(",\"start_time_unix_nano\":");
    out.push_str(&span.start_time_unix_nano.to_string());
    if let Some(end) = span.end_time_unix_nano.filter(|end| *end != 0) {
        out.push_str(",\"end_time_unix_nano\":");
        out.push_str(&end.to_string());
    }
    let decoded = span.attributes.into_iter().map(|(key, value)| (key, decoded(value)));
    push_attributes(out, ",\"attributes\":[", decoded);
    push_events(out, span.events);
    push_status(out, &span.status);
    out.push('}');
    Ok(())
}

fn push_events(out: &mut String, events: Vec<StoredEvent>) {
    if events.is_empty() {
        return;
    }
    out.push_str(",\"events\":[");
    for (index, event) in events.into_iter().enumerate() {
        out.push_str(if index == 0 { "{\"time_unix_nano\":" } else { ",{\"time_unix_nano\":" });
        out.push_str(&event.time_unix_nano.to_string());
        out.push_str(",\"name\":");
        push_text(out, &event.name);
        let attributes = event.attributes.unwrap_or_default();
        push_attributes(out, ",\"attributes\":[", attributes.into_iter());
        out.push('}');
    }
    out.push(']');
}

fn push_status(out: &mut String, status: &StoredStatus) {
    let code = match status.code.as_str() {
        "OK" | "STATUS_CODE_OK" => Some("STATUS_CODE_OK"),
        "ERROR" | "STATUS_CODE_ERROR" => Some("STATUS_CODE_ERROR"),
        // The first value of an enumeration is not written.
        _ => None,
    };
    let message = status.message.as_deref().filter(|message| !message.is_empty());
    out.push_str(",\"status\":{");
    if let Some(code) = code {
        out.push_str("\"code\":");
        push_text(out, code);
    }
    if let Some(message) = message {
        out.push_str(if code.is_some() { ",\"message\":" } else { "\"message\":" });
        push_text(out, message);
    }
    out.push('}');
}

/// The value that an attribute's text writes; a text that is no JSON is the value itself.
fn decoded(value: Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(&text)
            .unwrap_or_else(|_| if text.is_empty() { Value::Null } else { Value::String(text) }),
        other => other,
    }
}

fn push_attributes(
    out: &mut String,
    opening: &str,
    attributes: impl Iterator<Item = (String, Value)>,
) {
    let mut any = false;
    for (key, value) in attributes {
        out.push_str(if any { ",{\"key\":" } else { opening });
        if !any {
            out.push_str("{\"key\":");
        }
        any = true;
        push_text(out, &key);
        out.push_str(",\"value\":");
        push_value(out, value);
        out.push('}');
    }
    if any {
        out.push(']');
    }
}

fn push_value(out: &mut String, value: Value) {
    match value {
        Value::Null => return out.push_str("{}"),
        Value::Bool(flag) => {
            out.push_str(if flag { "{\"bool_value\":true" } else { "{\"bool_value\":false" });
        }
        Value::Number(number) => {
            if let Some(number) = number.as_i64() {
                out.push_str("{\"int_value\":");
                out.push_str(&number.to_string());
            } else {
                out.push_str("{\"double_value\":");
                out.push_str(&Value::from(number.as_f64()).to_string());
            }
        }
        Value::String(text) => {
            out.push_str("{\"string_value\":");
            push_text(out, &text);
        }
        Value::Array(items) => {
            out.push_str("{\"array_value\":{");
            let any = !items.is_empty();
            for (index, item) in items.into_iter().enumerate() {
                out.push_str(if index == 0 { "\"values\":[" } else { "," });
                push_value(out, item);
            }
            out.push_str(if any { "]}" } else { "}" });
        }
        Value::Object(fields) => {
            out.push_str("{\"kvlist_value\":{");
            push_attributes(out, "\"values\":[", fields.into_iter());
            out.push('}');
        }
    }
    out.push('}');
}

fn push_text(out: &mut String, text: &str) {
    // Writing a text to memory cannot fail.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stored_span_becomes_opentelemetrys() {
        let stored = json!({
            "trace_id": "AQ==", "span_id": "Ag==", "parent_span_id": null, "name": "é\"",
            "start_time_unix_nano": 1, "end_time_unix_nano": 2, "links": [],
            "events": [{"name": "e", "time_unix_nano": 3, "attributes": {"a": 1}}],
            "status": {"code": "STATUS_CODE_ERROR", "message": "m"},
            "attributes": {"i": "1", "f": "2.0", "t": "\"x\"", "raw": "no json",
                           "l": "[1, null]", "e": "[]", "o": "{\"z\": true}", "n": "{}"},
        });
        let mut out = String::new();
        push_span(&mut out, &stored.to_string()).unwrap();
        let written: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            written,
            json!({
                "trace_id": "AQ==", "span_id": "Ag==", "name": "é\"",
                "start_time_unix_nano": 1, "end_time_unix_nano": 2,
                "attributes": [
                    {"key": "i", "value": {"int_value": 1}},
                    {"key": "f", "value": {"double_value": 2.0}},
                    {"key": "t", "value": {"string_value": "x"}},
                    {"key": "raw", "value": {"string_value": "no json"}},
                    {"key": "l", "value": {"array_value": {"values": [{"int_value": 1}, {}]}}},
                    {"key": "e", "value": {"array_value": {}}},
                    {"key": "o", "value": {"kvlist_value": {"values": [
                        {"key": "z", "value": {"bool_value": true}}]}}},
                    {"key": "n", "value": {"kvlist_value": {}}},
                ],
                "events": [{"time_unix_nano": 3, "name": "e", "attributes": [
                    {"key": "a", "value": {"int_value": 1}}]}],
                "status": {"code": "STATUS_CODE_ERROR", "message": "m"},
            })
        );
        assert!(push_span(&mut String::new(), "[]").is_err());
    }
}
