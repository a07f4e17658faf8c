//! The handlers of aliases.

use app::{Call, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use tracking::experiments::wire::Empty;

use super::store;
use super::wire::{AliasByName, SetAlias};
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
    let input = (name, alias, version);
    app.registry
        .write(input, |tx, (name, alias, version)| Box::pin(store::set(tx, name, alias, *version)))
        .await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete(State(app): Shared, Call(request): Call<AliasByName>) -> Reply<Empty> {
    let name = required(request.name, "name")?;
    let alias = required(request.alias, "alias")?;
    names::model(&name)?;
    names::alias(&alias)?;
    let input = (name, alias);
    app.registry.write(input, |tx, (name, alias)| Box::pin(store::delete(tx, name, alias))).await?;
    Ok(Json(Empty {}))
}
