//! The handlers of aliases.

use app::{ApiError, Call, EventKind, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use tracking::experiments::wire::Empty;

use super::store;
use super::wire::{AliasByName, SetAlias};
use crate::changes::{self, Detail};
use crate::model_versions::wire::ModelVersionResponse;
use crate::names;

pub(super) async fn get(
    State(app): Shared,
    Call(request): Call<AliasByName>,
) -> Reply<ModelVersionResponse> {
    let name = required(request.name, "name")?;
    let alias = required(request.alias, "alias")?;
    names::model(&name)?;
    names::alias(&alias)?;
    let input = (name, alias);
    let model_version = app
        .registry
        .read(input, |tx, (name, alias)| Box::pin(store::version(tx, name, alias)))
        .await?;
    Ok(Json(ModelVersionResponse { model_version }))
}

pub(super) async fn set(State(app): Shared, Call(request): Call<SetAlias>) -> Reply<Empty> {
    let name = required(request.name, "name")?;
    let alias = required(request.alias, "alias")?;
    let version = required(request.version, "version")?;
    names::model(&name)?;
    names::free_alias(&alias)?;
    let version = names::version(&name, &version)?;
    let input = (name, alias, version, app.stamp());
    app.registry
        .write(input, |tx, (name, alias, version, stamp)| {
            Box::pin(async move {
                store::set(tx, name, alias, *version).await?;
                let of_model = Some(EventKind::ModelVersionAliasCreated);
                let (alias, version) = (Some(alias.as_str()), Some(version.to_string()));
                let detail = Detail { name, alias, version, ..Detail::default() };
                let of_prompt = EventKind::PromptAliasCreated;
                changes::changed(tx, stamp, of_model, of_prompt, detail).await?;
                Ok::<_, ApiError>(())
            })
        })
        .await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete(State(app): Shared, Call(request): Call<AliasByName>) -> Reply<Empty> {
    let name = required(request.name, "name")?;
    let alias = required(request.alias, "alias")?;
    names::model(&name)?;
    names::alias(&alias)?;
    let input = (name, alias, app.stamp());
    app.registry
        .write(input, |tx, (name, alias, stamp)| {
            Box::pin(async move {
                store::delete(tx, name, alias).await?;
                let of_model = Some(EventKind::ModelVersionAliasDeleted);
                let detail = Detail { name, alias: Some(alias), ..Detail::default() };
                let of_prompt = EventKind::PromptAliasDeleted;
                changes::changed(tx, stamp, of_model, of_prompt, detail).await?;
                Ok::<_, ApiError>(())
            })
        })
        .await?;
    Ok(Json(Empty {}))
}
