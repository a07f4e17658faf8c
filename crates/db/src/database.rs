//! The database: one handle for either engine.

use std::sync::Arc;
use std::time::Duration;

use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::{DatabaseUrl, DbError, Kind, Login, Tx, Work};

/// Which engine a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// Whether a text may have a NUL character.
    pub fn stores_nul(self) -> bool {
        self == Engine::Sqlite
    }
}

/// A script that is spelled otherwise on each engine.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Script {
    /// The script in this engine's spelling.
    pub fn of(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }
}

/// What a commit on SQLite survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// The death of this process, not the loss of power: the log is not flushed at each commit.
    #[default]
    Normal,
    /// The loss of power too: each commit waits for the disk.
    Full,
}

/// How to hold a database open.
#[derive(Clone, Debug)]
pub struct Options {
    /// PostgreSQL connections at most.
    pub max_connections: usize,
    /// Threads that read a SQLite file for searches and all else; one more is never given a search.
    pub sqlite_readers: usize,
    pub synchronous: Synchronous,
    /// How to log in to PostgreSQL.
    pub login: Login,
    pub connect_timeout: Duration,
    /// How long a caller may wait for a free connection before it is told to come back later.
    pub acquire_timeout: Duration,
    /// How long a statement may take; none is for ever. What is asked of
    /// [`Db::without_limit`] may always take as long as it takes.
    pub query_timeout: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_connections: 20,
            sqlite_readers: std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8),
            synchronous: Synchronous::default(),
            login: Login::default(),
            connect_timeout: Duration::from_secs(5),
            acquire_timeout: Duration::from_secs(5),
            query_timeout: Some(Duration::from_secs(30)),
        }
    }
}

/// How busy a database handle is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStatus {
    /// Open PostgreSQL connections.
    pub connections: usize,
    /// Connections at work.
    pub busy: usize,
    /// Units of work that wait for the SQLite writer.
    pub queued_writes: usize,
    /// Units of work that wait for a SQLite reader.
    pub queued_reads: usize,
}

/// A handle on a database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Inner,
    identity: Arc<()>,
    limited: bool,
}

/// On what terms work is run.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) write: bool,
    /// May have to look at much: never takes the last place.
    pub(crate) search: bool,
    /// May take no longer than the limit.
    pub(crate) limited: bool,
}

#[derive(Clone)]
enum Inner {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Db {
    /// Opens the database, creating the file of a SQLite database that does not exist yet.
    ///
    /// # Errors
    /// When it cannot be reached or opened; the message says why.
    pub async fn connect(url: &DatabaseUrl, options: &Options) -> Result<Self, DbError> {
        let inner = match url {
            DatabaseUrl::Sqlite { path } => Inner::Sqlite(Sqlite::open(path.as_deref(), options)?),
            DatabaseUrl::Postgres(url) => Inner::Postgres(Postgres::connect(url, options).await?),
        };
        Ok(Self { inner, identity: Arc::default(), limited: true })
    }

    /// Whether both are handles that came of one [`Db::connect`], so that one transaction can span
    /// what is done by either.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.identity, &other.identity)
    }

    /// The same database, for work in the background that may take as long as it takes.
    #[must_use]
    pub fn without_limit(&self) -> Self {
        Self { limited: false, ..self.clone() }
    }

    fn terms(&self, write: bool, search: bool) -> Terms {
        Terms { write, search, limited: self.limited }
    }

    pub fn engine(&self) -> Engine {
        match self.inner {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a unit of work that only reads, and finds what it reads by keys.
    pub async fn read<I, T, E, F>(&self, input: I, work: F) -> Result<T, E>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'a> Fn(&'a mut Tx, &'a I) -> Work<'a, Result<T, E>> + Send + Sync + 'static,
    {
        self.run_read(self.terms(false, false), input, work).await
    }

    /// Runs a unit of work that only reads, and may have to look at much. However many of them
    /// there are, some connections or threads stay free for [`Db::read`] and [`Db::write`].
    pub async fn search<I, T, E, F>(&self, input: I, work: F) -> Result<T, E>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'a> Fn(&'a mut Tx, &'a I) -> Work<'a, Result<T, E>> + Send + Sync + 'static,
    {
        self.run_read(self.terms(false, true), input, work).await
    }

    async fn run_read<I, T, E, F>(&self, terms: Terms, input: I, work: F) -> Result<T, E>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'a> Fn(&'a mut Tx, &'a I) -> Work<'a, Result<T, E>> + Send + Sync + 'static,
    {
        match &self.inner {
            Inner::Sqlite(sqlite) => sqlite.run(terms, input, work).await,
            Inner::Postgres(postgres) => postgres.read(terms, &input, &work).await,
        }
    }

    /// Runs a unit of work as one transaction: committed if it returns `Ok`, else undone. The work
    /// may be run more than once, after a deadlock; only its last run counts.
    pub async fn write<I, T, E, F>(&self, input: I, work: F) -> Result<T, E>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'a> Fn(&'a mut Tx, &'a I) -> Work<'a, Result<T, E>> + Send + Sync + 'static,
    {
        let terms = self.terms(true, false);
        match &self.inner {
            Inner::Sqlite(sqlite) => sqlite.run(terms, input, work).await,
            Inner::Postgres(postgres) => postgres.write(terms, &input, &work).await,
        }
    }

    /// Asks the database for an answer. One that is busy, but there, counts as answering.
    ///
    /// # Errors
    /// When there is none within `limit`.
    pub async fn ping(&self, limit: Duration) -> Result<(), DbError> {
        let sqlite = match &self.inner {
            Inner::Postgres(postgres) => return postgres.ping(limit).await,
            Inner::Sqlite(sqlite) => sqlite.clone(),
        };
        // Beside the threads, which may all have something to do.
        let asked = tokio::task::spawn_blocking(move || sqlite.ask(limit));
        match tokio::time::timeout(limit, asked).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Err(DbError::new(Kind::Other, error.to_string())),
            Err(_) => Err(DbError::unavailable("the database did not answer in time")),
        }
    }

    /// To be called at the end, when nothing is read or written any more. Leaves a SQLite database
    /// as one file that can be copied; its log stays beside it, empty.
    ///
    /// # Errors
    /// When another program is in the way. Nothing is lost then: the log belongs to the database.
    pub async fn settle(&self) -> Result<(), DbError> {
        let Inner::Sqlite(sqlite) = &self.inner else { return Ok(()) };
        let sqlite = sqlite.clone();
        let settled = tokio::task::spawn_blocking(move || sqlite.settle()).await;
        settled.unwrap_or_else(|error| Err(DbError::new(Kind::Other, error.to_string())))
    }

    pub fn status(&self) -> PoolStatus {
        match &self.inner {
            Inner::Sqlite(sqlite) => {
                let (queued_writes, queued_reads) = sqlite.queued();
                PoolStatus { queued_writes, queued_reads, ..PoolStatus::default() }
            }
            Inner::Postgres(postgres) => {
                let (connections, busy) = postgres.status();
                PoolStatus { connections, busy, ..PoolStatus::default() }
            }
        }
    }
}
