//! The SQL of the link from a logged model to the model versions that were made of it.

use app::{ApiError, Unit};
use serde_json::{Value, json};

use super::store::not_found;

/// The tag of a logged model that lists its model versions: `[{"name": "m", "version": 1}]`.
const TAG: &str = "mlflow.modelVersions";

/// What a model version takes from the logged model that it is made of.
#[derive(Clone, Debug)]
pub struct Origin {
    pub artifact_location: String,
    pub source_run_id: String,
}

/// The origin that a living model is for a model version, if there is such a model.
pub async fn origin(tx: &mut Unit<'_>, model_id: &str) -> Result<Option<Origin>, ApiError> {
    let found = tx
        .query_opt(
            "SELECT artifact_location, source_run_id FROM logged_models \
             WHERE model_id = $1 AND lifecycle_stage <> 'deleted'",
            &[model_id.into()],
            |row| {
                let source_run_id = row.get::<Option<String>>(1)?.unwrap_or_default();
                Ok(Origin { artifact_location: row.get(0)?, source_run_id })
            },
        )
        .await?;
    Ok(found)
}

/// Adds a model version to the list in the model's tag.
///
/// # Errors
/// When there is no such model. A tag that holds no list is replaced.
pub async fn add(
    tx: &mut Unit<'_>,
    model_id: &str,
    name: &str,
    version: i64,
) -> Result<(), ApiError> {
    // Two versions that are made at the same time must not overwrite each other's entry.
    let experiment_id: Option<i64> = tx
        .query_opt(
            "SELECT experiment_id FROM logged_models \
             WHERE model_id = $1 AND lifecycle_stage <> 'deleted' FOR UPDATE",
            &[model_id.into()],
            |row| row.get(0),
        )
        .await?;
    let experiment_id = experiment_id.ok_or_else(|| not_found(model_id))?;
    let previous: Option<String> = tx
        .query_opt(
            "SELECT tag_value FROM logged_model_tags WHERE model_id = $1 AND tag_key = $2",
            &[model_id.into(), TAG.into()],
            |row| row.get(0),
        )
        .await?;
    let mut versions: Vec<Value> =
        previous.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    versions.push(json!({"name": name, "version": version}));
    tx.execute(
        "INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value) \
         VALUES ($1, $2, $3, $4) \
         ON CONFLICT (model_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value",
        &[
            model_id.into(),
            experiment_id.into(),
            TAG.into(),
            python::dumps(&Value::Array(versions)).into(),
        ],
    )
    .await?;
    Ok(())
}
