//! One span, made into the row that is stored.

use std::fmt::Write;

use serde_json::Value;

use super::attributes::{Attributes, Stored};
use super::ids::{self, SpanId, TraceId};
use super::json;
use super::keys::span as key;
use super::translation;
use super::usage::{Cost, TokenUsage};
use crate::otlp::model::{AnyValue, Dropped, Event, KeyValue, Link, Span, Status};

/// Longest type of a span and longest name of a model or its provider, in characters.
const MAX_DIMENSION: usize = 500;

/// A row of `spans`, and what the trace is told of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanRow {
    pub trace_id: String,
    pub span_id: String,
    pub parent_span_id: Option<String>,
    pub name: String,
    pub kind: Option<String>,
    pub status: &'static str,
    /// Nanoseconds since 1970.
    pub start: i64,
    /// Nanoseconds since 1970; none while the span is not over.
    pub end: Option<i64>,
    /// The whole span as JSON.
    pub content: String,
    pub usage: Option<TokenUsage>,
    pub cost: Option<Cost>,
    pub model_name: Option<String>,
    pub model_provider: Option<String>,
}

/// Why a span cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("its trace_id is not 16 bytes, or all zero")]
    TraceId,
    #[error("its span_id is not 8 bytes, or all zero")]
    SpanId,
    #[error("its parent_span_id is not 8 bytes")]
    ParentId,
    #[error("its start or end time lies beyond the year 2262")]
    Time,
    #[error("it would take more than {} MiB to store", json::MAX_LEN >> 20)]
    Size,
}

/// Reads a span: its row, and its attributes as they are stored.
///
/// # Errors
/// When the span cannot be stored.
pub fn read<'a>(
    span: &Span<'a>,
    service: Option<&'a str>,
) -> Result<(SpanRow, Attributes<'a>), Refusal> {
    let trace_id = TraceId::new(&span.trace_id).ok_or(Refusal::TraceId)?;
    let span_id = SpanId::new(&span.span_id).ok_or(Refusal::SpanId)?;
    // Some exporters write a root's missing parent as zeros.
    let parent = (!span.parent_span_id.iter().all(|byte| *byte == 0))
        .then(|| SpanId::new(&span.parent_span_id).ok_or(Refusal::ParentId))
        .transpose()?;
    let time = |time| i64::try_from(time).map_err(|_| Refusal::Time);
    let (start, end) = (time(span.start_time)?, time(span.end_time)?);
    let mut attributes = Attributes::new(&span.attributes).ok_or(Refusal::Size)?;
    let trace_name = trace_id.name();
    attributes.set(key::TRACE_ID, Stored::Text(trace_name.clone().into()));
    if let (None, Some(service)) = (parent, service) {
        attributes.set(key::SERVICE_NAME, Stored::Text(service.into()));
    }
    translation::translate(&mut attributes, &span.events);
    let ids = (trace_id, span_id, parent);
    let end = Some(end).filter(|end| *end != 0);
    let object = |key| match attributes.get(key)?.value()? {
        Value::Object(fields) => Some(fields),
        _ => None,
    };
    let dimension = |key| {
        let mut text = attributes.get(key)?.as_text()?.into_owned();
        storable(&mut text, MAX_DIMENSION);
        Some(text)
    };
    let content = content(span, ids, (start, end), &attributes);
    if content.len() > json::MAX_LEN {
        return Err(Refusal::Size);
    }
    let mut name = span.name.clone().into_owned();
    storable(&mut name, usize::MAX);
    let row = SpanRow {
        trace_id: trace_name,
        span_id: span_id.name(),
        parent_span_id: parent.map(SpanId::name),
        name,
        kind: dimension(key::TYPE),
        status: status_name(&span.status),
        start,
        end,
        content,
        usage: object(key::TOKEN_USAGE).map(|fields| TokenUsage::from_json(&fields)),
        cost: object(key::COST).map(|fields| Cost::from_json(&fields)),
        model_name: dimension(key::MODEL),
        model_provider: dimension(key::PROVIDER),
    };
    Ok((row, attributes))
}

/// Makes a text fit its column: without NUL, which PostgreSQL cannot hold, and not too long.
pub fn storable(text: &mut String, limit: usize) {
    if text.contains('\0') {
        text.retain(|character| character != '\0');
    }
    if text.len() > limit
        && let Some((cut, _)) = text.char_indices().nth(limit)
    {
        text.truncate(cut);
    }
}

