//! The job that archives traces.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app::App;
use artifacts::Stores;
use jobs::{Job, Next, Run, Stop};

use super::{load, pass};

/// How long to wait while nothing is to be archived.
const IDLE: Duration = Duration::from_mins(1);

/// Archives what is due, over and over. The file is read again each time, so that changes count without a restart.
pub(super) struct Archive {
    app: Arc<App>,
    stores: Stores,
    file: PathBuf,
}

impl Archive {
    pub(super) fn new(app: Arc<App>, stores: Stores, file: PathBuf) -> Self {
        Self { app, stores, file }
    }

    async fn pass(&self, stop: &Stop) {
        let config = match load(&self.file) {
            Ok(config) if config.enabled => config,
            Ok(_) => return,
            Err(error) => return tracing::warn!(error, "no traces are archived"),
        };
        match pass::run(&self.app, &self.stores, &config, stop).await {
            Ok(0) => {}
            Ok(traces) => tracing::info!(traces, "archived"),
            Err(error) => tracing::warn!(error = error.message, "archiving broke off"),
        }
    }
}

impl Job for Archive {
    fn name(&self) -> &'static str {
        "trace archive"
    }

    fn run(self: Arc<Self>, stop: Stop) -> Run {
        Box::pin(async move { self.pass(&stop).await })
    }

    fn next(&self, _now_ms: i64) -> Next {
        let config = load(&self.file).ok().filter(|config| config.enabled);
        Next::After(config.map_or(IDLE, |config| Duration::from_secs(config.interval_seconds)))
    }
}
