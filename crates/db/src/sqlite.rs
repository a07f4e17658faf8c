//! The SQLite side: one thread that writes, a few that read, each with a connection of its own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, select};
use futures::executor::block_on;
use tokio::sync::oneshot;

use crate::database::Terms;
use crate::sqlite_checkpoint::Checkpointer;
use crate::{
    DbError, Kind, Options, Row, Synchronous, Tx, Value, Work, dialect, sqlite_functions, tx,
};

/// Units of work that may wait for a thread; beyond it callers are told to come back later.
const QUEUE: usize = 4096;

/// Writes that share one commit at most, and how long the first of them may be kept waiting.
const GROUP: usize = 512;
const GROUP_TIME: Duration = Duration::from_millis(5);

/// Commits between two looks at the statistics.
const RENEWAL: u64 = 1024;

/// Distinct texts kept prepared on one connection.
const MAX_PREPARED: usize = 512;

/// How long the end of the server may wait for other programs that use the file.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long to wait for another process that holds the file's write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);

/// How much longer than a search a write may take: given up half-way, it undoes those that share its
/// commit, too.
const WRITE_PATIENCE: u32 = 10;

/// Instructions of SQLite's between two looks at the clock: some tens of microseconds.
const INSTRUCTIONS: i32 = 4096;

#[derive(Clone)]
pub(crate) struct Sqlite {
    writes: Sender<Job>,
    /// Go to the writer's queue for a database in memory, which only one connection can see.
    reads: Sender<Job>,
    searches: Sender<Job>,
    path: Option<Arc<Path>>,
    query_timeout: Option<Duration>,
    acquire_timeout: Duration,
}

/// A unit of work that waits for its thread.
struct Job {
    work: Run,
    /// Whether the caller has gone.
    gone: Arc<AtomicBool>,
    /// Whether a thread has taken it up.
    begun: Arc<AtomicBool>,
    write: bool,
    limit: Option<Duration>,
}

impl Job {
    fn is_wanted(&self) -> bool {
        !self.gone.load(Ordering::Relaxed)
    }

    /// From now on this thread's statements end with the limit and, if they only read, with the
    /// caller.
    fn watched(&self) -> Watched {
        self.begun.store(true, Ordering::Relaxed);
        let deadline = self.limit.map(|limit| Instant::now() + limit);
        let gone = (!self.write).then(|| Arc::clone(&self.gone));
        WATCH.set(Some(Watch { deadline, gone }));
        Watched
    }
}

/// Runs a unit of work, or is told that no transaction could be begun. What it returns answers the
/// caller, once it is known how the commit ended.
type Run = Box<dyn FnOnce(Result<&mut Tx, DbError>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), DbError>) + Send>;

/// What ends the statement that a thread is at.
struct Watch {
    deadline: Option<Instant>,
    gone: Option<Arc<AtomicBool>>,
}