fn status_name(status: &Status<'_>) -> &'static str {
    match status.code {
        1 => "OK",
        2 => "ERROR",
        _ => "UNSET",
    }
}

/// The span as JSON, as MLflow's clients read it back.
fn content(
    span: &Span<'_>,
    (trace_id, span_id, parent): (TraceId, SpanId, Option<SpanId>),
    (start, end): (i64, Option<i64>),
    attributes: &Attributes<'_>,
) -> String {
    let mut out = String::with_capacity(512 + likely_size(&span.attributes));
    out.push_str("{\"trace_id\": \"");
    trace_id.push_base64(&mut out);
    out.push_str("\", \"span_id\": \"");
    span_id.push_base64(&mut out);
    out.push_str("\", \"parent_span_id\": ");
    match parent {
        Some(parent) => {
            out.push('"');
            parent.push_base64(&mut out);
            out.push('"');
        }
        None => out.push_str("null"),
    }
    out.push_str(", \"name\": ");
    json::push_text(&mut out, &span.name);
    out.push_str(", \"kind\": \"");
    out.push_str(span.kind.name());
    out.push_str("\", \"start_time_unix_nano\": ");
    json::push_int(&mut out, start);
    out.push_str(", \"end_time_unix_nano\": ");
    match end {
        Some(end) => json::push_int(&mut out, end),
        None => out.push_str("null"),
    }
    out.push_str(", \"events\": [");
    for (index, event) in span.events.iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        push_event(&mut out, event);
    }
    out.push_str("], \"status\": {\"code\": \"STATUS_CODE_");
    out.push_str(status_name(&span.status));
    out.push_str("\", \"message\": ");
    // Compat: only a failure has a message.
    json::push_text(&mut out, if span.status.code == 2 { &span.status.message } else { "" });
    out.push_str("}, \"attributes\": ");
    attributes.push_to(&mut out);
    out.push_str(", \"links\": [");
    for (index, link) in span.links.iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        push_link(&mut out, link);
    }
    out.push(']');
    let Dropped { attributes, events, links } = span.dropped;
    for (name, count) in [("attributes", attributes), ("events", events), ("links", links)] {
        push_dropped(&mut out, name, count);
    }
    out.push('}');
    out
}

/// Says how many were left out, where some were. MLflow has no such field, and passes over it.
fn push_dropped(out: &mut String, name: &str, count: u32) {
    if count > 0 {
        // Writing to a String cannot fail.
        let _ = write!(out, ", \"dropped_{name}_count\": {count}");
    }
}

/// A guess at the size of the attributes' JSON.
fn likely_size(attributes: &[KeyValue<'_>]) -> usize {
    let value = |value: &AnyValue<'_>| match value {
        AnyValue::Text(text) => text.len() + text.len() / 8,
        AnyValue::Bytes(bytes) => bytes.len() * 2,
        AnyValue::List(items) => items.len() * 16,
        AnyValue::Map(pairs) => pairs.len() * 64,
        _ => 16,
    };
    attributes.iter().map(|pair| pair.key.len() + value(&pair.value) + 16).sum()
}

fn push_event(out: &mut String, event: &Event<'_>) {
    out.push_str("{\"name\": ");
    json::push_text(out, &event.name);
    out.push_str(", \"time_unix_nano\": ");
    out.push_str(&event.time.to_string());
    out.push_str(", \"attributes\": ");
    json::push_pairs(out, &event.attributes, json::push_any);
    push_dropped(out, "attributes", event.dropped);
    out.push('}');
}

