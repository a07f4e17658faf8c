//! All jobs of the server. A feature's jobs are one line of [`jobs`].

use std::sync::Arc;

use app::Backend;
use jobs::Job;
use schema::{IndexBuilder, Watch};

use crate::config::Config;
use crate::routes::Parts;

/// What is done beside requests.
pub(crate) fn jobs(config: &Config, parts: &Parts) -> Vec<Arc<dyn Job>> {
    let mut jobs = artifacts::jobs(&parts.app, &parts.stores);
    if config.settings.artifacts_only {
        return jobs;
    }
    // Nobody waits for these: their statements have no limit in time.
    let unlimited = Arc::new(parts.app.without_limit());
    let newer = config.database.newer_schema;
    let mut of_database = |backend: &Backend, text| {
        let db = backend.db();
        jobs.push(Arc::new(IndexBuilder::new(db.clone(), text)));
        jobs.push(Arc::new(Watch::new(db.clone(), Arc::clone(backend.schema()), newer)));
    };
    of_database(&unlimited.backend, config.traces.text_index);
    if config.database.registry.is_some() {
        of_database(&unlimited.registry, false);
    }
    jobs.extend(traces::jobs(&unlimited, &parts.stores, config.traces.rollups.clone()));
    jobs.extend(registry::jobs(&parts.registry, &parts.app));
    jobs
}
