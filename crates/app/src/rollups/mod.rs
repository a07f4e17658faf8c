//! Which days of traces must be summed up anew, noted in the transaction that changes them.
//!
//! Daily sums of traces, spans and assessments (MLflow's SQL rollups) are kept only if the operator
//! wants them. `traces::rollups` makes them; this is the part that every writer needs.
//!
//! **Why no change is lost.** A day of an experiment and a family has at most one row in the queue.
//! A writer locks it, making it if need be, and holds it until its commit. Whoever sums the day up
//! locks the same row first, only then looks at the traces, and deletes the row together with
//! writing the sums. So of a writer and a builder that meet, one waits:
//!
//! - The writer was first: the builder goes on after its commit and sees what it wrote, because on
//!   PostgreSQL each statement sees what is committed when it begins.
//! - The builder was first: the writer goes on after its commit, finds the row gone, and makes it
//!   anew. Its own changes and the row become visible together, and until the row is gone again
//!   nobody trusts the sums.
//!
//! To do nothing where the row is there already (`ON CONFLICT DO NOTHING`) would not be enough: it
//! locks nothing, so that a builder could delete the row between the writer's look at it and the
//! writer's commit, with sums that lack what the writer wrote. Hence an update that is never carried
//! out, which locks the row and writes no other version of it.
//!
//! Writers note days last, once they hold every other lock that they need: who waits for a row of the
//! queue then waits for someone who has nothing left to do but to commit. Rows are taken in one order.
//! On SQLite there is one writer, and all this is true by itself.

mod store;

use std::collections::BTreeSet;

use db::{DbError, Tx};

use crate::Unit;

pub const DAY_MS: i64 = 86_400_000;
/// How old what is summed up is at least: a day is only once its end is as old as this.
pub const REST_MS: i64 = DAY_MS;
/// How old what is noted is at least. It is an hour less than [`REST_MS`], so that a day cannot become
/// old enough to be summed up between a writer's look at the clock and its commit, nor by clocks of two
/// replicas that differ.
const NOTED_MS: i64 = REST_MS - 3_600_000;
/// The first day that a date of either database can be: in the year 1.
pub const FIRST_DAY: i64 = -719_162;
/// The last: in the year 9999.
pub const LAST_DAY: i64 = 2_932_896;

/// What is summed up together. In the order of its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    Assessment,
    SpanCost,
    Trace,
}

crate::lend!(copy Family);

impl Family {
    pub const ALL: [Self; 3] = [Self::Assessment, Self::SpanCost, Self::Trace];

    /// Its name in the queue.
    pub fn text(self) -> &'static str {
        match self {
            Family::Assessment => "assessment",
            Family::SpanCost => "span_cost",
            Family::Trace => "trace_metric",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.text() == text)
    }
}

/// A day of an experiment. Ordered as all lock them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    pub experiment_id: i64,
    /// Days since 1970.
    pub day: i64,
    pub family: Family,
}

/// The day that a time, in milliseconds since 1970, is of.
pub fn day_of(time_ms: i64) -> i64 {
    time_ms.div_euclid(DAY_MS)
}

/// A day as both databases read it: `2023-11-14`.
pub fn date(day: i64) -> String {
    let day = day.clamp(FIRST_DAY, LAST_DAY);
    crate::events::iso_time(day * DAY_MS).chars().take(10).collect()
}

/// The days that a transaction has changed.
#[derive(Debug)]
pub struct Changed {
    /// Milliseconds since 1970; none if no sums are kept.
    until_ms: Option<i64>,
    partitions: BTreeSet<Partition>,
}

impl Changed {
    pub fn new(tx: &Unit<'_>) -> Self {
        let until_ms = tx.stamp().rollups.then(|| tx.now_ms().saturating_sub(NOTED_MS));
        Self { until_ms, partitions: BTreeSet::new() }
    }

    /// Up to which time, in milliseconds since 1970, changes are noted; none if nothing is.
    pub fn until_ms(&self) -> Option<i64> {
        self.until_ms
    }

    /// Something of this time, in milliseconds since 1970, is not what it was.
    pub fn add(&mut self, family: Family, experiment_id: i64, time_ms: i64) {
        let day = day_of(time_ms);
        if self.until_ms.is_some_and(|until| time_ms <= until) && day >= FIRST_DAY {
            self.partitions.insert(Partition { experiment_id, day, family });
        }
    }

    /// The same of an assessment, by its row's experiment and time of its trace, if it has both.
    pub fn add_assessment(&mut self, experiment_id: Option<i64>, trace_time_ms: Option<i64>) {
        if let (Some(experiment_id), Some(time_ms)) = (experiment_id, trace_time_ms) {
            self.add(Family::Assessment, experiment_id, time_ms);
        }
    }

    /// Notes the days. To be called last in a transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note(&self, tx: &mut Tx) -> Result<(), DbError> {
        store::lock(tx, self.partitions.iter().copied()).await
    }
}

/// Notes one day, and so locks it until the end of the transaction.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, partition: Partition) -> Result<(), DbError> {
    store::lock(tx, std::iter::once(partition)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(times: &[i64], until_ms: Option<i64>) -> Vec<i64> {
        let mut changed = Changed { until_ms, partitions: BTreeSet::new() };
        for time in times {
            changed.add(Family::Trace, 1, *time);
        }
        changed.partitions.iter().map(|partition| partition.day).collect()
    }

    #[test]
    fn old_days_are_noted_once() {
        assert_eq!(changed(&[5, DAY_MS - 1, 3 * DAY_MS], Some(2 * DAY_MS)), [0]);
        assert_eq!(changed(&[-1, 0, 2 * DAY_MS, 2 * DAY_MS + 1], Some(2 * DAY_MS)), [-1, 0, 2]);
        assert!(changed(&[5], None).is_empty());
        // No date of a database can say it.
        assert!(changed(&[i64::MIN], Some(0)).is_empty());
    }

    #[test]
    fn dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(19_675), "2023-11-14");
        assert_eq!(date(-1), "1969-12-31");
        assert_eq!(date(FIRST_DAY), "0001-01-01");
        assert_eq!(date(LAST_DAY), "9999-12-31");
    }

    #[test]
    fn families_are_ordered_as_their_texts() {
        let texts = Family::ALL.map(Family::text);
        assert!(texts.is_sorted());
        assert!(Family::ALL.is_sorted());
        assert_eq!(texts.map(Family::from_text), Family::ALL.map(Some));
    }
}
