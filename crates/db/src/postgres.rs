//! The PostgreSQL side: a pool of connections with cached statements.

use std::time::Duration;

use deadpool_postgres::{
    Client, ClientWrapper, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts,
};
use futures::join;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use crate::entra::{EntraConnect, Tokens};
use crate::tx::Connection;
use crate::url::{PostgresUrl, SslMode};
use crate::{DbError, Kind, Options, Tx, Value, Work, tls};

/// Distinct texts kept prepared on one connection. Searches make texts of many shapes; beyond this
/// number the connection forgets them all and begins anew.
const MAX_PREPARED: usize = 512;

/// How long the identity of a machine that has just started may take to answer.
const FIRST_TOKEN: Duration = Duration::from_secs(30);

/// How often work is run, when a connection breaks or, for a write, after a deadlock or a serialization failure.
const MAX_ATTEMPTS: u32 = 5;

#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
}

/// A pooled connection, and how far its work has come. One that is dropped in the middle (an error,
/// or a client that went away) leaves the pool: the server then rolls its transaction back by itself,
/// and nobody waits behind a query whose answer no one wants.
pub(crate) struct Session {
    client: Option<Client>,
    state: State,
    /// Statements that go out with `COMMIT`.
    last: Vec<(&'static str, Vec<Value<'static>>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Statements commit one by one.
    Reading,
    /// The work has ended.
    Idle,
    /// `BEGIN` goes out together with the first statement.
    Pending,
    Open,
}

impl Session {
    /// The connection.
    ///
    /// # Errors
    /// Never: it is there until the session is dropped.
    pub(crate) fn client(&self) -> Result<&ClientWrapper, DbError> {
        self.client.as_deref().ok_or_else(|| DbError::unavailable("the connection is gone"))
    }

    /// Whether `BEGIN` must go out with the statement that is about to be sent. From this call on
    /// the transaction counts as open.
    pub(crate) fn begins(&mut self) -> bool {
        let pending = self.state == State::Pending;
        if pending {
            self.state = State::Open;
        }
        pending
    }

    pub(crate) async fn prepare(&mut self, sql: &str) -> Result<Statement, DbError> {
        let client = self.client()?;
        if client.statement_cache.size() >= MAX_PREPARED {
            client.statement_cache.clear();
        }
        Ok(client.prepare_cached(sql).await?)
    }

    pub(crate) fn execute_at_commit(&mut self, sql: &'static str, values: Vec<Value<'static>>) {
        self.last.push((sql, values));
    }

    /// Takes the connection out of the pool and ends it.
    fn discard(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Client::take(client));
        }
    }

    /// Ends the transaction, if one was begun.
    async fn end(&mut self, command: &str) -> Result<(), DbError> {
        if self.state == State::Open {
            self.client()?.batch_execute(command).await?;
        }
        self.state = State::Idle;
        Ok(())
    }

    /// Commits, with the statements that wait for it. If one of them fails nothing is committed.
    async fn commit(&mut self) -> Result<(), DbError> {
        let Some((sql, values)) = self.last.pop() else { return self.end("COMMIT").await };
        for (sql, values) in std::mem::take(&mut self.last) {
            self.execute(sql, &values).await?;
        }
        let statement = self.prepare(sql).await?;
        if self.begins() {
            self.client()?.batch_execute("BEGIN").await?;
        }
        let client = self.client()?;
        let parameters: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        // Both are sent before either is answered. After a failed statement `COMMIT` rolls back.
        let (executed, committed) =
            join!(client.execute(&statement, &parameters), client.batch_execute("COMMIT"));
        committed?;
        self.state = State::Idle;
        executed?;
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if matches!(self.state, State::Reading | State::Open) {
            self.discard();
        }
    }
}

