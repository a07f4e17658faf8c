//! The bytes of an archived trace: OTLP's `TracesData` with one group of spans.
//!
//! Source: <https://github.com/open-telemetry/opentelemetry-proto>, `trace.proto` and `common.proto`.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::otlp::budget::Budget;
use crate::otlp::model::{Export, SpanKind};
use crate::otlp::protobuf;
use crate::spans::python_json::{Loose, Nulls};
use crate::spans::record;

/// The spans in the file as they are stored in the database, roots first, then by start.
///
/// # Errors
/// When the bytes are no archived trace; says why.
pub fn contents(file: &[u8]) -> Result<Vec<String>, String> {
    // A `TracesData` message has the fields of an export request.
    let export = read(file)?;
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

fn read(file: &[u8]) -> Result<Export<'_>, String> {
    protobuf::decode_within(file, &Budget::archive()).map_err(|malformed| malformed.to_string())
}

/// A span as it is stored in the database.
#[derive(serde::Deserialize)]
struct StoredSpan<'a> {
    trace_id: String,
    span_id: String,
    #[serde(default)]
    parent_span_id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(default)]
    start_time_unix_nano: u64,
    #[serde(default)]
    end_time_unix_nano: Option<u64>,
    #[serde(borrow, default)]
    events: Vec<StoredEvent<'a>>,
    #[serde(default)]
    status: StoredStatus,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
    #[serde(borrow, default)]
    links: Option<Vec<StoredLink<'a>>>,
}

#[derive(serde::Deserialize)]
struct StoredEvent<'a> {
    #[serde(default)]
    name: String,
    #[serde(default)]
    time_unix_nano: u64,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
}

#[derive(Default, serde::Deserialize)]
struct StoredStatus {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: Option<String>,
}

#[derive(serde::Deserialize)]
struct StoredLink<'a> {
    #[serde(default)]
    trace_id: String,
    #[serde(default)]
    span_id: String,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
}

/// The file for these spans of one trace.
///
/// # Errors
/// When one of them is no span, or is of another trace; says why.
pub fn bytes(contents: &[String]) -> Result<Vec<u8>, String> {
    let mut spans = Writer::default();
    let mut trace_id = None;
    for content in contents.iter().filter(|content| !content.is_empty()) {
        let loose = match serde_json::from_str::<IgnoredAny>(content) {
            Ok(_) => Loose::strict(content),
            Err(error) => Loose::of(content).ok_or_else(|| error.to_string())?,
        };
        let span: StoredSpan<'_> =
            serde_json::from_str(&loose.json).map_err(|error| error.to_string())?;
        if *trace_id.get_or_insert_with(|| span.trace_id.clone()) != span.trace_id {
            return Err("its spans are of several traces".to_owned());
        }
        spans.bytes(2, &span_bytes(&loose, span)?);
        if spans.0.len() > super::MAX_FILE {
            return Err("it is too large for a file".to_owned());
        }
    }
    if trace_id.is_none() {
        return Err("it has no span".to_owned());
    }
    let mut resource_spans = Writer::default();
    resource_spans.bytes(1, &[]);
    resource_spans.bytes(2, &spans.0);
    let mut file = Writer::default();
    file.bytes(1, &resource_spans.0);
    // What cannot be read back must not take the place of the spans.
    read(&file.0)?;
    Ok(file.0)
}