fn push_link(out: &mut String, link: &Link<'_>) {
    out.push_str("{\"trace_id\": ");
    json::push_text(out, &ids::trace_name(&link.trace_id));
    out.push_str(", \"span_id\": ");
    json::push_text(out, &ids::hex(&link.span_id, 16));
    out.push_str(", \"attributes\": ");
    if link.attributes.is_empty() {
        out.push_str("null");
    } else {
        json::push_pairs(out, &link.attributes, |out, value| match value {
            AnyValue::Bytes(bytes) => json::push_text(out, &ids::base64(bytes)),
            other => json::push_any(out, other),
        });
    }
    push_dropped(out, "attributes", link.dropped);
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::model::SpanKind;

    fn span() -> Span<'static> {
        Span {
            trace_id: (&[1; 16][..]).into(),
            span_id: (&[2; 8][..]).into(),
            name: "n\u{e4}me \"q\"\0".into(),
            start_time: 5,
            end_time: 9,
            ..Span::default()
        }
    }

    /// The expected text is what the reference stores.
    #[test]
    fn a_span_is_stored_as_mlflow_stores_it() {
        let text = |key: &'static str, text: &'static str| KeyValue {
            key: key.into(),
            value: AnyValue::Text(text.into()),
        };
        let mut span = span();
        span.kind = SpanKind::Client;
        span.status = Status { code: 2, message: "bad".into() };
        span.attributes = vec![text("mlflow.traceRequestId", "mine"), text("o", "{\"a\": 1}")];
        span.events = vec![Event {
            name: "ev".into(),
            time: 7,
            attributes: vec![
                text("k", "{\"a\":1}"),
                KeyValue { key: "by".into(), value: AnyValue::Bytes((&b"zz"[..]).into()) },
            ],
            dropped: 0,
        }];
        span.links = vec![Link {
            trace_id: (&[3][..]).into(),
            span_id: (&[4; 8][..]).into(),
            attributes: vec![KeyValue {
                key: "by".into(),
                value: AnyValue::Bytes((&b"zz"[..]).into()),
            }],
            dropped: 0,
        }];
        let (row, _) = read(&span, None).unwrap();
        assert_eq!(
            row.content,
            r#"{"trace_id": "AQEBAQEBAQEBAQEBAQEBAQ==", "span_id": "AgICAgICAgI=", "parent_span_id": null, "name": "näme \"q\"\u0000", "kind": "SPAN_KIND_CLIENT", "start_time_unix_nano": 5, "end_time_unix_nano": 9, "events": [{"name": "ev", "time_unix_nano": 7, "attributes": {"k": "{\"a\":1}", "by": "b'zz'"}}], "status": {"code": "STATUS_CODE_ERROR", "message": "bad"}, "attributes": {"mlflow.traceRequestId": "\"tr-01010101010101010101010101010101\"", "o": "{\"a\": 1}"}, "links": [{"trace_id": "tr-00000000000000000000000000000003", "span_id": "0404040404040404", "attributes": {"by": "eno="}}]}"#
        );
        assert_eq!((row.name.as_str(), row.status), ("n\u{e4}me \"q\"", "ERROR"));
    }

    #[test]
    fn a_span_that_grows_beyond_all_bounds_is_refused() {
        let attribute = |value| KeyValue { key: "k".into(), value };
        let mut span = span();
        let nuls = "\0".repeat(200 << 10);
        let text = || AnyValue::Text(nuls.as_str().into());
        for value in [text(), AnyValue::List(vec![text()]), AnyValue::Bytes(nuls.as_bytes().into())]
        {
            span.attributes = vec![attribute(value)];
            assert_eq!(read(&span, None).err(), Some(Refusal::Size));
        }
        span.attributes = vec![attribute(AnyValue::Text("x".repeat(200 << 10).into()))];
        assert!(read(&span, None).unwrap().0.content.len() > 200 << 10);
    }

    #[test]
    fn what_was_left_out_is_told() {
        let mut span = span();
        span.dropped = Dropped { attributes: 3, events: 0, links: 1 };
        span.events = vec![Event { dropped: 2, ..Event::default() }];
        let content = read(&span, None).unwrap().0.content;
        assert!(content.ends_with(r#""dropped_attributes_count": 3, "dropped_links_count": 1}"#));
        assert!(content.contains(r#""attributes": {}, "dropped_attributes_count": 2}]"#));
    }

    #[test]
    fn what_cannot_be_stored_is_refused() {
        let refused = |change: fn(&mut Span<'static>)| {
            let mut span = span();
            change(&mut span);
            read(&span, None).err()
        };
        assert_eq!(refused(|_| {}), None);
        assert_eq!(refused(|span| span.trace_id = (&[1; 3][..]).into()), Some(Refusal::TraceId));
        assert_eq!(refused(|span| span.span_id = (&[0; 8][..]).into()), Some(Refusal::SpanId));
        let parent = |span: &mut Span<'static>| span.parent_span_id = (&[1; 9][..]).into();
        assert_eq!(refused(parent), Some(Refusal::ParentId));
        assert_eq!(refused(|span| span.end_time = u64::MAX), Some(Refusal::Time));
        assert_eq!(refused(|span| span.parent_span_id = (&[0; 8][..]).into()), None);
    }
}
