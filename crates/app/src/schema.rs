//! The tables that MLflow 3.17.2 expects.

use db::{Db, DbError, Engine, Tx};
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
            return own_objects(tx).await;
        }
        let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        return Err(SchemaError::Version { found });
    }
    if tx.table_exists("experiments").await? {
        return Err(SchemaError::Foreign);
    }
    let script = match tx.engine() {
        Engine::Sqlite => include_str!("../../../schema/sqlite.sql"),
        Engine::Postgres => include_str!("../../../schema/postgres.sql"),
    };
    tx.run_script(script).await?;
    own_objects(tx).await
}

/// What Headwater adds of its own, all named `hw_…`.
async fn own_objects(tx: &mut Tx) -> Result<(), SchemaError> {
    Ok(tx.run_script(include_str!("../../../schema/headwater.sql")).await?)
}
