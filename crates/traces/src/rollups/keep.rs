//! The jobs: keeping daily sums, or forgetting them.

use std::sync::Arc;

use app::{App, Backend, Caller};
use jobs::{Job, Next, Run, Stop};

use super::Settings;
use super::pass::{self, Summary};
use super::store_forget::{Forgotten, forget};

/// Sums up what is due, at the start and by the schedule.
pub(super) struct Keep {
    app: Arc<App>,
    settings: Settings,
}

impl Keep {
    pub(super) fn new(app: Arc<App>, settings: Settings) -> Self {
        Self { app, settings }
    }
}

impl Job for Keep {
    fn name(&self) -> &'static str {
        "daily sums"
    }

    fn run(self: Arc<Self>, stop: Stop) -> Run {
        Box::pin(async move {
            match pass::run(&self.app, self.settings.at_most, &stop).await {
                Ok(Summary { built, emptied, deferred, failed, limited }) => tracing::info!(
                    built,
                    emptied,
                    deferred,
                    failed,
                    limited,
                    "summed up days of traces"
                ),
                Err(error) => tracing::warn!(error = error.message, "summing up days broke off"),
            }
        })
    }

    fn next(&self, now_ms: i64) -> Next {
        self.settings.schedule.after(now_ms).map_or(Next::Never, Next::AtMs)
    }
}

/// Forgets all daily sums, once.
pub(super) struct Forget {
    backend: Backend,
}

impl Forget {
    pub(super) fn new(backend: Backend) -> Self {
        Self { backend }
    }
}

impl Job for Forget {
    fn name(&self) -> &'static str {
        "daily sums"
    }

    fn run(self: Arc<Self>, _stop: Stop) -> Run {
        Box::pin(async move {
            let forget = self.backend.write(Caller::server(), forget, ());
            match forget.await.map(Forgotten::sums) {
                Ok(0) => {}
                Ok(rows) => tracing::info!(rows, "forgot the daily sums of traces"),
                Err(error) => {
                    tracing::warn!(error = error.message, "daily sums of traces may be stale");
                }
            }
        })
    }
}
