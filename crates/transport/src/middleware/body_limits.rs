//! Request bodies are read whole before their handler runs, so that a slow client occupies nothing but its own connection.
//! They are decompressed. There is a limit for each, and one for all together.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_compression::tokio::bufread::{DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, TryStreamExt};
use http_body_util::BodyExt;
use tokio::io::AsyncBufReadExt;
use tokio::time::{Instant, timeout_at};
use tokio_util::io::{ReaderStream, StreamReader};

use super::{grpc, pages};
use crate::shares::{Share, Shares};

/// Bytes of each piece of a decompressed body.
const PIECE: usize = 32 * 1024;

/// How far back zstd may refer, as a power of two: what decoders must support at least (RFC 8878).
/// With more, a few bytes could demand much memory.
const LARGEST_WINDOW: u32 = 23;

/// Bytes that every body may hold while it arrives, whatever others hold. For as many connections as are served, that is
/// half of the memory for all bodies.
const SMALL: u64 = 16 << 10;

/// Bytes that a larger body reserves at a time.
const STEP: u64 = 256 << 10;

/// How long a body may take to arrive.
const LONGEST: Duration = Duration::from_mins(10);

/// How much memory request bodies may take.
///
/// A body whose client sends slowly occupies memory for long. Bodies that are still arriving have a budget of their own, and
/// each client a share of it, so that they leave room for complete ones.
#[derive(Clone, Debug)]
pub struct BodyLimits {
    /// Bytes of one body, decompressed.
    each: u64,
    /// Bytes of all bodies in memory.
    all: u64,
    held: Arc<AtomicU64>,
    /// Bytes of the bodies that are still arriving.
    incomplete: Shares,
    shares: Shares,
}

/// The memory that a body holds while it arrives.
struct Reservation<'l> {
    limits: &'l BodyLimits,
    client: Option<IpAddr>,
    granted: u64,
    parts: Option<(Share, Share)>,
}

impl Reservation<'_> {
    /// Reserves as much as has arrived.
    fn grow(&mut self, bytes: u64) -> Result<(), BodyError> {
        if bytes <= SMALL.max(self.granted) {
            return Ok(());
        }
        let more = bytes.next_multiple_of(STEP) - self.granted;
        if self.parts.is_none() {
            let all = self.limits.incomplete.take(None, 0);
            self.parts = all.zip(self.limits.shares.take(self.client, 0));
        }
        let Some((all, own)) = &mut self.parts else { return Err(BodyError::NoMemory) };
        if !own.grow(more) || !all.grow(more) {
            return Err(BodyError::NoMemory);
        }
        self.granted += more;
        Ok(())
    }
}

/// The memory of a body. It counts against the limit of all bodies until this is dropped.
#[derive(Debug)]
pub struct MemoryPermit {
    bytes: u64,
    all: Arc<AtomicU64>,
}

impl Drop for MemoryPermit {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Why a body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It is larger than this many bytes.
    TooLarge(u64),
    /// Too much is in memory already.
    NoMemory,
    /// Its client was too slow, or fell silent.
    TooSlow,
    /// Its `Content-Encoding` is unknown.
    UnknownEncoding,
    /// It is not compressed as it says.
    Corrupt,
    /// It is not a single gRPC message.
    Frame,
    /// It ended early.
    BrokenOff,
}

impl BodyError {
    pub fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Self::TooLarge(limit) => {
                let message =
                    format!("The request body exceeds this server's limit of {limit} bytes.");
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                return pages::error(status, "INVALID_PARAMETER_VALUE", &message);
            }
            // As `Code::Busy`: nothing was done, and the client should try again.
            Self::NoMemory => (
                StatusCode::TOO_MANY_REQUESTS,
                "TEMPORARILY_UNAVAILABLE",
                "The server is busy with large requests. Try again shortly.",
            ),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "BAD_REQUEST",
                "The request body did not arrive in time.",
            ),
            Self::UnknownEncoding => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "BAD_REQUEST",
                "The request body's Content-Encoding is not supported: use gzip, deflate, zstd \
                 or none.",
            ),
            Self::Corrupt => (
                StatusCode::BAD_REQUEST,
                "BAD_REQUEST",
                "The request body does not match its Content-Encoding.",
            ),
            Self::Frame => (
                StatusCode::BAD_REQUEST,
                "BAD_REQUEST",
                "The request body is not a single gRPC message.",
            ),
            Self::BrokenOff => (
                StatusCode::BAD_REQUEST,
                "BAD_REQUEST",
                "The request body could not be read to its end.",
            ),
        };
        pages::error(status, code, message)
    }
}

