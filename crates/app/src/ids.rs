//! The source of ids and of anything random.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::Rng;

/// Makes ids. The only place that asks for randomness.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    count: Option<Arc<AtomicU64>>,
}

#[expect(clippy::disallowed_methods, reason = "this is where ids and chance come from")]
impl Ids {
    /// Random ids.
    pub fn random() -> Self {
        Self::default()
    }

    /// For tests: ids that count up from one, and a chance that always falls on the first.
    pub fn counting() -> Self {
        Self { count: Some(Arc::default()) }
    }

    /// 32 lowercase hexadecimal digits of a random UUID: run and dataset ids.
    pub fn hex(&self) -> String {
        match &self.count {
            Some(count) => format!("{:032x}", count.fetch_add(1, Ordering::Relaxed) + 1),
            None => uuid::Uuid::new_v4().simple().to_string(),
        }
    }

    /// A random UUID with its hyphens: scorer ids.
    pub fn uuid(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }

    /// A random UUID as a number.
    pub fn uuid_bits(&self) -> u128 {
        uuid::Uuid::new_v4().as_u128()
    }

    /// A random number in `0..bound`.
    pub fn below(&self, bound: usize) -> usize {
        match &self.count {
            Some(_) => 0,
            None => rand::rng().random_range(0..bound.max(1)),
        }
    }
}
