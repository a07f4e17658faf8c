//! A database as features use it: through units of work.

use db::{Db, DbError};

use super::{Context, Unit, Work};
use crate::{Caller, Clock, Ids, Stamp};

/// A database, with the clock and the ids of what is done in it. Cheap to clone.
#[derive(Clone)]
pub struct Backend {
    db: Db,
    clock: Clock,
    ids: Ids,
    /// Whether changes to days that are summed up are noted ([`crate::rollups`]).
    rollups: bool,
}

impl Backend {
    pub fn new(db: Db, clock: Clock, ids: Ids, rollups: bool) -> Self {
        Self { db, clock, ids, rollups }
    }

    /// The database itself.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The same for work in the background, which may take as long as it takes.
    #[must_use]
    pub fn without_limit(&self) -> Self {
        Self { db: self.db.without_limit(), ..self.clone() }
    }

    /// What a transaction on behalf of this caller knows, if it begins now.
    pub fn context(&self, caller: &Caller) -> Context {
        let stamp = Stamp::new(self.ids.uuid_bits(), self.clock.now_ms(), self.rollups);
        Context { caller: caller.clone(), stamp }
    }

    /// Runs a store function that only reads, and finds what it reads by keys.
    ///
    /// # Errors
    /// The store function's own, and those of the database.
    pub async fn read<I, T, E, W>(&self, caller: &Caller, work: W, input: I) -> Result<T, E>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        W: for<'a> Work<'a, I, T, E>,
    {
        self.db.read((self.context(caller), input), in_unit(work)).await
    }

    /// Runs a store function that only reads, and may have to look at much: it never takes the
    /// last connection or thread.
    ///
    /// # Errors
    /// The store function's own, and those of the database.
    pub async fn search<I, T, E, W>(&self, caller: &Caller, work: W, input: I) -> Result<T, E>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        W: for<'a> Work<'a, I, T, E>,
    {
        self.db.search((self.context(caller), input), in_unit(work)).await
    }

    /// Runs a store function as one transaction: committed if it returns `Ok`, else undone. It may
    /// run more than once, after a deadlock; only its last run counts.
    ///
    /// # Errors
    /// The store function's own, and those of the database. Nothing is written then.
    pub async fn write<I, T, E, W>(&self, caller: &Caller, work: W, input: I) -> Result<T, E>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        W: for<'a> Work<'a, I, T, E>,
    {
        self.db.write((self.context(caller), input), in_unit(work)).await
    }
}

/// A store function as the database runs it.
fn in_unit<I, T, E, W>(
    work: W,
) -> impl for<'a> Fn(&'a mut db::Tx, &'a (Context, I)) -> db::Work<'a, Result<T, E>>
+ Send
+ Sync
+ 'static
where
    I: Send + Sync + 'static,
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    W: for<'a> Work<'a, I, T, E>,
{
    move |tx, (context, input)| {
        Box::pin(async move {
            let mut unit = Unit::new(tx, context);
            work.start(&mut unit, input).await
        })
    }
}
