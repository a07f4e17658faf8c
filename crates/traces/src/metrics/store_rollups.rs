//! The SQL of questions that daily sums answer in part.

use app::rollups::{DAY_MS, Family, date};
use app::{ApiError, Unit};
use db::{Engine, Row, Statement};

use super::rollups::{Part, Plan};
use super::store::{self, Question};
use super::wire::{DataPoint, Kind};

const DAY_SECONDS: i64 = DAY_MS / 1000;

/// The answer, if daily sums can give a part of it. It is the same as that of the traces alone.
///
/// The days that can be trusted are looked up first, so that the traces are asked for no more than what
/// is between them. A transaction that reads sees each commit, so a day may be noted as changed in the
/// meantime: the statement that answers counts the days again, in the one view that it has of
/// everything, and if one is missing the answer comes from the traces.
pub async fn query(
    tx: &mut Unit<'_>,
    question: &Question,
) -> Result<Option<Vec<DataPoint>>, ApiError> {
    let Some(plan) = Plan::new(question, tx.engine() == Engine::Postgres) else { return Ok(None) };
    let mut statement = Statement::default();
    covered(&mut statement, &plan, question, None);
    statement.text(" ORDER BY r.rollup_day");
    let days: Vec<i64> =
        statement.query(tx, |row| Ok(row.get::<i64>(0)?.div_euclid(DAY_SECONDS))).await?;
    let Some(gaps) = plan.gaps(&days).filter(|_| !days.is_empty()) else { return Ok(None) };
    let statement = answer(&plan, question, &days, &gaps);
    let count = i64::try_from(days.len()).unwrap_or_default();
    let last = usize::from(question.interval.is_some())
        + question.dimensions.len()
        + question.aggregations.len();
    let read = |row: Row<'_>| Ok((row.get::<i64>(last)?, store::point(question, row)?));
    let rows: Vec<(i64, Option<DataPoint>)> = statement.query(tx, read).await?;
    let trusted = !rows.is_empty() && rows.iter().all(|(covered, _)| *covered == count);
    Ok(trusted.then(|| rows.into_iter().filter_map(|(_, point)| point).collect()))
}

fn table(family: Family) -> &'static str {
    match family {
        Family::Trace => "sql_trace_metric_daily_rollups r",
        Family::SpanCost => "sql_span_cost_daily_rollups r",
        Family::Assessment => "sql_assessment_daily_rollups r",
    }
}

