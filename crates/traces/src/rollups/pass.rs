//! One pass: the days that have changed, then those that have become old enough.

use std::collections::HashSet;

use app::rollups::{FIRST_DAY, Family, Partition, REST_MS, day_of};
use app::{ApiError, App, Caller};
use jobs::Stop;

use super::store_build::{self, Job, Outcome};
use super::store_due;

/// Days of one experiment and family before others have their turn.
const TURN: usize = 10;
/// How many days are looked at for each that may be summed up: many may have to wait.
const LOOKS: usize = 10;

/// What a pass has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    pub built: usize,
    pub emptied: usize,
    pub deferred: usize,
    pub failed: usize,
    /// Whether more may be left to do.
    pub limited: bool,
}

struct Pass<'a> {
    app: &'a App,
    stop: &'a Stop,
    cutoff_ms: i64,
    at_most: usize,
    looks: usize,
    /// Experiments that something failed in. No later day of them is summed up before the earlier one:
    /// what is new is looked for behind the last day that is.
    failed: HashSet<i64>,
    summary: Summary,
}

/// Sums up what is due, at most so many days, and none more once the server stops.
///
/// # Errors
/// When the database fails. A day that fails alone is tried again in the next pass.
pub(super) async fn run(app: &App, at_most: usize, stop: &Stop) -> Result<Summary, ApiError> {
    let cutoff_ms = app.clock.now_ms().saturating_sub(REST_MS);
    let looks = at_most.saturating_mul(LOOKS);
    let failed = HashSet::new();
    let summary = Summary::default();
    let mut pass = Pass { app, stop, cutoff_ms, at_most, looks, failed, summary };
    // A day counts if it was over before this.
    let before = day_of(cutoff_ms);
    let limit = i64::try_from(looks).unwrap_or(i64::MAX);
    let queued = app.read(Caller::server(), store_due::queued, (before, limit));
    for partition in queued.await? {
        if pass.is_over() {
            break;
        }
        pass.build(partition, true).await;
    }
    pass.new_days(before).await?;
    pass.summary.limited = pass.is_over();
    Ok(pass.summary)
}

impl Pass<'_> {
    fn is_over(&self) -> bool {
        let is_full = self.summary.built + self.summary.emptied >= self.at_most;
        is_full || self.looks == 0 || self.stop.is_cancelled()
    }

    async fn build(&mut self, partition: Partition, queued: bool) {
        if self.failed.contains(&partition.experiment_id) {
            return;
        }
        self.looks -= 1;
        let job = Job { partition, queued, cutoff_ms: self.cutoff_ms };
        let built = self.app.write(Caller::server(), store_build::build, (job,));
        match built.await {
            Ok(Outcome::Built) => self.summary.built += 1,
            Ok(Outcome::Emptied) => self.summary.emptied += 1,
            Ok(Outcome::Deferred) => self.summary.deferred += 1,
            Ok(Outcome::Skipped) => {}
            Err(error) => {
                let error = error.message;
                tracing::warn!(?partition, error, "a day was not summed up: try again later");
                self.failed.insert(partition.experiment_id);
                self.summary.failed += 1;
            }
        }
    }

    /// Days that have never been summed up, the oldest first, of all experiments in turn.
    async fn new_days(&mut self, before: i64) -> Result<(), ApiError> {
        let mut open = Vec::new();
        for family in Family::ALL {
            let found = self.app.read(Caller::server(), store_due::experiments, (family, before));
            for (experiment, last) in found.await? {
                open.push((family, experiment, last.map_or(FIRST_DAY, |last| last + 1)));
            }
        }
        while !open.is_empty() && !self.is_over() {
            let mut more = Vec::new();
            for (family, experiment, mut from) in open {
                for turn in 1..=TURN {
                    if self.is_over() || self.failed.contains(&experiment) {
                        break;
                    }
                    let input = (family, experiment, from, before);
                    let next = self.app.read(Caller::server(), store_due::next_day, input);
                    let Some(day) = next.await? else { break };
                    self.build(Partition { experiment_id: experiment, day, family }, false).await;
                    from = day + 1;
                    if turn == TURN {
                        more.push((family, experiment, from));
                    }
                }
            }
            open = more;
        }
        Ok(())
    }
}
