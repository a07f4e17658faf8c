//! The SQL of numbers about many traces.

use app::{ApiError, Unit};
use db::{Row, Statement};
use filter::traces::MetricFilter;
use serde_json::Map;
use tracking::keyset;

use super::catalog::{Dimension, Metric, SESSION_COUNT};
use super::store_rollups;
use super::wire::{DataPoint, Kind, View};
use crate::search::search_condition;
use crate::time::Timestamp;

/// A question that has been checked.
#[derive(Debug)]
pub struct Question {
    pub view: View,
    pub metric: &'static Metric,
    /// Seconds of a bucket of time.
    pub interval: Option<i64>,
    pub experiment_ids: Vec<i64>,
    pub filters: Vec<MetricFilter>,
    pub from_ms: Option<i64>,
    pub until_ms: Option<i64>,
    pub aggregations: Vec<Aggregation>,
    pub dimensions: Vec<&'static Dimension>,
    pub limit: i64,
}

app::lend!(Question);

#[derive(Debug)]
pub struct Aggregation {
    pub kind: Kind,
    /// Between 0 and 100.
    pub percentile: Option<f64>,
    /// What the answer calls it.
    pub name: String,
}

const NANOS_OF_MILLI: i64 = 1_000_000;
const MILLIS_OF_SECOND: i64 = 1000;
const TIME_BUCKET: &str = "time_bucket";

/// `rollups`: whether daily sums are kept, and may be used.
pub async fn query(
    tx: &mut Unit<'_>,
    question: &Question,
    rollups: bool,
) -> Result<Vec<DataPoint>, ApiError> {
    if rollups && let Some(points) = store_rollups::query(tx, question).await? {
        return Ok(points);
    }
    let points = statement(question).query(tx, |row| point(question, row)).await?;
    Ok(points.into_iter().flatten().collect())
}

/// A stretch of time in milliseconds since 1970, both ends included.
type Range = (Option<i64>, Option<i64>);

fn statement(question: &Question) -> Statement {
    let Question { metric, dimensions, .. } = question;
    let mut statement = Statement::new("SELECT ");
    let mut groups = 0;
    if let Some(seconds) = question.interval {
        bucket(&mut statement, question.view, seconds);
        statement.text(", ");
        groups += 1;
    }
    for dimension in dimensions {
        statement.text(dimension.column).text(", ");
        groups += 1;
    }
    for (index, aggregation) in question.aggregations.iter().enumerate() {
        statement.text(if index == 0 { "" } else { ", " });
        aggregate(&mut statement, metric, aggregation.kind, aggregation.percentile);
    }
    source(&mut statement, question, (question.from_ms, question.until_ms));
    group_and_order(&mut statement, groups, true);
    statement.text(" LIMIT ").bind(question.limit);
    statement
}

/// By the first so many columns.
pub(super) fn group_and_order(statement: &mut Statement, groups: usize, ordered: bool) {
    for words in [" GROUP BY ", " ORDER BY "].into_iter().take(1 + usize::from(ordered)) {
        for group in 1..=groups {
            statement.text(if group == 1 { words } else { ", " }).index(group);
        }
    }
}

/// The start of the bucket in milliseconds, also before 1970.
pub(super) fn bucket(statement: &mut Statement, view: View, seconds: i64) {
    let (time, unit, after) = match view {
        View::Traces => ("t.timestamp_ms", MILLIS_OF_SECOND, ""),
        View::Spans => ("s.start_time_unix_nano", MILLIS_OF_SECOND * NANOS_OF_MILLI, " / 1000000"),
        View::Assessments => ("a.trace_timestamp_ms", MILLIS_OF_SECOND, ""),
    };
    let length = seconds.saturating_mul(unit);
    statement.text("(").text(time).text(" - ((").text(time).text(" % ").bind(length);
    statement.text("::bigint) + ").bind(length).text("::bigint) % ").bind(length);
    statement.text("::bigint)").text(after);
}

pub(super) fn aggregate(
    statement: &mut Statement,
    metric: &Metric,
    kind: Kind,
    percentile: Option<f64>,
) {
    if let Some(value) = percentile {
        statement.text("percentile_cont(").bind(value / 100.0);
        statement.text("::float8) WITHIN GROUP (ORDER BY ").text(metric.column).text("::float8)");
        return;
    }
    statement.text(match kind {
        Kind::Count if metric.name == SESSION_COUNT => "count(DISTINCT ",
        Kind::Count => "count(",
        Kind::Sum => "sum(",
        Kind::Min => "min(",
        Kind::Max => "max(",
        Kind::Avg | Kind::Percentile => "avg(",
    });
    // Sums of integers are decimals on one engine, and an answer's numbers are floats.
    statement.text(metric.column).text(")::float8");
}

