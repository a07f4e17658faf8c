//! The SQL of which days are to be summed up.

use app::rollups::{DAY_MS, Family, Partition, date};
use app::{ApiError, Unit};
use db::Statement;

const DAY_SECONDS: i64 = DAY_MS / 1000;

/// What the sums of a family are made of.
pub(super) struct Source {
    /// The table of the sums.
    pub rollups: &'static str,
    /// `FROM` what, as `x`, up to a condition.
    pub rows: &'static str,
    pub time: &'static str,
    pub trace_id: &'static str,
    /// A day's length in units of the time.
    pub day: i64,
}

pub(super) fn source(family: Family) -> Source {
    match family {
        Family::Trace => Source {
            rollups: "sql_trace_metric_daily_rollups",
            rows: "trace_info x WHERE TRUE",
            time: "x.timestamp_ms",
            trace_id: "x.request_id",
            day: DAY_MS,
        },
        Family::SpanCost => Source {
            rollups: "sql_span_cost_daily_rollups",
            rows: "spans x WHERE (x.input_cost IS NOT NULL OR x.output_cost IS NOT NULL \
                   OR x.total_cost IS NOT NULL)",
            time: "x.start_time_unix_nano",
            trace_id: "x.trace_id",
            day: DAY_MS * 1_000_000,
        },
        Family::Assessment => Source {
            rollups: "sql_assessment_daily_rollups",
            rows: "assessments x WHERE x.valid",
            time: "x.trace_timestamp_ms",
            trace_id: "x.trace_id",
            day: DAY_MS,
        },
    }
}

impl Source {
    /// When a day begins, in units of the time.
    pub fn start(&self, day: i64) -> i64 {
        day.saturating_mul(self.day)
    }
}

/// Days before this one that are noted as changed, in the order in which all lock them.
pub async fn queued(
    tx: &mut Unit<'_>,
    before: i64,
    limit: i64,
) -> Result<Vec<Partition>, ApiError> {
    let sql = "SELECT experiment_id, extract(epoch FROM rollup_day)::bigint, rollup_family \
               FROM sql_trace_rollup_rebuild_queue WHERE rollup_day < $1::text::date \
               ORDER BY experiment_id, rollup_day, rollup_family LIMIT $2";
    let found: Vec<(i64, i64, String)> = tx
        .query(sql, &[date(before).into(), limit.into()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .await?;
    let partition = |(experiment_id, seconds, family): (i64, i64, String)| {
        let family = Family::from_text(&family)?;
        Some(Partition { experiment_id, day: seconds.div_euclid(DAY_SECONDS), family })
    };
    Ok(found.into_iter().filter_map(partition).collect())
}

/// The experiments that have something to sum up from before this day, each with the last day that is.
pub async fn experiments(
    tx: &mut Unit<'_>,
    family: Family,
    before: i64,
) -> Result<Vec<(i64, Option<i64>)>, ApiError> {
    let source = source(family);
    let mut statement = Statement::new(
        "SELECT e.experiment_id, (SELECT extract(epoch FROM max(r.rollup_day))::bigint FROM ",
    );
    statement.text(source.rollups).text(
        " r WHERE r.experiment_id = e.experiment_id) \
         FROM experiments e WHERE EXISTS (SELECT 1 FROM ",
    );
    statement.text(source.rows).text(" AND x.experiment_id = e.experiment_id AND ");
    statement.text(source.time).text(" < ").bind(source.start(before));
    statement.text("::bigint) ORDER BY e.experiment_id");
    let found = statement.query(tx, |row| Ok((row.get(0)?, row.get::<Option<i64>>(1)?)));
    let found: Vec<(i64, Option<i64>)> = found.await?;
    let in_days = |seconds: i64| seconds.div_euclid(DAY_SECONDS);
    Ok(found.into_iter().map(|(id, last)| (id, last.map(in_days))).collect())
}

/// The first day, from one until before another, that has something to sum up. Goes along an index,
/// so that it costs the same however much a day has.
pub async fn next_day(
    tx: &mut Unit<'_>,
    family: Family,
    experiment_id: i64,
    from: i64,
    before: i64,
) -> Result<Option<i64>, ApiError> {
    let source = source(family);
    let mut statement = Statement::new("SELECT ");
    statement.text(source.time).text(" FROM ").text(source.rows);
    statement.text(" AND x.experiment_id = ").bind(experiment_id);
    statement.text(" AND ").text(source.time).text(" >= ").bind(source.start(from));
    statement.text(" AND ").text(source.time).text(" < ").bind(source.start(before));
    statement.text(" ORDER BY ").text(source.time).text(" LIMIT 1");
    let found: Vec<i64> = statement.query(tx, |row| row.get(0)).await?;
    Ok(found.first().map(|time| time.div_euclid(source.day)))
}
