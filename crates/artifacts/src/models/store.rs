//! The SQL about logged models that their artifacts need.

use app::{ApiError, Unit};

pub(super) async fn artifact_location(
    tx: &mut Unit<'_>,
    model_id: &str,
) -> Result<String, ApiError> {
    let found = tx
        .query_opt(
            "SELECT artifact_location FROM logged_models \
             WHERE model_id = $1 AND lifecycle_stage <> 'deleted'",
            &[model_id.into()],
            |row| row.get::<String>(0),
        )
        .await?;
    found.ok_or_else(|| ApiError::missing(format!("Logged model with ID '{model_id}' not found.")))
}
