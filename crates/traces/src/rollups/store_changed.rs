//! The SQL of which days hold what a write is about to change.

use app::Unit;
use app::rollups::{Changed, Family};
use const_format::{concatcp, formatcp};
use db::{DbError, Value};

/// The first millisecond of the day of a time in milliseconds, also before 1970.
macro_rules! day_of {
    ($time:literal) => {
        formatcp!("({0} - ((({0} % 86400000) + 86400000) % 86400000))", $time)
    };
}

/// The same of a time in nanoseconds.
const SPAN_DAY: &str = "((s.start_time_unix_nano - (((s.start_time_unix_nano % 86400000000000) \
     + 86400000000000) % 86400000000000)) / 1000000)";

const HAS_COST: &str =
    "(s.input_cost IS NOT NULL OR s.output_cost IS NOT NULL OR s.total_cost IS NOT NULL)";

/// Adds the days of these traces, of their spans and of their assessments, as they are now. The traces
/// must be locked, so that they stay there.
pub async fn traces(
    tx: &mut Unit<'_>,
    changed: &mut Changed,
    ids: &[String],
) -> Result<(), DbError> {
    const SQL: &str = concatcp!(
        "SELECT DISTINCT 'trace_metric', t.experiment_id, ",
        day_of!("t.timestamp_ms"),
        " FROM trace_info t WHERE t.request_id = ANY($1) \
         UNION SELECT 'assessment', a.experiment_id, ",
        day_of!("a.trace_timestamp_ms"),
        " FROM assessments a WHERE a.trace_id = ANY($1) AND a.experiment_id IS NOT NULL \
         AND a.trace_timestamp_ms IS NOT NULL \
         UNION SELECT 'span_cost', s.experiment_id, ",
        SPAN_DAY,
        " FROM spans s WHERE s.trace_id = ANY($1) AND ",
        HAS_COST
    );
    if changed.until_ms().is_none() || ids.is_empty() {
        return Ok(());
    }
    add(tx, changed, SQL, &[ids.into()]).await
}

/// Adds the days of spans that are about to be replaced, as they are now: of those of `span_ids` that
/// these traces, which must be locked, have.
pub async fn spans(
    tx: &mut Unit<'_>,
    changed: &mut Changed,
    trace_ids: Vec<&str>,
    span_ids: Vec<&str>,
) -> Result<(), DbError> {
    const SQL: &str = concatcp!(
        "SELECT DISTINCT 'span_cost', s.experiment_id, ",
        SPAN_DAY,
        " FROM spans s WHERE s.trace_id = ANY($1) AND s.span_id = ANY($2) AND ",
        HAS_COST
    );
    if changed.until_ms().is_none() || trace_ids.is_empty() {
        return Ok(());
    }
    add(tx, changed, SQL, &[trace_ids.into(), span_ids.into()]).await
}

async fn add(
    tx: &mut Unit<'_>,
    changed: &mut Changed,
    sql: &str,
    values: &[Value<'_>],
) -> Result<(), DbError> {
    let found: Vec<(String, i64, i64)> =
        tx.query(sql, values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).await?;
    for (family, experiment_id, day_ms) in found {
        if let Some(family) = Family::from_text(&family) {
            changed.add(family, experiment_id, day_ms);
        }
    }
    Ok(())
}

/// Waits until these traces are locked, in the order in which all lock them.
pub async fn lock_traces(
    tx: &mut Unit<'_>,
    changed: &Changed,
    ids: &[String],
) -> Result<(), DbError> {
    if changed.until_ms().is_none() {
        return Ok(());
    }
    let sql = "SELECT 1 FROM trace_info WHERE request_id = ANY($1) ORDER BY request_id FOR UPDATE";
    tx.query(sql, &[ids.into()], |_| Ok(())).await.map(drop)
}
