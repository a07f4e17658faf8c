//! A stored span as protobuf's JSON mapping writes OpenTelemetry's span.
//!
//! A stored span keeps each attribute's value as a JSON text; here it becomes a value with its kind.
//! It is written while it is read: no tree of values stands in between.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::otlp::model::SpanKind;
use crate::spans::python_json::{Loose, Nulls};

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
    /// None of what was stored before MLflow 3.18.
    #[serde(borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(default)]
    start_time_unix_nano: u64,
    #[serde(default)]
    end_time_unix_nano: Option<u64>,
    #[serde(borrow, default)]
    events: Option<&'a RawValue>,
    #[serde(borrow, default)]
    status: StoredStatus<'a>,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
    #[serde(borrow, default)]
    links: Option<&'a RawValue>,
    #[serde(default)]
    dropped_attributes_count: u32,
    #[serde(default)]
    dropped_events_count: u32,
    #[serde(default)]
    dropped_links_count: u32,
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
    #[serde(default)]
    dropped_attributes_count: u32,
}

#[derive(Deserialize)]
struct StoredEvent<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(default)]
    time_unix_nano: u64,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
    #[serde(default)]
    dropped_attributes_count: u32,
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
    let start = out.len();
    match push_loose_span(out, &Loose::strict(content)) {
        Err(error) => {
            out.truncate(start);
            match Loose::of(content) {
                Some(loose) => push_loose_span(out, &loose),
                None => Err(error),
            }
        }
        written => written,
    }
}

fn push_loose_span(out: &mut Vec<u8>, content: &Loose<'_>) -> Result<(), serde_json::Error> {
    let span: StoredSpan<'_> = serde_json::from_str(&content.json)?;
    // A value of two bytes takes many times as much with its kind. What grows too much is written as
    // the text that it is.
    let limit = out.len() + GROWTH * content.json.len() + FREE;
    let mut writer = Writer { out, content, limit };
    writer.push("{\"trace_id\":");
    push_text(writer.out, &span.trace_id);
    writer.push(",\"span_id\":");
    push_text(writer.out, &span.span_id);
    if let Some(parent) = span.parent_span_id.filter(|parent| !parent.is_empty()) {
        writer.push(",\"parent_span_id\":");
        push_text(writer.out, &parent);
    }
    writer.push(",\"name\":");
    push_text(writer.out, &span.name);
    writer.push(",\"kind\":\"");
    writer.push(span.kind.as_deref().map_or_else(SpanKind::default, SpanKind::of_name).name());
    writer.push("\",\"start_time_unix_nano\":");
    writer.push(&span.start_time_unix_nano.to_string());
    if let Some(end) = span.end_time_unix_nano.filter(|end| *end != 0) {
        writer.push(",\"end_time_unix_nano\":");
        writer.push(&end.to_string());
    }
    writer.attributes(span.attributes, true)?;
    writer.dropped("attributes", span.dropped_attributes_count);
    writer.events(span.events)?;
    writer.dropped("events", span.dropped_events_count);
    writer.links(span.links)?;
    writer.dropped("links", span.dropped_links_count);
    push_status(writer.out, &span.status);
    writer.out.push(b'}');
    Ok(())
}

/// How many times longer a span may become, and what it may take in any case.
const GROWTH: usize = 4;
const FREE: usize = 4 << 20;

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    // Writing a text to memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

/// What a span is written with.
struct Writer<'o, 'c> {
    out: &'o mut Vec<u8>,
    content: &'c Loose<'c>,
    /// How long the output may become by values that are made of texts.
    limit: usize,
}

impl Writer<'_, '_> {
    fn push(&mut self, text: &str) {
        push(self.out, text);
    }

    fn attributes(
        &mut self,
        attributes: Option<&RawValue>,
        in_texts: bool,
    ) -> Result<(), serde_json::Error> {
        let Some(attributes) = attributes else { return Ok(()) };
        let nulls = self.content.nulls_of(attributes.get());
        let mut sink = Sink { out: self.out, nulls, limit: self.limit };
        let mut reader = serde_json::Deserializer::from_str(attributes.get());
        let pairs = Pairs { sink: &mut sink, opening: ",\"attributes\":[", in_texts };
        pairs.deserialize(&mut reader)
    }

    fn dropped(&mut self, name: &str, count: u32) {
        if count > 0 {
            self.push(&format!(",\"dropped_{name}_count\":{count}"));
        }
    }

