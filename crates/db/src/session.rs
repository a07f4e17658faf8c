//! One PostgreSQL connection at work.
//!
//! What waits for the server is boxed here, once for all callers: compiled into each of them, the
//! driver would be a large part of the program.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use futures::{FutureExt, StreamExt, join, pin_mut};
use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::Statement;
use tokio_postgres::types::{ToSql, Type};

use crate::cancel::Canceller;
use crate::database::Terms;
use crate::pool::{Client, milliseconds};
use crate::{DbError, Row, Value, Work};

/// Distinct texts kept prepared on one connection. Searches make texts of many shapes; beyond this
/// number the connection forgets them all and begins anew.
const MAX_PREPARED: usize = 512;

/// How long the query of a caller who left may go on before it is cancelled, which takes a
/// connection of its own.
const BRIEF: Duration = Duration::from_millis(50);

/// How long a cancel request may take, and how long the query may take to notice it. Some of
/// PostgreSQL's own work cannot be cut off: until it ends its connection counts as taken.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);
const NOTICE_TIMEOUT: Duration = Duration::from_mins(10);

/// The parameters of a statement, with the types that a statement without a name is given for them:
/// `UNKNOWN` leaves it to the database.
pub(crate) type Parameters<'a> = Vec<(&'a (dyn ToSql + Sync), Type)>;

/// What the sessions of one pool have in common.
pub(crate) struct Shared {
    canceller: Canceller,
    pub(crate) statement_timeout: Option<Duration>,
    /// Begins a transaction and limits its statements.
    begin_limited: String,
}

impl Shared {
    pub(crate) fn new(canceller: Canceller, statement_timeout: Option<Duration>) -> Self {
        let limit = milliseconds(statement_timeout);
        let begin_limited = format!("BEGIN; SET LOCAL statement_timeout = {limit}");
        Self { canceller, statement_timeout, begin_limited }
    }
}

/// A pooled connection, and how far its work has come. One that is dropped in the middle (an error,
/// or a client that went away) has its query cancelled, and keeps its place in the pool until that
/// is so: nobody waits behind a query whose answer no one wants, and no more of them are at work
/// than the pool has connections.
pub(crate) struct Session {
    client: Option<Client>,
    state: State,
    /// Only reads: nobody waits for the end of its transaction.
    reads: bool,
    /// Statements are limited in time.
    limited: bool,
    /// The connection has a setting of its own that nobody else may get.
    changed: bool,
    /// Statements that go out with `COMMIT`.
    last: Vec<(&'static str, Vec<Value<'static>>)>,
    shared: Arc<Shared>,
    place: Option<Place>,
}

