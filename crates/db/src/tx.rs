//! A unit of work on one connection.

use crate::session::Session;
use crate::{Bulk, Catalogue, DbError, Engine, Kind, Row, Value, catalogue, sqlite};

/// A unit of work: what a closure given to [`crate::Db::read`] or [`crate::Db::write`] works on.
///
/// A write is one transaction, begun with the first statement. A read on SQLite sees one snapshot;
/// on PostgreSQL each statement sees the latest commit.
pub struct Tx {
    pub(crate) connection: Connection,
    /// The kind of the last failed statement: decides whether the work is run again.
    pub(crate) failure: Option<Kind>,
    pub(crate) broken: bool,
    /// Whether this is a write, which is tried again later when it took too long: it waited for
    /// others. A read that took too long will take too long again.
    writes: bool,
}

pub(crate) enum Connection {
    Sqlite(sqlite::Connection),
    Postgres(Session),
}

impl Tx {
    pub(crate) fn new(connection: Connection, writes: bool) -> Self {
        Self { connection, failure: None, broken: false, writes }
    }

    /// Which engine this works on. For statements that no spelling can share.
    pub fn engine(&self) -> Engine {
        match self.connection {
            Connection::Sqlite(_) => Engine::Sqlite,
            Connection::Postgres(_) => Engine::Postgres,
        }
    }

    fn note<T>(&mut self, mut result: Result<T, DbError>) -> Result<T, DbError> {
        if let Err(error) = &mut result {
            if self.writes && error.kind == Kind::TimedOut {
                error.kind = Kind::Unavailable;
            }
            self.failure = Some(error.kind);
            self.broken |= error.broken;
        }
        result
    }

