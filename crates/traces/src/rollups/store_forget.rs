//! The SQL that forgets all daily sums.

use app::{ApiError, Unit};

/// How many rows were forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub traces: u64,
    pub spans: u64,
    pub assessments: u64,
    /// Days that were noted as changed.
    pub queued: u64,
}

impl Forgotten {
    pub fn sums(self) -> u64 {
        self.traces + self.spans + self.assessments
    }
}

/// Forgets all daily sums, and which of them were out of date. They are made anew of the traces.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &mut Unit<'_>) -> Result<Forgotten, ApiError> {
    Ok(Forgotten {
        traces: tx.execute("DELETE FROM sql_trace_metric_daily_rollups", &[]).await?,
        spans: tx.execute("DELETE FROM sql_span_cost_daily_rollups", &[]).await?,
        assessments: tx.execute("DELETE FROM sql_assessment_daily_rollups", &[]).await?,
        queued: tx.execute("DELETE FROM sql_trace_rollup_rebuild_queue", &[]).await?,
    })
}
