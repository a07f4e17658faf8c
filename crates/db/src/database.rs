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
    /// Threads that read a SQLite file.
    pub sqlite_readers: usize,
    pub synchronous: Synchronous,
    /// How to log in to PostgreSQL.
    pub login: Login,
    pub connect_timeout: Duration,
    /// How long a caller may wait for a free connection before it is told to come back later.
    pub acquire_timeout: Duration,
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
pub struct Db(Inner, Arc<()>);

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
        Ok(Self(inner, Arc::default()))
    }

    /// Whether both are handles that came of one [`Db::connect`], so that one transaction can span
    /// what is done by either.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.1, &other.1)
    }

    pub fn engine(&self) -> Engine {
        match self.0 {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a unit of work that only reads.
    pub async fn read<I, T, E, F>(&self, input: I, work: F) -> Result<T, E>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'a> Fn(&'a mut Tx, &'a I) -> Work<'a, Result<T, E>> + Send + Sync + 'static,
    {
        match &self.0 {
            Inner::Sqlite(sqlite) => sqlite.read(input, work).await,
            Inner::Postgres(postgres) => postgres.read(&input, &work).await,
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
        match &self.0 {
            Inner::Sqlite(sqlite) => sqlite.write(input, work).await,
            Inner::Postgres(postgres) => postgres.write(&input, &work).await,
        }
    }

    /// Asks the database for an answer.
    ///
    /// # Errors
    /// When there is none within `limit`.
    pub async fn ping(&self, limit: Duration) -> Result<(), DbError> {
        let ask = self.read((), |tx, ()| {
            Box::pin(async move { tx.query_one("SELECT 1", &[], |_| Ok(())).await })
        });
        match tokio::time::timeout(limit, ask).await {
            Ok(answer) => answer,
            Err(_) => Err(DbError::unavailable("the database did not answer in time")),
        }
    }

    /// To be called at the end, when nothing is read or written any more. Leaves a SQLite database
    /// as one file that can be copied; its log stays beside it, empty.
    ///
    /// # Errors
    /// When another program is in the way. Nothing is lost then: the log belongs to the database.
    pub async fn settle(&self) -> Result<(), DbError> {
        let Inner::Sqlite(sqlite) = &self.0 else { return Ok(()) };
        let sqlite = sqlite.clone();
        let settled = tokio::task::spawn_blocking(move || sqlite.settle()).await;
        settled.unwrap_or_else(|error| Err(DbError::new(Kind::Other, error.to_string())))
    }

    pub fn status(&self) -> PoolStatus {
        match &self.0 {
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