/// What an answer needs of every day.
fn parts(question: &Question) -> Vec<Part> {
    let all = question.aggregations.iter();
    let mut parts: Vec<Part> =
        all.flat_map(|each| Part::of(each.kind, each.percentile)).copied().collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// The rows of a metric in some way to tell it apart.
fn rows(statement: &mut Statement, plan: &Plan, question: &Question, grouping: &'static str) {
    statement.text(" FROM ").text(table(plan.family));
    statement.text(" WHERE r.experiment_id = ").bind(plan.experiment_id);
    statement.text(" AND r.metric_name = ").bind(question.metric.name);
    statement.text(" AND r.grouping_set = ").bind(grouping);
}

/// Days that are summed up and have not changed since. All rows of a day are written at once, so that
/// the one that is of everything stands for all.
fn covered(statement: &mut Statement, plan: &Plan, question: &Question, only: Option<&[i64]>) {
    statement.text("SELECT extract(epoch FROM r.rollup_day)::bigint AS day");
    rows(statement, plan, question, "global");
    match only {
        None => {
            statement.text(" AND r.rollup_day BETWEEN ").bind(date(plan.days.0));
            statement.text("::text::date AND ").bind(date(plan.days.1)).text("::text::date");
        }
        Some(days) => among(statement, days),
    }
    for part in parts(question).iter().filter(|part| part.percentile().is_some()) {
        statement.text(" AND (r.sample_count = 0 OR r.").text(part.column());
        statement.text(" IS NOT NULL)");
    }
    statement.text(
        " AND NOT EXISTS (SELECT 1 FROM sql_trace_rollup_rebuild_queue q \
         WHERE q.experiment_id = r.experiment_id AND q.rollup_day = r.rollup_day \
         AND q.rollup_family = ",
    );
    statement.bind(plan.family.text()).text(") GROUP BY r.rollup_day HAVING count(*) = 1");
}

fn among(statement: &mut Statement, days: &[i64]) {
    let dates: Vec<String> = days.iter().map(|day| date(*day)).collect();
    statement.text(" AND r.rollup_day = ANY(").bind(dates).text("::text[]::date[])");
}

/// What the sums say of these days and the traces of the gaps, put together; and, behind that, how many
/// of the days can be trusted.
fn answer(plan: &Plan, question: &Question, days: &[i64], gaps: &[(i64, i64)]) -> Statement {
    let groups = usize::from(question.interval.is_some()) + question.dimensions.len();
    let parts = parts(question);
    let mut statement = Statement::new("WITH covered AS (");
    covered(&mut statement, plan, question, Some(days));
    statement.text(") SELECT ");
    for group in 0..groups {
        statement.text("c.g").index(group).text(", ");
    }
    for aggregation in &question.aggregations {
        statement.text(match Part::of(aggregation.kind, aggregation.percentile) {
            // Without groups there is always an answer to how many.
            [Part::Count] => "COALESCE(sum(c.sample_count), 0)::float8, ",
            [Part::Sum] => "sum(c.sum_value)::float8, ",
            [Part::Min] => "min(c.min_value)::float8, ",
            [Part::Max] => "max(c.max_value)::float8, ",
            // Each is of one day, so there is one.
            [Part::P50] => "max(c.p50_value)::float8, ",
            [Part::P90] => "max(c.p90_value)::float8, ",
            [Part::P99] => "max(c.p99_value)::float8, ",
            _ => "sum(c.sum_value)::float8 * 1.0 / sum(c.sample_count)::float8, ",
        });
    }
    statement.text("(SELECT count(*) FROM covered) FROM (");
    of_days(&mut statement, plan, question, (days, &parts));
    for gap in gaps {
        statement.text(" UNION ALL ");
        of_gap(&mut statement, question, *gap, &parts);
    }
    statement.text(") c");
    store::group_and_order(&mut statement, groups, true);
    statement.text(" LIMIT ").bind(question.limit);
    statement
}

fn of_days(
    statement: &mut Statement,
    plan: &Plan,
    question: &Question,
    (days, parts): (&[i64], &[Part]),
) {
    statement.text("SELECT ");
    let mut group = 0;
    if question.interval.is_some() {
        statement.text("extract(epoch FROM r.rollup_day)::bigint * 1000 AS g0, ");
        group += 1;
    }
    for dimension in &question.dimensions {
        statement.text(match dimension.name {
            "trace_status" => "r.trace_status",
            "span_model_name" => "r.model_name",
            _ => "r.model_provider",
        });
        statement.text(" AS g").index(group).text(", ");
        group += 1;
    }
    for (index, part) in parts.iter().enumerate() {
        let column = part.column();
        statement.text(if index == 0 { "r." } else { ", r." }).text(column);
    }
    rows(statement, plan, question, plan.grouping);
    among(statement, days);
    statement.text(" AND r.sample_count > 0");
}

fn of_gap(statement: &mut Statement, question: &Question, gap: (i64, i64), parts: &[Part]) {
    statement.text("SELECT ");
    let mut group = 0;
    if let Some(seconds) = question.interval {
        store::bucket(statement, question.view, seconds);
        statement.text(" AS g0, ");
        group += 1;
    }
    for dimension in &question.dimensions {
        statement.text(dimension.column).text(" AS g").index(group).text(", ");
        group += 1;
    }
    for (index, part) in parts.iter().enumerate() {
        statement.text(if index == 0 { "" } else { ", " });
        let kind = match part {
            Part::Count => Kind::Count,
            Part::Sum => Kind::Sum,
            Part::Min => Kind::Min,
            Part::Max => Kind::Max,
            Part::P50 | Part::P90 | Part::P99 => Kind::Percentile,
        };
        store::aggregate(statement, question.metric, kind, part.percentile());
        statement.text(" AS ").text(part.column());
    }
    store::source(statement, question, (Some(gap.0), Some(gap.1)));
    store::group_and_order(statement, group, false);
}