fn span_bytes(loose: &Loose<'_>, span: StoredSpan<'_>) -> Result<Vec<u8>, String> {
    let pairs = |pairs: Option<&RawValue>, out: &mut Writer, field, in_texts| {
        let Some(pairs) = pairs else { return Ok(()) };
        let mut nulls = loose.nulls_of(pairs.get());
        let written = Pairs { out, field, in_texts, nulls: &mut nulls }
            .deserialize(&mut serde_json::Deserializer::from_str(pairs.get()));
        written.map_err(|error| error.to_string())
    };
    let id = |id: &str| STANDARD.decode(id).map_err(|error| error.to_string());
    let mut out = Writer::default();
    out.bytes(1, &id(&span.trace_id)?);
    out.bytes(2, &id(&span.span_id)?);
    if let Some(parent) = span.parent_span_id.filter(|parent| !parent.is_empty()) {
        out.bytes(4, &id(&parent)?);
    }
    out.bytes(5, span.name.as_bytes());
    let kind = span.kind.as_deref().map_or_else(SpanKind::default, SpanKind::of_name);
    out.varint(6, kind.number());
    out.fixed(7, span.start_time_unix_nano);
    if let Some(end) = span.end_time_unix_nano {
        out.fixed(8, end);
    }
    pairs(span.attributes, &mut out, 9, true)?;
    for event in span.events {
        let mut inner = Writer::default();
        inner.fixed(1, event.time_unix_nano);
        inner.bytes(2, event.name.as_bytes());
        pairs(event.attributes, &mut inner, 3, false)?;
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
        pairs(link.attributes, &mut inner, 4, false)?;
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

/// Writes the pairs of an object, each as a message of this field.
struct Pairs<'o, 'n, 'l> {
    out: &'o mut Writer,
    field: u64,
    /// Whether each value is the text of a JSON value.
    in_texts: bool,
    nulls: &'n mut Nulls<'l>,
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

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<(), A::Error> {
        while let Some(key) = pairs.next_key::<String>()? {
            let mut pair = Writer::default();
            pair.bytes(1, key.as_bytes());
            let value = AnyValue { in_text: self.in_texts, nulls: &mut *self.nulls };
            pair.bytes(2, &pairs.next_value_seed(value)?);
            self.out.bytes(self.field, &pair.0);
        }
        Ok(())
    }
}

/// Makes the message of a value.
struct AnyValue<'n, 'l> {
    /// Whether a text is the text of a JSON value.
    in_text: bool,
    nulls: &'n mut Nulls<'l>,
}

/// The message of the value that a text is the JSON of.
fn value_of(loose: &Loose<'_>) -> Option<Vec<u8>> {
    let mut reader = serde_json::Deserializer::from_str(&loose.json);
    let value = AnyValue { in_text: false, nulls: &mut loose.nulls() };
    let message = value.deserialize(&mut reader).ok()?;
    reader.end().ok().map(|()| message)
}

impl<'de> DeserializeSeed<'de> for AnyValue<'_, '_> {
    type Value = Vec<u8>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue<'_, '_> {
    type Value = Vec<u8>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Vec<u8>, E> {
        match self.nulls.take() {
            Some(number) => self.visit_f64(number),
            None => Ok(Vec::new()),
        }
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Vec<u8>, E> {
        Ok(Writer::of(|out| out.varint(2, u64::from(value))))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Vec<u8>, E> {
        Ok(Writer::of(|out| out.varint(3, value.cast_unsigned())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Vec<u8>, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => self.visit_f64(value as f64),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Vec<u8>, E> {
        Ok(Writer::of(|out| out.fixed(4, value.to_bits())))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
        if self.in_text {
            let value = value_of(&Loose::strict(text));
            if let Some(value) = value.or_else(|| value_of(&Loose::of(text)?)) {
                return Ok(value);
            }
            // A text that is no JSON is the value itself.
        }
        Ok(Writer::of(|out| out.bytes(1, text.as_bytes())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<u8>, A::Error> {
        let mut inner = Writer::default();
        loop {
            let next = AnyValue { in_text: false, nulls: &mut *self.nulls };
            let Some(item) = items.next_element_seed(next)? else { break };
            inner.bytes(1, &item);
        }
        Ok(Writer::of(|out| out.bytes(5, &inner.0)))
    }

    fn visit_map<A: MapAccess<'de>>(self, pairs: A) -> Result<Vec<u8>, A::Error> {
        let mut inner = Writer::default();
        let out = &mut inner;
        Pairs { out, field: 1, in_texts: false, nulls: self.nulls }.visit_map(pairs)?;
        Ok(Writer::of(|out| out.bytes(6, &inner.0)))
    }
}

/// A message that is being written: its fields one behind the other.
///
/// Source: <https://protobuf.dev/programming-guides/encoding/>.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    /// The bytes of a message.
    fn of(write: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut out = Self::default();
        write(&mut out);
        out.0
    }

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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: u8, parent: Option<u8>, start: u64, attributes: &str) -> String {
        let id_of = |id: u8| format!("\"{}\"", STANDARD.encode([id; 8]));
        format!(
            "{{\"trace_id\": \"{}\", \"span_id\": {}, \"parent_span_id\": {}, \"name\": \"n\u{e4}me\", \
             \"kind\": \"SPAN_KIND_CLIENT\", \"start_time_unix_nano\": {start}, \"end_time_unix_nano\": 9, \"events\": [{{\"name\": \"e\", \
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
        let attributes = r#", "i": "-5", "f": "0.5", "t": "\"x\"", "l": "[1, \"a\", null]", "o": "{\"z\": true}", "n": "NaN", "d": "[-Infinity, null]""#;
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