/// A place among the searches: theirs as long as anyone holds it.
pub(crate) type Place = Arc<OwnedSemaphorePermit>;

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
    pub(crate) fn new(
        client: Client,
        shared: Arc<Shared>,
        Terms { write, limited, .. }: Terms,
        place: Option<Place>,
    ) -> Self {
        let reads = !write;
        // The limit is a setting of the session where there is one, else of each transaction.
        let has_limit = client.keeps_session && shared.statement_timeout.is_some();
        let limited = limited && shared.statement_timeout.is_some();
        let state = if reads && has_limit == limited { State::Reading } else { State::Pending };
        Self {
            client: Some(client),
            state,
            reads,
            limited,
            changed: false,
            last: Vec::new(),
            shared,
            place,
        }
    }

    /// The connection, and whether it is ours alone.
    ///
    /// # Errors
    /// Never: it is there until the session is dropped.
    fn client(&self) -> Result<(&ClientWrapper, bool), DbError> {
        let client = self.client.as_ref();
        let client = client.ok_or_else(|| DbError::unavailable("the connection is gone"))?;
        Ok((&client.client, client.keeps_session))
    }

    /// What begins a transaction.
    fn begin(&self) -> Result<&str, DbError> {
        let (_, keeps_session) = self.client()?;
        let has_limit = keeps_session && self.shared.statement_timeout.is_some();
        Ok(match (has_limit, self.limited) {
            (true, true) | (false, false) => "BEGIN",
            (false, true) => &self.shared.begin_limited,
            (true, false) => "BEGIN; SET LOCAL statement_timeout TO DEFAULT",
        })
    }

    /// Whether `BEGIN` must go out with the statement that is about to be sent. From this call on
    /// the transaction counts as open.
    fn begins(&mut self) -> bool {
        let pending = self.state == State::Pending;
        if pending {
            self.state = State::Open;
        }
        pending
    }

    /// The statement kept prepared, where the connection can keep one.
    async fn prepare(&self, sql: &str) -> Result<Option<Statement>, DbError> {
        let (client, keeps_session) = self.client()?;
        if !keeps_session {
            return Ok(None);
        }
        if client.statement_cache.size() >= MAX_PREPARED {
            client.statement_cache.clear();
        }
        Ok(Some(client.prepare_cached(sql).await?))
    }

    /// Runs a query and hands every row to `each`.
    pub(crate) fn query<'a>(
        &'a mut self,
        sql: &'a str,
        values: &'a [Value<'_>],
        each: &'a mut (dyn FnMut(Row<'_>) -> Result<(), DbError> + Send),
    ) -> Work<'a, Result<(), DbError>> {
        self.query_raw(sql, parameters(values), each)
    }

    pub(crate) fn query_raw<'a>(
        &'a mut self,
        sql: &'a str,
        parameters: Parameters<'a>,
        each: &'a mut (dyn FnMut(Row<'_>) -> Result<(), DbError> + Send),
    ) -> Work<'a, Result<(), DbError>> {
        Box::pin(async move {
            let statement = self.prepare(sql).await?;
            let begins = self.begins();
            let (client, _) = self.client()?;
            let query = async {
                match &statement {
                    Some(statement) => {
                        let values = parameters.iter().map(|(value, _)| *value);
                        client.query_raw(statement, values).await
                    }
                    None => client.query_typed_raw(sql, parameters).await,
                }
            };
            let rows = if begins {
                let (begun, rows) = join!(client.batch_execute(self.begin()?), query);
                begun?;
                rows
            } else {
                query.await
            };
            let rows = rows?;
            pin_mut!(rows);
            while let Some(row) = rows.next().await {
                each(Row::Postgres(&row?))?;
            }
            Ok(())
        })
    }

    pub(crate) fn execute<'a>(
        &'a mut self,
        sql: &'a str,
        values: &'a [Value<'_>],
    ) -> Work<'a, Result<u64, DbError>> {
        self.execute_raw(sql, parameters(values))
    }

    pub(crate) fn execute_raw<'a>(
        &'a mut self,
        sql: &'a str,
        parameters: Parameters<'a>,
    ) -> Work<'a, Result<u64, DbError>> {
        Box::pin(async move {
            let statement = self.prepare(sql).await?;
            let begins = self.begins();
            let (client, _) = self.client()?;
            let execute = send(client, statement.as_ref(), sql, &parameters);
            if begins {
                let (begun, count) = join!(client.batch_execute(self.begin()?), execute);
                begun?;
                Ok(count?)
            } else {
                Ok(execute.await?)
            }
        })
    }

    /// Runs two statements, both sent before either is answered.
    pub(crate) fn execute_both<'a>(
        &'a mut self,
        (first, parameters): (&'a str, Parameters<'a>),
        (second, others): (&'a str, Parameters<'a>),
    ) -> Work<'a, Result<(), DbError>> {
        Box::pin(async move {
            let statements = (self.prepare(first).await?, self.prepare(second).await?);
            let begins = self.begins();
            let (client, _) = self.client()?;
            if begins {
                client.batch_execute(self.begin()?).await?;
            }
            let (one, two) = join!(
                send(client, statements.0.as_ref(), first, &parameters),
                send(client, statements.1.as_ref(), second, &others)
            );
            one?;
            two?;
            Ok(())
        })
    }

    /// Runs a script within the transaction of a write. What reads has none: there a statement runs
    /// that must be alone, with no limit in time if the work has none.
    pub(crate) fn run_script<'a>(&'a mut self, script: &'a str) -> Work<'a, Result<(), DbError>> {
        Box::pin(async move {
            if self.reads {
                self.state = State::Reading;
            }
            let begins = self.begins();
            self.changed |= self.reads && !self.limited && self.client()?.1;
            let (client, _) = self.client()?;
            if begins {
                client.batch_execute(self.begin()?).await?;
            } else if self.changed {
                client.batch_execute("SET statement_timeout TO DEFAULT").await?;
            }
            Ok(client.batch_execute(script).await?)
        })
    }

    pub(crate) fn execute_at_commit(&mut self, sql: &'static str, values: Vec<Value<'static>>) {
        self.last.push((sql, values));
    }

    /// Undoes the transaction, if one was begun.
    pub(crate) async fn roll_back(&mut self) -> Result<(), DbError> {
        if self.state == State::Open {
            self.client()?.0.batch_execute("ROLLBACK").await?;
        }
        self.state = State::Idle;
        Ok(())
    }

    /// Commits, with the statements that wait for it. If one of them fails nothing is committed.
    pub(crate) async fn commit(&mut self) -> Result<(), DbError> {
        let Some((sql, values)) = self.last.pop() else {
            if self.state == State::Open {
                self.client()?.0.batch_execute("COMMIT").await.map_err(DbError::of_commit)?;
            }
            self.state = State::Idle;
            return Ok(());
        };
        for (sql, values) in std::mem::take(&mut self.last) {
            self.execute(sql, &values).await?;
        }
        let statement = self.prepare(sql).await?;
        let begins = self.begins();
        let (client, _) = self.client()?;
        if begins {
            client.batch_execute(self.begin()?).await?;
        }
        let parameters = parameters(&values);
        // Both are sent before either is answered. After a failed statement `COMMIT` rolls back.
        let (executed, committed) = join!(
            send(client, statement.as_ref(), sql, &parameters),
            client.batch_execute("COMMIT")
        );
        committed.map_err(DbError::of_commit)?;
        self.state = State::Idle;
        executed?;
        Ok(())
    }

    /// The work has come to its end; a broken connection does not go back to the pool.
    pub(crate) fn finish(&mut self, broken: bool) {
        if broken || self.changed {
            self.discard();
        } else if self.state == State::Open
            && let Ok((client, _)) = self.client()
        {
            // It is sent now; whoever gets this connection next is answered after it.
            let _ = client.batch_execute("COMMIT").now_or_never();
        }
        self.state = State::Idle;
    }

    /// Takes the connection out of the pool and ends it.
    fn discard(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Client::take(client));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !matches!(self.state, State::Reading | State::Open) {
            return;
        }
        let Some(client) = self.client.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(abandon(client, Arc::clone(&self.shared), self.place.take()));
            }
            // The program ends, and its connections with it.
            Err(_) => drop(Client::take(client)),
        }
    }
}

