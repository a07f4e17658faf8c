//! The SQL that changes model versions. All of it first locks the model's row, then its versions',
//! so that no two changes wait for each other.

use app::ApiError;
use db::Tx;
use tracking::DEFAULT_WORKSPACE;
use tracking::tags::KeyValue;

use super::stage::{DELETED, Stage};
use super::store::{TAGS, get, hold, tag_rows};
use super::wire::ModelVersion;
use crate::names::version_not_found;
use crate::registered_models::store as models;

/// Describes a version; `None` takes away what is there.
pub async fn describe(
    tx: &mut Tx,
    name: &str,
    version: i64,
    description: Option<&str>,
    now: i64,
) -> Result<ModelVersion, ApiError> {
    tx.execute(
        "UPDATE model_versions SET description = $4, last_updated_time = $5 \
         WHERE workspace = $1 AND name = $2 AND version = $3 AND current_stage <> $6",
        &[
            DEFAULT_WORKSPACE.into(),
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
    tx: &mut Tx,
    name: &str,
    version: i64,
    stage: Stage,
    archive: bool,
    now: i64,
) -> Result<ModelVersion, ApiError> {
    models::touch(tx, name, now).await?;
    let moved = tx
        .execute(
            "UPDATE model_versions SET current_stage = $4, last_updated_time = $5 \
             WHERE workspace = $1 AND name = $2 AND version = $3 AND current_stage <> $6",
            &[
                DEFAULT_WORKSPACE.into(),
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
                DEFAULT_WORKSPACE.into(),
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
pub async fn delete(tx: &mut Tx, name: &str, version: i64, now: i64) -> Result<(), ApiError> {
    models::touch(tx, name, now).await?;
    let deleted = tx
        .execute(
            "UPDATE model_versions SET current_stage = $4, last_updated_time = $5, \
             description = NULL, user_id = NULL, source = 'REDACTED-SOURCE-PATH', \
             run_id = 'REDACTED-RUN-ID', run_link = 'REDACTED-RUN-LINK', status_message = NULL \
             WHERE workspace = $1 AND name = $2 AND version = $3 AND current_stage <> $4",
            &[DEFAULT_WORKSPACE.into(), name.into(), version.into(), DELETED.into(), now.into()],
        )
        .await?;
    if deleted == 0 {
        return Err(version_not_found(name, version));
    }
    tx.execute(
        "DELETE FROM registered_model_aliases WHERE workspace = $1 AND name = $2 AND version = $3",
        &[DEFAULT_WORKSPACE.into(), name.into(), version.into()],
    )
    .await?;
    Ok(())
}

pub async fn set_tag(
    tx: &mut Tx,
    name: &str,
    version: i64,
    tag: &KeyValue,
) -> Result<(), ApiError> {
    hold(tx, name, version).await?;
    tx.insert_rows(&TAGS, &tag_rows(name, version, std::slice::from_ref(tag))).await?;
    Ok(())
}

/// Compat: to delete a tag that is not there is fine.
pub async fn delete_tag(tx: &mut Tx, name: &str, version: i64, key: &str) -> Result<(), ApiError> {
    hold(tx, name, version).await?;
    tx.execute(
        "DELETE FROM model_version_tags \
         WHERE workspace = $1 AND key = $2 AND name = $3 AND version = $4",
        &[DEFAULT_WORKSPACE.into(), key.into(), name.into(), version.into()],
    )
    .await?;
    Ok(())
}
