//! The handlers of model versions.

use std::collections::HashMap;

use app::call::invalid_value;
use app::{ApiError, App, Call, Caller, Reply, Shared, required};
use axum::extract::State;
use axum::{Extension, Json};
use tracking::experiments::wire::Empty;
use tracking::location;
use tracking::logged_models::store_versions as logged_models;
use tracking::tags::KeyValue;

use super::source::{self, Checked, Claim};
use super::stage::Stage;
use super::store::NewVersion;
use super::wire::{
    CreateModelVersion, GetDownloadUri, GetDownloadUriResponse, ModelVersion, ModelVersionByNumber,
    ModelVersionResponse, ModelVersionTag, SearchModelVersions, SearchModelVersionsResponse,
    TransitionStage, UpdateModelVersion,
};
use super::{SourcePattern, search, store, store_changes};
use crate::{names, prompts};

/// Versions on a page, by default and at most.
const MAX_PAGE: i64 = 200_000;

/// A version's name and number as a request has them.
fn version_of(name: Option<String>, version: Option<String>) -> Result<(String, i64), ApiError> {
    let name = required(name, "name")?;
    let version = required(version, "version")?;
    names::model(&name)?;
    let version = names::version(&name, &version)?;
    Ok((name, version))
}

/// Checks where a version comes from. A prompt's comes from nowhere.
async fn origin(
    app: &App,
    caller: &Caller,
    claim: Claim,
    is_prompt: bool,
) -> Result<Checked, ApiError> {
    let source = &claim.source;
    if is_prompt && !prompts::is_no_source(source) {
        return Err(ApiError::invalid(format!(
            "Invalid prompt source: '{source}'. Prompt sources must use an MLflow placeholder."
        )));
    }
    location::check_host(source, "source", &app.settings)?;
    if !is_prompt {
        return source::check(app, caller, claim).await;
    }
    Ok(Checked {
        storage_location: claim.source.clone(),
        source: claim.source,
        run_id: claim.run_id.unwrap_or_default(),
        model_id: None,
    })
}

pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    Extension(SourcePattern(pattern)): Extension<SourcePattern>,
    Call(request): Call<CreateModelVersion>,
) -> Reply<ModelVersionResponse> {
    let name = required(request.name, "name")?;
    let source = required(request.source, "source")?;
    if pattern.is_some_and(|pattern| !pattern.is_match(&source)) {
        return Err(ApiError::invalid(format!("Invalid model version source: '{source}'.")));
    }
    let tags = request.tags.unwrap_or_default();
    let claim = Claim { source, run_id: request.run_id, model_id: request.model_id };
    let origin = origin(&app, &caller, claim, prompts::is_prompt(&tags)).await?;
    names::model(&name)?;
    tags.iter().try_for_each(names::version_tag)?;
    let new = NewVersion {
        name,
        source: origin.source,
        storage_location: origin.storage_location,
        run_id: origin.run_id,
        run_link: request.run_link.unwrap_or_default(),
        description: request.description.unwrap_or_default(),
        tags,
        now: app.clock.now_ms(),
    };
    let name = new.name.clone();
    let together = app.registry.db().is_same(app.backend.db());
    let linked = origin.model_id.clone().filter(|_| together);
    let (version, model_version) =
        app.registry.write(&caller, store::create_and_link, (new, linked)).await?;
    if let Some(model_id) = origin.model_id.filter(|_| !together) {
        // The logged model is in another database, so this cannot be part of the transaction.
        let input = (model_id, name, version);
        app.write(&caller, logged_models::add, input).await?;
    }
    Ok(Json(ModelVersionResponse { model_version }))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ModelVersionByNumber>,
) -> Reply<ModelVersionResponse> {
    let input = version_of(request.name, request.version)?;
    let model_version = app.registry.read(&caller, store::get, input).await?;
    Ok(Json(ModelVersionResponse { model_version }))
}

/// Compat: a request without a description takes away the one that is there.
pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<UpdateModelVersion>,
) -> Reply<ModelVersionResponse> {
    let (name, version) = version_of(request.name, request.version)?;
    let input = (name, version, request.description);
    let model_version = app.registry.write(&caller, store_changes::describe, input).await?;
    Ok(Json(ModelVersionResponse { model_version }))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ModelVersionByNumber>,
) -> Reply<Empty> {
    let (name, version) = version_of(request.name, request.version)?;
    let input = (name, version);
    app.registry.write(&caller, store_changes::delete, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn transition(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<TransitionStage>,
) -> Reply<ModelVersionResponse> {
    let name = required(request.name, "name")?;
    let version = required(request.version, "version")?;
    let asked = required(request.stage, "stage")?;
    let stage = Stage::named(&asked)?;
    let archive = request.archive_existing_versions.unwrap_or_default();
    if archive && !stage.is_active() {
        return Err(ApiError::invalid(format!(
            "Model version transition cannot archive existing model versions because '{asked}' is \
             not an Active stage. Valid stages are ['Staging', 'Production']"
        )));
    }
    let (name, version) = version_of(Some(name), Some(version))?;
    let input = (name, version, stage, archive);
    let model_version = app.registry.write(&caller, store_changes::transition, input).await?;
    Ok(Json(ModelVersionResponse { model_version }))
}

/// Where the artifacts of a version are.
pub(super) async fn location_of(
    app: &App,
    caller: &Caller,
    name: &str,
    version: &str,
) -> Result<String, ApiError> {
    names::model(name)?;
    app.registry
        .read(caller, store::download_uri, (name.to_owned(), names::version(name, version)?))
        .await
}

pub(super) async fn download_uri(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<GetDownloadUri>,
) -> Reply<GetDownloadUriResponse> {
    let artifact_uri = location_of(&app, &caller, &request.name, &request.version).await?;
    Ok(Json(GetDownloadUriResponse { artifact_uri }))
}

/// One page of a search, as both the REST route and GraphQL answer it.
pub async fn search_page(
    app: &App,
    caller: &Caller,
    request: SearchModelVersions,
) -> Result<SearchModelVersionsResponse, ApiError> {
    let size = request.max_results.map_or(MAX_PAGE, i64::from);
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
    app.registry.search(caller, store::search, (search,)).await
}

pub(super) async fn search(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SearchModelVersions>,
) -> Reply<SearchModelVersionsResponse> {
    search_page(&app, &caller, request).await.map(Json)
}

/// The versions that each of these runs made.
pub async fn of_runs(
    app: &App,
    caller: &Caller,
    run_ids: Vec<String>,
) -> Result<HashMap<String, Vec<ModelVersion>>, ApiError> {
    let versions = app.registry.read(caller, store::of_runs, (run_ids,)).await?;
    let mut by_run: HashMap<String, Vec<ModelVersion>> = HashMap::new();
    for version in versions {
        by_run.entry(version.run_id.clone().unwrap_or_default()).or_default().push(version);
    }
    Ok(by_run)
}

pub(super) async fn set_tag(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ModelVersionTag>,
) -> Reply<Empty> {
    let (name, version) = (request.name, request.version);
    let key = required(request.key, "key")?;
    let (name, version) = version_of(name, version)?;
    let tag = KeyValue { key, value: request.value.unwrap_or_default() };
    names::version_tag(&tag)?;
    app.registry.write(&caller, store_changes::set_tag, (name, version, tag)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete_tag(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ModelVersionTag>,
) -> Reply<Empty> {
    let key = required(request.key, "key")?;
    let (name, version) = version_of(request.name, request.version)?;
    names::tag_key(&key)?;
    app.registry.write(&caller, store_changes::delete_tag, (name, version, key)).await?;
    Ok(Json(Empty {}))
}
