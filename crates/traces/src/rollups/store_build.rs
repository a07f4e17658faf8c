//! The SQL that sums up one day.

use app::rollups::{self, Family, Partition, date};
use app::{ApiError, Unit};
use const_format::concatcp;
use db::{Engine, Statement};

use super::store_due::source;

/// The name of the lock that whoever sums up a day holds: one day at a time, of all replicas.
const BUILDING: i64 = 0x6877_726f_6c6c_7570;

/// A day to sum up.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    pub partition: Partition,
    /// Whether it was noted as changed, or else has never been summed up.
    pub queued: bool,
    /// Milliseconds since 1970: what ended later may not be over yet.
    pub cutoff_ms: i64,
}

app::lend!(Job);

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Built,
    /// There is nothing to sum up any more.
    Emptied,
    /// Something of that day still goes on. It is noted, for later.
    Deferred,
    /// Someone else has done it.
    Skipped,
}

/// Sums up a day, in one transaction with the end of its note. See [`app::rollups`] for why no change
/// is lost.
pub async fn build(tx: &mut Unit<'_>, job: &Job) -> Result<Outcome, ApiError> {
    tx.lock_name(BUILDING).await?;
    if !is_due(tx, job).await? {
        return Ok(Outcome::Skipped);
    }
    // From here on no writer that changes the day is on its way: what the statements below see is whole.
    rollups::lock(tx, job.partition).await?;
    if is_going_on(tx, job).await? {
        return Ok(Outcome::Deferred);
    }
    let Partition { experiment_id, day, family } = job.partition;
    let mut delete = Statement::new("DELETE FROM ");
    delete.text(source(family).rollups).text(" WHERE experiment_id = ").bind(experiment_id);
    delete.text(" AND rollup_day = ").bind(date(day)).text("::text::date");
    delete.execute(tx).await?;
    let sql = match (family, tx.engine()) {
        (Family::Trace, Engine::Postgres) => TRACES_WITH_PERCENTILES,
        (Family::Trace, Engine::Sqlite) => TRACES,
        (Family::SpanCost, _) => SPANS,
        (Family::Assessment, _) => ASSESSMENTS,
    };
    let source = source(family);
    let (from, until) = (source.start(day), source.start(day + 1));
    let values = [experiment_id.into(), date(day).into(), from.into(), until.into()];
    let rows = tx.execute(sql, &values).await?;
    let sql = "DELETE FROM sql_trace_rollup_rebuild_queue WHERE experiment_id = $1 \
               AND rollup_day = $2::text::date AND rollup_family = $3";
    tx.execute(sql, &[experiment_id.into(), date(day).into(), family.text().into()]).await?;
    Ok(if rows == 0 { Outcome::Emptied } else { Outcome::Built })
}

/// Whether nobody has summed the day up meanwhile.
async fn is_due(tx: &mut Unit<'_>, job: &Job) -> Result<bool, ApiError> {
    let Partition { experiment_id, day, family } = job.partition;
    let sql = "SELECT 1 FROM sql_trace_rollup_rebuild_queue WHERE experiment_id = $1 \
               AND rollup_day = $2::text::date AND rollup_family = $3";
    let values = [experiment_id.into(), date(day).into(), family.text().into()];
    let queued = tx.query_opt(sql, &values, |_| Ok(())).await?.is_some();
    if queued || job.queued {
        return Ok(queued && job.queued);
    }
    let mut statement = Statement::new("SELECT 1 FROM ");
    statement.text(source(family).rollups).text(" WHERE experiment_id = ").bind(experiment_id);
    statement.text(" AND rollup_day = ").bind(date(day)).text("::text::date LIMIT 1");
    Ok(statement.query(tx, |_| Ok(())).await?.is_empty())
}

