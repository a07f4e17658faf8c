//! The handlers of experiments.

use app::{ApiError, App, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::State;

use super::wire::{
    CreateExperiment, CreateExperimentResponse, Empty, Experiment, ExperimentById,
    GetExperimentByName, GetExperimentResponse, SearchExperiments, SearchExperimentsResponse,
    SetExperimentTag, UpdateExperiment,
};
use super::{archival, search, store};
use crate::location;
use crate::tags::{KeyValue, unique_keys};
use crate::validation;

const MAX_PAGE: i64 = 50_000;

fn check_tag(tag: &KeyValue) -> Result<(), ApiError> {
    validation::entity_name(&tag.key, "key")?;
    validation::length("key", validation::MAX_EXPERIMENT_TAG_KEY_LENGTH, &tag.key)?;
    validation::length("value", validation::MAX_EXPERIMENT_TAG_VALUE_LENGTH, &tag.value)?;
    archival::check_tag(&tag.key, &tag.value)
}

pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<CreateExperiment>,
) -> Reply<CreateExperimentResponse> {
    let name = required(request.name, "name")?;
    let tags = request.tags.unwrap_or_default();
    let views = tags.iter().filter(|tag| store::is_custom_view(&tag.key)).count();
    if views > store::MAX_CUSTOM_VIEWS {
        return Err(store::too_many_custom_views(None));
    }
    let artifact_location = request.artifact_location.filter(|text| !text.is_empty());
    let artifact_location = artifact_location
        .map(|uri| {
            location::check(&uri, "artifact_location", &app.settings)?;
            Ok::<_, ApiError>(location::resolve(uri))
        })
        .transpose()?;
    validation::experiment_name(&name)?;
    tags.iter().try_for_each(check_tag)?;
    unique_keys(&tags)?;
    let new = store::NewExperiment {
        name,
        artifact_location,
        artifact_root: app.settings.default_artifact_root.clone(),
        tags,
        now: app.clock.now_ms(),
    };
    let id = app.write(&caller, store::create, (new,)).await?;
    Ok(Json(CreateExperimentResponse { experiment_id: id.to_string() }))
}

/// The experiment with this id, living or deleted.
pub async fn get_by_id(app: &App, caller: &Caller, id: &str) -> Result<Experiment, ApiError> {
    let id = validation::experiment_id(id)?;
    let experiment = app.read(caller, store::get, (id,)).await?;
    Ok(with_retention(app, experiment))
}

fn with_retention(app: &App, mut experiment: Experiment) -> Experiment {
    archival::add_retention(app, std::slice::from_mut(&mut experiment));
    experiment
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ExperimentById>,
) -> Reply<GetExperimentResponse> {
    let id = required(request.experiment_id, "experiment_id")?;
    Ok(Json(GetExperimentResponse { experiment: get_by_id(&app, &caller, &id).await? }))
}

pub(super) async fn get_by_name(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<GetExperimentByName>,
) -> Reply<GetExperimentResponse> {
    let name = required(request.experiment_name, "experiment_name")?;
    let experiment = app.read(&caller, store::get_by_name, (name,)).await?;
    Ok(Json(GetExperimentResponse { experiment: with_retention(&app, experiment) }))
}

/// One page of a search, as both the REST route and GraphQL answer it.
pub async fn search_page(
    app: &App,
    caller: &Caller,
    request: SearchExperiments,
) -> Result<SearchExperimentsResponse, ApiError> {
    // Compat: unlike a search for runs, this one has no default page size.
    let size = request.max_results.map_or(0, i64::from);
    let size = validation::max_results(size, Some(MAX_PAGE))?;
    let view = request.view_type.0.unwrap_or_default();
    let order_by = request.order_by.unwrap_or_default();
    let filter = request.filter.unwrap_or_default();
    let token = request.page_token.filter(|token| !token.is_empty());
    let search =
        search::plan(caller.workspace(), &filter, &order_by, view, size, token.as_deref())?;
    let mut page = app.search(caller, store::search, (search,)).await?;
    archival::add_retention(app, &mut page.experiments);
    Ok(page)
}

pub(super) async fn search(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SearchExperiments>,
) -> Reply<SearchExperimentsResponse> {
    search_page(&app, &caller, request).await.map(Json)
}

pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<UpdateExperiment>,
) -> Reply<Empty> {
    let id = required(request.experiment_id, "experiment_id")?;
    let name = required(request.new_name, "new_name")?;
    validation::experiment_name(&name)?;
    let input = (validation::experiment_id(&id)?, name);
    app.write(&caller, store::rename, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ExperimentById>,
) -> Reply<Empty> {
    let id = validation::experiment_id(&required(request.experiment_id, "experiment_id")?)?;
    app.write(&caller, store::delete, (id,)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn restore(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ExperimentById>,
) -> Reply<Empty> {
    let id = validation::experiment_id(&required(request.experiment_id, "experiment_id")?)?;
    let input = (id,);
    app.write(&caller, store::restore, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn set_tag(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SetExperimentTag>,
) -> Reply<Empty> {
    let id = required(request.experiment_id, "experiment_id")?;
    let key = required(request.key, "key")?;
    let tag = KeyValue { key, value: request.value.unwrap_or_default() };
    check_tag(&tag)?;
    let input = (validation::experiment_id(&id)?, tag);
    app.write(&caller, store::set_tag, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete_tag(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SetExperimentTag>,
) -> Reply<Empty> {
    let id = required(request.experiment_id, "experiment_id")?;
    let input = (validation::experiment_id(&id)?, required(request.key, "key")?);
    app.write(&caller, store::delete_tag, input).await?;
    Ok(Json(Empty {}))
}