    fn events(&mut self, events: Option<&RawValue>) -> Result<(), serde_json::Error> {
        let mut any = false;
        each(events, |event: StoredEvent<'_>| {
            self.push(if any { "," } else { ",\"events\":[" });
            any = true;
            self.push("{\"time_unix_nano\":");
            self.push(&event.time_unix_nano.to_string());
            self.push(",\"name\":");
            push_text(self.out, &event.name);
            self.attributes(event.attributes, false)?;
            self.dropped("attributes", event.dropped_attributes_count);
            self.out.push(b'}');
            Ok(())
        })?;
        if any {
            self.out.push(b']');
        }
        Ok(())
    }

    /// Links with ids that OpenTelemetry does not allow are left out.
    fn links(&mut self, links: Option<&RawValue>) -> Result<(), serde_json::Error> {
        let mut any = false;
        each(links, |link: StoredLink<'_>| {
            let trace_id = link.trace_id.rsplit('/').next().unwrap_or_default();
            let trace_id = bytes::<16>(trace_id.strip_prefix("tr-").unwrap_or(trace_id));
            let (Some(trace_id), Some(span_id)) = (trace_id, bytes::<8>(&link.span_id)) else {
                return Ok(());
            };
            self.push(if any { ",{\"trace_id\":\"" } else { ",\"links\":[{\"trace_id\":\"" });
            any = true;
            self.push(&STANDARD.encode(trace_id));
            self.push("\",\"span_id\":\"");
            self.push(&STANDARD.encode(span_id));
            self.out.push(b'"');
            self.attributes(link.attributes, false)?;
            self.dropped("attributes", link.dropped_attributes_count);
            self.out.push(b'}');
            Ok(())
        })?;
        if any {
            self.out.push(b']');
        }
        Ok(())
    }
}

/// Reads a list one by one: a short text may hold very many.
fn each<'a, T: Deserialize<'a>>(
    list: Option<&'a RawValue>,
    with: impl FnMut(T) -> Result<(), serde_json::Error>,
) -> Result<(), serde_json::Error> {
    struct Each<T, F>(F, PhantomData<T>);

    impl<'de, T: Deserialize<'de>, F: FnMut(T) -> Result<(), serde_json::Error>> Visitor<'de>
        for Each<T, F>
    {
        type Value = ();

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a list")
        }

        fn visit_unit<E: Error>(self) -> Result<(), E> {
            Ok(())
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
            while let Some(item) = items.next_element()? {
                (self.0)(item).map_err(A::Error::custom)?;
            }
            Ok(())
        }
    }

    let Some(list) = list else { return Ok(()) };
    serde_json::Deserializer::from_str(list.get()).deserialize_any(Each(with, PhantomData))
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

/// Where values are written, and what is to be known of them.
struct Sink<'o, 'n> {
    out: &'o mut Vec<u8>,
    nulls: Nulls<'n>,
    limit: usize,
}

/// Writes an object as a list of keys and values. One without members is not written at all.
struct Pairs<'s, 'o, 'n> {
    sink: &'s mut Sink<'o, 'n>,
    opening: &'static str,
    /// Whether each value is the text of a JSON value.
    in_texts: bool,
}

impl<'de> DeserializeSeed<'de> for Pairs<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pairs<'_, '_, '_> {
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
            push(self.sink.out, if any { ",{\"key\":" } else { self.opening });
            if !any {
                push(self.sink.out, "{\"key\":");
            }
            any = true;
            push_text(self.sink.out, &key);
            push(self.sink.out, ",\"value\":");
            map.next_value_seed(AnyValue { sink: self.sink, in_text: self.in_texts })?;
            self.sink.out.push(b'}');
        }
        if any {
            self.sink.out.push(b']');
        }
        Ok(())
    }
}

/// A key, borrowed where its JSON has no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Writes a value with its kind.
struct AnyValue<'s, 'o, 'n> {
    sink: &'s mut Sink<'o, 'n>,
    /// Whether a text is the text of a JSON value.
    in_text: bool,
}

impl AnyValue<'_, '_, '_> {
    fn kind(self, kind: &str, value: &str) {
        push(self.sink.out, kind);
        push(self.sink.out, value);
        self.sink.out.push(b'}');
    }
}

/// Writes the value that a text is the JSON of; an error if it is none, or becomes too long.
fn push_value_of(
    out: &mut Vec<u8>,
    loose: &Loose<'_>,
    limit: usize,
) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(&loose.json);
    let mut sink = Sink { out, nulls: loose.nulls(), limit };
    AnyValue { sink: &mut sink, in_text: false }.deserialize(&mut reader)?;
    reader.end()
}

