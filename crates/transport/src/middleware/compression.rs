//! Which responses are compressed.

use axum::http::{HeaderMap, StatusCode, header};
use http_body::Body;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::Predicate;

/// Bytes below which compression costs more than it saves.
const WORTHWHILE: u64 = 1024;

/// Compresses what is [`Compressible`], quickly rather than well.
pub fn layer() -> CompressionLayer<Compressible> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(Compressible)
}

/// Text of some length. Downloads are sent as they are stored, so that their length is known and ranges work.
#[derive(Clone, Copy, Debug)]
pub struct Compressible;

impl Predicate for Compressible {
    fn should_compress<B: Body>(&self, response: &axum::http::Response<B>) -> bool {
        is_text(response.headers())
            && response.status() != StatusCode::PARTIAL_CONTENT
            && !response.headers().contains_key(header::CONTENT_RANGE)
            && !response.headers().contains_key(header::CONTENT_DISPOSITION)
            && response.body().size_hint().exact().is_none_or(|bytes| bytes >= WORTHWHILE)
    }
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    // Events must not wait in a compressor's buffer.
    (kind.starts_with("text/") && kind != "text/event-stream")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
        || matches!(
            kind,
            "application/json"
                | "application/javascript"
                | "application/xml"
                | "application/wasm"
                | "application/openmetrics-text"
        )
}
