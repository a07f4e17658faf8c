//! Answers to an export.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::spans::batch::Dropped;

/// How a request is encoded, and its answer with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Protobuf,
    Json,
}

impl Encoding {
    pub fn of(content_type: &str) -> Option<Self> {
        match content_type.split(';').next().unwrap_or_default().trim() {
            "application/x-protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// A refusal, in the words and the shape of MLflow's endpoint.
pub fn refusal(status: StatusCode, detail: impl Into<String>) -> Response {
    (status, axum::Json(json!({"detail": detail.into()}))).into_response()
}

/// What MLflow answers to a request without the experiment's header.
pub fn no_experiment() -> Response {
    let detail = json!([{
        "type": "missing",
        "loc": ["header", super::EXPERIMENT_HEADER],
        "msg": "Field required",
        "input": null,
    }]);
    (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(json!({"detail": detail}))).into_response()
}

/// An `ExportTraceServiceResponse`: empty, or with what did not go in.
pub fn accepted(encoding: Encoding, dropped: &Dropped) -> Response {
    let message = dropped.reasons.join("; ");
    match encoding {
        Encoding::Protobuf => {
            ([(header::CONTENT_TYPE, "application/x-protobuf")], protobuf(dropped, &message))
                .into_response()
        }
        Encoding::Json if dropped == &Dropped::default() => axum::Json(json!({})).into_response(),
        Encoding::Json => {
            // Protobuf's JSON writes 64-bit integers as texts.
            let partial = json!({
                "rejectedSpans": dropped.spans.to_string(),
                "errorMessage": message,
            });
            axum::Json(json!({"partialSuccess": partial})).into_response()
        }
    }
}

fn protobuf(dropped: &Dropped, message: &str) -> Vec<u8> {
    let mut partial = Vec::new();
    if dropped.spans > 0 {
        partial.push(1 << 3);
        push_varint(&mut partial, dropped.spans);
    }
    if !message.is_empty() {
        partial.push(2 << 3 | 2);
        push_varint(&mut partial, message.len());
        partial.extend_from_slice(message.as_bytes());
    }
    if partial.is_empty() {
        return partial;
    }
    let mut out = vec![1 << 3 | 2];
    push_varint(&mut out, partial.len());
    out.extend(partial);
    out
}

fn push_varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_what_was_dropped() {
        assert!(protobuf(&Dropped::default(), "").is_empty());
        let dropped = Dropped { spans: 300, reasons: Vec::new() };
        assert_eq!(protobuf(&dropped, "ab"), [10, 7, 8, 0xac, 2, 18, 2, b'a', b'b']);
    }

    #[test]
    fn only_two_encodings_are_known() {
        assert_eq!(Encoding::of("application/json; charset=utf-8"), Some(Encoding::Json));
        assert_eq!(Encoding::of("application/x-protobuf"), Some(Encoding::Protobuf));
        assert_eq!(Encoding::of("text/plain"), None);
    }
}
