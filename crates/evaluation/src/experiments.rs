//! The experiment that labels, queues and issues belong to.

use app::{ApiError, Unit};
use tracking::experiments::store::experiment_row;

/// Refuses an experiment that does not exist. Compat: a deleted one counts as missing here.
pub async fn visible(tx: &mut Unit<'_>, id: i64) -> Result<(), ApiError> {
    if experiment_row(tx, id).await?.lifecycle_stage == "active" {
        return Ok(());
    }
    Err(ApiError::missing(format!("No Experiment with id={id} exists")))
}
