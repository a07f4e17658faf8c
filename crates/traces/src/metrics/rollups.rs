//! Which part of a question daily sums can answer: whole days in UTC, if it asks for nothing that is not
//! summed up. The rest is left to the traces.

use app::rollups::{DAY_MS, FIRST_DAY, Family, LAST_DAY};

use super::catalog::SESSION_COUNT;
use super::store::Question;
use super::wire::{Kind, View};

const DAY_SECONDS: i64 = DAY_MS / 1000;
/// Stretches of time that are asked of the traces beside the sums. With more, it is all asked of them.
const MAX_GAPS: usize = 16;

/// A question that daily sums may answer in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub family: Family,
    /// What the rows are called that are told apart as the question asks for.
    pub grouping: &'static str,
    pub experiment_id: i64,
    /// The first and the last of the whole days.
    pub days: (i64, i64),
    /// All that is asked for, in milliseconds since 1970, both ends included.
    pub range: (i64, i64),
}

impl Plan {
    /// None if no sum can be of help. `percentiles`: whether the database's sums have some.
    pub fn new(question: &Question, percentiles: bool) -> Option<Self> {
        let [experiment_id] = question.experiment_ids[..] else { return None };
        let daily = question.interval == Some(DAY_SECONDS);
        if !question.filters.is_empty() || !(daily || question.interval.is_none()) {
            return None;
        }
        let family = family(question)?;
        let grouping = grouping(question)?;
        // A percentile of several days does not follow from theirs.
        let has_percentile = |value: f64| {
            let one = [50.0, 90.0, 99.0].contains(&value);
            one && percentiles && daily && family == Family::Trace && grouping == "global"
        };
        let mut values = question.aggregations.iter().filter_map(|each| each.percentile);
        if !values.all(has_percentile) {
            return None;
        }
        let (from, until) = (question.from_ms?, question.until_ms?);
        let first = from.div_euclid(DAY_MS) + i64::from(from.rem_euclid(DAY_MS) > 0);
        let last = until.saturating_add(1).div_euclid(DAY_MS) - 1;
        let days = (first.max(FIRST_DAY), last.min(LAST_DAY));
        (days.0 <= days.1).then_some(Self {
            family,
            grouping,
            experiment_id,
            days,
            range: (from, until),
        })
    }

    /// What is left to the traces if these days, in their order, are taken from the sums; none if that
    /// is in too many pieces.
    pub fn gaps(&self, covered: &[i64]) -> Option<Vec<(i64, i64)>> {
        let (mut at, until) = self.range;
        let mut gaps = Vec::new();
        for day in covered {
            let start = day * DAY_MS;
            if at < start {
                gaps.push((at, start - 1));
            }
            at = start + DAY_MS;
        }
        if at <= until {
            gaps.push((at, until));
        }
        (gaps.len() <= MAX_GAPS).then_some(gaps)
    }
}

fn family(question: &Question) -> Option<Family> {
    match question.view {
        View::Traces => (question.metric.name != SESSION_COUNT).then_some(Family::Trace),
        View::Spans => question.metric.by_span_time.then_some(Family::SpanCost),
        View::Assessments => Some(Family::Assessment),
    }
}

fn grouping(question: &Question) -> Option<&'static str> {
    let mut names: Vec<&str> = question.dimensions.iter().map(|each| each.name).collect();
    names.sort_unstable();
    Some(match names[..] {
        [] => "global",
        ["trace_status"] => "status",
        ["span_model_name"] => "model",
        ["span_model_provider"] => "provider",
        ["span_model_name", "span_model_provider"] => "model_provider",
        _ => return None,
    })
}

/// A number of a day of which numbers of many days follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Count,
    Sum,
    Min,
    Max,
    P50,
    P90,
    P99,
}

