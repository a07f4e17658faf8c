//! The SQL of the daily sums that MLflow may keep of traces.

use app::ApiError;
use db::Tx;

/// Forgets the daily sums that MLflow has made, and says how many there were.
///
/// All numbers come from the traces themselves here, so nobody would bring the sums up to date when
/// traces change. MLflow makes them anew.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &mut Tx) -> Result<u64, ApiError> {
    let statements = [
        "DELETE FROM sql_trace_metric_daily_rollups",
        "DELETE FROM sql_span_cost_daily_rollups",
        "DELETE FROM sql_assessment_daily_rollups",
    ];
    let mut forgotten = 0;
    for sql in statements {
        forgotten += tx.execute(sql, &[]).await?;
    }
    if forgotten > 0 {
        tx.execute("DELETE FROM sql_trace_rollup_rebuild_queue", &[]).await?;
    }
    Ok(forgotten)
}
