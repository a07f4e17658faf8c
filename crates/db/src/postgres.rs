//! The PostgreSQL side: a pool of connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{self, PoolError, TimeoutType, Timeouts};
use deadpool_postgres::{ManagerConfig, RecyclingMethod};
use tokio::sync::Semaphore;
use tokio_postgres::error::SqlState;

use crate::cancel::Canceller;
use crate::database::Terms;
use crate::entra::{EntraConnect, Tokens};
use crate::pool::{Client, Manager, Pool};
use crate::session::{Place, Session, Shared};
use crate::tx::Connection;
use crate::url::{PostgresUrl, SslMode};
use crate::{DbError, Kind, Options, Tx, Work, tls};

/// How long the identity of a machine that has just started may take to answer.
const FIRST_TOKEN: Duration = Duration::from_secs(30);

/// How often work is run, when a connection breaks or, for a write, after a deadlock or a serialization failure.
const MAX_ATTEMPTS: u32 = 5;

/// How often a write is run at most that meets a key which is taken, or misses one.
const RACES: u32 = 3;

/// How much longer than the database the client waits before it gives up by itself: where the
/// database cannot be heard, or a pooler has no connection to it.
const GRACE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
    shared: Arc<Shared>,
    /// Searches that may be under way at once.
    searches: Arc<Semaphore>,
    acquire_timeout: Duration,
    /// A pooler stood before the database when this began.
    is_pooled: bool,
    health: Arc<Health>,
}

/// What the connections told of the database.
struct Health {
    start: Instant,
    /// Milliseconds from the start to the last answer, and to the last break; 0 if there was none.
    answered: AtomicU64,
    broke: AtomicU64,
}

impl Health {
    fn note(&self, broken: bool) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let which = if broken { &self.broke } else { &self.answered };
        which.store(now, Ordering::Relaxed);
    }

    /// Whether the last thing that was heard was an answer, and not long ago.
    fn is_good(&self, within: Duration) -> bool {
        let answered = self.answered.load(Ordering::Relaxed);
        let age = self.start.elapsed().saturating_sub(Duration::from_millis(answered));
        answered > self.broke.load(Ordering::Relaxed) && age < within
    }
}

