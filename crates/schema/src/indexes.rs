//! Indexes on MLflow's tables, built beside the running server, which does not depend on them.

use db::{Db, DbError};

use crate::additions;

/// Builds those of Headwater's own indexes on MLflow's tables that the database lacks: one that MLflow made has none.
/// On PostgreSQL they are built without blocking writers, so this may take long.
///
/// # Errors
/// When an index cannot be built; those before it stay.
pub async fn build_indexes(db: &Db) -> Result<(), DbError> {
    for addition in additions::all().filter(|addition| !addition.is_about_own_table()) {
        db.build_index(addition.name(), addition.statement()).await?;
    }
    Ok(())
}

/// Builds the index of the text in spans as [`build_indexes`] builds the others. PostgreSQL uses it for every pattern
/// with three letters in a row.
///
/// # Errors
/// When the database is not PostgreSQL, or has no extension `pg_trgm` and does not let this user add
/// it.
pub async fn build_text_index(db: &Db) -> Result<(), DbError> {
    db.build_trigram_index("hw_spans_text", "spans", "content").await
}