impl BodyLimits {
    /// Bytes of bodies that are in memory.
    #[cfg(test)]
    pub fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    pub fn new(each: u64) -> Self {
        Self::with_all(each, each.saturating_mul(4).max(512 << 20))
    }

    fn with_all(each: u64, all: u64) -> Self {
        // One body of the largest size must fit into its client's share.
        let share = (all / 4).max(each.saturating_add(STEP));
        Self {
            each,
            all,
            held: Arc::default(),
            incomplete: Shares::new((all / 2).max(share)),
            shares: Shares::new(share),
        }
    }

    /// Reads a body to its end, and changes the headers so that they describe the bytes that are returned.
    ///
    /// # Errors
    /// When the body is refused.
    pub async fn read(
        &self,
        headers: &mut HeaderMap,
        body: Body,
        client: Option<IpAddr>,
    ) -> Result<(Bytes, MemoryPermit), BodyError> {
        let mut held = MemoryPermit { bytes: 0, all: Arc::clone(&self.held) };
        if !grpc::is_call(headers) {
            let bytes = self.gather(headers, body, client, &mut held).await?;
            return Ok((bytes, held));
        }
        let frame = self.gather(&mut HeaderMap::new(), body, client, &mut held).await?;
        let (is_compressed, message) = grpc::message(&frame).ok_or(BodyError::Frame)?;
        grpc::plain(headers);
        if !is_compressed {
            headers.remove(header::CONTENT_ENCODING);
            return Ok((message, held));
        }
        let mut decompressed = MemoryPermit { bytes: 0, all: Arc::clone(&self.held) };
        let bytes = self.gather(headers, Body::from(message), client, &mut decompressed).await?;
        Ok((bytes, decompressed))
    }

    async fn gather(
        &self,
        headers: &mut HeaderMap,
        body: Body,
        client: Option<IpAddr>,
        held: &mut MemoryPermit,
    ) -> Result<Bytes, BodyError> {
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        let announced = body.size_hint().lower();
        if announced > self.each {
            return Err(BodyError::TooLarge(self.each));
        }
        let is_compressed = headers.contains_key(header::CONTENT_ENCODING);
        let mut body = decompressed(headers, body).await?;
        let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
        let mut arriving = Reservation { limits: self, client, granted: 0, parts: None };
        let mut end = None;
        loop {
            // Most bodies are one piece, which needs no timer.
            let frame = if first.is_empty() && !is_compressed {
                body.frame().await
            } else {
                let end = *end.get_or_insert_with(|| Instant::now() + LONGEST);
                timeout_at(end, body.frame()).await.map_err(|_| BodyError::TooSlow)?
            };
            let Some(frame) = frame else { break };
            let frame = frame.map_err(|error| explain(&error))?;
            let Ok(data) = frame.into_data() else { continue };
            self.take(held, data.len() as u64)?;
            if !body.is_end_stream() {
                arriving.grow(held.bytes)?;
            }
            // Most bodies are one piece, which need not be copied.
            if first.is_empty() && rest.is_empty() {
                first = data;
                continue;
            }
            if rest.is_empty() {
                // A length that is only announced reserves little memory.
                let likely = usize::try_from(announced).unwrap_or(0).min(4 * PIECE);
                rest.reserve(likely.max(first.len() + data.len()));
                rest.extend_from_slice(&first);
                first = Bytes::new();
            }
            rest.extend_from_slice(&data);
        }
        Ok(if rest.is_empty() { first } else { rest.freeze() })
    }