/// Ends what is under way on a connection. It goes back to the pool if it is as good as new.
async fn abandon(client: Client, shared: Arc<Shared>, _place: Option<Place>) {
    let ended = {
        let token = client.client.cancel_token();
        // Answered when what was sent before it has ended.
        let rollback = client.client.batch_execute("ROLLBACK");
        pin_mut!(rollback);
        if let Ok(answer) = tokio::time::timeout(BRIEF, &mut rollback).await {
            answer.is_ok()
        } else {
            let cancel = shared.canceller.cancel(&token, !client.keeps_session);
            match tokio::time::timeout(CANCEL_TIMEOUT, cancel).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "a query could not be cancelled"),
                Err(_) => tracing::warn!("a query could not be cancelled in time"),
            }
            if tokio::time::timeout(NOTICE_TIMEOUT, rollback).await.is_err() {
                tracing::warn!("a query goes on after it was cancelled");
            }
            // The request may yet come late, and must not meet somebody else's query.
            false
        }
    };
    if !ended {
        drop(Client::take(client));
    }
}

/// Sends a statement and waits for its answer. Without a name it is one message, which a pooler
/// keeps together.
async fn send(
    client: &ClientWrapper,
    statement: Option<&Statement>,
    sql: &str,
    parameters: &Parameters<'_>,
) -> Result<u64, tokio_postgres::Error> {
    match statement {
        Some(statement) => {
            let values = parameters.iter().map(|(value, _)| *value);
            client.execute_raw(statement, values).await
        }
        None => client.execute_typed(sql, parameters).await,
    }
}

fn parameters<'a>(values: &'a [Value<'_>]) -> Parameters<'a> {
    values.iter().map(|value| (value as _, Type::UNKNOWN)).collect()
}
