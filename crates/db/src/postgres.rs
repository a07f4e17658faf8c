//! The PostgreSQL side: a pool of connections with cached statements.

use std::time::Duration;

use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};

use crate::entra::{EntraConnect, Tokens};
use crate::session::{Session, State};
use crate::tx::Connection;
use crate::url::{PostgresUrl, SslMode};
use crate::{DbError, Kind, Options, Tx, Work, tls};

/// How long the identity of a machine that has just started may take to answer.
const FIRST_TOKEN: Duration = Duration::from_secs(30);

/// How often work is run, when a connection breaks or, for a write, after a deadlock or a serialization failure.
const MAX_ATTEMPTS: u32 = 5;

/// How often a write is run at most that meets a key which is taken, or misses one.
const RACES: u32 = 3;

#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
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

    fn begin(&self, state: State) -> Work<'_, Result<Tx, DbError>> {
        Box::pin(async move { Ok(transaction(self.pool.get().await?, state)) })
    }

    /// Like [`Postgres::begin`], on a connection that has just answered. When the database restarts,
    /// every connection of the pool dies, and not all of them know it yet.
    fn begin_again(&self, state: State) -> Work<'_, Result<Tx, DbError>> {
        Box::pin(async move {
            for _ in 0..self.pool.status().size {
                let client = self.pool.get().await?;
                if client.batch_execute("").await.is_ok() {
                    return Ok(transaction(client, state));
                }
                drop(Client::take(client));
            }
            self.begin(state).await
        })
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
            let again = match tx.failure {
                Some(Kind::Retry) => true,
                // What the work saw was gone, or what it missed was there, when it wrote: others were
                // quicker. The next time it sees what they have done.
                Some(Kind::Unique | Kind::ForeignKey) => attempt < RACES,
                _ => false,
            };
            let broken = tx.broken;
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
    Tx::new(Connection::Postgres(Session::new(client, state)))
}

/// Gives the connection back to the pool, unless it is broken.
fn finish(mut tx: Tx) {
    if let Connection::Postgres(session) = &mut tx.connection {
        session.finish(tx.broken);
    }
}

/// Ends the work for good.
fn commit(mut tx: Tx) -> Work<'static, Result<(), DbError>> {
    Box::pin(async move {
        match &mut tx.connection {
            Connection::Postgres(session) => session.commit().await,
            Connection::Sqlite(_) => Ok(()),
        }
    })
}

fn rollback(mut tx: Tx) -> Work<'static, Result<(), DbError>> {
    Box::pin(async move {
        match &mut tx.connection {
            Connection::Postgres(session) => session.end("ROLLBACK").await,
            Connection::Sqlite(_) => Ok(()),
        }
    })
}
