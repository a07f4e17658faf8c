//! How fast a client sends, by the time that is spent waiting for it. A body that comes slowly because it is read slowly
//! is not the client's fault.

use std::time::Duration;

use tokio::time::Instant;

/// How fast a client was in a window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    Enough,
    Slow,
}

/// Measures a client, one window after the other.
#[derive(Clone, Debug)]
pub struct Pace {
    window: Duration,
    /// Bytes a second that are enough.
    enough: u64,
    since: Option<Instant>,
    waited: Duration,
    arrived: u64,
}

impl Pace {
    pub const fn new(window: Duration, enough: u64) -> Self {
        Self { window, enough, since: None, waited: Duration::ZERO, arrived: 0 }
    }

    /// Nothing is there: the client is waited for.
    pub fn waits(&mut self) {
        self.waits_at(Instant::now);
    }

    fn waits_at(&mut self, now: impl FnOnce() -> Instant) {
        self.since.get_or_insert_with(now);
    }

    /// How much longer the client may be waited for until the window ends.
    pub fn left(&self) -> Duration {
        let waiting = self.since.map(|since| since.elapsed()).unwrap_or_default();
        self.window.saturating_sub(self.waited + waiting)
    }

    /// These bytes have come. Says how fast the client was if a window has ended.
    pub fn arrived(&mut self, bytes: u64) -> Option<Speed> {
        self.arrived_at(Instant::now, bytes)
    }

    fn arrived_at(&mut self, now: impl FnOnce() -> Instant, bytes: u64) -> Option<Speed> {
        self.arrived += bytes;
        let since = self.since.take()?;
        self.waited += now().duration_since(since);
        if self.waited < self.window {
            return None;
        }
        let wanted = self.waited.as_millis() * u128::from(self.enough) / 1000;
        let enough = u128::from(self.arrived) >= wanted;
        (self.waited, self.arrived) = (Duration::ZERO, 0);
        Some(if enough { Speed::Enough } else { Speed::Slow })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The speeds of a client that sends these pieces: seconds before each, and its bytes.
    fn speeds(pieces: &[(u64, u64)]) -> Vec<Speed> {
        let mut pace = Pace::new(Duration::from_secs(20), 512);
        let mut now = Instant::now();
        let mut speeds = Vec::new();
        for (seconds, bytes) in pieces {
            pace.waits_at(|| now);
            now += Duration::from_secs(*seconds);
            speeds.extend(pace.arrived_at(|| now, *bytes));
        }
        speeds
    }

    #[test]
    fn a_client_may_be_slow_but_not_drip() {
        assert_eq!(speeds(&[(1, 600); 60]), [Speed::Enough; 3]);
        // Whatever came before.
        let mut drips = vec![(0, 20 << 20)];
        drips.extend([(20, 1); 4]);
        assert_eq!(speeds(&drips), [Speed::Enough, Speed::Slow, Speed::Slow, Speed::Slow]);
    }

    #[test]
    fn a_client_is_not_blamed_for_a_slow_reader() {
        let mut pace = Pace::new(Duration::from_secs(20), 512);
        let mut now = Instant::now();
        for _ in 0..100 {
            now += Duration::from_mins(1);
            assert_eq!(pace.arrived_at(|| now, 1), None);
        }
    }
}
