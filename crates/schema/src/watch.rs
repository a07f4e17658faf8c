//! Notices that another program has changed the schema.

use std::sync::Arc;
use std::time::Duration;

use db::Db;
use jobs::{Next, Run, Stop};

use crate::{Current, Newer, Standing};

const INTERVAL: Duration = Duration::from_secs(10);

/// Reads the schema version over and over, so that what a newer schema offers is used without a restart.
pub struct Watch {
    db: Db,
    current: Arc<Current>,
    newer: Newer,
}

impl Watch {
    /// `current`: what is kept up to date.
    pub fn new(db: Db, current: Arc<Current>, newer: Newer) -> Self {
        Self { db, current, newer }
    }

    /// Looks once.
    pub async fn look(&self) {
        let found = crate::look(&self.db, self.newer, self.current.state()).await;
        if !found.is_some_and(|found| self.current.set(&found)) {
            return;
        }
        match self.current.state() {
            (version, Standing::Known) => tracing::info!(
                version,
                release = self.current.release().name(),
                "the database's schema has been changed"
            ),
            (version, Standing::Newer) => tracing::warn!(
                version,
                "the database now has the schema of a newer MLflow; it is served as far as this server knows it"
            ),
            (version, Standing::Unusable(error)) => tracing::error!(
                version,
                error,
                "the database's schema has been changed; this server is not ready until it is changed back"
            ),
        }
    }
}

impl jobs::Job for Watch {
    fn name(&self) -> &'static str {
        "schema"
    }

    fn run(self: Arc<Self>, stop: Stop) -> Run {
        Box::pin(async move {
            stop.run_until_cancelled(self.look()).await;
        })
    }

    fn next(&self, _now_ms: i64) -> Next {
        Next::After(INTERVAL)
    }
}
