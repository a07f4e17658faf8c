//! A stored span as protobuf's JSON mapping writes OpenTelemetry's span.
//!
//! A stored span keeps each attribute's value as a JSON text; here it becomes a value with its kind.
//! It is written while it is read: no tree of values stands in between.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct StoredSpan<'a> {
    #[serde(borrow)]
    trace_id: Cow<'a, str>,
    #[serde(borrow)]
    span_id: Cow<'a, str>,
    #[serde(default)]
    parent_span_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(default)]
    start_time_unix_nano: u64,
    #[serde(default)]
    end_time_unix_nano: Option<u64>,
    #[serde(borrow, default)]
    events: Vec<StoredEvent<'a>>,
    #[serde(borrow, default)]
    status: StoredStatus<'a>,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
    #[serde(borrow, default)]
    links: Vec<StoredLink<'a>>,
}

/// A link, whose ids are hexadecimal where a span's own are base64.
#[derive(Deserialize)]
struct StoredLink<'a> {
    #[serde(borrow, default)]
    trace_id: Cow<'a, str>,
    #[serde(borrow, default)]
    span_id: Cow<'a, str>,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct StoredEvent<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(default)]
    time_unix_nano: u64,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct StoredStatus<'a> {
    #[serde(borrow, default)]
    code: Cow<'a, str>,
    #[serde(default)]
    message: Option<Cow<'a, str>>,
}

/// Writes the span.
///
/// # Errors
/// When `content` is no stored span; part of it may have been written then.
pub fn push_span(out: &mut Vec<u8>, content: &str) -> Result<(), serde_json::Error> {
    let span: StoredSpan<'_> = serde_json::from_str(content)?;
    push(out, "{\"trace_id\":");
    push_text(out, &span.trace_id);
    push(out, ",\"span_id\":");
    push_text(out, &span.span_id);
    if let Some(parent) = span.parent_span_id.filter(|parent| !parent.is_empty()) {
        push(out, ",\"parent_span_id\":");
        push_text(out, &parent);
    }
    push(out, ",\"name\":");
    push_text(out, &span.name);
    push(out, ",\"start_time_unix_nano\":");
    push(out, &span.start_time_unix_nano.to_string());
    if let Some(end) = span.end_time_unix_nano.filter(|end| *end != 0) {
        push(out, ",\"end_time_unix_nano\":");
        push(out, &end.to_string());
    }
    push_attributes(out, span.attributes, true)?;
    push_events(out, &span.events)?;
    push_links(out, &span.links)?;
    push_status(out, &span.status);
    out.push(b'}');
    Ok(())
}

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    // Writing a text to memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

fn push_attributes(
    out: &mut Vec<u8>,
    attributes: Option<&RawValue>,
    in_texts: bool,
) -> Result<(), serde_json::Error> {
    let Some(attributes) = attributes else { return Ok(()) };
    let mut reader = serde_json::Deserializer::from_str(attributes.get());
    let pairs = Pairs { out, opening: ",\"attributes\":[", in_texts };
    pairs.deserialize(&mut reader)
}

fn push_events(out: &mut Vec<u8>, events: &[StoredEvent<'_>]) -> Result<(), serde_json::Error> {
    for (index, event) in events.iter().enumerate() {
        push(out, if index == 0 { ",\"events\":[" } else { "," });
        push(out, "{\"time_unix_nano\":");
        push(out, &event.time_unix_nano.to_string());
        push(out, ",\"name\":");
        push_text(out, &event.name);
        push_attributes(out, event.attributes, false)?;
        out.push(b'}');
    }
    if !events.is_empty() {
        out.push(b']');
    }
    Ok(())
}

/// Links with ids that OpenTelemetry does not allow are left out.
fn push_links(out: &mut Vec<u8>, links: &[StoredLink<'_>]) -> Result<(), serde_json::Error> {
    let mut any = false;
    for link in links {
        let trace_id = link.trace_id.rsplit('/').next().unwrap_or_default();
        let trace_id = bytes::<16>(trace_id.strip_prefix("tr-").unwrap_or(trace_id));
        let (Some(trace_id), Some(span_id)) = (trace_id, bytes::<8>(&link.span_id)) else {
            continue;
        };
        push(out, if any { ",{\"trace_id\":\"" } else { ",\"links\":[{\"trace_id\":\"" });
        any = true;
        push(out, &STANDARD.encode(trace_id));
        push(out, "\",\"span_id\":\"");
        push(out, &STANDARD.encode(span_id));
        out.push(b'"');
        push_attributes(out, link.attributes, false)?;
        out.push(b'}');
    }
    if any {
        out.push(b']');
    }
    Ok(())
}

/// The bytes of a hexadecimal id.
fn bytes<const N: usize>(id: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if id.len() != 2 * N || !id.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&id[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(bytes)
}

fn push_status(out: &mut Vec<u8>, status: &StoredStatus<'_>) {
    let code = match &*status.code {
        "OK" | "STATUS_CODE_OK" => Some("STATUS_CODE_OK"),
        "ERROR" | "STATUS_CODE_ERROR" => Some("STATUS_CODE_ERROR"),
        // The first value of an enumeration is not written.
        _ => None,
    };
    let message = status.message.as_deref().filter(|message| !message.is_empty());
    push(out, ",\"status\":{");
    if let Some(code) = code {
        push(out, "\"code\":");
        push_text(out, code);
    }
    if let Some(message) = message {
        push(out, if code.is_some() { ",\"message\":" } else { "\"message\":" });
        push_text(out, message);
    }
    out.push(b'}');
}

/// Writes an object as a list of keys and values. One without members is not written at all.
struct Pairs<'o> {
    out: &'o mut Vec<u8>,
    opening: &'static str,
    /// Whether each value is the text of a JSON value.
    in_texts: bool,
}

impl<'de> DeserializeSeed<'de> for Pairs<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pairs<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut any = false;
        while let Some(Key(key)) = map.next_key()? {
            push(self.out, if any { ",{\"key\":" } else { self.opening });
            if !any {
                push(self.out, "{\"key\":");
            }
            any = true;
            push_text(self.out, &key);
            push(self.out, ",\"value\":");
            map.next_value_seed(AnyValue { out: self.out, in_text: self.in_texts })?;
            self.out.push(b'}');
        }
        if any {
            self.out.push(b']');
        }
        Ok(())
    }
}

