//! The bytes of an archived trace: OTLP's `TracesData` with one group of spans.
//!
//! Source: <https://github.com/open-telemetry/opentelemetry-proto>, `trace.proto` and `common.proto`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::otlp::protobuf;
use crate::spans::record;

/// The spans in the file as they are stored in the database, roots first, then by start.
///
/// # Errors
/// When the bytes are no archived trace; says why.
pub fn contents(file: &[u8]) -> Result<Vec<String>, String> {
    // A `TracesData` message has the fields of an export request.
    let export = protobuf::decode(file).map_err(|malformed| malformed.to_string())?;
    let mut rows = Vec::with_capacity(export.span_count());
    for span in export.resources.iter().flat_map(|resource| &resource.spans) {
        let (row, _) = record::read(span, None).map_err(|refusal| refusal.to_string())?;
        rows.push(row);
    }
    if rows.is_empty() {
        return Err("it has no span".to_owned());
    }
    rows.sort_by(|a, b| {
        let order = |row: &record::SpanRow| (row.parent_span_id.is_some(), row.start);
        order(a).cmp(&order(b)).then_with(|| a.span_id.cmp(&b.span_id))
    });
    Ok(rows.into_iter().map(|row| row.content).collect())
}

/// A span as it is stored in the database.
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
    #[serde(default)]
    links: Option<Vec<StoredLink>>,
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

#[derive(Deserialize)]
struct StoredLink {
    #[serde(default)]
    trace_id: String,
    #[serde(default)]
    span_id: String,
    #[serde(default)]
    attributes: Option<Map<String, Value>>,
}

/// The file for these spans of one trace.
///
/// # Errors
/// When one of them is no span, or is of another trace; says why.
pub fn bytes(contents: &[String]) -> Result<Vec<u8>, String> {
    let mut spans = Writer::default();
    let mut trace_id = None;
    for content in contents.iter().filter(|content| !content.is_empty()) {
        let span: StoredSpan = serde_json::from_str(content).map_err(|error| error.to_string())?;
        if *trace_id.get_or_insert_with(|| span.trace_id.clone()) != span.trace_id {
            return Err("its spans are of several traces".to_owned());
        }
        spans.bytes(2, &span_bytes(span)?);
    }
    if trace_id.is_none() {
        return Err("it has no span".to_owned());
    }
    let mut resource_spans = Writer::default();
    resource_spans.bytes(1, &[]);
    resource_spans.bytes(2, &spans.0);
    let mut file = Writer::default();
    file.bytes(1, &resource_spans.0);
    Ok(file.0)
}

fn span_bytes(span: StoredSpan) -> Result<Vec<u8>, String> {
    let id = |id: &str| STANDARD.decode(id).map_err(|error| error.to_string());
    let mut out = Writer::default();
    out.bytes(1, &id(&span.trace_id)?);
    out.bytes(2, &id(&span.span_id)?);
    if let Some(parent) = span.parent_span_id.filter(|parent| !parent.is_empty()) {
        out.bytes(4, &id(&parent)?);
    }
    out.bytes(5, span.name.as_bytes());
    out.fixed(7, span.start_time_unix_nano);
    if let Some(end) = span.end_time_unix_nano {
        out.fixed(8, end);
    }
    for (key, value) in span.attributes {
        // A text is that of a JSON value; one that is no JSON is the value itself.
        let value = match value {
            Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
            other => other,
        };
        out.bytes(9, &pair(&key, &value));
    }
    for event in span.events {
        let mut inner = Writer::default();
        inner.fixed(1, event.time_unix_nano);
        inner.bytes(2, event.name.as_bytes());
        inner.pairs(3, &event.attributes.unwrap_or_default());
        out.bytes(11, &inner.0);
    }
    for link in span.links.unwrap_or_default() {
        let trace_id = link.trace_id.rsplit('/').next().unwrap_or_default();
        let trace_id = trace_id.strip_prefix("tr-").unwrap_or(trace_id);
        let (Some(trace_id), Some(span_id)) = (unhex(trace_id, 16), unhex(&link.span_id, 8)) else {
            continue;
        };
        let mut inner = Writer::default();
        inner.bytes(1, &trace_id);
        inner.bytes(2, &span_id);
        inner.pairs(4, &link.attributes.unwrap_or_default());
        out.bytes(13, &inner.0);
    }
    let mut status = Writer::default();
    status.bytes(2, span.status.message.unwrap_or_default().as_bytes());
    status.varint(3, status_code(&span.status.code));
    out.bytes(15, &status.0);
    Ok(out.0)
}