    /// Runs a query and maps every row.
    pub async fn query<T, F>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        mut map: F,
    ) -> Result<Vec<T>, DbError>
    where
        F: for<'r> FnMut(Row<'r>) -> Result<T, DbError> + Send,
        T: Send,
    {
        let result = match &mut self.connection {
            Connection::Sqlite(connection) => connection.query(sql, values, map),
            Connection::Postgres(session) => {
                let mut out = Vec::new();
                let mut each = |row: Row<'_>| map(row).map(|item| out.push(item));
                session.query(sql, values, &mut each).await.map(|()| out)
            }
        };
        self.note(result)
    }

    /// The first row, or `None` if there is none.
    pub async fn query_opt<T, F>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        map: F,
    ) -> Result<Option<T>, DbError>
    where
        F: for<'r> FnMut(Row<'r>) -> Result<T, DbError> + Send,
        T: Send,
    {
        Ok(self.query(sql, values, map).await?.into_iter().next())
    }

    /// The first row; an error if there is none.
    pub async fn query_one<T, F>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        map: F,
    ) -> Result<T, DbError>
    where
        F: for<'r> FnMut(Row<'r>) -> Result<T, DbError> + Send,
        T: Send,
    {
        let row = self.query_opt(sql, values, map).await?;
        row.ok_or_else(|| DbError::new(Kind::Other, format!("no row from: {sql}")))
    }

    /// Runs a statement and returns the number of rows it changed.
    pub async fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, DbError> {
        let result = match &mut self.connection {
            Connection::Sqlite(connection) => connection.execute(sql, values),
            Connection::Postgres(session) => session.execute(sql, values).await,
        };
        self.note(result)
    }

    /// Runs a statement as the last of this transaction. On PostgreSQL it goes out together with the
    /// commit and costs no time of its own on the way; nothing after this call sees its effect.
    pub fn execute_at_commit(
        &mut self,
        sql: &'static str,
        values: Vec<Value<'static>>,
    ) -> Result<(), DbError> {
        let result = match &mut self.connection {
            Connection::Sqlite(connection) => connection.execute(sql, &values).map(drop),
            Connection::Postgres(session) => {
                session.execute_at_commit(sql, values);
                Ok(())
            }
        };
        self.note(result)
    }

    /// Inserts all `rows` and returns the number of rows changed. Does nothing without rows.
    pub async fn insert_rows<const N: usize>(
        &mut self,
        bulk: &Bulk<N>,
        rows: &[[Value<'_>; N]],
    ) -> Result<u64, DbError> {
        if rows.is_empty() {
            return Ok(0);
        }
        let result = match &mut self.connection {
            Connection::Sqlite(connection) => connection.insert_rows(bulk.sqlite_text(), rows),
            Connection::Postgres(session) => {
                let columns = Bulk::columns(rows);
                let parameters = bulk.parameters(&columns);
                session.execute_raw(bulk.postgres_text(), parameters).await
            }
        };
        self.note(result)
    }

    /// Inserts rows into two tables, the first before the second. On PostgreSQL both statements are
    /// sent before either is answered.
    pub async fn insert_both<const N: usize, const M: usize>(
        &mut self,
        (first, rows): (&Bulk<N>, &[[Value<'_>; N]]),
        (second, others): (&Bulk<M>, &[[Value<'_>; M]]),
    ) -> Result<(), DbError> {
        if rows.is_empty() || others.is_empty() {
            self.insert_rows(first, rows).await?;
            return self.insert_rows(second, others).await.map(drop);
        }
        let result = match &mut self.connection {
            Connection::Sqlite(connection) => connection
                .insert_rows(first.sqlite_text(), rows)
                .and_then(|_| connection.insert_rows(second.sqlite_text(), others))
                .map(drop),
            Connection::Postgres(session) => {
                let (columns, more) = (Bulk::columns(rows), Bulk::columns(others));
                let one = (first.postgres_text(), first.parameters(&columns));
                let two = (second.postgres_text(), second.parameters(&more));
                session.execute_both(one, two).await
            }
        };
        self.note(result)
    }

    /// Inserts all `rows` with a `bulk` that ends in `RETURNING …`, and maps every row that comes back.
    pub async fn insert_returning<T, F, const N: usize>(
        &mut self,
        bulk: &Bulk<N>,
        rows: &[[Value<'_>; N]],
        mut map: F,
    ) -> Result<Vec<T>, DbError>
    where
        F: for<'r> FnMut(Row<'r>) -> Result<T, DbError> + Send,
        T: Send,
    {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let result = match &mut self.connection {
            Connection::Sqlite(connection) => {
                connection.insert_returning(bulk.sqlite_text(), rows, map)
            }
            Connection::Postgres(session) => {
                let columns = Bulk::columns(rows);
                let parameters = bulk.parameters(&columns);
                let mut out = Vec::new();
                let mut each = |row: Row<'_>| map(row).map(|item| out.push(item));
                session.query_raw(bulk.postgres_text(), parameters, &mut each).await.map(|()| out)
            }
        };
        self.note(result)
    }

    /// Runs a script of several statements without parameters, in this engine's own spelling.
    pub async fn run_script(&mut self, script: &str) -> Result<(), DbError> {
        let result = match &mut self.connection {
            Connection::Sqlite(connection) => connection.run_script(script),
            Connection::Postgres(session) => session.run_script(script).await,
        };
        self.note(result)
    }

    /// Waits until this transaction alone holds the lock of this name, until its end. On SQLite
    /// every write transaction holds it already.
    pub async fn lock_name(&mut self, name: i64) -> Result<(), DbError> {
        if self.engine() == Engine::Postgres {
            let sql = "SELECT pg_advisory_xact_lock($1)";
            self.query(sql, &[Value::Int(name)], |_| Ok(())).await?;
        }
        Ok(())
    }

    /// What the database says of its tables.
    pub async fn catalogue(&mut self) -> Result<Catalogue, DbError> {
        catalogue::read(self).await
    }

    /// Whether a table of this name exists in the database's default schema.
    pub async fn table_exists(&mut self, table: &str) -> Result<bool, DbError> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1",
            Engine::Postgres => "SELECT 1 WHERE to_regclass($1) IS NOT NULL",
        };
        Ok(self.query_opt(sql, &[Value::Text(table)], |_| Ok(())).await?.is_some())
    }

    /// Whether the index of this name is complete; none if there is no such index.
    pub async fn index_is_valid(&mut self, index: &str) -> Result<Option<bool>, DbError> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = $1",
            Engine::Postgres => {
                "SELECT CASE WHEN indisvalid THEN 1 ELSE 0 END FROM pg_index \
                 WHERE indexrelid = to_regclass($1)"
            }
        };
        self.query_opt(sql, &[Value::Text(index)], |row| Ok(row.get::<i64>(0)? == 1)).await
    }

    /// Sets the sequence behind an auto-incremented column to the column's highest value, after
    /// rows were inserted with values of their own. SQLite keeps no sequence apart from the rows.
    pub async fn resync_sequence(&mut self, table: &str, column: &str) -> Result<(), DbError> {
        if self.engine() == Engine::Postgres {
            let sql = format!(
                "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), \
                 (SELECT GREATEST(max({column}), 1) FROM {table}))"
            );
            self.query(&sql, &[], |_| Ok(())).await?;
        }
        Ok(())
    }
}
