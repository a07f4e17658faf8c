//! The unit of work: what a store function works on.
//!
//! A store function takes a [`Unit`] and its arguments. It is passed by name, together with who
//! asks and what it is to be given:
//!
//! ```ignore
//! let run = app.write(&caller, store::update, (run_id, change)).await?;
//! ```
//!
//! The `Unit` is the transaction, and knows the caller, the workspace, the time and the ids of its
//! events. All of these are fixed before the transaction begins, because a transaction may run more
//! than once: after a deadlock, only its last run counts.

mod backend;
mod lend;
mod work;

use std::ops::{Deref, DerefMut};

use db::Tx;
use schema::Release;

use crate::{Caller, Stamp};

pub use backend::Backend;
pub use lend::Lend;
pub use work::Work;

/// Who asks for a unit of work, and when.
#[derive(Clone, Debug)]
pub struct Context {
    pub caller: Caller,
    pub stamp: Stamp,
    /// What the database is used as.
    pub release: Release,
}

/// One unit of work: a transaction, who asked for it, and its time and ids.
pub struct Unit<'a> {
    tx: &'a mut Tx,
    context: &'a Context,
    /// How many events the transaction has recorded.
    events: u32,
}

impl<'a> Unit<'a> {
    /// A unit of work in a transaction that has begun.
    pub fn new(tx: &'a mut Tx, context: &'a Context) -> Self {
        Self { tx, context, events: 0 }
    }

    /// The same transaction on behalf of another caller, for one that commits the work of several.
    pub fn on_behalf_of<'b>(&'b mut self, context: &'b Context) -> Unit<'b> {
        Unit { tx: self.tx, context, events: 0 }
    }

    /// Who asks.
    pub fn caller(&self) -> &'a Caller {
        &self.context.caller
    }

    /// The name of the workspace that the caller works in.
    pub fn workspace(&self) -> &'a str {
        self.context.caller.workspace()
    }

    /// The release of MLflow whose schema the database has.
    pub fn release(&self) -> Release {
        self.context.release
    }

    /// The time of the transaction, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.context.stamp.at
    }

    /// The time and the ids of the transaction.
    pub(crate) fn stamp(&self) -> &'a Stamp {
        &self.context.stamp
    }

    /// Numbers for the next `count` events of this transaction: the first of them.
    pub(crate) fn next_events(&mut self, count: usize) -> u32 {
        let first = self.events;
        self.events = first.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        first
    }
}

impl Deref for Unit<'_> {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        self.tx
    }
}

impl DerefMut for Unit<'_> {
    fn deref_mut(&mut self) -> &mut Tx {
        self.tx
    }
}
