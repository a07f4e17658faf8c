//! How a store function sees its arguments: borrowed.

use std::collections::HashSet;
use std::sync::Arc;

/// A value that is owned by a unit of work and lent to the store function each time it runs.
///
/// Strings are lent as `&str`, lists as slices, numbers by value. Structs and enums of a feature
/// say so with [`lend!`](crate::lend).
pub trait Lend: Send + Sync + 'static {
    /// What the store function's parameter is declared as.
    type As<'a>
    where
        Self: 'a;

    fn lend(&self) -> Self::As<'_>;
}

/// Lends these types by reference: `lend!(NewRun, RunUpdate)`; after `copy`, by value.
#[macro_export]
macro_rules! lend {
    (copy $($type:ty),* $(,)?) => {$(
        impl $crate::Lend for $type {
            type As<'a> = $type;
            fn lend(&self) -> $type {
                *self
            }
        }
    )*};
    ($($type:ty),* $(,)?) => {$(
        impl $crate::Lend for $type {
            type As<'a> = &'a $type;
            fn lend(&self) -> &$type {
                self
            }
        }
    )*};
}

lend!(copy bool, i32, i64, u32, u64, usize);
lend!(serde_json::Value, db::Statement);

impl Lend for String {
    type As<'a> = &'a str;
    fn lend(&self) -> &str {
        self
    }
}

impl<T: Lend> Lend for Option<T> {
    type As<'a> = Option<T::As<'a>>;
    fn lend(&self) -> Option<T::As<'_>> {
        self.as_ref().map(T::lend)
    }
}

impl<T: Send + Sync + 'static> Lend for Vec<T> {
    type As<'a> = &'a [T];
    fn lend(&self) -> &[T] {
        self
    }
}

impl<T: Send + Sync + 'static, const N: usize> Lend for [T; N] {
    type As<'a> = &'a [T];
    fn lend(&self) -> &[T] {
        self
    }
}

impl<T: Lend> Lend for Arc<T> {
    type As<'a> = T::As<'a>;
    fn lend(&self) -> T::As<'_> {
        T::lend(self)
    }
}

impl<T: Send + Sync + 'static, H: Send + Sync + 'static> Lend for HashSet<T, H> {
    type As<'a> = &'a HashSet<T, H>;
    fn lend(&self) -> &HashSet<T, H> {
        self
    }
}