impl<'de> DeserializeSeed<'de> for AnyValue<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        if let Some(number) = self.sink.nulls.take() {
            return self.visit_f64(number);
        }
        push(self.sink.out, "{}");
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
        push(self.sink.out, "{\"double_value\":");
        // Writing a number to memory cannot fail.
        let _ = serde_json::to_writer(&mut *self.sink.out, &app::Double(value));
        self.sink.out.push(b'}');
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let Sink { out, limit, .. } = self.sink;
        if self.in_text {
            if text.is_empty() {
                push(out, "{}");
                return Ok(());
            }
            let start = out.len();
            if push_value_of(out, &Loose::strict(text), *limit).is_ok() {
                return Ok(());
            }
            out.truncate(start);
            if let Some(loose) = Loose::of(text)
                && push_value_of(out, &loose, *limit).is_ok()
            {
                return Ok(());
            }
            // A text that is no JSON is the value itself.
            out.truncate(start);
        }
        push(out, "{\"string_value\":");
        push_text(out, text);
        out.push(b'}');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        push(self.sink.out, "{\"array_value\":{");
        let start = self.sink.out.len();
        loop {
            let item = self.sink.out.len();
            if item > self.sink.limit {
                return Err(A::Error::custom("too long"));
            }
            push(self.sink.out, if item == start { "\"values\":[" } else { "," });
            let next = AnyValue { sink: &mut *self.sink, in_text: false };
            if items.next_element_seed(next)?.is_none() {
                self.sink.out.truncate(item);
                break;
            }
        }
        push(self.sink.out, if self.sink.out.len() == start { "}}" } else { "]}}" });
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        if self.sink.out.len() > self.sink.limit {
            return Err(A::Error::custom("too long"));
        }
        push(self.sink.out, "{\"kvlist_value\":{");
        let pairs = Pairs { sink: &mut *self.sink, opening: "\"values\":[", in_texts: false };
        pairs.visit_map(map)?;
        push(self.sink.out, "}}");
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
                "trace_id": "AQ==", "span_id": "Ag==", "name": "é\"", "kind": "SPAN_KIND_INTERNAL",
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

    #[test]
    fn numbers_that_json_does_not_know_are_doubles() {
        let stored = r#"{"trace_id": "AQ==", "span_id": "Ag==", "parent_span_id": null,
            "events": [{"name": "e", "attributes": {"a": Infinity, "n": null, "t": "NaN"}}],
            "links": [], "attributes": {"x": "NaN", "l": "[1, null, -Infinity, {\"n\": NaN}]",
            "t": "\"NaN\"", "w": "NaN!"}}"#;
        let mut out = Vec::new();
        push_span(&mut out, stored).unwrap();
        let written: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(
            written["attributes"],
            json!([
                {"key": "x", "value": {"double_value": "NaN"}},
                {"key": "l", "value": {"array_value": {"values": [
                    {"int_value": 1}, {}, {"double_value": "-Infinity"},
                    {"kvlist_value": {"values": [{"key": "n", "value": {"double_value": "NaN"}}]}},
                ]}}},
                {"key": "t", "value": {"string_value": "NaN"}},
                {"key": "w", "value": {"string_value": "NaN!"}},
            ])
        );
        assert_eq!(
            written["events"][0]["attributes"],
            json!([
                {"key": "a", "value": {"double_value": "Infinity"}},
                {"key": "n", "value": {}},
                {"key": "t", "value": {"string_value": "NaN"}},
            ])
        );
    }

    #[test]
    fn a_stored_span_does_not_grow_without_bounds() {
        let list = format!("[{}0]", "0,".repeat(2 << 20));
        let stored = json!({"trace_id": "AQ==", "span_id": "Ag==",
                            "attributes": {"l": list, "k": "[1]"}});
        let mut out = Vec::new();
        push_span(&mut out, &stored.to_string()).unwrap();
        assert!(out.len() < 5 * list.len(), "{}", out.len());
        let written: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(written["attributes"][0]["value"], json!({"string_value": list}));
        let one = json!({"array_value": {"values": [{"int_value": 1}]}});
        assert_eq!(written["attributes"][1]["value"], one);
        // Links with ids that are none take nothing at all.
        let links = vec![json!({"trace_id": "tr-0", "span_id": "0"}); 100_000];
        let stored = json!({"trace_id": "AQ==", "span_id": "Ag==", "links": links,
                            "dropped_links_count": 3});
        let mut out = Vec::new();
        push_span(&mut out, &stored.to_string()).unwrap();
        let written: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!((written.get("links"), &written["dropped_links_count"]), (None, &json!(3)));
    }
}
