//! The SQL of model versions, as far as runs need it.

use db::{DbError, Tx, Value};
use tracking::DEFAULT_WORKSPACE;
use tracking::tags::KeyValue;

use super::model_versions::ModelVersion;

/// The stage of versions that were deleted.
const DELETED: &str = "Deleted_Internal";

/// The versions that these runs made, those that were touched last first.
pub(super) async fn versions_of_runs(
    tx: &mut Tx,
    run_ids: &[String],
) -> Result<Vec<ModelVersion>, DbError> {
    let values: [Value<'_>; 3] = [DEFAULT_WORKSPACE.into(), run_ids.into(), DELETED.into()];
    let mut versions = tx
        .query(
            "SELECT name, version, creation_time, last_updated_time, description, user_id, \
             current_stage, source, run_id, run_link, status, status_message FROM model_versions \
             WHERE workspace = $1 AND run_id = ANY($2) AND current_stage <> $3 \
             ORDER BY last_updated_time DESC NULLS LAST, name, version DESC",
            &values,
            |row| {
                Ok(ModelVersion {
                    name: row.get(0)?,
                    version: row.get::<i64>(1)?.to_string(),
                    creation_timestamp: row.get(2)?,
                    last_updated_timestamp: row.get(3)?,
                    description: row.get(4)?,
                    user_id: row.get(5)?,
                    current_stage: row.get(6)?,
                    source: row.get(7)?,
                    run_id: row.get(8)?,
                    run_link: row.get(9)?,
                    status: row.get(10)?,
                    status_message: row.get(11)?,
                    tags: Vec::new(),
                })
            },
        )
        .await?;
    let tags: Vec<(String, i64, KeyValue)> = tx
        .query(
            "SELECT t.name, t.version, t.key, t.value FROM model_version_tags t \
             JOIN model_versions v ON v.workspace = t.workspace AND v.name = t.name \
             AND v.version = t.version \
             WHERE v.workspace = $1 AND v.run_id = ANY($2) AND v.current_stage <> $3 \
             ORDER BY t.name, t.version, t.key",
            &values,
            |row| {
                let value = row.get::<Option<String>>(3)?.unwrap_or_default();
                Ok((row.get(0)?, row.get(1)?, KeyValue { key: row.get(2)?, value }))
            },
        )
        .await?;
    for (name, version, tag) in tags {
        let version = version.to_string();
        if let Some(of) = versions.iter_mut().find(|of| of.name == name && of.version == version) {
            of.tags.push(tag);
        }
    }
    Ok(versions)
}
