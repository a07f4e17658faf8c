//! The handlers of model versions.

use std::collections::HashMap;

use app::call::invalid_value;
use app::{ApiError, App, Call, EventKind, Reply, Shared, required};
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
use crate::changes::{self, Detail};
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
async fn origin(app: &App, claim: Claim, is_prompt: bool) -> Result<Checked, ApiError> {
    let source = &claim.source;
    if is_prompt && !prompts::is_no_source(source) {
        return Err(ApiError::invalid(format!(
            "Invalid prompt source: '{source}'. Prompt sources must use an MLflow placeholder."
        )));
    }
    location::check_host(source, "source", &app.settings)?;
    if !is_prompt {
        return source::check(app, claim).await;
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
    let origin = origin(&app, claim, prompts::is_prompt(&tags)).await?;
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
    let together = app.registry.is_same(&app.db);
    let linked = origin.model_id.clone().filter(|_| together);
    let (version, model_version) = app
        .registry
        .write((new, linked, app.stamp()), |tx, (new, linked, stamp)| {
            Box::pin(async move {
                let (version, created) = store::create(tx, new).await?;
                if let Some(model_id) = linked {
                    logged_models::add(tx, model_id, &new.name, version).await?;
                }
                changes::version_created(tx, stamp, new, version)?;
                Ok::<_, ApiError>((version, created))
            })
        })
        .await?;
    if let Some(model_id) = origin.model_id.filter(|_| !together) {
        // The logged model is in another database, so this cannot be part of the transaction.
        let input = (model_id, name, version);
        app.db
            .write(input, |tx, (id, name, version)| {
                Box::pin(logged_models::add(tx, id, name, *version))
            })
            .await?;
    }
    Ok(Json(ModelVersionResponse { model_version }))
}

pub(super) async fn get(
    State(app): Shared,
    Call(request): Call<ModelVersionByNumber>,
) -> Reply<ModelVersionResponse> {
    let input = version_of(request.name, request.version)?;
    let model_version = app
        .registry
        .read(input, |tx, (name, version)| Box::pin(store::get(tx, name, *version)))
        .await?;
    Ok(Json(ModelVersionResponse { model_version }))
}

/// Compat: a request without a description takes away the one that is there.
pub(super) async fn update(
    State(app): Shared,
    Call(request): Call<UpdateModelVersion>,
) -> Reply<ModelVersionResponse> {
    let (name, version) = version_of(request.name, request.version)?;
    let input = (name, version, request.description, app.clock.now_ms());
    let model_version = app
        .registry
        .write(input, |tx, (name, version, description, now)| {
            Box::pin(store_changes::describe(tx, name, *version, description.as_deref(), *now))
        })
        .await?;
    Ok(Json(ModelVersionResponse { model_version }))
}

pub(super) async fn delete(
    State(app): Shared,
    Call(request): Call<ModelVersionByNumber>,
) -> Reply<Empty> {
    let (name, version) = version_of(request.name, request.version)?;
    let input = (name, version, app.clock.now_ms());
    app.registry
        .write(input, |tx, (name, version, now)| {
            Box::pin(store_changes::delete(tx, name, *version, *now))
        })
        .await?;
    Ok(Json(Empty {}))
}

pub(super) async fn transition(
    State(app): Shared,
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
    let input = (name, version, stage, archive, app.clock.now_ms());
    let model_version = app
        .registry
        .write(input, |tx, (name, version, stage, archive, now)| {
            Box::pin(store_changes::transition(tx, name, *version, *stage, *archive, *now))
        })
        .await?;
    Ok(Json(ModelVersionResponse { model_version }))
}

/// Where the artifacts of a version are.
pub(super) async fn location_of(app: &App, name: &str, version: &str) -> Result<String, ApiError> {
    names::model(name)?;
    let input = (name.to_owned(), names::version(name, version)?);
    app.registry
        .read(input, |tx, (name, version)| Box::pin(store::download_uri(tx, name, *version)))
        .await
}

pub(super) async fn download_uri(
    State(app): Shared,
    Call(request): Call<GetDownloadUri>,
) -> Reply<GetDownloadUriResponse> {
    let artifact_uri = location_of(&app, &request.name, &request.version).await?;
    Ok(Json(GetDownloadUriResponse { artifact_uri }))
}

/// One page of a search, as both the REST route and GraphQL answer it.
pub async fn search_page(
    app: &App,
    request: SearchModelVersions,
) -> Result<SearchModelVersionsResponse, ApiError> {
    let size = request.max_results.map_or(MAX_PAGE, i64::from);
    if size > MAX_PAGE {
        return Err(invalid_value("max_results", &size.to_string().into()));
    }
    let search = search::plan(search::Request {
        filter: request.filter.unwrap_or_default(),
        order_by: request.order_by.unwrap_or_default(),
        size: names::page_size(size)?,
        page_token: request.page_token,
    })?;
    app.registry.search(search, |tx, search| Box::pin(store::search(tx, search))).await
}

pub(super) async fn search(
    State(app): Shared,
    Call(request): Call<SearchModelVersions>,
) -> Reply<SearchModelVersionsResponse> {
    search_page(&app, request).await.map(Json)
}

/// The versions that each of these runs made.
pub async fn of_runs(
    app: &App,
    run_ids: Vec<String>,
) -> Result<HashMap<String, Vec<ModelVersion>>, ApiError> {
    let versions = app
        .registry
        .read(run_ids, |tx, run_ids| {
            Box::pin(async move { Ok::<_, ApiError>(store::of_runs(tx, run_ids).await?) })
        })
        .await?;
    let mut by_run: HashMap<String, Vec<ModelVersion>> = HashMap::new();
    for version in versions {
        by_run.entry(version.run_id.clone().unwrap_or_default()).or_default().push(version);
    }
    Ok(by_run)
}

pub(super) async fn set_tag(
    State(app): Shared,
    Call(request): Call<ModelVersionTag>,
) -> Reply<Empty> {
    let (name, version) = (request.name, request.version);
    let key = required(request.key, "key")?;
    let (name, version) = version_of(name, version)?;
    let tag = KeyValue { key, value: request.value.unwrap_or_default() };
    names::version_tag(&tag)?;
    let input = (name, version, tag, app.stamp());
    app.registry
        .write(input, |tx, (name, version, tag, stamp)| {
            Box::pin(async move {
                store_changes::set_tag(tx, name, *version, tag).await?;
                let (key, value) = (Some(tag.key.as_str()), Some(tag.value.as_str()));
                let version = Some(version.to_string());
                let detail = Detail { name, version, key, value, ..Detail::default() };
                let of_model = Some(EventKind::ModelVersionTagSet);
                let of_prompt = EventKind::PromptVersionTagSet;
                changes::changed(tx, stamp, of_model, of_prompt, detail).await?;
                Ok::<_, ApiError>(())
            })
        })
        .await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete_tag(
    State(app): Shared,
    Call(request): Call<ModelVersionTag>,
) -> Reply<Empty> {
    let key = required(request.key, "key")?;
    let (name, version) = version_of(request.name, request.version)?;
    names::tag_key(&key)?;
    let input = (name, version, key, app.stamp());
    app.registry
        .write(input, |tx, (name, version, key, stamp)| {
            Box::pin(async move {
                store_changes::delete_tag(tx, name, *version, key).await?;
                let (version, key) = (Some(version.to_string()), Some(key.as_str()));
                let detail = Detail { name, version, key, ..Detail::default() };
                let of_model = Some(EventKind::ModelVersionTagDeleted);
                let of_prompt = EventKind::PromptVersionTagDeleted;
                changes::changed(tx, stamp, of_model, of_prompt, detail).await?;
                Ok::<_, ApiError>(())
            })
        })
        .await?;
    Ok(Json(Empty {}))
}
