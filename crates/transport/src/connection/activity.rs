//! What a connection is doing, so that an idle or stalled one can be closed.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::response_body::{self, Http2Body};

/// How long a connection may be open between requests, or take to send a request's head.
const IDLE: Duration = Duration::from_secs(75);

/// How long a client may read nothing of what is sent to it.
const STALLED: Duration = Duration::from_mins(1);

/// With this many HTTP/2 responses, those that have ended are forgotten before the next check.
const MANY: usize = 256;

/// One connection's state, shared by its socket, its requests and the task that serves it.
#[derive(Debug)]
pub struct Activity {
    born: Instant,
    requests: AtomicUsize,
    /// Milliseconds after `born` at which the last request ended.
    idle_since: AtomicU64,
    /// Milliseconds after `born` since which the client reads nothing; 0 while it does.
    stalled_since: AtomicU64,
    /// The HTTP/2 responses that may still be on their way.
    responses: Mutex<Vec<Weak<Mutex<Http2Body>>>>,
}

/// What is to become of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Keep,
    /// It is between requests and has been for too long.
    Idle,
    /// Its client reads nothing.
    Stalled,
}

impl Activity {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            born: Instant::now(),
            requests: AtomicUsize::new(0),
            idle_since: AtomicU64::new(0),
            stalled_since: AtomicU64::new(0),
            responses: Mutex::default(),
        })
    }

    /// Watches an HTTP/2 response.
    pub fn watch(&self, response: Weak<Mutex<Http2Body>>) {
        let mut responses = self.responses.lock().unwrap_or_else(PoisonError::into_inner);
        if responses.len() >= MANY {
            responses.retain(|response| response.strong_count() > 0);
        }
        responses.push(response);
    }

    /// Drops responses that nobody reads, and says what is to become of the connection.
    pub fn look(&self) -> Verdict {
        let now = tokio::time::Instant::now();
        let mut responses = self.responses.lock().unwrap_or_else(PoisonError::into_inner);
        responses.retain(|response| {
            let Some(response) = response.upgrade() else { return false };
            if response_body::drop_if_stalled(&response, now, STALLED) {
                tracing::debug!("dropped a response that its client does not read");
                return false;
            }
            true
        });
        drop(responses);
        self.verdict()
    }

    fn age(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn verdict(&self) -> Verdict {
        self.verdict_at(self.age())
    }

    fn verdict_at(&self, now: u64) -> Verdict {
        let longer =
            |since: u64, limit: Duration| u128::from(now.saturating_sub(since)) > limit.as_millis();
        let stalled_since = self.stalled_since.load(Ordering::Relaxed);
        if stalled_since > 0 && longer(stalled_since, STALLED) {
            return Verdict::Stalled;
        }
        let idle = self.requests.load(Ordering::Relaxed) == 0;
        if idle && longer(self.idle_since.load(Ordering::Relaxed), IDLE) {
            return Verdict::Idle;
        }
        Verdict::Keep
    }
}

/// Keeps a connection open while one of its requests is being worked on.
#[derive(Debug)]
pub struct RequestGuard(Arc<Activity>);

impl RequestGuard {
    pub fn begin(activity: &Arc<Activity>) -> Self {
        activity.requests.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(activity))
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.idle_since.store(self.0.age(), Ordering::Relaxed);
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A socket that notes when its client reads nothing.
#[derive(Debug)]
pub struct WatchedSocket<S> {
    socket: S,
    activity: Arc<Activity>,
}

impl<S> WatchedSocket<S> {
    pub fn new(socket: S, activity: Arc<Activity>) -> Self {
        Self { socket, activity }
    }

    /// The socket itself.
    pub fn inner(&self) -> &S {
        &self.socket
    }

    fn note<T>(&self, outcome: Poll<T>) -> Poll<T> {
        let stalled = &self.activity.stalled_since;
        match outcome {
            Poll::Pending if stalled.load(Ordering::Relaxed) == 0 => {
                stalled.store(self.activity.age().max(1), Ordering::Relaxed);
            }
            Poll::Ready(_) => stalled.store(0, Ordering::Relaxed),
            Poll::Pending => {}
        }
        outcome
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchedSocket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WatchedSocket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.note(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write_vectored(context, slices);
        self.note(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_may_be_idle_only_for_so_long() {
        let activity = Activity::new();
        let idle = u64::try_from(IDLE.as_millis()).unwrap();
        assert_eq!(activity.verdict_at(idle), Verdict::Keep);
        assert_eq!(activity.verdict_at(idle + 1), Verdict::Idle);
        let guard = RequestGuard::begin(&activity);
        assert_eq!(activity.verdict_at(idle * 100), Verdict::Keep);
        drop(guard);
        assert_eq!(activity.verdict_at(idle), Verdict::Keep);
        assert_eq!(activity.verdict_at(idle * 2), Verdict::Idle);
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_stalled() {
        let activity = Activity::new();
        let (socket, mut client) = tokio::io::duplex(4);
        let mut socket = WatchedSocket::new(socket, Arc::clone(&activity));
        let _guard = RequestGuard::begin(&activity);
        let mut write = Box::pin(tokio::io::AsyncWriteExt::write_all(&mut socket, b"12345678"));
        assert!(futures_util::poll!(&mut write).is_pending());
        let late = u64::try_from(STALLED.as_millis()).unwrap() * 2;
        assert_eq!(activity.verdict_at(late), Verdict::Stalled);
        let mut taken = [0; 4];
        tokio::io::AsyncReadExt::read_exact(&mut client, &mut taken).await.unwrap();
        write.await.unwrap();
        assert_eq!(activity.verdict_at(late), Verdict::Keep);
    }
}
