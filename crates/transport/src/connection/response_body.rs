//! A response's body on its way to the socket.
//!
//! With HTTP/1 a response waits in its socket, which `activity` watches. With HTTP/2 a client decides for each response
//! when it reads more of it, and may never do so. There, what is not read is dropped after a while, and all that waits is
//! bounded.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;

use super::activity::RequestGuard;

/// Bytes that are handed to HTTP/2 at a time. It keeps what it has, whatever its client does.
const PIECE: usize = 64 << 10;

/// Bytes of whole responses that may wait in memory for HTTP/2 clients.
const WAITING: u64 = 512 << 20;

/// Cuts a response when it completes.
pub type End = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A response's body. Its request counts as being worked on until the body is gone.
pub struct ResponseBody {
    protocol: Protocol,
    end: Option<End>,
}

enum Protocol {
    Http1 { body: Body, _guard: RequestGuard },
    Http2(Arc<Mutex<Http2Body>>),
}

/// A body that its client reads when it likes.
#[derive(Debug)]
pub struct Http2Body {
    /// `None`: it was dropped, because it was not read.
    body: Option<Body>,
    /// What is left of a piece that is too large to be handed over at once.
    rest: Bytes,
    /// Since when its client could have read more.
    offered: Option<Instant>,
    _guard: Option<RequestGuard>,
    _reservation: Option<Reservation>,
}

/// The bytes of responses that wait for their clients.
#[derive(Clone, Debug, Default)]
pub struct WaitingBytes(Arc<AtomicU64>);

/// Bytes that count until this is dropped.
#[derive(Debug)]
struct Reservation {
    bytes: u64,
    all: WaitingBytes,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.all.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl WaitingBytes {
    fn reserve(&self, bytes: u64) -> Option<Reservation> {
        let reservation = Reservation { bytes, all: self.clone() };
        let all = self.0.fetch_add(bytes, Ordering::Relaxed) + bytes;
        (all <= WAITING).then_some(reservation)
    }
}

impl ResponseBody {
    pub fn http1(body: Body, end: Option<End>, guard: RequestGuard) -> Self {
        Self { protocol: Protocol::Http1 { body, _guard: guard }, end }
    }

