//! The tables that MLflow 3.17.2 expects, and what Headwater adds to them.
//!
//! - `store` recognises what a database holds, creates the whole schema, and adds what is missing of Headwater's own.
//! - `additions` reads `headwater.sql` statement by statement.
//! - `indexes` builds, beside the running server, the indexes that a database of MLflow's lacks.
//!
//! The scripts are in `crates/schema/sql`. No schema is upgraded yet: a step from one version to the next would be a
//! script there, and an arm of the `match` in [`prepare`].

mod additions;
mod indexes;
mod store;

use db::{Db, DbError, Tx};
use thiserror::Error;

pub use indexes::IndexBuilder;
use store::Found;

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
    match store::recognise(tx).await? {
        Found::Nothing => Ok(store::create(tx).await?),
        Found::Head => Ok(store::add_own_tables(tx).await?),
        Found::Version(found) => Err(SchemaError::Version { found }),
        Found::Foreign => Err(SchemaError::Foreign),
    }
}