    fn take(&self, held: &mut MemoryPermit, bytes: u64) -> Result<(), BodyError> {
        held.bytes += bytes;
        let all = self.held.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if held.bytes > self.each {
            Err(BodyError::TooLarge(self.each))
        } else if all > self.all {
            Err(BodyError::NoMemory)
        } else {
            Ok(())
        }
    }
}

/// The body as its sender had it before compressing it.
async fn decompressed(headers: &mut HeaderMap, body: Body) -> Result<Body, BodyError> {
    let encoding = headers
        .get(header::CONTENT_ENCODING)
        .map(|encoding| encoding.as_bytes().to_ascii_lowercase());
    let body = match encoding.as_deref() {
        None | Some(b"identity" | b"") => return Ok(body),
        Some(b"gzip" | b"x-gzip") => {
            let mut decoder = GzipDecoder::new(reader(body));
            decoder.multiple_members(true);
            Body::from_stream(ReaderStream::with_capacity(decoder, PIECE))
        }
        Some(b"deflate") => {
            let mut reader = reader(body);
            let start = reader.fill_buf().await.map_err(|error| explain(&error))?;
            // Some clients leave zlib's header out.
            if is_zlib(start) {
                Body::from_stream(ReaderStream::with_capacity(ZlibDecoder::new(reader), PIECE))
            } else {
                Body::from_stream(ReaderStream::with_capacity(DeflateDecoder::new(reader), PIECE))
            }
        }
        Some(b"zstd") => {
            let mut decoder = ZstdDecoder::with_params(
                reader(body),
                &[DParameter::window_log_max(LARGEST_WINDOW)],
            );
            decoder.multiple_members(true);
            Body::from_stream(ReaderStream::with_capacity(decoder, PIECE))
        }
        Some(_) => return Err(BodyError::UnknownEncoding),
    };
    headers.remove(header::CONTENT_ENCODING);
    headers.remove(header::CONTENT_LENGTH);
    Ok(body)
}

/// Whether bytes begin with zlib's header: its method, and a checksum that 31 divides.
fn is_zlib(start: &[u8]) -> bool {
    match start {
        [first, second, ..] => {
            first & 15 == 8 && (u16::from(*first) << 8 | u16::from(*second)).is_multiple_of(31)
        }
        [first] => first & 15 == 8,
        [] => true,
    }
}

fn reader(body: Body) -> StreamReader<impl Stream<Item = io::Result<Bytes>>, Bytes> {
    let pieces = TryStreamExt::map_err(body.into_data_stream(), |error| {
        let kind = io_cause(&error).unwrap_or(ErrorKind::Other);
        io::Error::new(kind, error)
    });
    StreamReader::new(Box::pin(pieces))
}