    /// `None`: too much waits already.
    pub fn http2(
        body: Body,
        end: Option<End>,
        guard: RequestGuard,
        waiting: &WaitingBytes,
    ) -> Option<(Self, Weak<Mutex<Http2Body>>)> {
        let reservation = waiting.reserve(body.size_hint().exact().unwrap_or_default())?;
        let http2 = Arc::new(Mutex::new(Http2Body {
            body: Some(body),
            rest: Bytes::new(),
            offered: Some(Instant::now()),
            _guard: Some(guard),
            _reservation: Some(reservation),
        }));
        let watched = Arc::downgrade(&http2);
        Some((Self { protocol: Protocol::Http2(http2), end }, watched))
    }
}

fn lock(http2: &Mutex<Http2Body>) -> MutexGuard<'_, Http2Body> {
    http2.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drops a body of which nothing was read for longer than `limit`, and says whether it did.
pub fn drop_if_stalled(http2: &Mutex<Http2Body>, now: Instant, limit: Duration) -> bool {
    let mut http2 = lock(http2);
    let stalled = http2.body.is_some()
        && http2.offered.is_some_and(|since| now.duration_since(since) > limit);
    if stalled {
        *http2 = Http2Body {
            body: None,
            rest: Bytes::new(),
            offered: None,
            _guard: None,
            _reservation: None,
        };
    }
    stalled
}

impl Http2Body {
    fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let Some(body) = &mut self.body else {
                let error = io::Error::new(io::ErrorKind::TimedOut, "the client read nothing");
                return Poll::Ready(Some(Err(axum::Error::new(error))));
            };
            // From here on the body is waited for, not the client.
            self.offered = None;
            let frame = ready!(Pin::new(body).poll_frame(context));
            self.offered = Some(Instant::now());
            match frame {
                Some(Ok(frame)) if frame.data_ref().is_some_and(|data| data.len() > PIECE) => {
                    self.rest = frame.into_data().unwrap_or_default();
                }
                frame => return Poll::Ready(frame),
            }
        }
        self.offered = Some(Instant::now());
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        // A copy, because a part of it would keep the whole.
        Poll::Ready(Some(Ok(Frame::data(Bytes::copy_from_slice(&piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.as_ref().is_some_and(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let body = self.body.as_ref().map(HttpBody::size_hint).unwrap_or_default();
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let ended = self.end.as_mut().is_some_and(|end| end.as_mut().poll(context).is_ready());
        if ended {
            self.end = None;
        }
        match &mut self.protocol {
            Protocol::Http1 { body, .. } => {
                if ended {
                    *body = Body::empty();
                }
                Pin::new(body).poll_frame(context)
            }
            Protocol::Http2(http2) => {
                let mut http2 = lock(http2);
                if ended {
                    http2.body = Some(Body::empty());
                }
                http2.poll_frame(context)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.protocol {
            Protocol::Http1 { body, .. } => body.is_end_stream(),
            Protocol::Http2(http2) => lock(http2).is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.protocol {
            Protocol::Http1 { body, .. } => body.size_hint(),
            Protocol::Http2(http2) => lock(http2).size_hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};
    use http_body_util::BodyExt;

    use super::super::activity::Activity;
    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    fn http2(body: Body, waiting: &WaitingBytes) -> (ResponseBody, Arc<Mutex<Http2Body>>) {
        let guard = RequestGuard::begin(&Activity::new());
        let (response, http2) = ResponseBody::http2(body, None, guard, waiting).unwrap();
        (response, http2.upgrade().unwrap())
    }

    #[tokio::test]
    async fn a_response_can_be_cut() {
        for by_http2 in [false, true] {
            let (cut, cutting) = tokio::sync::oneshot::channel::<()>();
            let endless = stream::once(async { Ok::<_, io::Error>(Bytes::from_static(b"x")) })
                .chain(stream::pending());
            let end: End = Box::pin(async move { drop(cutting.await) });
            let guard = RequestGuard::begin(&Activity::new());
            let body = Body::from_stream(endless);
            let mut body = if by_http2 {
                ResponseBody::http2(body, Some(end), guard, &WaitingBytes::default()).unwrap().0
            } else {
                ResponseBody::http1(body, Some(end), guard)
            };
            assert!(body.frame().await.is_some_and(|frame| frame.is_ok()));
            cut.send(()).unwrap();
            assert!(body.frame().await.is_none());
        }
    }

    #[tokio::test]
    async fn what_is_not_read_is_dropped() {
        let waiting = WaitingBytes::default();
        let (mut response, http2) = http2(Body::from(vec![7; 3 * PIECE]), &waiting);
        assert_eq!(response.size_hint().exact(), Some(3 * PIECE as u64));
        let piece = response.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(piece.len(), PIECE);
        assert!(!drop_if_stalled(&http2, Instant::now(), LIMIT));
        assert!(response.frame().await.unwrap().is_ok());
        assert_eq!(waiting.0.load(Ordering::Relaxed), 3 * PIECE as u64);
        assert!(drop_if_stalled(&http2, Instant::now() + 2 * LIMIT, LIMIT));
        assert_eq!(waiting.0.load(Ordering::Relaxed), 0);
        assert!(response.frame().await.unwrap().is_err());
        assert!(!response.is_end_stream());
    }

    #[tokio::test]
    async fn a_response_that_takes_long_is_waited_for() {
        let (send, made) = tokio::sync::oneshot::channel();
        let slow = stream::once(async move { made.await.map_err(io::Error::other) });
        let (mut response, http2) = http2(Body::from_stream(slow), &WaitingBytes::default());
        assert!(futures_util::poll!(response.frame()).is_pending());
        assert!(!drop_if_stalled(&http2, Instant::now() + 2 * LIMIT, LIMIT));
        send.send(Bytes::from_static(b"x")).unwrap();
        assert!(response.frame().await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn all_that_waits_is_bounded() {
        let waiting = WaitingBytes::default();
        let held = waiting.reserve(WAITING).unwrap();
        let guard = RequestGuard::begin(&Activity::new());
        assert!(ResponseBody::http2(Body::from("x"), None, guard, &waiting).is_none());
        drop(held);
        assert_eq!(waiting.0.load(Ordering::Relaxed), 0);
    }
}
