//! The SQL of aliases.

use app::{ApiError, EventKind, Unit};

use crate::changes::{self, Detail};
use crate::model_versions::store as versions;
use crate::model_versions::wire::ModelVersion;
use crate::names;
use crate::registered_models::store as models;

/// The version that an alias stands for.
pub async fn version(tx: &mut Unit<'_>, name: &str, alias: &str) -> Result<ModelVersion, ApiError> {
    let workspace = tx.workspace();
    models::check_exists(tx, name).await?;
    let version = if names::is_latest(alias) {
        let highest = versions::highest(tx, name).await?;
        highest.ok_or_else(|| {
            ApiError::missing(format!("Latest version not found for model {name}."))
        })?
    } else {
        let found = tx
            .query_opt(
                "SELECT version FROM registered_model_aliases \
                 WHERE workspace = $1 AND name = $2 AND alias = $3",
                &[workspace.into(), name.into(), alias.into()],
                |row| row.get::<i64>(0),
            )
            .await?;
        // Compat: an alias that is not there is a wrong request, not a missing entity.
        found.ok_or_else(|| {
            ApiError::invalid(format!("Registered model alias {alias} not found."))
        })?
    };
    versions::get(tx, name, version).await
}

/// Lets an alias stand for a version, whatever it stood for before.
pub async fn set(tx: &mut Unit<'_>, name: &str, alias: &str, version: i64) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    versions::hold(tx, name, version).await?;
    tx.execute(
        "INSERT INTO registered_model_aliases (workspace, name, alias, version) \
         VALUES ($1, $2, $3, $4) \
         ON CONFLICT (workspace, name, alias) DO UPDATE SET version = excluded.version",
        &[workspace.into(), name.into(), alias.into(), version.into()],
    )
    .await?;
    let (alias, version) = (Some(alias), Some(version.to_string()));
    let detail = Detail { name, alias, version, ..Detail::default() };
    let of_model = Some(EventKind::ModelVersionAliasCreated);
    Ok(changes::changed(tx, of_model, EventKind::PromptAliasCreated, detail).await?)
}

/// Compat: to delete an alias that is not there is fine.
pub async fn delete(tx: &mut Unit<'_>, name: &str, alias: &str) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    models::hold(tx, name).await?;
    tx.execute(
        "DELETE FROM registered_model_aliases WHERE workspace = $1 AND name = $2 AND alias = $3",
        &[workspace.into(), name.into(), alias.into()],
    )
    .await?;
    let detail = Detail { name, alias: Some(alias), ..Detail::default() };
    let of_model = Some(EventKind::ModelVersionAliasDeleted);
    Ok(changes::changed(tx, of_model, EventKind::PromptAliasDeleted, detail).await?)
}
