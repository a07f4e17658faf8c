//! How many requests are worked on at once. Some more may wait; any beyond are told to come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls worked on at once, and uploads, which may last.
const CALLS: usize = 1024;
const UPLOADS: usize = 256;

/// Answers that are sent as they are made, such as downloads.
const ANSWERS: usize = 4096;

/// Requests that may wait for their turn, and for how long.
const WAITING: usize = 4096;
const PATIENCE: Duration = Duration::from_secs(15);

/// Lets requests through, a bounded number at a time.
#[derive(Clone, Debug)]
pub struct Gate {
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    max_waiting: usize,
    patience: Duration,
}

impl Gate {
    /// `most`: how many at once the operator allows, if fewer than usual.
    pub fn for_calls(most: Option<u32>) -> Self {
        Self::new(limited(CALLS, most), WAITING, PATIENCE)
    }

    pub fn for_uploads(most: Option<u32>) -> Self {
        Self::new(limited(UPLOADS, most), WAITING, PATIENCE)
    }

    pub fn for_answers() -> Self {
        Self::new(ANSWERS, WAITING, PATIENCE)
    }

    /// Whether somebody waits for a place.
    pub fn has_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    pub(super) fn new(at_once: usize, max_waiting: usize, patience: Duration) -> Self {
        let places = Arc::new(Semaphore::new(at_once));
        Self { places, waiting: Arc::default(), max_waiting, patience }
    }

    /// A place, held until it is dropped; `None` if there is none in time.
    pub async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        let _turn = Turn::take(&self.waiting, self.max_waiting)?;
        let place = Arc::clone(&self.places).acquire_owned();
        tokio::time::timeout(self.patience, place).await.ok()?.ok()
    }
}

fn limited(usual: usize, most: Option<u32>) -> usize {
    most.and_then(|most| usize::try_from(most).ok()).map_or(usual, |most| most.min(usual))
}

/// A place in the queue. Given back when dropped, also when the caller goes away while waiting.
struct Turn<'g>(&'g AtomicUsize);

impl<'g> Turn<'g> {
    fn take(waiting: &'g AtomicUsize, max: usize) -> Option<Self> {
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
        let gate = Gate::new(1, 1, Duration::from_secs(30));
        let first = gate.enter().await.unwrap();
        let second = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter().await.is_some() }
        });
        while gate.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert!(gate.enter().await.is_none());
        drop(first);
        assert!(second.await.unwrap());
        assert!(gate.enter().await.is_some());
        assert_eq!(gate.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let gate = Gate::new(1, 1, Duration::from_millis(10));
        let _first = gate.enter().await.unwrap();
        assert!(gate.enter().await.is_none());
        assert_eq!(gate.waiting.load(Ordering::Relaxed), 0);
    }
}
