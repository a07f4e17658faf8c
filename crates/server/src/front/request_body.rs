//! Request bodies: unpacked if they are packed, and never larger than allowed, one by one and all
//! together.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use async_compression::tokio::bufread::{GzipDecoder, ZlibDecoder};
use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::TryStreamExt;
use http_body::{Frame, SizeHint};
use tokio_util::io::{ReaderStream, StreamReader};

use super::pages;

/// Pieces in which an unpacked body arrives.
const PIECE: usize = 32 * 1024;

/// How much of request bodies may be in memory.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one body, unpacked.
    each: u64,
    /// Bytes of the bodies of all requests at work.
    all: u64,
    held: Arc<AtomicU64>,
}

impl Limits {
    pub fn new(each: u64) -> Self {
        let all = each.saturating_mul(4).max(512 << 20);
        Self { each, all, held: Arc::default() }
    }
}

/// What became of a request's body, known once its handler is done.
#[derive(Debug)]
pub struct Watch {
    outcome: AtomicU8,
    /// Bytes that count against [`Limits::all`] until the request is done.
    held: AtomicU64,
    limits: Limits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Outcome {
    Fine,
    TooLarge,
    NoMemory,
    TooSlow,
    Corrupt,
}

impl Watch {
    fn note(&self, outcome: Outcome) {
        self.outcome.store(outcome as u8, Ordering::Relaxed);
    }

    /// The answer that a bad body asks for, in place of what the handler made of it.
    pub fn complaint(&self) -> Option<Response> {
        let outcome = self.outcome.load(Ordering::Relaxed);
        [Outcome::TooLarge, Outcome::NoMemory, Outcome::TooSlow, Outcome::Corrupt]
            .into_iter()
            .find(|candidate| *candidate as u8 == outcome)
            .map(|outcome| self.explain(outcome))
    }

    fn explain(&self, outcome: Outcome) -> Response {
        let invalid = "INVALID_PARAMETER_VALUE";
        match outcome {
            Outcome::TooLarge => {
                let limit = self.limits.each;
                let message =
                    format!("The request body is larger than this server takes ({limit} bytes).");
                pages::error(StatusCode::PAYLOAD_TOO_LARGE, invalid, &message)
            }
            Outcome::NoMemory => pages::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "TEMPORARILY_UNAVAILABLE",
                "The server is busy with large requests. Try again shortly.",
            ),
            Outcome::TooSlow => pages::error(
                StatusCode::REQUEST_TIMEOUT,
                invalid,
                "The request body did not arrive in time.",
            ),
            Outcome::Fine | Outcome::Corrupt => pages::error(
                StatusCode::BAD_REQUEST,
                "BAD_REQUEST",
                "The request body is not what its Content-Encoding says.",
            ),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.limits.held.fetch_sub(*self.held.get_mut(), Ordering::Relaxed);
    }
}

impl Limits {
    /// Bounds a body, and unpacks it if need be. The headers are made to describe the new body.
    ///
    /// # Errors
    /// The answer to a body that is known at once to be too large or packed in an unknown way.
    pub fn guard(
        &self,
        headers: &mut HeaderMap,
        body: Body,
    ) -> Result<(Body, Arc<Watch>), Box<Response>> {
        let watch = Arc::new(Watch {
            outcome: AtomicU8::new(Outcome::Fine as u8),
            held: AtomicU64::new(0),
            limits: self.clone(),
        });
        if body.size_hint().lower() > self.each {
            return Err(Box::new(watch.explain(Outcome::TooLarge)));
        }
        if body.is_end_stream() {
            return Ok((body, watch));
        }
        let packing = headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes().to_vec());
        let body = match packing.as_deref().unwrap_or(b"identity") {
            b"identity" | b"" => body,
            b"gzip" | b"x-gzip" => {
                let mut decoder = GzipDecoder::new(reader(body));
                decoder.multiple_members(true);
                Body::from_stream(ReaderStream::with_capacity(decoder, PIECE))
            }
            b"deflate" => Body::from_stream(ReaderStream::with_capacity(
                ZlibDecoder::new(reader(body)),
                PIECE,
            )),
            _ => {
                let message = "The request body's Content-Encoding is not understood: use gzip, \
                               deflate or none.";
                let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
                return Err(Box::new(pages::error(status, "BAD_REQUEST", message)));
            }
        };
        if packing.is_some() {
            headers.remove(header::CONTENT_ENCODING);
            headers.remove(header::CONTENT_LENGTH);
        }
        let bounded = Bounded { inner: body, read: 0, watch: Arc::clone(&watch) };
        Ok((Body::new(bounded), watch))
    }
}