thread_local! {
    /// A handler can hold no state that changes from job to job.
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// Until it is dropped, the thread is watched.
struct Watched;

impl Drop for Watched {
    fn drop(&mut self) {
        WATCH.set(None);
    }
}

/// Whether the statement that this thread is at is to end.
fn is_over() -> bool {
    WATCH.with_borrow(|watch| {
        watch.as_ref().is_some_and(|watch| {
            watch.gone.as_ref().is_some_and(|gone| gone.load(Ordering::Relaxed))
                || watch.deadline.is_some_and(|deadline| deadline <= Instant::now())
        })
    })
}

/// Tells the thread that its caller has gone, when the caller goes.
struct Presence(Arc<AtomicBool>);

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A connection, with the respelled text of the statements it has met.
pub(crate) struct Connection {
    inner: rusqlite::Connection,
    texts: HashMap<String, String>,
}

impl Connection {
    fn open(path: &Path, options: &Options) -> Result<Self, DbError> {
        Self::try_open(path, options).map_err(|error| crate::sqlite_refusal::explain(path, error))
    }

    fn try_open(path: &Path, options: &Options) -> Result<Self, DbError> {
        let inner = rusqlite::Connection::open(path)?;
        inner.busy_timeout(BUSY_TIMEOUT)?;
        inner.set_prepared_statement_cache_capacity(MAX_PREPARED);
        let synchronous = match options.synchronous {
            Synchronous::Normal => "NORMAL",
            Synchronous::Full => "FULL",
        };
        inner.execute_batch(&format!(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = {synchronous};
             PRAGMA foreign_keys = ON;
             PRAGMA case_sensitive_like = ON;
             PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -16000;
             PRAGMA wal_autocheckpoint = 0;
             PRAGMA journal_size_limit = 67108864;
             PRAGMA analysis_limit = 1000;"
        ))?;
        sqlite_functions::add(&inner, is_over)?;
        inner.progress_handler(INSTRUCTIONS, Some(is_over))?;
        Ok(Self { inner, texts: HashMap::new() })
    }

    fn open_reader(path: &Path, options: &Options) -> Result<Self, DbError> {
        let reader = Self::open(path, options)?;
        reader.inner.execute_batch("PRAGMA query_only = ON")?;
        Ok(reader)
    }

    /// Brings the statistics of tables that have grown or shrunk much up to date, each from a small
    /// sample. Says whether there were any.
    fn analyze(&self) -> Result<bool, DbError> {
        let mut plan = self.inner.prepare("PRAGMA optimize(0x10003)")?;
        let stale: Vec<String> = plan.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for statement in &stale {
            self.inner.execute_batch(statement)?;
        }
        Ok(!stale.is_empty())
    }

    fn prepare(&mut self, sql: &str) -> Result<rusqlite::CachedStatement<'_>, DbError> {
        if !self.texts.contains_key(sql) {
            if self.texts.len() >= MAX_PREPARED {
                self.texts.clear();
            }
            self.texts.insert(sql.to_owned(), dialect::to_sqlite(sql));
        }
        let text = self.texts.get(sql).map_or(sql, String::as_str);
        Ok(self.inner.prepare_cached(text)?)
    }

    pub(crate) fn query<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        mut map: impl for<'r> FnMut(Row<'r>) -> Result<T, DbError>,
    ) -> Result<Vec<T>, DbError> {
        let mut statement = self.prepare(sql)?;
        bind(&mut statement, values)?;
        let mut rows = statement.raw_query();
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            out.push(map(Row::Sqlite(row))?);
        }
        Ok(out)
    }

    pub(crate) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, DbError> {
        let mut statement = self.prepare(sql)?;
        bind(&mut statement, values)?;
        Ok(statement.raw_execute()? as u64)
    }

    /// Runs an `INSERT` with `?1 … ?N` once for each row.
    pub(crate) fn insert_rows<const N: usize>(
        &mut self,
        sql: &str,
        rows: &[[Value<'_>; N]],
    ) -> Result<u64, DbError> {
        let mut statement = self.inner.prepare_cached(sql)?;
        let mut count = 0;
        for row in rows {
            for (index, value) in row.iter().enumerate() {
                statement.raw_bind_parameter(index + 1, value)?;
            }
            count += statement.raw_execute()? as u64;
        }
        Ok(count)
    }

    /// Runs an `INSERT … RETURNING` with `?1 … ?N` once for each row.
    pub(crate) fn insert_returning<T, const N: usize>(
        &mut self,
        sql: &str,
        rows: &[[Value<'_>; N]],
        mut map: impl for<'r> FnMut(Row<'r>) -> Result<T, DbError>,
    ) -> Result<Vec<T>, DbError> {
        let mut statement = self.inner.prepare_cached(sql)?;
        let mut out = Vec::new();
        for row in rows {
            for (index, value) in row.iter().enumerate() {
                statement.raw_bind_parameter(index + 1, value)?;
            }
            let mut returned = statement.raw_query();
            while let Some(row) = returned.next()? {
                out.push(map(Row::Sqlite(row))?);
            }
        }
        Ok(out)
    }

    pub(crate) fn run_script(&mut self, script: &str) -> Result<(), DbError> {
        Ok(self.inner.execute_batch(script)?)
    }

    fn control(&self, sql: &str) -> Result<(), DbError> {
        self.inner.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

/// Binds the values that the statement has parameters for.
fn bind(statement: &mut rusqlite::Statement<'_>, values: &[Value<'_>]) -> Result<(), DbError> {
    let count = statement.parameter_count();
    for (index, value) in values.iter().enumerate().take(count) {
        statement.raw_bind_parameter(index + 1, value)?;
    }
    Ok(())
}

impl Sqlite {
    /// Opens the file (or, without a path, a database in memory) and starts the threads.
    pub(crate) fn open(path: Option<&Path>, options: &Options) -> Result<Self, DbError> {
        let writer = Connection::open(path.unwrap_or(Path::new(":memory:")), options)?;
        let (writes, write_queue) = crossbeam_channel::bounded(QUEUE);
        let statistics = Statistics::default();
        let kept = statistics.clone();
        // A database in memory has no log; its copier is never asked.
        let copier = Connection::open(path.unwrap_or(Path::new(":memory:")), options)?;
        let (checkpointer, copy) = Checkpointer::new(copier.inner);
        start("sqlite-copier", copy)?;
        start("sqlite-writer", move || write_loop(writer, &write_queue, &kept, checkpointer))?;
        let (query_timeout, acquire_timeout) = (options.query_timeout, options.acquire_timeout);
        let Some(path) = path else {
            let (reads, searches) = (writes.clone(), writes.clone());
            return Ok(Self {
                reads,
                searches,
                writes,
                path: None,
                query_timeout,
                acquire_timeout,
            });
        };
        let (reads, read_queue) = crossbeam_channel::bounded(QUEUE);
        let (searches, search_queue) = crossbeam_channel::bounded(QUEUE);
        for number in 0..=options.sqlite_readers {
            let reader = Connection::open_reader(path, options)?;
            let reopen = {
                let (path, options) = (path.to_owned(), options.clone());
                move || Connection::open_reader(&path, &options)
            };
            // However many searches there are, one thread has no part in them.
            let searches = (number > 0).then(|| search_queue.clone());
            let queues = Queues { reads: read_queue.clone(), searches };
            let statistics = statistics.clone();
            start("sqlite-reader", move || read_loop(reader, &queues, &statistics, reopen))?;
        }
        Ok(Self {
            writes,
            reads,
            searches,
            path: Some(Arc::from(path)),
            query_timeout,
            acquire_timeout,
        })
    }

    /// Asks the file for an answer, on a connection that is made for it.
    pub(crate) fn ask(&self, limit: Duration) -> Result<(), DbError> {
        use rusqlite::OpenFlags;
        let Some(path) = &self.path else { return Ok(()) };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = rusqlite::Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(limit)?;
        Ok(connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?)
    }

    /// Moves all that was committed into the file, so that the file alone is the database.
    pub(crate) fn settle(&self) -> Result<(), DbError> {
        let Some(path) = &self.path else { return Ok(()) };
        let connection = rusqlite::Connection::open(path)?;
        connection.busy_timeout(SETTLE_TIMEOUT)?;
        // A row: whether it was in another's way, pages in the log, pages copied.
        let held = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if held {
            return Err(DbError::unavailable("another program uses the database"));
        }
        Ok(())
    }

    /// Units of work that wait: (writes, reads).
    pub(crate) fn queued(&self) -> (usize, usize) {
        (self.writes.len(), self.reads.len() + self.searches.len())
    }

    pub(crate) async fn run<I, T, E, F>(&self, terms: Terms, input: I, work: F) -> Result<T, E>
    where
        I: Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'a> Fn(&'a mut Tx, &'a I) -> Work<'a, Result<T, E>> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let work: Run = Box::new(move |tx| {
            let result = match tx {
                Ok(tx) => {
                    let result = block_on(work(tx, &input));
                    if result.is_err() {
                        tx.failure = tx.failure.or(Some(Kind::Other));
                    }
                    result
                }
                Err(error) => Err(error.into()),
            };
            Box::new(move |ended| {
                // A caller that went away needs no answer.
                let _ =
                    sender.send(result.and_then(|value| ended.map(|()| value).map_err(E::from)));
            })
        });
        let presence = Presence(Arc::default());
        let gone = Arc::clone(&presence.0);
        let times = if terms.write { WRITE_PATIENCE } else { 1 };
        let limit = self.query_timeout.filter(|_| terms.limited).map(|limit| limit * times);
        let queue = match (terms.write, terms.search) {
            (true, _) => &self.writes,
            (false, false) => &self.reads,
            (false, true) => &self.searches,
        };
        let begun = Arc::<AtomicBool>::default();
        let job = Job { work, gone, begun: Arc::clone(&begun), write: terms.write, limit };
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => DbError::unavailable("too much work waits for the database"),
            TrySendError::Disconnected(_) => DbError::unavailable("the database is closed"),
        })?;
        let mut receiver = receiver;
        let answer = if terms.search {
            match tokio::time::timeout(self.acquire_timeout, &mut receiver).await {
                Ok(answer) => answer,
                Err(_) if begun.load(Ordering::Relaxed) => receiver.await,
                Err(_) => {
                    return Err(DbError::unavailable("too many searches are under way").into());
                }
            }
        } else {
            receiver.await
        };
        match answer {
            Ok(result) => result,
            Err(_) => Err(DbError::new(Kind::Other, "the unit of work panicked").into()),
        }
    }
}

