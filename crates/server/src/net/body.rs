//! A request's body as it comes from the socket, and an answer's on its way there.

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

use super::activity::Working;

/// How long a client may send nothing in the middle of a body.
const IDLE: Duration = Duration::from_secs(30);

/// From when on a body must have arrived at this rate at least, in bytes a second. Even a bad line is
/// faster; a client that sends now and then a byte is not waiting for an answer.
const GRACE: Duration = Duration::from_secs(60);
const SLOWEST: u64 = 512;

/// How long the rest of a body is read after an answer that did not wait for it.
const LINGER: Duration = Duration::from_secs(20);

/// A body that fails when its client falls silent. If its reader goes before its end, the rest is
/// read and thrown away for a while, because most clients read no answer before they have sent all.
struct Arriving<B>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
{
    inner: Option<B>,
    silence: Option<Pin<Box<Sleep>>>,
    limit: Duration,
    start: Instant,
    arrived: u64,
}

/// Wraps what the connection gives.
pub fn arriving(incoming: Incoming) -> Body {
    wrap(incoming, IDLE)
}

fn wrap<B>(inner: B, limit: Duration) -> Body
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    if inner.is_end_stream() {
        return Body::empty();
    }
    let start = Instant::now();
    Body::new(Arriving { inner: Some(inner), silence: None, limit, start, arrived: 0 })
}

impl<B> HttpBody for Arriving<B>
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
                this.arrived += frame.data_ref().map_or(0, |data| data.len() as u64);
                if drips(this.arrived, this.start.elapsed()) {
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

/// Whether so much in so long is too slow.
fn drips(bytes: u64, elapsed: Duration) -> bool {
    elapsed > GRACE && bytes < elapsed.as_secs() * SLOWEST
}

impl<B> Drop for Arriving<B>
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

/// What ends an answer before its time.
pub type End = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An answer's body. Its request counts as being worked on until it is gone.
pub struct Answering {
    inner: Body,
    end: Option<End>,
    _working: Working,
}

impl Answering {
    pub fn new(inner: Body, end: Option<End>, working: Working) -> Self {
        Self { inner, end, _working: working }
    }
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(end) = &mut self.end
            && end.as_mut().poll(context).is_ready()
        {
            self.end = None;
            self.inner = Body::empty();
        }
        Pin::new(&mut self.inner).poll_frame(context)
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

    #[test]
    fn a_body_may_be_slow_but_not_drip() {
        assert!(!drips(1, Duration::from_secs(30)));
        assert!(drips(300, Duration::from_secs(61)));
        assert!(!drips(100_000, Duration::from_secs(120)));
        assert!(!drips(10 << 20, Duration::from_secs(3600)));
    }

    #[tokio::test]
    async fn the_rest_of_a_body_that_nobody_wants_is_read() {
        let (send, inner) = channel();
        drop(wrap(inner, IDLE));
        for _ in 0..10 {
            send.send("more").await.unwrap();
        }
    }

    #[tokio::test]
    async fn an_endless_answer_ends_when_it_is_told_to() {
        let (tell, told) = tokio::sync::oneshot::channel::<()>();
        let endless = stream::once(async { Ok::<_, io::Error>(Bytes::from_static(b"x")) })
            .chain(stream::pending());
        let end: End = Box::pin(async move { drop(told.await) });
        let activity = super::super::activity::Activity::new();
        let mut body =
            Answering::new(Body::from_stream(endless), Some(end), Working::begin(&activity));
        assert!(body.frame().await.is_some_and(|frame| frame.is_ok()));
        tell.send(()).unwrap();
        assert!(body.frame().await.is_none());
    }
}