fn reader(
    body: Body,
) -> StreamReader<impl futures_util::Stream<Item = std::io::Result<Bytes>>, Bytes> {
    StreamReader::new(Box::pin(body.into_data_stream().map_err(|error| {
        let slow = is_timeout(&error);
        let kind = if slow { std::io::ErrorKind::TimedOut } else { std::io::ErrorKind::Other };
        std::io::Error::new(kind, error)
    })))
}

/// Whether an error comes down to a body that stopped arriving.
fn is_timeout(error: &(dyn std::error::Error + 'static)) -> bool {
    has_io_cause(error, |kind| kind == std::io::ErrorKind::TimedOut)
}

fn has_io_cause(
    error: &(dyn std::error::Error + 'static),
    wanted: impl Fn(std::io::ErrorKind) -> bool,
) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<std::io::Error>()
            && wanted(error.kind())
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A body that fails once it is larger than allowed.
struct Bounded {
    inner: Body,
    read: u64,
    watch: Arc<Watch>,
}

#[derive(Debug, thiserror::Error)]
#[error("the body is larger than allowed")]
struct TooMuch;

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                self.read += length;
                let limits = &self.watch.limits;
                let all = limits.held.fetch_add(length, Ordering::Relaxed) + length;
                self.watch.held.fetch_add(length, Ordering::Relaxed);
                let outcome = if self.read > limits.each {
                    Outcome::TooLarge
                } else if all > limits.all {
                    Outcome::NoMemory
                } else {
                    Outcome::Fine
                };
                if outcome != Outcome::Fine {
                    self.watch.note(outcome);
                    return Poll::Ready(Some(Err(axum::Error::new(TooMuch))));
                }
            }
            Some(Err(error)) => {
                let corrupt = |kind| {
                    use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
                    matches!(kind, InvalidData | InvalidInput | UnexpectedEof)
                };
                if is_timeout(error) {
                    self.watch.note(Outcome::TooSlow);
                } else if has_io_cause(error, corrupt) {
                    self.watch.note(Outcome::Corrupt);
                }
            }
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use axum::http::HeaderValue;
    use http_body_util::BodyExt;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Reads a guarded body: what arrived, and the status that a bad one asks for.
    async fn read(limits: &Limits, encoding: &'static str, body: Vec<u8>) -> (Vec<u8>, u16) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        // A stream, so that nobody knows its length beforehand.
        let pieces: Vec<_> =
            body.chunks(1000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let (body, watch) = match limits.guard(&mut headers, body) {
            Ok(guarded) => guarded,
            Err(refusal) => return (Vec::new(), refusal.status().as_u16()),
        };
        let arrived = body.collect().await.map(|all| all.to_bytes().to_vec()).unwrap_or_default();
        let status = watch.complaint().map_or(200, |complaint| complaint.status().as_u16());
        (arrived, status)
    }

    #[tokio::test]
    async fn packed_bodies_are_unpacked() {
        let limits = Limits::new(1 << 20);
        let text = b"{\"a\": 1}".repeat(100);
        assert_eq!(read(&limits, "gzip", packed(&text)).await, (text.clone(), 200));
        assert_eq!(read(&limits, "identity", text.clone()).await, (text, 200));
        assert_eq!(limits.held.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn bombs_are_refused_before_they_are_in_memory() {
        let limits = Limits::new(100_000);
        let bomb = packed(&vec![0; 50_000_000]);
        assert_eq!(read(&limits, "gzip", bomb).await, (Vec::new(), 413));
        assert_eq!(read(&limits, "identity", vec![0; 100_001]).await, (Vec::new(), 413));
        assert_eq!(read(&limits, "identity", vec![0; 100_000]).await.1, 200);
        assert_eq!(limits.held.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn all_bodies_together_are_bounded() {
        let limits = Limits { all: 150_000, ..Limits::new(100_000) };
        let mut headers = HeaderMap::new();
        let (body, first) = limits.guard(&mut headers, Body::from(vec![0; 90_000])).unwrap();
        body.collect().await.unwrap();
        assert_eq!(read(&limits, "identity", vec![0; 90_000]).await.1, 503);
        drop(first);
        assert_eq!(read(&limits, "identity", vec![0; 90_000]).await.1, 200);
    }

    #[tokio::test]
    async fn bodies_that_are_not_what_they_say_are_refused() {
        let limits = Limits::new(1 << 20);
        assert_eq!(read(&limits, "gzip", b"{\"a\": 1}".to_vec()).await.1, 400);
        let cut = packed(b"some text that is cut short")[..20].to_vec();
        assert_eq!(read(&limits, "gzip", cut).await.1, 400);
        assert_eq!(read(&limits, "br", b"x".to_vec()).await.1, 415);
        let mut headers = HeaderMap::new();
        let refusal = limits.guard(&mut headers, Body::from(vec![0; (1 << 20) + 1])).unwrap_err();
        assert_eq!(refusal.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}