pub fn explain(error: &(dyn Error + 'static)) -> BodyError {
    match io_cause(error) {
        Some(ErrorKind::TimedOut) => BodyError::TooSlow,
        Some(ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof) => {
            BodyError::Corrupt
        }
        _ => BodyError::BrokenOff,
    }
}

/// The kind of the innermost I/O error, decompression included, if there is one.
fn io_cause(error: &(dyn Error + 'static)) -> Option<ErrorKind> {
    let mut kind = None;
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            kind = Some(error.kind());
        }
        cause = error.source();
    }
    kind
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use axum::http::HeaderValue;

    use super::*;

    fn compressed(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    async fn zstd(text: &[u8]) -> Vec<u8> {
        let mut compressed = Vec::new();
        let mut encoder = async_compression::tokio::bufread::ZstdEncoder::new(text);
        tokio::io::AsyncReadExt::read_to_end(&mut encoder, &mut compressed).await.unwrap();
        compressed
    }

    /// Reads a body. Returns its bytes, and the status of the response if it is refused.
    async fn read(limits: &BodyLimits, encoding: &'static str, body: Vec<u8>) -> (Vec<u8>, u16) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        // A stream, so that nobody knows its length beforehand.
        let pieces: Vec<_> =
            body.chunks(1000).map(|piece| Ok::<_, io::Error>(piece.to_vec())).collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        match limits.read(&mut headers, body, None).await {
            Ok((bytes, _)) => (bytes.to_vec(), 200),
            Err(bad) => (Vec::new(), bad.into_response().status().as_u16()),
        }
    }

    #[tokio::test]
    async fn compressed_bodies_are_decompressed() {
        let limits = BodyLimits::new(1 << 20);
        let text = b"{\"a\": 1}".repeat(100);
        assert_eq!(read(&limits, "gzip", compressed(&text)).await, (text.clone(), 200));
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&text).unwrap();
        assert_eq!(read(&limits, "deflate", encoder.finish().unwrap()).await, (text.clone(), 200));
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&text).unwrap();
        assert_eq!(read(&limits, "deflate", encoder.finish().unwrap()).await, (text.clone(), 200));
        assert_eq!(read(&limits, "zstd", zstd(&text).await).await, (text.clone(), 200));
        assert_eq!(read(&limits, "identity", text.clone()).await, (text, 200));
        assert_eq!(limits.held.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn bombs_are_refused_before_they_are_in_memory() {
        let limits = BodyLimits::new(100_000);
        let bomb = compressed(&vec![0; 50_000_000]);
        assert_eq!(read(&limits, "gzip", bomb).await, (Vec::new(), 413));
        let bomb = zstd(&vec![0; 50_000_000]).await;
        assert_eq!(read(&limits, "zstd", bomb).await, (Vec::new(), 413));
        assert_eq!(read(&limits, "identity", vec![0; 100_001]).await, (Vec::new(), 413));
        assert_eq!(read(&limits, "identity", vec![0; 100_000]).await.1, 200);
        assert_eq!(limits.held.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn messages_of_grpc_are_taken_out_of_their_frames() {
        let limits = BodyLimits::new(100_000);
        let call = async |encoding: &'static str, compressed: u8, message: Vec<u8>| {
            let length = (message.len() as u32).to_be_bytes();
            let frame = [&[compressed], &length[..], message.as_slice()].concat();
            let mut headers = HeaderMap::from_iter([
                (header::CONTENT_TYPE, HeaderValue::from_static("application/grpc")),
                ("grpc-encoding".parse().unwrap(), HeaderValue::from_static(encoding)),
            ]);
            let read = limits.read(&mut headers, Body::from(frame), None).await;
            read.map(|(bytes, _)| {
                assert_eq!(headers[header::CONTENT_TYPE], "application/x-protobuf");
                assert!(!headers.contains_key(header::CONTENT_ENCODING));
                bytes.to_vec()
            })
        };
        let text = b"abc".repeat(100);
        assert_eq!(call("gzip", 1, compressed(&text)).await, Ok(text.clone()));
        assert_eq!(call("gzip", 0, text.clone()).await, Ok(text.clone()));
        assert_eq!(call("identity", 0, text.clone()).await, Ok(text.clone()));
        assert_eq!(call("snappy", 1, text.clone()).await, Err(BodyError::UnknownEncoding));
        assert_eq!(call("gzip", 1, text).await, Err(BodyError::Corrupt));
        let bomb = compressed(&vec![0; 50_000_000]);
        assert_eq!(call("gzip", 1, bomb).await, Err(BodyError::TooLarge(100_000)));
        assert_eq!(limits.held.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn all_bodies_together_are_bounded() {
        let limits = BodyLimits { all: 150_000, ..BodyLimits::new(100_000) };
        let mut headers = HeaderMap::new();
        let first = limits.read(&mut headers, Body::from(vec![0; 90_000]), None).await.unwrap();
        assert_eq!(read(&limits, "identity", vec![0; 90_000]).await.1, 429);
        drop(first);
        assert_eq!(read(&limits, "identity", vec![0; 90_000]).await.1, 200);
    }

    /// A body of which these bytes arrive, and the rest never does.
    fn unfinished(bytes: usize) -> Body {
        let piece = Ok::<_, io::Error>(Bytes::from(vec![b' '; bytes]));
        let rest = futures_util::stream::pending();
        Body::from_stream(futures_util::StreamExt::chain(futures_util::stream::iter([piece]), rest))
    }

    #[tokio::test]
    async fn what_does_not_arrive_leaves_room_for_what_is_there() {
        let limits = BodyLimits::with_all(4 << 20, 16 << 20);
        let client = |number: u8| Some(IpAddr::from([10, 0, 0, number]));
        let mut held = Vec::new();
        let mut hold = |bytes: usize, number: u8| {
            let limits = limits.clone();
            let mut read = Box::pin(async move {
                limits
                    .read(&mut HeaderMap::new(), unfinished(bytes), client(number))
                    .await
                    .map(drop)
            });
            let outcome = futures_util::FutureExt::now_or_never(&mut read);
            held.push(read);
            outcome
        };
        // One client's share; the others have theirs, until the budget is used up.
        assert_eq!(hold(4 << 20, 1), None);
        assert_eq!(hold(4 << 20, 1), Some(Err(BodyError::NoMemory)));
        assert_eq!(hold(4 << 20, 2), None);
        assert_eq!(hold(4 << 20, 3), Some(Err(BodyError::NoMemory)));
        // A small one may always arrive, and so may a complete one.
        assert_eq!(hold(SMALL as usize, 1), None);
        let body = Body::from(vec![0; 4 << 20]);
        assert!(limits.read(&mut HeaderMap::new(), body, client(1)).await.is_ok());
        drop(held);
        assert_eq!(limits.held.load(Ordering::Relaxed), 0);
        assert!(limits.shares.take(client(1), 4 << 20).is_some());
    }

    #[tokio::test]
    async fn the_names_of_encodings_have_no_case() {
        let limits = BodyLimits::new(100_000);
        for name in ["GZIP", "X-Gzip", "Gzip"] {
            assert_eq!(read(&limits, name, compressed(b"text")).await, (b"text".to_vec(), 200));
        }
        assert_eq!(read(&limits, "Identity", b"text".to_vec()).await.1, 200);
    }

    #[tokio::test]
    async fn bodies_that_are_not_what_they_say_are_refused() {
        let limits = BodyLimits::new(1 << 20);
        assert_eq!(read(&limits, "gzip", b"{\"a\": 1}".to_vec()).await.1, 400);
        let cut = compressed(b"some text that is cut short")[..20].to_vec();
        assert_eq!(read(&limits, "gzip", cut).await.1, 400);
        let cut = zstd(b"some text that is cut short").await[..20].to_vec();
        assert_eq!(read(&limits, "zstd", cut).await.1, 400);
        assert_eq!(read(&limits, "zstd", b"{\"a\": 1}".to_vec()).await.1, 400);
        assert_eq!(read(&limits, "deflate", b"{\"a\": 1}".to_vec()).await.1, 400);
        // 1 GiB of window in the head of a frame.
        let wide = [0x28, 0xb5, 0x2f, 0xfd, 0, 0xa0, 1, 0, 0];
        assert_eq!(read(&limits, "zstd", wide.to_vec()).await.1, 400);
        assert_eq!(read(&limits, "br", b"x".to_vec()).await.1, 415);
        let body = Body::from(vec![0; (1 << 20) + 1]);
        let refusal = limits.read(&mut HeaderMap::new(), body, None).await.unwrap_err();
        assert_eq!(refusal, BodyError::TooLarge(1 << 20));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_not_a_slow_one() {
        let limits = BodyLimits::new(1 << 20);
        for (kind, expected) in [
            (ErrorKind::ConnectionReset, BodyError::BrokenOff),
            (ErrorKind::TimedOut, BodyError::TooSlow),
        ] {
            let pieces = [Ok(Bytes::from_static(b"{")), Err(io::Error::new(kind, "gone"))];
            let body = Body::from_stream(futures_util::stream::iter(pieces));
            let refusal = limits.read(&mut HeaderMap::new(), body, None).await.unwrap_err();
            assert_eq!(refusal, expected);
        }
    }
}
