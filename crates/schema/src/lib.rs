//! The tables that MLflow expects, and what Headwater adds to them.
//!
//! - `heads` knows the schema version of every release of MLflow, and which of them are served.
//! - `store` recognises what a database holds, creates the whole schema, and adds what is missing of Headwater's own.
//! - `script` reads the scripts of MLflow's tables as data; `structure` holds an unknown database against them.
//! - `current` and `watch` follow the schema while the server runs: another program may change it.
//! - `store_upgrade` brings a database up to the newest schema, and back.
//! - `additions` reads `headwater.sql` statement by statement.
//! - `indexes` builds, beside the running server, the indexes that a database of MLflow's lacks.
//!
//! The scripts are in `crates/schema/sql`.

mod additions;
mod current;
mod heads;
mod indexes;
mod script;
mod store;
mod store_upgrade;
mod structure;

mod watch;

use db::{Db, DbError, Tx};
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use current::{Current, Served, Standing};
pub use heads::{HEAD, Release};
pub use indexes::IndexBuilder;
use store::Found;
pub use store_upgrade::{Downgrade, Upgrade, downgrade, upgrade};
pub use watch::Watch;

/// Any number, the same in every replica: whoever holds the lock of this name sets up the schema.
const SETUP_LOCK: i64 = 0x6865_6164_7761_7465;

/// What to do with the schema of a newer MLflow, which this server has never heard of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Newer {
    /// Serve it if it has all that this server uses, as it uses it.
    #[default]
    Check,
    /// Refuse it.
    Refuse,
}

/// Why a database cannot be served.
#[derive(Debug, Error)]
pub enum SchemaError {
    #[error("the database cannot be set up: {0}")]
    Database(#[from] DbError),
    #[error(
        "the database has the schema of MLflow {release} (version {found}), which is older than this server can work \
         with: back the database up, then run `mlflow db upgrade` of MLflow 3.18"
    )]
    Older { found: String, release: &'static str },
    #[error(
        "the database has schema version {found}, which this server does not know, and {obstacle}: use a newer \
         Headwater, or bring the database back to the schema of MLflow 3.18"
    )]
    Unknown { found: String, obstacle: String },
    #[error(
        "the database has tables but no schema version, so it is not an MLflow database: use an empty one, or one \
         that MLflow made"
    )]
    Foreign,
}

/// The key that an issue is found by in `issue_categories`: however a category is written, and however long it is.
pub fn category_key(category: &str) -> String {
    format!("{:x}", Sha256::digest(category.trim().to_lowercase()))
}

/// Creates the whole schema in an empty database, accepts those that can be served, and refuses any other. `current`
/// then says which it is.
///
/// # Errors
/// When the database belongs to an older version or another program, or cannot be written.
pub async fn prepare(db: &Db, newer: Newer, current: &Current) -> Result<(), SchemaError> {
    let found = db.write(newer, |tx, newer| Box::pin(prepare_in(tx, *newer))).await;
    current.set(&found);
    let served = found?;
    if !served.is_known {
        tracing::warn!(
            version = served.version,
            "the database has the schema of a newer MLflow; it is served as far as this server knows it"
        );
    }
    Ok(())
}

async fn prepare_in(tx: &mut Tx, newer: Newer) -> Result<Served, SchemaError> {
    tx.lock_name(SETUP_LOCK).await?;
    let served = match store::recognise(tx).await? {
        Found::Nothing => {
            store::create(tx).await?;
            return Ok(Served {
                version: HEAD.to_owned(),
                release: Release::NEWEST,
                is_known: true,
            });
        }
        found => served(tx, found, newer).await?,
    };
    store::add_own_tables(tx).await?;
    Ok(served)
}

/// What a database that holds something is served as.
async fn served(tx: &mut Tx, found: Found, newer: Newer) -> Result<Served, SchemaError> {
    let version = match found {
        Found::Nothing | Found::Foreign => return Err(SchemaError::Foreign),
        Found::Version(version) => version,
    };
    if let Some(release) = heads::served(&version) {
        return Ok(Served { version, release, is_known: true });
    }
    if let Some(release) = heads::older(&version) {
        return Err(SchemaError::Older { found: version, release });
    }
    let obstacle = match newer {
        Newer::Check => structure::obstacle(&store::expected(tx), &tx.catalogue().await?),
        Newer::Refuse => Some("is to serve none such (--newer-schema refuse)".to_owned()),
    };
    match obstacle {
        None => Ok(Served { version, release: Release::NEWEST, is_known: false }),
        Some(obstacle) => Err(SchemaError::Unknown { found: version, obstacle }),
    }
}

/// Looks at the schema again; nothing if it still is what it was.
async fn look(
    db: &Db,
    newer: Newer,
    before: (String, Standing),
) -> Option<Result<Served, SchemaError>> {
    db.read((newer, before), |tx, (newer, before)| {
        Box::pin(async move {
            let found = store::recognise(tx).await?;
            let is_same = matches!(&found, Found::Version(version) if *version == before.0);
            if is_same && !matches!(before.1, Standing::Unusable(_)) {
                return Ok(None);
            }
            served(tx, found, *newer).await.map(Some)
        })
    })
    .await
    .transpose()
}