impl Postgres {
    pub(crate) async fn connect(url: &PostgresUrl, options: &Options) -> Result<Self, DbError> {
        let mut config = url.config.clone();
        config
            .connect_timeout(options.connect_timeout)
            .keepalives_idle(Duration::from_secs(30))
            .tcp_user_timeout(Duration::from_secs(20));
        config.ssl_mode(match url.ssl {
            SslMode::Disable => tokio_postgres::config::SslMode::Disable,
            SslMode::Prefer => tokio_postgres::config::SslMode::Prefer,
            _ => tokio_postgres::config::SslMode::Require,
        });
        if config.get_application_name().is_none() {
            config.application_name("headwater");
        }
        let tls = tls::connector(url)?;
        let kept = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match options.login.identity(url) {
            None => Manager::from_config(config, tls, kept),
            Some((identity, resource)) => {
                let tokens = Tokens::start(identity, resource, FIRST_TOKEN).await;
                let tokens = tokens.map_err(|error| DbError::unavailable(error.to_string()))?;
                Manager::from_connect(config, EntraConnect { tls, tokens }, kept)
            }
        };
        let timeouts = Timeouts {
            wait: Some(options.acquire_timeout),
            create: Some(options.connect_timeout),
            recycle: Some(options.connect_timeout),
        };
        let pool = Pool::builder(manager)
            .max_size(options.max_connections)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| DbError::new(Kind::Other, error.to_string()))?;
        let postgres = Self { pool };
        drop(postgres.pool.get().await?);
        Ok(postgres)
    }

    pub(crate) fn status(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size, status.size.saturating_sub(status.available))
    }

    async fn begin(&self, state: State) -> Result<Tx, DbError> {
        Ok(transaction(self.pool.get().await?, state))
    }

    /// Like [`Postgres::begin`], on a connection that has just answered. When the database restarts,
    /// every connection of the pool dies, and not all of them know it yet.
    async fn begin_again(&self, state: State) -> Result<Tx, DbError> {
        for _ in 0..self.pool.status().size {
            let client = self.pool.get().await?;
            if client.batch_execute("").await.is_ok() {
                return Ok(transaction(client, state));
            }
            drop(Client::take(client));
        }
        self.begin(state).await
    }

    pub(crate) async fn read<I, T, E, F>(&self, input: &I, work: &F) -> Result<T, E>
    where
        E: From<DbError>,
        F: for<'a> Fn(&'a mut Tx, &'a I) -> Work<'a, Result<T, E>>,
    {
        let mut tx = self.begin(State::Reading).await?;
        let mut attempt = 1;
        loop {
            let result = work(&mut tx, input).await;
            let broken = tx.broken;
            finish(tx);
            if result.is_ok() || !broken || attempt == MAX_ATTEMPTS {
                return result;
            }
            // A read may simply be made again, on another connection.
            attempt += 1;
            tx = self.begin_again(State::Reading).await?;
        }
    }

    pub(crate) async fn write<I, T, E, F>(&self, input: &I, work: &F) -> Result<T, E>
    where
        E: From<DbError>,
        F: for<'a> Fn(&'a mut Tx, &'a I) -> Work<'a, Result<T, E>>,
    {
        let mut tx = self.begin(State::Pending).await?;
        let mut attempt = 1;
        loop {
            let error = match work(&mut tx, input).await {
                Ok(value) => {
                    commit(tx).await?;
                    return Ok(value);
                }
                Err(error) => error,
            };
            // Nothing was committed, so running the work again cannot write twice.
            let (broken, again) = (tx.broken, tx.failure == Some(Kind::Retry));
            if broken {
                finish(tx);
            } else {
                // If even this fails, the session discards its connection.
                let _ = rollback(tx).await;
            }
            if !(broken || again) || attempt == MAX_ATTEMPTS {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(u64::from(attempt) * 5)).await;
            attempt += 1;
            tx = if broken {
                self.begin_again(State::Pending).await?
            } else {
                self.begin(State::Pending).await?
            };
        }
    }
}

fn transaction(client: Client, state: State) -> Tx {
    Tx::new(Connection::Postgres(Session { client: Some(client), state, last: Vec::new() }))
}

/// Gives the connection back to the pool, unless it is broken.
fn finish(mut tx: Tx) {
    if let Connection::Postgres(session) = &mut tx.connection {
        if tx.broken {
            session.discard();
        }
        session.state = State::Idle;
    }
}

async fn commit(mut tx: Tx) -> Result<(), DbError> {
    match &mut tx.connection {
        Connection::Postgres(session) => session.commit().await,
        Connection::Sqlite(_) => Ok(()),
    }
}

async fn rollback(mut tx: Tx) -> Result<(), DbError> {
    match &mut tx.connection {
        Connection::Postgres(session) => session.end("ROLLBACK").await,
        Connection::Sqlite(_) => Ok(()),
    }
}