/// What the numbers are of, with the conditions.
pub(super) fn source(statement: &mut Statement, question: &Question, range: Range) {
    let of_trace = |filter: &MetricFilter| matches!(filter, MetricFilter::Trace(_));
    let by_trace = question.filters.iter().any(of_trace);
    let ids = question.experiment_ids.clone();
    match question.view {
        View::Traces => {
            statement.text(" FROM trace_info t WHERE t.experiment_id");
            keyset::one_of_ints(statement, ids);
            time_range(statement, "t.timestamp_ms", 1, range);
        }
        // A span knows its experiment and its cost, so that its trace need not be looked up.
        View::Spans if question.metric.by_span_time && !by_trace => {
            statement.text(" FROM spans s WHERE s.experiment_id");
            keyset::one_of_ints(statement, ids);
            time_range(statement, "s.start_time_unix_nano", NANOS_OF_MILLI, range);
        }
        View::Spans => {
            statement.text(
                " FROM trace_info t JOIN spans s ON s.trace_id = t.request_id \
                 WHERE t.experiment_id",
            );
            keyset::one_of_ints(statement, ids);
            if question.metric.by_span_time {
                time_range(statement, "s.start_time_unix_nano", NANOS_OF_MILLI, range);
            } else {
                time_range(statement, "t.timestamp_ms", 1, range);
            }
        }
        View::Assessments => {
            statement.text(" FROM assessments a WHERE a.valid AND a.experiment_id");
            keyset::one_of_ints(statement, ids);
            time_range(statement, "a.trace_timestamp_ms", 1, range);
        }
    }
    conditions(statement, question);
    statement.text(" AND ").text(question.metric.column).text(" IS NOT NULL");
    for dimension in &question.dimensions {
        statement.text(" AND ").text(dimension.column).text(" IS NOT NULL");
    }
}

/// From the start of the first millisecond to the end of the last, in units of which a millisecond
/// has `units`.
fn time_range(statement: &mut Statement, column: &'static str, units: i64, (from, until): Range) {
    if let Some(from) = from {
        statement.text(" AND ").text(column).text(" >= ").bind(from.saturating_mul(units));
    }
    if let Some(until) = until {
        let end = until.saturating_add(1).saturating_mul(units).saturating_sub(1);
        statement.text(" AND ").text(column).text(" <= ").bind(end);
    }
}

fn conditions(statement: &mut Statement, question: &Question) {
    let aside = question.view == View::Assessments;
    for filter in &question.filters {
        statement.text(" AND ");
        let (column, value) = match filter {
            MetricFilter::Trace(clause) => {
                if aside {
                    statement.text(
                        "EXISTS (SELECT 1 FROM trace_info t WHERE t.request_id = a.trace_id AND ",
                    );
                }
                let filter::traces::Clause { field, comparison, literal } = clause.clone();
                search_condition::condition(statement, field, comparison, literal, &[]);
                statement.text(if aside { ")" } else { "" });
                continue;
            }
            MetricFilter::SpanName(value) => ("s.name", value),
            MetricFilter::SpanStatus(value) => ("s.status", value),
            MetricFilter::SpanType(value) => ("s.type", value),
            MetricFilter::AssessmentName(value) => ("a.name", value),
            MetricFilter::AssessmentType(value) => ("a.assessment_type", value),
        };
        statement.text(column).text(" = ").bind(value.clone());
    }
}

/// A row as a point; none if it has no value.
pub(super) fn point(question: &Question, row: Row<'_>) -> Result<Option<DataPoint>, db::DbError> {
    let mut dimensions = Map::new();
    let mut column = 0;
    if question.interval.is_some() {
        let start = Timestamp(row.get(column)?).to_string();
        let start = start.trim_end_matches('Z');
        dimensions.insert(TIME_BUCKET.to_owned(), format!("{start}+00:00").into());
        column += 1;
    }
    for dimension in &question.dimensions {
        dimensions.insert(dimension.name.to_owned(), row.get::<String>(column)?.into());
        column += 1;
    }
    let mut values = Map::new();
    for (index, aggregation) in question.aggregations.iter().enumerate() {
        if let Some(value) = row.get::<Option<f64>>(column + index)? {
            values.insert(aggregation.name.clone(), value.into());
        }
    }
    let metric_name = question.metric.name.to_owned();
    Ok((!values.is_empty()).then_some(DataPoint { metric_name, dimensions, values }))
}
