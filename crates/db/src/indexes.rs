//! Indexes that are built while others read and write.

use crate::{Db, DbError, Engine, Kind};

impl Db {
    /// Builds an index with its whole `CREATE INDEX` statement, unless a complete one of this name is there. On
    /// PostgreSQL this does not block writers.
    ///
    /// # Errors
    /// When the index cannot be built.
    pub async fn build_index(&self, name: &str, statement: &str) -> Result<(), DbError> {
        let found = self.read(name.to_owned(), |tx, name| Box::pin(tx.index_is_valid(name)));
        match (found.await?, self.engine()) {
            (Some(true), _) => {}
            (None, Engine::Sqlite) => self.write_script(statement.to_owned()).await?,
            (found, _) => {
                if found.is_some() {
                    // An earlier build was cut off, and left an index that nothing uses.
                    self.write_script(format!("DROP INDEX IF EXISTS {name}")).await?;
                }
                let script = statement.replacen("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1);
                // Outside a transaction, as building beside writers demands.
                self.read(script, |tx, script| Box::pin(tx.run_script(script))).await?;
                tracing::info!(index = name, "built an index");
            }
        }
        Ok(())
    }

    /// Builds an index of the trigrams in a column of text, as [`Self::build_index`] does.
    ///
    /// # Errors
    /// When the database is not PostgreSQL, or has no extension `pg_trgm` and does not let this user add it.
    pub async fn build_trigram_index(
        &self,
        name: &'static str,
        table: &'static str,
        column: &'static str,
    ) -> Result<(), DbError> {
        if self.engine() == Engine::Sqlite {
            return Err(DbError::new(Kind::Other, "SQLite has no such index"));
        }
        self.write_script("CREATE EXTENSION IF NOT EXISTS pg_trgm".to_owned()).await?;
        let statement = format!("CREATE INDEX {name} ON {table} USING gin ({column} gin_trgm_ops)");
        self.build_index(name, &statement).await
    }

    async fn write_script(&self, script: String) -> Result<(), DbError> {
        self.write(script, |tx, script| Box::pin(tx.run_script(script))).await
    }
}
