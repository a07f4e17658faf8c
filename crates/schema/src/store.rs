//! The SQL that recognises a database and creates tables.

use db::{Catalogue, DbError, Script, Tx};

use crate::additions::{self, Addition};
use crate::script;

/// MLflow's tables, as each engine spells them.
pub(crate) const MLFLOW: Script = Script {
    sqlite: include_str!("../sql/sqlite.sql"),
    postgres: include_str!("../sql/postgres.sql"),
};

/// What a database holds.
pub(crate) enum Found {
    /// No tables, or those of migrations that were begun and never got anywhere.
    Nothing,
    /// The schema of a version of MLflow; of several, if migrations have branched.
    Version(String),
    /// Another program's tables.
    Foreign,
}

pub(crate) async fn recognise(tx: &mut Tx) -> Result<Found, DbError> {
    if tx.table_exists("alembic_version").await? {
        let versions = tx
            .query("SELECT version_num FROM alembic_version", &[], |row| row.get::<String>(0))
            .await?;
        if !versions.is_empty() {
            return Ok(Found::Version(versions.join(", ")));
        }
    }
    let foreign = tx.table_exists("experiments").await?;
    Ok(if foreign { Found::Foreign } else { Found::Nothing })
}

/// What a database has that holds the newest schema.
pub(crate) fn expected(tx: &Tx) -> Catalogue {
    script::catalogue(MLFLOW.of(tx.engine()))
}

/// Creates everything in a database that holds nothing.
pub(crate) async fn create(tx: &mut Tx) -> Result<(), DbError> {
    if tx.table_exists("alembic_version").await? {
        tx.run_script("DROP TABLE alembic_version").await?;
    }
    tx.run_script(MLFLOW.of(tx.engine())).await?;
    tx.run_script(additions::SCRIPT).await
}

/// Creates those of Headwater's own tables, and of their indexes, that the database lacks.
pub(crate) async fn add_own_tables(tx: &mut Tx) -> Result<(), DbError> {
    for addition in additions::all().filter(Addition::is_about_own_table) {
        // Asked first, because "if not exists" takes the right to create, needed or not.
        let exists = if addition.is_table() {
            tx.table_exists(addition.name()).await?
        } else {
            tx.index_is_valid(addition.name()).await?.is_some()
        };
        if !exists {
            tx.run_script(addition.statement()).await?;
        }
    }
    Ok(())
}
