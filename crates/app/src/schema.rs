//! The tables that MLflow 3.17.2 expects.

use db::{Db, DbError, Engine, Kind, Tx};
use thiserror::Error;

/// The schema version of MLflow 3.17.2: the last of its migrations.
pub const HEAD: &str = "dc11669786a5";

/// Any number, the same in every replica: whoever holds the lock of this name sets up the schema.
const SETUP_LOCK: i64 = 0x6865_6164_7761_7465;

/// Why a database cannot be served.
#[derive(Debug, Error)]
pub enum SchemaError {
    #[error("the database cannot be set up: {0}")]
    Database(#[from] DbError),
    #[error(
        "the database has schema version {found}, but this server needs {HEAD} (MLflow 3.17.2): \
         back the database up and bring it to MLflow 3.17.2's schema first"
    )]
    Version { found: String },
    #[error(
        "the database has tables but no schema version, so it is no MLflow database: use an empty \
         one, or one that MLflow 3.17.2 made"
    )]
    Foreign,
}

/// Creates the whole schema in an empty database; accepts MLflow 3.17.2's; refuses any other.
///
/// # Errors
/// When the database belongs to another version or another program, or cannot be written.
pub async fn prepare(db: &Db) -> Result<(), SchemaError> {
    db.write((), |tx, ()| Box::pin(prepare_in(tx))).await
}

async fn prepare_in(tx: &mut Tx) -> Result<(), SchemaError> {
    tx.lock_name(SETUP_LOCK).await?;
    if tx.table_exists("alembic_version").await? {
        let found = tx
            .query("SELECT version_num FROM alembic_version", &[], |row| row.get::<String>(0))
            .await?;
        if found.iter().any(|version| version == HEAD) {
            return prepare_own_tables(tx).await;
        }
        if !found.is_empty() {
            return Err(SchemaError::Version { found: found.join(", ") });
        }
        // MLflow's migrations were begun and never got anywhere.
        tx.run_script("DROP TABLE alembic_version").await?;
    }
    if tx.table_exists("experiments").await? {
        return Err(SchemaError::Foreign);
    }
    let script = match tx.engine() {
        Engine::Sqlite => include_str!("../../../schema/sqlite.sql"),
        Engine::Postgres => include_str!("../../../schema/postgres.sql"),
    };
    tx.run_script(script).await?;
    Ok(tx.run_script(OWN_OBJECTS).await?)
}

/// Makes those of Headwater's own tables, and of their indexes, that the database lacks.
async fn prepare_own_tables(tx: &mut Tx) -> Result<(), SchemaError> {
    for statement in statements(OWN_OBJECTS).filter(|statement| is_about_own_table(statement)) {
        let name = name_of(statement);
        // Asked first, because "if not exists" takes the right to create, needed or not.
        let exists = if statement.starts_with("CREATE TABLE") {
            tx.table_exists(name).await?
        } else {
            tx.index_is_valid(name).await?.is_some()
        };
        if !exists {
            tx.run_script(statement).await?;
        }
    }
    Ok(())
}

/// Whether a statement makes one of Headwater's own tables, or an index on one.
fn is_about_own_table(statement: &str) -> bool {
    statement.starts_with("CREATE TABLE") || statement.contains(" ON hw_")
}

/// The name of what a statement makes.
fn name_of(statement: &str) -> &str {
    statement.split_whitespace().find(|word| word.starts_with("hw_")).unwrap_or_default()
}

/// What Headwater adds of its own, all named `hw_…`.
const OWN_OBJECTS: &str = include_str!("../../../schema/headwater.sql");

/// Builds those of Headwater's own indexes on MLflow's tables that the database lacks: one that MLflow made has none.
/// On PostgreSQL they are built without blocking writers, so this may take long; it runs beside the
/// server, which does not depend on it.
///
/// # Errors
/// When an index cannot be built; those before it stay.
pub async fn build_indexes(db: &Db) -> Result<(), DbError> {
    for statement in statements(OWN_OBJECTS).filter(|statement| !is_about_own_table(statement)) {
        build_index(db, statement).await?;
    }
    Ok(())
}

/// The text of spans by its trigrams. PostgreSQL uses it for every pattern with three letters in a row.
const TEXT_INDEX: &str = "CREATE INDEX hw_spans_text ON spans USING gin (content gin_trgm_ops)";

/// Builds the index of the text in spans as [`build_indexes`] builds the others.
///
/// # Errors
/// When the database is not PostgreSQL, or has no extension `pg_trgm` and does not let this user add
/// it.
pub async fn build_text_index(db: &Db) -> Result<(), DbError> {
    if db.engine() == Engine::Sqlite {
        return Err(DbError::new(Kind::Other, "SQLite has no such index"));
    }
    let extension = "CREATE EXTENSION IF NOT EXISTS pg_trgm".to_owned();
    db.write(extension, |tx, script| Box::pin(tx.run_script(script))).await?;
    build_index(db, TEXT_INDEX).await
}

async fn build_index(db: &Db, statement: &str) -> Result<(), DbError> {
    let name = name_of(statement).to_owned();
    let valid = db.read(name.clone(), |tx, name| Box::pin(tx.index_is_valid(name))).await?;
    match (valid, db.engine()) {
        (Some(true), _) => {}
        (None, Engine::Sqlite) => {
            let script = statement.to_owned();
            db.write(script, |tx, script| Box::pin(tx.run_script(script))).await?;
        }
        (found, _) => {
            if found.is_some() {
                // A build was cut off and left a ruin of its name.
                let script = format!("DROP INDEX IF EXISTS {name}");
                db.write(script, |tx, script| Box::pin(tx.run_script(script))).await?;
            }
            let script = statement.replacen("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1);
            // Outside a transaction, as building beside writers demands.
            db.read(script, |tx, script| Box::pin(tx.run_script(script))).await?;
            tracing::info!(index = name, "built an index");
        }
    }
    Ok(())
}

/// The statements of a script that has no `;` but at their ends.
fn statements(script: &str) -> impl Iterator<Item = &str> {
    script.split_inclusive(';').filter_map(|part| {
        let start = part.find("CREATE ")?;
        Some(part[start..].trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_own_object_has_our_prefix() {
        let all: Vec<&str> = statements(OWN_OBJECTS).collect();
        assert!(all.iter().any(|statement| is_about_own_table(statement)));
        assert!(all.iter().any(|statement| !is_about_own_table(statement)));
        for statement in all {
            let object = statement.strip_prefix("CREATE ").unwrap();
            let object = object.strip_prefix("TABLE ").or(object.strip_prefix("INDEX ")).unwrap();
            assert!(object.starts_with("IF NOT EXISTS hw_"), "{statement}");
        }
    }
}
