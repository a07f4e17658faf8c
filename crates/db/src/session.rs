//! One PostgreSQL connection at work.
//!
//! What waits for the server is boxed here, once for all callers: compiled into each of them, the
//! driver would be a large part of the program.

use deadpool_postgres::{Client, ClientWrapper};
use futures::{StreamExt, join, pin_mut};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use crate::{DbError, Row, Value, Work};

/// Distinct texts kept prepared on one connection. Searches make texts of many shapes; beyond this
/// number the connection forgets them all and begins anew.
const MAX_PREPARED: usize = 512;

/// The parameters of a statement.
type Parameters<'a> = Vec<&'a (dyn ToSql + Sync)>;

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
pub(crate) enum State {
    /// Statements commit one by one.
    Reading,
    /// The work has ended.
    Idle,
    /// `BEGIN` goes out together with the first statement.
    Pending,
    Open,
}

impl Session {
    pub(crate) fn new(client: Client, state: State) -> Self {
        Self { client: Some(client), state, last: Vec::new() }
    }

    /// The connection.
    ///
    /// # Errors
    /// Never: it is there until the session is dropped.
    fn client(&self) -> Result<&ClientWrapper, DbError> {
        self.client.as_deref().ok_or_else(|| DbError::unavailable("the connection is gone"))
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

    async fn prepare(&mut self, sql: &str) -> Result<Statement, DbError> {
        let client = self.client()?;
        if client.statement_cache.size() >= MAX_PREPARED {
            client.statement_cache.clear();
        }
        Ok(client.prepare_cached(sql).await?)
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
            let client = self.client()?;
            let rows = if begins {
                let (begun, rows) =
                    join!(client.batch_execute("BEGIN"), client.query_raw(&statement, parameters));
                begun?;
                rows
            } else {
                client.query_raw(&statement, parameters).await
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
            let client = self.client()?;
            if begins {
                let (begun, count) =
                    join!(client.batch_execute("BEGIN"), client.execute(&statement, &parameters));
                begun?;
                Ok(count?)
            } else {
                Ok(client.execute(&statement, &parameters).await?)
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
            let (first, second) = (self.prepare(first).await?, self.prepare(second).await?);
            if self.begins() {
                self.client()?.batch_execute("BEGIN").await?;
            }
            let client = self.client()?;
            let (one, two) =
                join!(client.execute(&first, &parameters), client.execute(&second, &others));
            one?;
            two?;
            Ok(())
        })
    }

    pub(crate) fn run_script<'a>(&'a mut self, script: &'a str) -> Work<'a, Result<(), DbError>> {
        Box::pin(async move {
            if self.begins() {
                self.client()?.batch_execute("BEGIN").await?;
            }
            Ok(self.client()?.batch_execute(script).await?)
        })
    }

    pub(crate) fn execute_at_commit(&mut self, sql: &'static str, values: Vec<Value<'static>>) {
        self.last.push((sql, values));
    }

    /// Ends the transaction, if one was begun.
    pub(crate) async fn end(&mut self, command: &str) -> Result<(), DbError> {
        if self.state == State::Open {
            self.client()?.batch_execute(command).await?;
        }
        self.state = State::Idle;
        Ok(())
    }

    /// Commits, with the statements that wait for it. If one of them fails nothing is committed.
    pub(crate) async fn commit(&mut self) -> Result<(), DbError> {
        let Some((sql, values)) = self.last.pop() else { return self.end("COMMIT").await };
        for (sql, values) in std::mem::take(&mut self.last) {
            self.execute(sql, &values).await?;
        }
        let statement = self.prepare(sql).await?;
        if self.begins() {
            self.client()?.batch_execute("BEGIN").await?;
        }
        let client = self.client()?;
        let parameters = parameters(&values);
        // Both are sent before either is answered. After a failed statement `COMMIT` rolls back.
        let (executed, committed) =
            join!(client.execute(&statement, &parameters), client.batch_execute("COMMIT"));
        committed?;
        self.state = State::Idle;
        executed?;
        Ok(())
    }

    /// The work has come to its end; a broken connection does not go back to the pool.
    pub(crate) fn finish(&mut self, broken: bool) {
        if broken {
            self.discard();
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
        if matches!(self.state, State::Reading | State::Open) {
            self.discard();
        }
    }
}

fn parameters<'a>(values: &'a [Value<'_>]) -> Parameters<'a> {
    values.iter().map(|value| value as _).collect()
}
