//! The handlers of registered models.

use app::call::invalid_value;
use app::{ApiError, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use tracking::experiments::wire::Empty;
use tracking::tags::KeyValue;

use super::wire::{
    CreateRegisteredModel, GetLatestVersions, GetLatestVersionsResponse, RegisteredModelByName,
    RegisteredModelResponse, RegisteredModelTag, RenameRegisteredModel, SearchRegisteredModels,
    SearchRegisteredModelsResponse, UpdateRegisteredModel,
};
use super::{search, store};
use crate::model_versions::stage::Stage;
use crate::names;

const DEFAULT_PAGE: i64 = 100;
const MAX_PAGE: i64 = 1000;

/// A model's name as a request has it.
fn name_of(name: Option<String>) -> Result<String, ApiError> {
    let name = required(name, "name")?;
    names::model(&name)?;
    Ok(name)
}

pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<CreateRegisteredModel>,
) -> Reply<RegisteredModelResponse> {
    let name = name_of(request.name)?;
    let tags = request.tags.unwrap_or_default();
    tags.iter().try_for_each(names::model_tag)?;
    let new = store::NewModel {
        name,
        description: request.description.unwrap_or_default(),
        tags,
        now: app.clock.now_ms(),
    };
    let registered_model = app.registry.write(&caller, store::create, (new,)).await?;
    Ok(Json(RegisteredModelResponse { registered_model }))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<RegisteredModelByName>,
) -> Reply<RegisteredModelResponse> {
    let name = name_of(request.name)?;
    let registered_model = app.registry.read(&caller, store::get, (name,)).await?;
    Ok(Json(RegisteredModelResponse { registered_model }))
}

/// Compat: a request without a description takes away the one that is there.
pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<UpdateRegisteredModel>,
) -> Reply<RegisteredModelResponse> {
    let name = name_of(request.name)?;
    let input = (name, request.description.unwrap_or_default());
    let registered_model = app.registry.write(&caller, store::describe, input).await?;
    Ok(Json(RegisteredModelResponse { registered_model }))
}

pub(super) async fn rename(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<RenameRegisteredModel>,
) -> Reply<RegisteredModelResponse> {
    let name = required(request.name, "name")?;
    let new_name = required(request.new_name, "new_name")?;
    names::new_model(&new_name)?;
    names::model(&name)?;
    let input = (name, new_name);
    let registered_model = app.registry.write(&caller, store::rename, input).await?;
    Ok(Json(RegisteredModelResponse { registered_model }))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<RegisteredModelByName>,
) -> Reply<Empty> {
    let name = name_of(request.name)?;
    app.registry.write(&caller, store::delete, (name,)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn search(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SearchRegisteredModels>,
) -> Reply<SearchRegisteredModelsResponse> {
    let size = request.max_results.map_or(DEFAULT_PAGE, i64::from);
    if size > MAX_PAGE {
        return Err(invalid_value("max_results", &size.to_string().into()));
    }
    let search = search::plan(search::Request {
        workspace: caller.workspace(),
        filter: request.filter.unwrap_or_default(),
        order_by: request.order_by.unwrap_or_default(),
        size: names::page_size(size)?,
        page_token: request.page_token,
    })?;
    let found = app.registry.search(&caller, store::search, (search,)).await?;
    Ok(Json(found))
}

pub(super) async fn latest_versions(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<GetLatestVersions>,
) -> Reply<GetLatestVersionsResponse> {
    let name = name_of(request.name)?;
    let mut versions = app.registry.read(&caller, store::latest_of, (name,)).await?;
    let stages = request.stages.unwrap_or_default();
    let stages = stages.iter().map(|stage| Stage::named(stage)).collect::<Result<Vec<_>, _>>()?;
    if !stages.is_empty() {
        let wanted = |stage: &Option<String>| {
            stages.iter().any(|wanted| stage.as_deref() == Some(wanted.name()))
        };
        versions.retain(|version| wanted(&version.current_stage));
    }
    Ok(Json(GetLatestVersionsResponse { model_versions: versions }))
}

pub(super) async fn set_tag(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<RegisteredModelTag>,
) -> Reply<Empty> {
    let name = required(request.name, "name")?;
    let key = required(request.key, "key")?;
    let tag = KeyValue { key, value: request.value.unwrap_or_default() };
    names::model(&name)?;
    names::model_tag(&tag)?;
    app.registry.write(&caller, store::set_tag, (name, tag)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete_tag(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<RegisteredModelTag>,
) -> Reply<Empty> {
    let name = required(request.name, "name")?;
    let key = required(request.key, "key")?;
    names::model(&name)?;
    names::tag_key(&key)?;
    app.registry.write(&caller, store::delete_tag, (name, key)).await?;
    Ok(Json(Empty {}))
}
