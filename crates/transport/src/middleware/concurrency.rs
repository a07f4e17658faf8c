//! Limits of how many requests are worked on at once. Some more may wait; any beyond are refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls worked on at once, and uploads, which may take long.
const CALLS: usize = 1024;
const UPLOADS: usize = 256;

/// Responses that are made while they are sent, such as downloads.
const RESPONSES: usize = 4096;

/// Responses that stay open for hours and hardly do anything.
const WATCHERS: usize = 4096;

/// Requests that may wait for their turn, and for how long.
const WAITING: usize = 4096;
const PATIENCE: Duration = Duration::from_secs(15);

/// Lets requests through, a bounded number at a time.
#[derive(Clone, Debug)]
pub struct ConcurrencyLimit {
    permits: Arc<Semaphore>,
    #[cfg(test)]
    at_once: usize,
    waiting: Arc<AtomicUsize>,
    max_waiting: usize,
    patience: Duration,
}

impl ConcurrencyLimit {
    /// `most`: the operator's limit, if it is lower than the usual one.
    pub fn calls(most: Option<u32>) -> Self {
        Self::new(limited(CALLS, most), WAITING, PATIENCE)
    }

    pub fn uploads(most: Option<u32>) -> Self {
        Self::new(limited(UPLOADS, most), WAITING, PATIENCE)
    }

    pub fn responses() -> Self {
        Self::new(RESPONSES, WAITING, PATIENCE)
    }

    pub fn watchers() -> Self {
        Self::new(WATCHERS, WAITING, PATIENCE)
    }

    /// Places that are held.
    #[cfg(test)]
    pub fn taken(&self) -> usize {
        self.at_once - self.permits.available_permits()
    }

    /// Whether somebody waits for a place.
    pub fn has_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    pub(super) fn new(at_once: usize, max_waiting: usize, patience: Duration) -> Self {
        let permits = Arc::new(Semaphore::new(at_once));
        Self {
            permits,
            #[cfg(test)]
            at_once,
            waiting: Arc::default(),
            max_waiting,
            patience,
        }
    }

    /// A place that is free now.
    pub fn try_acquire(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).try_acquire_owned().ok()
    }

    /// A place, held until it is dropped; `None` if there is none in time.
    pub async fn acquire(&self) -> Option<OwnedSemaphorePermit> {
        if let Some(place) = self.try_acquire() {
            return Some(place);
        }
        let _turn = Turn::take(&self.waiting, self.max_waiting)?;
        let place = Arc::clone(&self.permits).acquire_owned();
        tokio::time::timeout(self.patience, place).await.ok()?.ok()
    }
}

fn limited(usual: usize, most: Option<u32>) -> usize {
    most.and_then(|most| usize::try_from(most).ok()).map_or(usual, |most| most.min(usual))
}

/// A place in the queue. Given back when dropped, also when the caller goes away while waiting.
struct Turn<'a>(&'a AtomicUsize);

impl<'a> Turn<'a> {
    fn take(waiting: &'a AtomicUsize, max: usize) -> Option<Self> {
        let turn = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < max).then_some(turn)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_wait_for_a_place_and_are_refused_when_the_queue_is_full() {
        let limit = ConcurrencyLimit::new(1, 1, Duration::from_secs(30));
        let first = limit.acquire().await.unwrap();
        let second = tokio::spawn({
            let limit = limit.clone();
            async move { limit.acquire().await.is_some() }
        });
        while limit.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert!(limit.acquire().await.is_none());
        drop(first);
        assert!(second.await.unwrap());
        assert!(limit.acquire().await.is_some());
        assert_eq!(limit.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn nobody_waits_forever() {
        let limit = ConcurrencyLimit::new(1, 1, Duration::from_millis(10));
        let _first = limit.acquire().await.unwrap();
        assert!(limit.acquire().await.is_none());
        assert_eq!(limit.waiting.load(Ordering::Relaxed), 0);
    }
}
