//! The database behind a server, asked directly: to fill it and to look for what was acknowledged.

use std::path::Path;
use std::time::Duration;

use crate::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    }
}

/// Whether references between tables are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    All,
    None,
}

/// A connection of its own. It changes no setting of the database, so that each server keeps its
/// own way of using it.
pub enum Database {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client),
}

impl Database {
    pub fn open_sqlite(path: &Path) -> Result<Self> {
        let connection = rusqlite::Connection::open(path)?;
        connection.busy_timeout(Duration::from_mins(1))?;
        Ok(Self::Sqlite(connection))
    }

    pub async fn open_postgres(url: &str, checks: Checks) -> Result<Self> {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        if checks == Checks::None {
            // What is filled in is right: checking each of its references would take minutes.
            client.batch_execute("SET session_replication_role = replica").await?;
        }
        Ok(Self::Postgres(client))
    }

    /// Runs statements that both engines understand, as one transaction.
    pub async fn run(&self, script: &str) -> Result<()> {
        let script = format!("BEGIN; {script}; COMMIT;");
        match self {
            Database::Sqlite(connection) => connection.execute_batch(&script)?,
            Database::Postgres(client) => client.batch_execute(&script).await?,
        }
        Ok(())
    }

    /// Brings the statistics up to date and, on PostgreSQL, clears up, so that neither happens
    /// while something is measured.
    pub async fn settle(&self) -> Result<()> {
        match self {
            Database::Sqlite(connection) => connection.execute_batch("ANALYZE")?,
            Database::Postgres(client) => {
                client.batch_execute("VACUUM ANALYZE").await?;
                client.batch_execute("CHECKPOINT").await?;
            }
        }
        Ok(())
    }

    pub async fn count(&self, sql: &str) -> Result<u64> {
        let count: i64 = match self {
            Database::Sqlite(connection) => connection.query_row(sql, [], |row| row.get(0))?,
            Database::Postgres(client) => client.query_one(sql, &[]).await?.get(0),
        };
        Ok(u64::try_from(count)?)
    }
}
