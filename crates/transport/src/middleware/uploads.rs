//! Uploads, which pass to their store as they come. An upload takes its place once something of it has arrived. It fails if
//! its client hardly sends while others wait.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::{Sleep, sleep};

use super::concurrency::ConcurrencyLimit;
use crate::pace::{Pace, Speed};

/// What has to arrive before an upload takes a place, unless it ends before.
const BEGINNING: usize = 16 << 10;

/// How fast an upload must be while others wait. The window is shorter than they wait.
const CONTENDED: Pace = Pace::new(Duration::from_secs(4), 32 << 10);

/// An upload's body after its beginning.
enum Rest {
    /// Nothing: it has ended.
    Nothing,
    Body(Body),
}

/// A body of which the beginning has arrived.
pub struct StartedUpload {
    beginning: Bytes,
    rest: Rest,
}

impl StartedUpload {
    /// Waits for the beginning.
    ///
    /// # Errors
    /// When the body breaks off, or its client is too slow.
    pub async fn read(mut body: Body) -> Result<Self, axum::Error> {
        let (mut first, mut more) = (Bytes::new(), BytesMut::new());
        while !body.is_end_stream() && first.len() + more.len() < BEGINNING {
            let Some(frame) = body.frame().await else { break };
            let Ok(data) = frame?.into_data() else { continue };
            // Most small files are one piece, which need not be copied.
            if first.is_empty() && more.is_empty() {
                first = data;
            } else {
                more.extend_from_slice(&std::mem::take(&mut first));
                more.extend_from_slice(&data);
            }
        }
        let beginning = if more.is_empty() { first } else { more.freeze() };
        let rest = if body.is_end_stream() { Rest::Nothing } else { Rest::Body(body) };
        Ok(Self { beginning, rest })
    }

    /// The whole body, watched while it holds a place of this limit.
    pub fn into_body(self, limit: &ConcurrencyLimit) -> Body {
        match self.rest {
            Rest::Nothing => Body::from(self.beginning),
            Rest::Body(rest) => Body::new(Watched {
                beginning: Some(self.beginning).filter(|beginning| !beginning.is_empty()),
                rest,
                limit: limit.clone(),
                pace: CONTENDED,
                window: None,
            }),
        }
    }
}

struct Watched {
    beginning: Option<Bytes>,
    rest: Body,
    limit: ConcurrencyLimit,
    pace: Pace,
    /// When the speed of a silent client is checked.
    window: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    /// Counts bytes, and fails if the client is slow while others wait.
    fn note(&mut self, bytes: u64) -> Result<(), axum::Error> {
        let speed = self.pace.arrived(bytes);
        if speed.is_some() {
            self.window = None;
        }
        if speed == Some(Speed::Slow) && self.limit.has_waiting() {
            let reason = "the client sends slowly while others wait";
            return Err(axum::Error::new(io::Error::new(io::ErrorKind::TimedOut, reason)));
        }
        Ok(())
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if let Some(beginning) = this.beginning.take() {
            return Poll::Ready(Some(Ok(Frame::data(beginning))));
        }
        loop {
            match Pin::new(&mut this.rest).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
                    return Poll::Ready(Some(this.note(bytes).map(|()| frame)));
                }
                Poll::Ready(end) => return Poll::Ready(end),
                Poll::Pending => {}
            }
            this.pace.waits();
            let left = this.pace.left();
            let window = this.window.get_or_insert_with(|| Box::pin(sleep(left)));
            if window.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            this.window = None;
            if let Err(slow) = this.note(0) {
                return Poll::Ready(Some(Err(slow)));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.beginning.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let beginning = self.beginning.as_ref().map_or(0, |beginning| beginning.len() as u64);
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + beginning);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + beginning);
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt, stream};

    use super::*;

    /// A body of which these bytes arrive, and the rest never does.
    fn unfinished(size: usize) -> Body {
        let piece = stream::iter([Ok::<_, io::Error>(vec![0; size])]);
        Body::from_stream(piece.chain(stream::pending()))
    }

    #[tokio::test]
    async fn a_client_that_sends_next_to_nothing_takes_no_place() {
        assert!(StartedUpload::read(unfinished(1)).now_or_never().is_none());
        assert!(StartedUpload::read(unfinished(BEGINNING)).now_or_never().is_some());
        let small = StartedUpload::read(Body::from("x")).await.unwrap();
        assert!(matches!(small.rest, Rest::Nothing));
    }

    #[tokio::test]
    async fn a_slow_client_gives_its_place_up_when_others_wait() {
        let limit = ConcurrencyLimit::new(1, 10, Duration::from_hours(1));
        let place = limit.acquire().await.unwrap();
        let watched = || Watched {
            beginning: None,
            rest: unfinished(1),
            limit: limit.clone(),
            pace: Pace::new(Duration::from_millis(1), 1 << 20),
            window: None,
        };
        // Nobody waits, so it may go on after each window.
        let mut alone = watched();
        assert!(alone.frame().await.unwrap().is_ok());
        for _ in 0..10 {
            let frame = tokio::time::timeout(Duration::from_millis(5), alone.frame()).await;
            assert!(frame.is_err());
        }
        let waiting = tokio::spawn({
            let limit = limit.clone();
            async move { limit.acquire().await.is_some() }
        });
        while !limit.has_waiting() {
            tokio::task::yield_now().await;
        }
        assert!(alone.frame().await.unwrap().is_err());
        drop(place);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test]
    async fn a_body_stays_as_it_is() {
        let pieces: Vec<Vec<u8>> = (0..100).map(|number| vec![number; 1000]).collect();
        let whole = pieces.concat();
        for count in [0, 1, 2, 30, 100] {
            let pieces = pieces[..count].to_vec();
            let body = Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, io::Error>)));
            let limit = ConcurrencyLimit::uploads(None);
            let body = StartedUpload::read(body).await.unwrap().into_body(&limit);
            assert_eq!(body.collect().await.unwrap().to_bytes(), whole[..count * 1000]);
        }
        let known = StartedUpload::read(Body::from(whole.clone())).await.unwrap();
        assert_eq!(
            known.into_body(&ConcurrencyLimit::uploads(None)).size_hint().exact(),
            Some(100_000)
        );
    }
}
