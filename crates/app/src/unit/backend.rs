//! A database as features use it: through units of work.

use std::sync::Arc;

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
    schema: Arc<schema::Current>,
}

impl Backend {
    pub fn new(db: Db, clock: Clock, ids: Ids, rollups: bool) -> Self {
        Self { db, clock, ids, rollups, schema: Arc::default() }
    }

    /// The database itself.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The schema that the database has now.
    pub fn schema(&self) -> &Arc<schema::Current> {
        &self.schema
    }

    /// The same for work in the background, which may take as long as it takes.
    #[must_use]
    pub fn without_limit(&self) -> Self {
        Self { db: self.db.without_limit(), ..self.clone() }
    }

    /// What a transaction on behalf of this caller knows, if it begins now.
    pub fn context(&self, caller: &Caller) -> Context {
        let stamp = Stamp::new(self.ids.uuid_bits(), self.clock.now_ms(), self.rollups);
        Context { caller: caller.clone(), stamp, release: self.schema.release() }
    }

    /// Runs a store function that only reads, and finds what it reads by keys.
    ///
    /// # Errors
    /// The store function's own, and those of the database.
    pub fn read<I, T, E, W>(
        &self,
        caller: &Caller,
        work: W,
        input: I,
    ) -> impl Future<Output = Result<T, E>> + Send + use<'_, I, T, E, W>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        W: for<'a> Work<'a, I, T, E>,
    {
        self.db.read(self.job(caller, work, input), run)
    }

    /// Runs a store function that only reads, and may have to look at much: it never takes the
    /// last connection or thread.
    ///
    /// # Errors
    /// The store function's own, and those of the database.
    pub fn search<I, T, E, W>(
        &self,
        caller: &Caller,
        work: W,
        input: I,
    ) -> impl Future<Output = Result<T, E>> + Send + use<'_, I, T, E, W>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        W: for<'a> Work<'a, I, T, E>,
    {
        self.db.search(self.job(caller, work, input), run)
    }

    /// Runs a store function as one transaction: committed if it returns `Ok`, else undone. It may
    /// run more than once, after a deadlock; only its last run counts.
    ///
    /// # Errors
    /// The store function's own, and those of the database. Nothing is written then.
    pub fn write<I, T, E, W>(
        &self,
        caller: &Caller,
        work: W,
        input: I,
    ) -> impl Future<Output = Result<T, E>> + Send + use<'_, I, T, E, W>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        W: for<'a> Work<'a, I, T, E>,
    {
        self.db.write(self.job(caller, work, input), run)
    }

    fn job<I, T, E, W>(&self, caller: &Caller, work: W, input: I) -> Job<I, T, E>
    where
        I: 'static,
        T: 'static,
        E: 'static,
        W: for<'a> Work<'a, I, T, E>,
    {
        Job { context: self.context(caller), input, work: Box::new(work) }
    }
}

/// A store function with all that it is given.
struct Job<I, T, E> {
    context: Context,
    input: I,
    /// Its type is forgotten, so that what runs transactions is compiled once for arguments and
    /// results of the same types. A function is no data: the box takes no memory.
    work: Box<dyn AnyWork<I, T, E>>,
}

trait AnyWork<I, T, E>: Send + Sync {
    fn start<'a>(&self, unit: &'a mut Unit<'a>, input: &'a I) -> db::Work<'a, Result<T, E>>;
}

impl<I, T, E, W> AnyWork<I, T, E> for W
where
    W: for<'a> Work<'a, I, T, E>,
{
    fn start<'a>(&self, unit: &'a mut Unit<'a>, input: &'a I) -> db::Work<'a, Result<T, E>> {
        Work::start(self, unit, input)
    }
}

/// A job as the database runs it.
fn run<'a, I, T, E>(tx: &'a mut db::Tx, job: &'a Job<I, T, E>) -> db::Work<'a, Result<T, E>>
where
    I: Send + Sync + 'static,
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    Box::pin(async move {
        let mut unit = Unit::new(tx, &job.context);
        job.work.start(&mut unit, &job.input).await
    })
}