/// Whether a trace that the day has part in is not over: it has no final state, or a span that is open
/// or ended lately.
async fn is_going_on(tx: &mut Unit<'_>, job: &Job) -> Result<bool, ApiError> {
    let Partition { experiment_id, day, family } = job.partition;
    let source = source(family);
    // A span without cost may be a sign of a trace that goes on.
    let rows = if family == Family::SpanCost { "spans x WHERE TRUE" } else { source.rows };
    // Look-ups by LIMIT 1 stay what they are, an index's work for each trace; of an EXISTS behind an OR
    // PostgreSQL makes a scan of all traces and spans. And the day's traces are collected first: else
    // the LIMIT at the end tempts it to walk along the ids of all traces that there are.
    let mut statement = Statement::new("WITH p AS MATERIALIZED (SELECT DISTINCT ");
    statement.text(source.trace_id).text(" AS trace_id FROM ").text(rows);
    statement.text(" AND x.experiment_id = ").bind(experiment_id);
    statement.text(" AND ").text(source.time).text(" >= ").bind(source.start(day));
    statement.text(" AND ").text(source.time).text(" < ").bind(source.start(day + 1));
    statement.text(
        ") SELECT 1 FROM p WHERE (SELECT 1 FROM trace_info t WHERE t.request_id = p.trace_id AND t.status IN \
         ('OK', 'ERROR', 'STATE_UNSPECIFIED', 'TRACE_STATUS_UNSPECIFIED') AND t.timestamp_ms <= ",
    );
    statement.bind(job.cutoff_ms).text(
        " LIMIT 1) IS NULL OR (SELECT 1 FROM spans s WHERE s.trace_id = p.trace_id \
         AND (s.end_time_unix_nano IS NULL OR s.end_time_unix_nano > ",
    );
    statement.bind(job.cutoff_ms.saturating_mul(1_000_000)).text(") LIMIT 1) IS NOT NULL LIMIT 1");
    Ok(!statement.query(tx, |_| Ok(())).await?.is_empty())
}

/// Each trace once for every metric and every way to group it: one pass over the day sums up all.
const OF_TRACES: &str = "FROM (SELECT m.metric, g.grouping_set, \
     CASE WHEN g.grouping_set = 'status' THEN x.status END AS status, \
     (CASE m.metric WHEN 'trace_count' THEN 1 WHEN 'latency' THEN x.execution_time_ms \
     WHEN 'input_tokens' THEN x.input_tokens WHEN 'output_tokens' THEN x.output_tokens \
     WHEN 'total_tokens' THEN x.total_tokens \
     WHEN 'cache_read_input_tokens' THEN x.cache_read_input_tokens \
     WHEN 'cache_creation_input_tokens' THEN x.cache_creation_input_tokens END)::float8 AS value \
     FROM trace_info x CROSS JOIN (SELECT 'trace_count' AS metric UNION ALL SELECT 'latency' \
     UNION ALL SELECT 'input_tokens' UNION ALL SELECT 'output_tokens' \
     UNION ALL SELECT 'total_tokens' UNION ALL SELECT 'cache_read_input_tokens' \
     UNION ALL SELECT 'cache_creation_input_tokens') m \
     CROSS JOIN (SELECT 'global' AS grouping_set UNION ALL SELECT 'status') g \
     WHERE x.experiment_id = $1::bigint AND x.timestamp_ms >= $3 AND x.timestamp_ms < $4) v \
     GROUP BY v.metric, v.grouping_set, v.status";

/// A count has no other numbers.
const TRACE_COLUMNS: &str = "experiment_id, rollup_day, metric_name, grouping_set, trace_status, \
     sample_count, sum_value, min_value, max_value";
const TRACE_NUMBERS: &str = "SELECT $1::bigint, $2::text::date, v.metric, v.grouping_set, \
     v.status, count(v.value), CASE WHEN v.metric <> 'trace_count' THEN sum(v.value) END, \
     CASE WHEN v.metric <> 'trace_count' THEN min(v.value) END, \
     CASE WHEN v.metric <> 'trace_count' THEN max(v.value) END";

