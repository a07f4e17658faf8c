//! Indexes on MLflow's tables, built beside the running server, which does not depend on them.

use std::sync::Arc;

use db::{Db, DbError};
use jobs::{Run, Stop};

use crate::additions;

/// Builds the indexes that a database lacks. Searches are slower until then, no more.
pub struct IndexBuilder {
    db: Db,
    text: bool,
}

impl IndexBuilder {
    /// `text`: whether the text in spans is to have an index.
    pub fn new(db: Db, text: bool) -> Self {
        Self { db, text }
    }

    async fn build(&self) {
        if let Err(error) = build_indexes(&self.db).await {
            tracing::warn!(%error, "an index could not be built; the next start tries again");
        }
        if self.text
            && let Err(error) = build_text_index(&self.db).await
        {
            tracing::warn!(
                %error,
                "the text in spans has no index: it needs the extension pg_trgm, which an administrator \
                 may have to allow; the next start tries again"
            );
        }
    }
}

impl jobs::Job for IndexBuilder {
    fn name(&self) -> &'static str {
        "indexes"
    }

    fn run(self: Arc<Self>, stop: Stop) -> Run {
        // An index may take hours. One that is cut off is begun anew at the next start.
        Box::pin(async move {
            stop.run_until_cancelled(self.build()).await;
        })
    }
}

/// Builds those of Headwater's own indexes on MLflow's tables that the database lacks: one that MLflow made has none.
/// On PostgreSQL they are built without blocking writers, so this may take long.
///
/// # Errors
/// When an index cannot be built; those before it stay.
async fn build_indexes(db: &Db) -> Result<(), DbError> {
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
async fn build_text_index(db: &Db) -> Result<(), DbError> {
    db.build_trigram_index("hw_spans_text", "spans", "content").await
}