impl Postgres {
    pub(crate) async fn connect(url: &PostgresUrl, options: &Options) -> Result<Self, DbError> {
        let mut config = url.config.clone();
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(options.connect_timeout);
        }
        config.ssl_mode(match url.ssl {
            SslMode::Disable => tokio_postgres::config::SslMode::Disable,
            SslMode::Prefer => tokio_postgres::config::SslMode::Prefer,
            _ => tokio_postgres::config::SslMode::Require,
        });
        if config.get_application_name().is_none() {
            config.application_name("headwater");
        }
        let config_timeout = *config.get_connect_timeout().unwrap_or(&options.connect_timeout);
        let tls = tls::connector(url)?;
        let canceller = Canceller::new(config.clone(), tls.clone());
        let kept = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match options.login.identity(url) {
            None => deadpool_postgres::Manager::from_config(config, tls, kept),
            Some((identity, resource)) => {
                let tokens = Tokens::start(identity, resource, FIRST_TOKEN).await;
                let tokens = tokens.map_err(|error| DbError::unavailable(error.to_string()))?;
                let connect = EntraConnect { tls, tokens };
                deadpool_postgres::Manager::from_connect(config, connect, kept)
            }
        };
        let manager = Manager { inner: manager, statement_timeout: options.query_timeout };
        let connect_timeout = config_timeout.max(options.connect_timeout);
        let timeouts = Timeouts {
            wait: Some(options.acquire_timeout),
            create: Some(connect_timeout),
            recycle: Some(connect_timeout),
        };
        let pool = Pool::builder(manager)
            .max_size(options.max_connections)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| DbError::new(Kind::Other, error.to_string()))?;
        let searches = searches_at_once(options.max_connections);
        let is_pooled = !pool.get().await?.keeps_session;
        if is_pooled {
            tracing::info!(
                "a connection pooler stands before the database: statements are sent without names"
            );
        }
        Ok(Self {
            pool,
            is_pooled,
            shared: Arc::new(Shared::new(canceller, options.query_timeout)),
            searches: Arc::new(Semaphore::new(searches)),
            acquire_timeout: options.acquire_timeout,
            health: Arc::new(Health {
                start: Instant::now(),
                answered: AtomicU64::new(0),
                broke: AtomicU64::new(0),
            }),
        })
    }

    /// Asks the database for an answer. One that is only busy counts as there.
    pub(crate) async fn ping(&self, limit: Duration) -> Result<(), DbError> {
        let asked = tokio::time::timeout(limit, self.ask()).await;
        match asked {
            Ok(answer) => answer,
            // Behind a pooler the question may wait for the answers to others.
            Err(_) if self.is_pooled && self.health.is_good(GRACE + self.patience()) => Ok(()),
            Err(_) => Err(DbError::unavailable("the database did not answer in time")),
        }
    }

    fn patience(&self) -> Duration {
        self.shared.statement_timeout.unwrap_or(Duration::from_secs(30))
    }

    async fn ask(&self) -> Result<(), DbError> {
        let at_once = Timeouts { wait: Some(Duration::ZERO), ..self.pool.timeouts() };
        let client = match self.pool.timeout_get(&at_once).await {
            Ok(client) => client,
            // All are at work, so one more is made for the question.
            Err(PoolError::Timeout(TimeoutType::Wait)) => {
                return match self.ask_anew().await {
                    // That is an answer, too.
                    Err(error) if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS) => Ok(()),
                    answer => Ok(answer?),
                };
            }
            Err(error) => return Err(error.into()),
        };
        let mut tx =
            self.transaction(client, Terms { write: false, search: false, limited: true }, None);
        let answer = tx.query("SELECT 1", &[], |_| Ok(())).await;
        let broken = tx.broken;
        finish(tx);
        match answer {
            Ok(_) => Ok(()),
            // The database has been away, and this connection did not know.
            Err(_) if broken => Ok(self.ask_anew().await?),
            Err(error) => Err(error),
        }
    }

    async fn ask_anew(&self) -> Result<(), tokio_postgres::Error> {
        let manager = self.pool.manager();
        let mut connected = managed::Manager::create(manager).await?;
        let answer = connected.client.batch_execute("SELECT 1").await;
        managed::Manager::detach(manager, &mut connected);
        answer
    }

    /// A place among the searches, for one.
    async fn place(&self, terms: Terms) -> Result<Option<Place>, DbError> {
        if !terms.search {
            return Ok(None);
        }
        let place = Arc::clone(&self.searches).acquire_owned();
        match tokio::time::timeout(self.acquire_timeout, place).await {
            Ok(place) => Ok(place.ok().map(Arc::new)),
            Err(_) => Err(DbError::unavailable("too many searches are under way")),
        }
    }

    pub(crate) fn status(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size, status.size.saturating_sub(status.available))
    }

    fn begin(&self, terms: Terms, place: Option<Place>) -> Work<'_, Result<Tx, DbError>> {
        Box::pin(async move { Ok(self.transaction(self.pool.get().await?, terms, place)) })
    }

    fn transaction(&self, client: Client, terms: Terms, place: Option<Place>) -> Tx {
        let session = Session::new(client, Arc::clone(&self.shared), terms, place);
        Tx::new(Connection::Postgres(session), terms.write)
    }

    /// Like [`Postgres::begin`], on a connection that has just answered. When the database restarts,
    /// every connection of the pool dies, and not all of them know it yet.
    fn begin_again(&self, terms: Terms, place: Option<Place>) -> Work<'_, Result<Tx, DbError>> {
        Box::pin(async move {
            for _ in 0..self.pool.status().size {
                let client = self.pool.get().await?;
                if client.client.batch_execute("").await.is_ok() {
                    return Ok(self.transaction(client, terms, place));
                }
                drop(Client::take(client));
            }
            self.begin(terms, place).await
        })
    }

    /// Waits for work, if it is limited in time for as long as it may take.
    async fn within<T>(&self, terms: Terms, work: Work<'_, T>) -> Result<T, DbError> {
        match self.shared.statement_timeout.filter(|_| terms.limited) {
            None => Ok(work.await),
            Some(limit) => {
                let ended = tokio::time::timeout(limit + GRACE, work).await;
                ended.map_err(|_| DbError::timed_out(terms.write))
            }
        }
    }

    pub(crate) async fn read<I, T, E, F>(&self, terms: Terms, input: &I, work: &F) -> Result<T, E>
    where
        E: From<DbError>,
        F: for<'a> Fn(&'a mut Tx, &'a I) -> Work<'a, Result<T, E>>,
    {
        let place = self.place(terms).await?;
        let mut tx = self.begin(terms, place.clone()).await?;
        let mut attempt = 1;
        loop {
            let result = self.within(terms, work(&mut tx, input)).await?;
            let broken = tx.broken;
            self.health.note(broken);
            finish(tx);
            if result.is_ok() || !broken || attempt == MAX_ATTEMPTS {
                return result;
            }
            // A read may simply be made again, on another connection.
            attempt += 1;
            tx = self.begin_again(terms, place.clone()).await?;
        }
    }

    pub(crate) async fn write<I, T, E, F>(&self, terms: Terms, input: &I, work: &F) -> Result<T, E>
    where
        E: From<DbError>,
        F: for<'a> Fn(&'a mut Tx, &'a I) -> Work<'a, Result<T, E>>,
    {
        let mut tx = self.begin(terms, None).await?;
        let mut attempt = 1;
        loop {
            let result = self.within(terms, work(&mut tx, input)).await?;
            self.health.note(tx.broken);
            let error = match result {
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
                self.begin_again(terms, None).await?
            } else {
                self.begin(terms, None).await?
            };
        }
    }
}

/// Searches at once, of so many connections. The others are for calls that are done in a moment.
fn searches_at_once(connections: usize) -> usize {
    (connections - connections.div_ceil(4)).max(1)
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
            Connection::Postgres(session) => session.roll_back().await,
            Connection::Sqlite(_) => Ok(()),
        }
    })
}
