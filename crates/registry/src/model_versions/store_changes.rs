//! The SQL that changes model versions. All of it first locks the model's row, then its versions',
//! so that no two changes wait for each other.

use app::{ApiError, EventKind, Unit};
use tracking::tags::KeyValue;

use super::stage::{DELETED, Stage};
use super::store::{TAGS, get, hold, tag_rows};
use super::wire::ModelVersion;
use crate::changes::{self, Detail};
use crate::names::version_not_found;
use crate::registered_models::store as models;

/// Describes a version; `None` takes away what is there.
pub async fn describe(
    tx: &mut Unit<'_>,
    name: &str,
    version: i64,
    description: Option<&str>,
) -> Result<ModelVersion, ApiError> {
    let now = tx.now_ms();
    let workspace = tx.workspace();
    tx.execute(
        "UPDATE model_versions SET description = $4, last_updated_time = $5 \
         WHERE workspace = $1 AND name = $2 AND version = $3 AND current_stage <> $6",
        &[
            workspace.into(),
            name.into(),
            version.into(),
            description.into(),
            now.into(),
            DELETED.into(),
        ],
    )
    .await?;
    get(tx, name, version).await
}

/// Moves a version to a stage and, if `archive` says so, all others of that stage to the archive.
pub async fn transition(
    tx: &mut Unit<'_>,
    name: &str,
    version: i64,
    stage: Stage,
    archive: bool,
) -> Result<ModelVersion, ApiError> {
    let now = tx.now_ms();
    let workspace = tx.workspace();
    models::touch(tx, name, now).await?;
    let moved = tx
        .execute(
            "UPDATE model_versions SET current_stage = $4, last_updated_time = $5 \
             WHERE workspace = $1 AND name = $2 AND version = $3 AND current_stage <> $6",
            &[
                workspace.into(),
                name.into(),
                version.into(),
                stage.name().into(),
                now.into(),
                DELETED.into(),
            ],
        )
        .await?;
    if moved == 0 {
        return Err(version_not_found(name, version));
    }
    if archive {
        tx.execute(
            "UPDATE model_versions SET current_stage = $4, last_updated_time = $5 \
             WHERE workspace = $1 AND name = $2 AND version <> $3 AND current_stage = $6",
            &[
                workspace.into(),
                name.into(),
                version.into(),
                Stage::Archived.name().into(),
                now.into(),
                stage.name().into(),
            ],
        )
        .await?;
    }
    get(tx, name, version).await
}

/// Deletes a version with its aliases. Its row stays, emptied, so that its number is not given out
/// again. Compat: so do its tags.
pub async fn delete(tx: &mut Unit<'_>, name: &str, version: i64) -> Result<(), ApiError> {
    let now = tx.now_ms();
    let workspace = tx.workspace();
    models::touch(tx, name, now).await?;
    let deleted = tx
        .execute(
            "UPDATE model_versions SET current_stage = $4, last_updated_time = $5, \
             description = NULL, user_id = NULL, source = 'REDACTED-SOURCE-PATH', \
             run_id = 'REDACTED-RUN-ID', run_link = 'REDACTED-RUN-LINK', status_message = NULL \
             WHERE workspace = $1 AND name = $2 AND version = $3 AND current_stage <> $4",
            &[workspace.into(), name.into(), version.into(), DELETED.into(), now.into()],
        )
        .await?;
    if deleted == 0 {
        return Err(version_not_found(name, version));
    }
    tx.execute(
        "DELETE FROM registered_model_aliases WHERE workspace = $1 AND name = $2 AND version = $3",
        &[workspace.into(), name.into(), version.into()],
    )
    .await?;
    Ok(())
}

pub async fn set_tag(
    tx: &mut Unit<'_>,
    name: &str,
    version: i64,
    tag: &KeyValue,
) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    hold(tx, name, version).await?;
    let rows = tag_rows(workspace, name, version, std::slice::from_ref(tag));
    tx.insert_rows(&TAGS, &rows).await?;
    let (key, value) = (Some(tag.key.as_str()), Some(tag.value.as_str()));
    let detail =
        Detail { name, version: Some(version.to_string()), key, value, ..Detail::default() };
    let of_model = Some(EventKind::ModelVersionTagSet);
    Ok(changes::changed(tx, of_model, EventKind::PromptVersionTagSet, detail).await?)
}

/// Compat: to delete a tag that is not there is fine.
pub async fn delete_tag(
    tx: &mut Unit<'_>,
    name: &str,
    version: i64,
    key: &str,
) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    hold(tx, name, version).await?;
    tx.execute(
        "DELETE FROM model_version_tags \
         WHERE workspace = $1 AND key = $2 AND name = $3 AND version = $4",
        &[workspace.into(), key.into(), name.into(), version.into()],
    )
    .await?;
    let (version, key) = (Some(version.to_string()), Some(key));
    let detail = Detail { name, version, key, ..Detail::default() };
    let of_model = Some(EventKind::ModelVersionTagDeleted);
    Ok(changes::changed(tx, of_model, EventKind::PromptVersionTagDeleted, detail).await?)
}
