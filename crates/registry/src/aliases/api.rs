//! The handlers of aliases.

use app::{Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use tracking::experiments::wire::Empty;

use super::store;
use super::wire::{AliasByName, SetAlias};
use crate::model_versions::wire::ModelVersionResponse;
use crate::names;

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<AliasByName>,
) -> Reply<ModelVersionResponse> {
    let name = required(request.name, "name")?;
    let alias = required(request.alias, "alias")?;
    names::model(&name)?;
    names::alias(&alias)?;
    let input = (name, alias);
    let model_version = app.registry.read(&caller, store::version, input).await?;
    Ok(Json(ModelVersionResponse { model_version }))
}

pub(super) async fn set(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SetAlias>,
) -> Reply<Empty> {
    let name = required(request.name, "name")?;
    let alias = required(request.alias, "alias")?;
    let version = required(request.version, "version")?;
    names::model(&name)?;
    names::free_alias(&alias)?;
    let version = names::version(&name, &version)?;
    app.registry.write(&caller, store::set, (name, alias, version)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<AliasByName>,
) -> Reply<Empty> {
    let name = required(request.name, "name")?;
    let alias = required(request.alias, "alias")?;
    names::model(&name)?;
    names::alias(&alias)?;
    app.registry.write(&caller, store::delete, (name, alias)).await?;
    Ok(Json(Empty {}))
}
