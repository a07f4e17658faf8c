//! The connections of a pool, and whether each has a backend of its own.
//!
//! A pooler in transaction mode (PgBouncer, Odyssey, Supavisor, those of the clouds) gives a client
//! another backend for each transaction. What a session is told then stays behind, in front of
//! somebody else: named prepared statements, settings, locks, channels. So each new connection is
//! asked once. A backend of PostgreSQL tells its client its process number, for cancel requests; a
//! pooler, which has no backend to name yet, has to invent one. Where the number is that of the
//! backend that answers, nobody stands between, and statements are kept prepared. Everywhere else
//! each statement goes out unnamed, in one message, and no session is told anything.

use std::time::Duration;

use deadpool::managed::{self, Metrics, RecycleResult};
use deadpool_postgres::ClientWrapper;
use tokio_postgres::{Error, SimpleQueryMessage};

use crate::cancel;

pub(crate) type Pool = managed::Pool<Manager>;
pub(crate) type Client = managed::Object<Manager>;

/// Makes the connections of a pool.
pub(crate) struct Manager {
    pub(crate) inner: deadpool_postgres::Manager,
    /// How long a statement may take on a connection that keeps settings.
    pub(crate) statement_timeout: Option<Duration>,
}

/// A connection, and what may be left on it.
pub(crate) struct Connected {
    pub(crate) client: ClientWrapper,
    /// One backend serves this connection for as long as it stands.
    pub(crate) keeps_session: bool,
}

impl managed::Manager for Manager {
    type Type = Connected;
    type Error = Error;

    async fn create(&self) -> Result<Connected, Error> {
        let client = managed::Manager::create(&self.inner).await?;
        let keeps_session = settle(&client, self.statement_timeout).await?;
        Ok(Connected { client, keeps_session })
    }

    async fn recycle(&self, connected: &mut Connected, metrics: &Metrics) -> RecycleResult<Error> {
        managed::Manager::recycle(&self.inner, &mut connected.client, metrics).await
    }

    fn detach(&self, connected: &mut Connected) {
        managed::Manager::detach(&self.inner, &mut connected.client);
    }
}

/// Finds out whether a new connection has a backend of its own, and if so sets its time limit: one
/// question, so that nothing is set on a backend that belongs to others too.
async fn settle(client: &ClientWrapper, limit: Option<Duration>) -> Result<bool, Error> {
    let Some(process) = cancel::process(&client.cancel_token()) else { return Ok(false) };
    let limit = milliseconds(limit);
    let question = format!(
        "SELECT CASE WHEN pg_backend_pid() = {process} \
         THEN set_config('statement_timeout', '{limit}', false) END"
    );
    let answer = client.simple_query(&question).await?;
    Ok(answer.iter().any(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).is_some(),
        _ => false,
    }))
}

/// A limit as `statement_timeout` takes it; 0 is none.
pub(crate) fn milliseconds(limit: Option<Duration>) -> u128 {
    limit.map_or(0, |limit| limit.as_millis().clamp(1, i32::MAX as u128))
}