impl Part {
    /// What an aggregation is made of.
    pub fn of(kind: Kind, percentile: Option<f64>) -> &'static [Part] {
        match (kind, percentile) {
            (Kind::Count, _) => &[Part::Count],
            (Kind::Sum, _) => &[Part::Sum],
            (Kind::Avg, _) => &[Part::Count, Part::Sum],
            (Kind::Min, _) => &[Part::Min],
            (Kind::Max, _) => &[Part::Max],
            (Kind::Percentile, Some(50.0)) => &[Part::P50],
            (Kind::Percentile, Some(90.0)) => &[Part::P90],
            (Kind::Percentile, _) => &[Part::P99],
        }
    }

    /// Its column among the sums.
    pub fn column(self) -> &'static str {
        match self {
            Part::Count => "sample_count",
            Part::Sum => "sum_value",
            Part::Min => "min_value",
            Part::Max => "max_value",
            Part::P50 => "p50_value",
            Part::P90 => "p90_value",
            Part::P99 => "p99_value",
        }
    }

    pub fn percentile(self) -> Option<f64> {
        match self {
            Part::P50 => Some(50.0),
            Part::P90 => Some(90.0),
            Part::P99 => Some(99.0),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use filter::traces::MetricFilter;

    use super::*;
    use crate::metrics::catalog::Metric;
    use crate::metrics::store::Aggregation;

    fn question(view: View, metric: &str, kinds: &[(Kind, Option<f64>)]) -> Question {
        let found = view.metrics().iter().find(|known| known.name == metric);
        let metric: &'static Metric = found.unwrap();
        let aggregation = |(kind, percentile): &(Kind, Option<f64>)| Aggregation {
            kind: *kind,
            percentile: *percentile,
            name: String::new(),
        };
        Question {
            view,
            metric,
            interval: None,
            experiment_ids: vec![7],
            filters: Vec::new(),
            from_ms: Some(0),
            until_ms: Some(10 * DAY_MS - 1),
            aggregations: kinds.iter().map(aggregation).collect(),
            dimensions: Vec::new(),
            limit: 10,
        }
    }

    fn days(from: i64, until: i64) -> Option<(i64, i64)> {
        let mut question = question(View::Traces, "trace_count", &[(Kind::Count, None)]);
        (question.from_ms, question.until_ms) = (Some(from), Some(until));
        Plan::new(&question, true).map(|plan| plan.days)
    }

    #[test]
    fn whole_days_only() {
        assert_eq!(days(0, DAY_MS - 1), Some((0, 0)));
        assert_eq!(days(1, DAY_MS - 1), None);
        assert_eq!(days(0, DAY_MS - 2), None);
        assert_eq!(days(1, 3 * DAY_MS), Some((1, 2)));
        assert_eq!(days(-DAY_MS, -1), Some((-1, -1)));
        assert_eq!(days(-DAY_MS - 1, 0), Some((-1, -1)));
        assert_eq!(days(5, 4), None);
        assert_eq!(days(i64::MIN, i64::MAX), Some((FIRST_DAY, LAST_DAY)));
    }

    #[test]
    fn the_traces_have_the_rest() {
        let plan = |range| Plan {
            family: Family::Trace,
            grouping: "global",
            experiment_id: 7,
            days: (0, 0),
            range,
        };
        let gaps = |range, covered: &[i64]| plan(range).gaps(covered);
        assert_eq!(gaps((5, 3 * DAY_MS), &[]), Some(vec![(5, 3 * DAY_MS)]));
        assert_eq!(gaps((0, DAY_MS - 1), &[0]), Some(vec![]));
        assert_eq!(
            gaps((5, 6 * DAY_MS), &[1, 2, 5]),
            Some(vec![(5, DAY_MS - 1), (3 * DAY_MS, 5 * DAY_MS - 1), (6 * DAY_MS, 6 * DAY_MS)])
        );
        let every_other: Vec<i64> = (1..40).step_by(2).collect();
        assert_eq!(gaps((0, 50 * DAY_MS), &every_other), None);
    }

    #[test]
    fn what_is_not_summed_up_is_left_to_the_traces() {
        let planned = |question: &Question| Plan::new(question, true).is_some();
        let sum = [(Kind::Sum, None)];
        assert!(planned(&question(View::Traces, "total_tokens", &sum)));
        assert!(planned(&question(View::Spans, "total_cost", &sum)));
        assert!(planned(&question(View::Assessments, "assessment_value", &[(Kind::Avg, None)])));
        assert!(!planned(&question(View::Traces, SESSION_COUNT, &[(Kind::Count, None)])));
        assert!(!planned(&question(View::Spans, "latency", &[(Kind::Avg, None)])));
        let changed = |change: fn(&mut Question)| {
            let mut question = question(View::Traces, "total_tokens", &sum);
            change(&mut question);
            planned(&question)
        };
        assert!(changed(|question| question.interval = Some(DAY_SECONDS)));
        assert!(!changed(|question| question.interval = Some(3600)));
        assert!(!changed(|question| question.experiment_ids.push(8)));
        assert!(!changed(|question| question.from_ms = None));
        assert!(!changed(|question| {
            question.filters.push(MetricFilter::AssessmentName("a".to_owned()));
        }));
        // By the name of the trace.
        assert!(!changed(|question| question.dimensions.push(&question.metric.dimensions[0])));
    }

    #[test]
    fn percentiles_are_of_single_days() {
        let planned = |value, interval, percentiles| {
            let mut question =
                question(View::Traces, "latency", &[(Kind::Percentile, Some(value))]);
            question.interval = interval;
            Plan::new(&question, percentiles).is_some()
        };
        assert!(planned(90.0, Some(DAY_SECONDS), true));
        assert!(!planned(90.0, Some(DAY_SECONDS), false));
        assert!(!planned(90.0, None, true));
        assert!(!planned(95.0, Some(DAY_SECONDS), true));
    }
}