fn status_code(name: &str) -> u64 {
    match name.strip_prefix("STATUS_CODE_").unwrap_or(name) {
        "OK" => 1,
        "ERROR" => 2,
        _ => 0,
    }
}

/// The bytes of a hexadecimal id of just this length.
fn unhex(id: &str, length: usize) -> Option<Vec<u8>> {
    if id.len() != 2 * length || !id.is_ascii() {
        return None;
    }
    (0..length).map(|index| u8::from_str_radix(&id[2 * index..2 * index + 2], 16).ok()).collect()
}

fn pair(key: &str, value: &Value) -> Vec<u8> {
    let mut out = Writer::default();
    out.bytes(1, key.as_bytes());
    out.bytes(2, &any_value(value));
    out.0
}

fn any_value(value: &Value) -> Vec<u8> {
    let mut out = Writer::default();
    match value {
        Value::Null => {}
        Value::String(text) => out.bytes(1, text.as_bytes()),
        Value::Bool(flag) => out.varint(2, u64::from(*flag)),
        Value::Number(number) => match number.as_i64() {
            Some(number) => out.varint(3, number.cast_unsigned()),
            None => out.fixed(4, number.as_f64().unwrap_or_default().to_bits()),
        },
        Value::Array(items) => {
            let mut inner = Writer::default();
            for item in items {
                inner.bytes(1, &any_value(item));
            }
            out.bytes(5, &inner.0);
        }
        Value::Object(fields) => {
            let mut inner = Writer::default();
            inner.pairs(1, fields);
            out.bytes(6, &inner.0);
        }
    }
    out.0
}

/// A message that is being written: its fields one behind the other.
///
/// Source: <https://protobuf.dev/programming-guides/encoding/>.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn varint(&mut self, field: u64, value: u64) {
        self.number(field << 3);
        self.number(value);
    }

    fn fixed(&mut self, field: u64, value: u64) {
        self.number(field << 3 | 1);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.number(field << 3 | 2);
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn pairs(&mut self, field: u64, pairs: &Map<String, Value>) {
        for (key, value) in pairs {
            self.bytes(field, &pair(key, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: u8, parent: Option<u8>, start: u64, attributes: &str) -> String {
        let id_of = |id: u8| format!("\"{}\"", STANDARD.encode([id; 8]));
        format!(
            "{{\"trace_id\": \"{}\", \"span_id\": {}, \"parent_span_id\": {}, \"name\": \"n\u{e4}me\", \
             \"start_time_unix_nano\": {start}, \"end_time_unix_nano\": 9, \"events\": [{{\"name\": \"e\", \
             \"time_unix_nano\": 7, \"attributes\": {{\"k\": 1}}}}], \"status\": {{\"code\": \
             \"STATUS_CODE_ERROR\", \"message\": \"bad\"}}, \"attributes\": {{\"mlflow.traceRequestId\": \
             \"\\\"tr-{}\\\"\"{attributes}}}, \"links\": [{{\"trace_id\": \"tr-{}\", \"span_id\": \
             \"{}\", \"attributes\": null}}]}}",
            STANDARD.encode([1; 16]),
            id_of(id),
            parent.map_or("null".to_owned(), id_of),
            "01".repeat(16),
            "02".repeat(16),
            "03".repeat(8),
        )
    }

    #[test]
    fn what_is_archived_is_read_back() {
        let attributes = r#", "i": "-5", "f": "0.5", "t": "\"x\"", "l": "[1, \"a\", null]", "o": "{\"z\": true}""#;
        let child = span(2, Some(1), 3, attributes);
        let root = span(1, None, 5, "");
        let file = bytes(&[child.clone(), root.clone()]).unwrap();
        assert_eq!(contents(&file).unwrap(), [root, child]);
    }

    #[test]
    fn what_is_no_trace_is_refused() {
        assert_eq!(bytes(&[]).unwrap_err(), "it has no span");
        assert_eq!(bytes(&[String::new()]).unwrap_err(), "it has no span");
        assert!(bytes(&["{}".to_owned()]).is_err());
        let other = span(1, None, 5, "").replace(&STANDARD.encode([1; 16]), "AgI=");
        assert!(bytes(&[span(1, None, 5, ""), other]).unwrap_err().contains("several traces"));
        assert!(contents(b"").is_err());
        assert!(contents(b"no protobuf").is_err());
    }
}