const TRACES: &str = concatcp!(
    "INSERT INTO sql_trace_metric_daily_rollups (",
    TRACE_COLUMNS,
    ") ",
    TRACE_NUMBERS,
    " ",
    OF_TRACES
);

/// Compat: MLflow keeps percentiles on PostgreSQL only.
const TRACES_WITH_PERCENTILES: &str = concatcp!(
    "INSERT INTO sql_trace_metric_daily_rollups (",
    TRACE_COLUMNS,
    ", p50_value, p90_value, p99_value) ",
    TRACE_NUMBERS,
    ", CASE WHEN v.metric <> 'trace_count' THEN \
     percentile_cont(0.5) WITHIN GROUP (ORDER BY v.value) END, \
     CASE WHEN v.metric <> 'trace_count' THEN \
     percentile_cont(0.9) WITHIN GROUP (ORDER BY v.value) END, \
     CASE WHEN v.metric <> 'trace_count' THEN \
     percentile_cont(0.99) WITHIN GROUP (ORDER BY v.value) END ",
    OF_TRACES
);

/// What has no model is in no group of models. A metric without any number has no row.
const SPANS: &str = "INSERT INTO sql_span_cost_daily_rollups (experiment_id, rollup_day, \
     metric_name, grouping_set, model_name, model_provider, sample_count, sum_value, min_value, \
     max_value) SELECT $1::bigint, $2::text::date, v.metric, v.grouping_set, v.model_name, \
     v.model_provider, count(v.value), sum(v.value), min(v.value), max(v.value) \
     FROM (SELECT m.metric, g.grouping_set, \
     CASE WHEN g.of_model = 1 THEN x.model_name END AS model_name, \
     CASE WHEN g.of_provider = 1 THEN x.model_provider END AS model_provider, \
     CASE m.metric WHEN 'input_cost' THEN x.input_cost WHEN 'output_cost' THEN x.output_cost \
     WHEN 'total_cost' THEN x.total_cost END AS value \
     FROM spans x CROSS JOIN (SELECT 'input_cost' AS metric UNION ALL SELECT 'output_cost' \
     UNION ALL SELECT 'total_cost') m \
     CROSS JOIN (SELECT 'global' AS grouping_set, 0 AS of_model, 0 AS of_provider \
     UNION ALL SELECT 'model', 1, 0 UNION ALL SELECT 'provider', 0, 1 \
     UNION ALL SELECT 'model_provider', 1, 1) g \
     WHERE x.experiment_id = $1::bigint AND x.start_time_unix_nano >= $3 \
     AND x.start_time_unix_nano < $4 AND (x.input_cost IS NOT NULL OR x.output_cost IS NOT NULL \
     OR x.total_cost IS NOT NULL) AND (g.of_model = 0 OR x.model_name IS NOT NULL) \
     AND (g.of_provider = 0 OR x.model_provider IS NOT NULL)) v \
     WHERE v.value IS NOT NULL \
     GROUP BY v.metric, v.grouping_set, v.model_name, v.model_provider";

const ASSESSMENTS: &str = "INSERT INTO sql_assessment_daily_rollups (experiment_id, rollup_day, \
     metric_name, grouping_set, sample_count, sum_value, min_value, max_value) \
     SELECT $1::bigint, $2::text::date, v.metric, 'global', count(v.value), \
     CASE WHEN v.metric <> 'assessment_count' THEN sum(v.value) END, \
     CASE WHEN v.metric <> 'assessment_count' THEN min(v.value) END, \
     CASE WHEN v.metric <> 'assessment_count' THEN max(v.value) END \
     FROM (SELECT m.metric, \
     CASE m.metric WHEN 'assessment_count' THEN 1 ELSE x.aggregate_value END AS value \
     FROM assessments x \
     CROSS JOIN (SELECT 'assessment_count' AS metric UNION ALL SELECT 'assessment_value') m \
     WHERE x.valid AND x.experiment_id = $1::bigint AND x.trace_timestamp_ms >= $3 \
     AND x.trace_timestamp_ms < $4) v GROUP BY v.metric";