/// A key, borrowed where its JSON has no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Writes a value with its kind.
struct AnyValue<'o> {
    out: &'o mut Vec<u8>,
    /// Whether a text is the text of a JSON value.
    in_text: bool,
}

impl AnyValue<'_> {
    fn kind(self, kind: &str, value: &str) {
        push(self.out, kind);
        push(self.out, value);
        self.out.push(b'}');
    }
}

impl<'de> DeserializeSeed<'de> for AnyValue<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        push(self.out, "{}");
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.kind("{\"bool_value\":", if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.kind("{\"int_value\":", &value.to_string());
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => self.visit_f64(value as f64),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.kind("{\"double_value\":", &serde_json::Value::from(value).to_string());
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if self.in_text {
            if text.is_empty() {
                return self.visit_unit();
            }
            let start = self.out.len();
            let mut reader = serde_json::Deserializer::from_str(text);
            let inner = AnyValue { out: self.out, in_text: false };
            if inner.deserialize(&mut reader).and_then(|()| reader.end()).is_ok() {
                return Ok(());
            }
            // A text that is no JSON is the value itself.
            self.out.truncate(start);
        }
        push(self.out, "{\"string_value\":");
        push_text(self.out, text);
        self.out.push(b'}');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        push(self.out, "{\"array_value\":{");
        let start = self.out.len();
        loop {
            let item = self.out.len();
            push(self.out, if item == start { "\"values\":[" } else { "," });
            let next = AnyValue { out: self.out, in_text: false };
            if items.next_element_seed(next)?.is_none() {
                self.out.truncate(item);
                break;
            }
        }
        push(self.out, if self.out.len() == start { "}}" } else { "]}}" });
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        push(self.out, "{\"kvlist_value\":{");
        let pairs = Pairs { out: self.out, opening: "\"values\":[", in_texts: false };
        pairs.visit_map(map)?;
        push(self.out, "}}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_stored_span_becomes_opentelemetrys() {
        let stored = json!({
            "trace_id": "AQ==", "span_id": "Ag==", "parent_span_id": null, "name": "é\"",
            "start_time_unix_nano": 1, "end_time_unix_nano": 2,
            "links": [
                {"trace_id": "tr-000102030405060708090a0b0c0d0e0f",
                 "span_id": "0001020304050607", "attributes": {"k": "v"}},
                {"trace_id": "tr-01", "span_id": "0001020304050607", "attributes": null},
            ],
            "events": [{"name": "e", "time_unix_nano": 3, "attributes": {"a": 1}}],
            "status": {"code": "STATUS_CODE_ERROR", "message": "m"},
            "attributes": {"i": "1", "f": "2.0", "t": "\"x\"", "raw": "no json", "half": "[1,",
                           "l": "[1, null]", "e": "[]", "o": "{\"z\": true}", "n": "{}",
                           "empty": "", "plain": 5, "huge": "18446744073709551615"},
        });
        let mut out = Vec::new();
        push_span(&mut out, &stored.to_string()).unwrap();
        let written: Value = serde_json::from_slice(&out).unwrap();
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
                    {"key": "half", "value": {"string_value": "[1,"}},
                    {"key": "l", "value": {"array_value": {"values": [{"int_value": 1}, {}]}}},
                    {"key": "e", "value": {"array_value": {}}},
                    {"key": "o", "value": {"kvlist_value": {"values": [
                        {"key": "z", "value": {"bool_value": true}}]}}},
                    {"key": "n", "value": {"kvlist_value": {}}},
                    {"key": "empty", "value": {}},
                    {"key": "plain", "value": {"int_value": 5}},
                    {"key": "huge", "value": {"double_value": u64::MAX as f64}},
                ],
                "events": [{"time_unix_nano": 3, "name": "e", "attributes": [
                    {"key": "a", "value": {"int_value": 1}}]}],
                "links": [{
                    "trace_id": "AAECAwQFBgcICQoLDA0ODw==", "span_id": "AAECAwQFBgc=",
                    "attributes": [{"key": "k", "value": {"string_value": "v"}}],
                }],
                "status": {"code": "STATUS_CODE_ERROR", "message": "m"},
            })
        );
        assert!(push_span(&mut Vec::new(), "[]").is_err());
    }
}
