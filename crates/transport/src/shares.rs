//! How much of a shared resource one client may hold.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// What each client holds. All clients of unknown address count as one.
#[derive(Clone, Debug)]
pub struct Shares {
    each: u64,
    held: Arc<Mutex<HashMap<Option<IpAddr>, u64>>>,
}

/// A part of a client's share, until it is dropped.
#[derive(Debug)]
pub struct Share {
    shares: Shares,
    client: Option<IpAddr>,
    held: u64,
}

impl Shares {
    pub fn new(each: u64) -> Self {
        Self { each, held: Arc::default() }
    }

    /// Takes this amount of a client's share; `None` if less is left.
    pub fn take(&self, client: Option<IpAddr>, amount: u64) -> Option<Share> {
        let mut share = Share { shares: self.clone(), client, held: 0 };
        share.grow(amount).then_some(share)
    }

    fn change(&self, client: Option<IpAddr>, change: impl FnOnce(u64) -> u64) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = change(held.get(&client).copied().unwrap_or_default());
        if now == 0 {
            held.remove(&client);
        } else {
            held.insert(client, now);
        }
    }
}

impl Share {
    /// Takes more; `false`, and nothing is taken, if less is left.
    pub fn grow(&mut self, amount: u64) -> bool {
        let each = self.shares.each;
        let mut grown = false;
        self.shares.change(self.client, |now| {
            grown = now.saturating_add(amount) <= each;
            if grown { now + amount } else { now }
        });
        if grown {
            self.held += amount;
        }
        grown
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shares.change(self.client, |now| now.saturating_sub(self.held));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_holds_no_more_than_its_share() {
        let shares = Shares::new(10);
        let (one, other) = ("10.0.0.1".parse().ok(), "10.0.0.2".parse().ok());
        let mut first = shares.take(one, 6).unwrap();
        assert!(shares.take(one, 5).is_none());
        assert!(!first.grow(5));
        assert!(first.grow(4));
        let second = shares.take(other, 10).unwrap();
        drop(first);
        assert!(shares.take(one, 10).is_some());
        drop(second);
        assert!(shares.held.lock().unwrap().is_empty());
    }
}
