//! All jobs of the server. A feature's jobs are one line of [`jobs`].

use std::sync::Arc;

use jobs::Job;
use schema::IndexBuilder;

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
    let text = config.traces.text_index;
    jobs.push(Arc::new(IndexBuilder::new(unlimited.backend.db().clone(), text)));
    if config.database.registry.is_some() {
        jobs.push(Arc::new(IndexBuilder::new(unlimited.registry.db().clone(), false)));
    }
    jobs.extend(traces::jobs(&unlimited, &parts.stores, config.traces.rollups.clone()));
    jobs.extend(registry::jobs(&parts.registry, &parts.app));
    jobs
}
