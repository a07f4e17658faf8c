//! Removes what uploads left behind whose server was killed.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use app::Clock;
use jobs::{Run, Stop};

use crate::Stores;

/// No upload is still for that long: what other replicas write stays.
const AGE: Duration = Duration::from_hours(24);

/// Looks through all folders, once.
pub(crate) struct Sweep {
    clock: Clock,
    stores: Stores,
}

impl Sweep {
    pub(crate) fn new(clock: Clock, stores: Stores) -> Self {
        Self { clock, stores }
    }
}

impl jobs::Job for Sweep {
    fn name(&self) -> &'static str {
        "sweep"
    }

    fn run(self: Arc<Self>, stop: Stop) -> Run {
        Box::pin(async move {
            let now = u64::try_from(self.clock.now_ms()).unwrap_or_default();
            let before = SystemTime::UNIX_EPOCH + Duration::from_millis(now).saturating_sub(AGE);
            // A file is removed or not: there is no wrong place to stop.
            stop.run_until_cancelled(self.stores.sweep(before)).await;
        })
    }
}
