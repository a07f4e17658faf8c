//! A request's body as it comes from the socket.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep, timeout};

use crate::pace::{Pace, Speed};

/// How long a client may send nothing in the middle of a body.
const IDLE: Duration = Duration::from_secs(30);

/// How fast a body must come, in bytes for each second that is spent waiting for its client. Even a bad line is faster: a
/// client that sends a byte now and then does not want a response.
const SLOWEST: Pace = Pace::new(Duration::from_secs(20), 512);

/// How long the rest of a body is read after a response that did not wait for it.
const LINGER: Duration = Duration::from_secs(20);

/// A body that fails when its client falls silent. If its reader goes before its end, the rest is
/// read and thrown away for a while, because most clients read no response before they have sent everything.
struct WatchedBody<B>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
{
    inner: Option<B>,
    silence: Option<Pin<Box<Sleep>>>,
    limit: Duration,
    pace: Pace,
    /// Windows in a row that were too slow. One may be, after an interruption of the line.
    slow: u8,
}

/// Wraps what the connection gives.
pub fn watched(incoming: Incoming) -> Body {
    wrap(incoming, IDLE)
}

fn wrap<B>(inner: B, limit: Duration) -> Body
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    paced(inner, limit, SLOWEST)
}

fn paced<B>(inner: B, limit: Duration, pace: Pace) -> Body
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    if inner.is_end_stream() {
        return Body::empty();
    }
    Body::new(WatchedBody { inner: Some(inner), silence: None, limit, pace, slow: 0 })
}

impl<B> HttpBody for WatchedBody<B>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else { return Poll::Ready(None) };
        match Pin::new(inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                this.silence = None;
                let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
                match this.pace.arrived(bytes) {
                    None => {}
                    Some(Speed::Enough) => this.slow = 0,
                    Some(Speed::Slow) => this.slow += 1,
                }
                if this.slow > 1 {
                    this.inner = None;
                    return Poll::Ready(Some(Err(timed_out("the client sends too slowly"))));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                this.inner = None;
                Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::ConnectionReset, error))))
            }
            Poll::Ready(None) => {
                this.inner = None;
                Poll::Ready(None)
            }
            Poll::Pending => {
                this.pace.waits();
                let limit = this.limit;
                let silence = this.silence.get_or_insert_with(|| Box::pin(sleep(limit)));
                if silence.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                this.inner = None;
                Poll::Ready(Some(Err(timed_out("the client fell silent"))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

fn timed_out(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, reason)
}

impl<B> Drop for WatchedBody<B>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
{
    fn drop(&mut self) {
        let Some(rest) = self.inner.take().filter(|rest| !rest.is_end_stream()) else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(throw_away(rest, Instant::now() + LINGER));
        }
    }
}

async fn throw_away<B>(mut rest: B, end: Instant)
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
{
    let read = async { while let Some(Ok(_)) = rest.frame().await {} };
    // Whether it came to its end or not: nobody waits for it.
    drop(timeout(end.saturating_duration_since(Instant::now()), read).await);
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};
    use http_body_util::StreamBody;
    use tokio::sync::mpsc;

    use super::*;

    fn channel()
    -> (mpsc::Sender<&'static str>, impl HttpBody<Data = Bytes, Error = io::Error> + Send + Unpin)
    {
        let (send, receive) = mpsc::channel(1);
        let pieces = stream::unfold(receive, |mut receive| async move {
            let piece: &'static str = receive.recv().await?;
            Some((Ok(Frame::data(Bytes::from(piece))), receive))
        });
        (send, StreamBody::new(pieces.boxed()))
    }

    #[tokio::test]
    async fn a_body_that_falls_silent_fails() {
        let (send, inner) = channel();
        let mut body = wrap(inner, Duration::from_millis(20));
        send.send("a").await.unwrap();
        assert!(body.frame().await.unwrap().is_ok());
        let error = body.frame().await.unwrap().unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::TimedOut);
        assert!(send.is_closed());
    }

    #[tokio::test]
    async fn two_slow_windows_in_a_row_end_a_body() {
        let window = Duration::from_millis(2);
        let (send, inner) = channel();
        let pace = Pace::new(window, u64::MAX >> 16);
        let mut body = paced(inner, IDLE, pace);
        for piece in ["a", "b", "c", "d"] {
            let next = tokio::spawn(async move { (body.frame().await, body) });
            sleep(2 * window).await;
            let sent = send.send(piece).await;
            let frame;
            (frame, body) = next.await.unwrap();
            if frame.unwrap().is_err() {
                assert_eq!(piece, "b");
                return;
            }
            sent.unwrap();
        }
        panic!("a slow body was taken to its end");
    }

    #[tokio::test]
    async fn the_rest_of_a_body_that_nobody_wants_is_read() {
        let (send, inner) = channel();
        drop(wrap(inner, IDLE));
        for _ in 0..10 {
            send.send("more").await.unwrap();
        }
    }
}
