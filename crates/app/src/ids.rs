//! The source of ids and of anything random.

use rand::Rng;

/// Makes ids. The only place that asks for randomness.
#[derive(Clone, Debug, Default)]
pub struct Ids;

impl Ids {
    /// 32 lowercase hexadecimal digits of a random UUID: run and dataset ids.
    pub fn hex(&self) -> String {
        uuid::Uuid::new_v4().simple().to_string()
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
        rand::rng().random_range(0..bound.max(1))
    }
}