fn start(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), DbError> {
    let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(body);
    spawned.map(drop).map_err(|error| DbError::new(Kind::Other, error.to_string()))
}

/// Counts how often the statistics were renewed. They decide how searches are run, and a connection
/// reads them only when it is opened.
#[derive(Clone, Default)]
struct Statistics(Arc<AtomicU64>);

impl Statistics {
    fn generation(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn renew(&self, tx: &Tx) {
        let tx::Connection::Sqlite(connection) = &tx.connection else { return };
        match connection.analyze() {
            Ok(true) => {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "the statistics could not be renewed"),
        }
    }
}

/// Where a reader finds its work.
struct Queues {
    reads: Receiver<Job>,
    searches: Option<Receiver<Job>>,
}

impl Queues {
    /// The next job, calls that are done in a moment first.
    fn next(&self) -> Option<Job> {
        let Some(searches) = &self.searches else { return self.reads.recv().ok() };
        if let Ok(job) = self.reads.try_recv() {
            return Some(job);
        }
        select! {
            recv(self.reads) -> job => job.ok(),
            recv(searches) -> job => job.ok(),
        }
    }
}

fn read_loop(
    connection: Connection,
    queues: &Queues,
    statistics: &Statistics,
    reopen: impl Fn() -> Result<Connection, DbError>,
) {
    let mut tx = Tx::new(tx::Connection::Sqlite(connection), false);
    let mut generation = 0;
    while let Some(job) = queues.next() {
        if !job.is_wanted() {
            continue;
        }
        if generation != statistics.generation() {
            generation = statistics.generation();
            if let Ok(connection) = reopen() {
                tx = Tx::new(tx::Connection::Sqlite(connection), false);
            }
        }
        tx.failure = None;
        let begun = control(&tx, "BEGIN");
        let watched = job.watched();
        // A panic drops the caller's answer channel, which tells the caller.
        let work = AssertUnwindSafe(|| (job.work)(begun.map(|()| &mut tx)));
        let answer = std::panic::catch_unwind(work);
        drop(watched);
        let ended = if in_transaction(&tx) { control(&tx, "COMMIT") } else { Ok(()) };
        if let Ok(answer) = answer {
            answer(ended);
        }
    }
}

fn control(tx: &Tx, sql: &str) -> Result<(), DbError> {
    match &tx.connection {
        tx::Connection::Sqlite(connection) => connection.control(sql),
        tx::Connection::Postgres(_) => Ok(()),
    }
}

fn in_transaction(tx: &Tx) -> bool {
    matches!(&tx.connection, tx::Connection::Sqlite(connection) if !connection.inner.is_autocommit())
}

/// Takes whatever waits, up to a bound, runs it in one transaction, commits, and only then answers.
fn write_loop(
    connection: Connection,
    queue: &Receiver<Job>,
    statistics: &Statistics,
    mut checkpointer: Checkpointer,
) {
    Checkpointer::watch(&connection.inner);
    let mut tx = Tx::new(tx::Connection::Sqlite(connection), true);
    let mut answers: Vec<Answer> = Vec::with_capacity(GROUP);
    let mut commits: u64 = 0;
    // A database that another program filled may have none.
    statistics.renew(&tx);
    while let Ok(first) = queue.recv() {
        let started = Instant::now();
        let mut ended = control(&tx, "BEGIN IMMEDIATE");
        let mut next = Some(first);
        while let Some(job) = next {
            if job.is_wanted()
                && let Ok(answer) = run_in_savepoint(&mut tx, job, &ended)
            {
                answers.push(answer);
            }
            if ended.is_ok() && !in_transaction(&tx) {
                // SQLite itself rolled the whole transaction back, as it does when the disk is full.
                let kind = tx.failure.unwrap_or(Kind::Full);
                ended = Err(DbError::new(kind, "the database rolled the transaction back"));
            }
            let room = ended.is_ok() && answers.len() < GROUP && started.elapsed() < GROUP_TIME;
            next = if room { queue.try_recv().ok() } else { None };
        }
        if ended.is_ok() {
            ended = control(&tx, "COMMIT");
        }
        if in_transaction(&tx) {
            // A failed commit leaves the transaction open.
            let _ = control(&tx, "ROLLBACK");
        }
        for answer in answers.drain(..) {
            answer(ended.clone());
        }
        if let tx::Connection::Sqlite(connection) = &tx.connection {
            checkpointer.committed(&connection.inner);
        }
        commits += 1;
        // Early on a table may soon be a hundred times as large.
        if commits.is_multiple_of(RENEWAL) || (commits < RENEWAL && commits.is_power_of_two()) {
            statistics.renew(&tx);
        }
    }
}

/// Runs one job so that its failure undoes its own statements only.
fn run_in_savepoint(
    tx: &mut Tx,
    job: Job,
    begun: &Result<(), DbError>,
) -> std::thread::Result<Answer> {
    tx.failure = None;
    let begun = begun.clone().and_then(|()| control(tx, "SAVEPOINT job"));
    let watched = job.watched();
    let work = AssertUnwindSafe(|| (job.work)(begun.map(|()| &mut *tx)));
    let answer = std::panic::catch_unwind(work);
    drop(watched);
    if in_transaction(tx) {
        if tx.failure.is_some() || answer.is_err() {
            let _ = control(tx, "ROLLBACK TO job");
        }
        if let Err(error) = control(tx, "RELEASE job") {
            tracing::error!(%error, "cannot release a savepoint");
        }
    }
    answer
}

#[cfg(test)]
#[path = "sqlite_tests.rs"]
mod tests;
