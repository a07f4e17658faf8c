//! The handlers of evaluation data sets.

use app::{ApiError, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::{Path, State};

use super::wire::{
    CreateDataset, DatasetResponse, ExperimentIds, Experiments, SearchDatasets,
    SearchDatasetsResponse, SetTags,
};
use super::{search, store};
use crate::{Empty, paging};
use python::Map;

const DEFAULT_PAGE: i64 = 1000;

/// Reads a JSON map in a text.
fn map(text: &str, name: &str) -> Result<Map, ApiError> {
    let refused =
        |why: String| ApiError::invalid(format!("Parameter '{name}' must be a JSON map: {why}."));
    app::json::check_values(text.as_bytes())?;
    match python::Json::parse(text) {
        Ok(python::Json::Map(map)) => Ok(map),
        Ok(other) => Err(refused(format!("it is of type '{}'", other.type_name()))),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// The text of a tag: values that are no texts are shown as Python shows them.
fn tags(map: Map) -> Vec<(String, String)> {
    map.into_iter()
        .filter(|(_, value)| *value != python::Json::Null)
        .map(|(key, value)| (key, value.shown()))
        .collect()
}

pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<CreateDataset>,
) -> Reply<DatasetResponse> {
    let name = required(request.name, "name")?;
    let given = request.tags.filter(|text| !text.is_empty());
    let given = given.map(|text| map(&text, "tags")).transpose()?.unwrap_or_default();
    let mut experiment_ids: Vec<String> = Vec::new();
    for id in request.experiment_ids.unwrap_or_default() {
        if !experiment_ids.contains(&id) {
            experiment_ids.push(id);
        }
    }
    let new = store::NewDataset {
        dataset_id: format!("d-{}", app.ids.hex()),
        name,
        tags: tags(given),
        links: experiment_ids.into_iter().map(|id| (app.ids.hex(), id)).collect(),
        now: app.clock.now_ms(),
    };
    let dataset = app.write(&caller, store::create, (new,)).await?;
    Ok(Json(DatasetResponse { dataset }))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Path(dataset_id): Path<String>,
) -> Reply<DatasetResponse> {
    let dataset = app.read(&caller, store::get, (dataset_id,)).await?;
    Ok(Json(DatasetResponse { dataset }))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Path(dataset_id): Path<String>,
) -> Reply<Empty> {
    app.write(&caller, store::delete, (dataset_id,)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn search(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SearchDatasets>,
) -> Reply<SearchDatasetsResponse> {
    let size = paging::size(request.max_results, DEFAULT_PAGE)?;
    let token = request.page_token.filter(|token| !token.is_empty());
    let search = search::plan(
        caller.workspace(),
        request.experiment_ids.unwrap_or_default(),
        &request.filter_string.unwrap_or_default(),
        &request.order_by.unwrap_or_default(),
        size,
        token.as_deref(),
    )?;
    Ok(Json(app.search(&caller, store::search, (search,)).await?))
}

pub(super) async fn set_tags(
    State(app): Shared,
    caller: Caller,
    Path(dataset_id): Path<String>,
    Call(request): Call<SetTags>,
) -> Reply<Empty> {
    let given = map(&required(request.tags, "tags")?, "tags")?;
    let input = (dataset_id, tags(given));
    app.write(&caller, store::set_tags, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete_tag(
    State(app): Shared,
    caller: Caller,
    Path(input): Path<(String, String)>,
) -> Reply<Empty> {
    app.write(&caller, store::delete_tag, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn experiment_ids(
    State(app): Shared,
    caller: Caller,
    Path(dataset_id): Path<String>,
) -> Reply<ExperimentIds> {
    let experiment_ids = app.read(&caller, store::experiment_ids, (dataset_id,)).await?;
    Ok(Json(ExperimentIds { experiment_ids }))
}

pub(super) async fn link(
    State(app): Shared,
    caller: Caller,
    Path(dataset_id): Path<String>,
    Call(request): Call<Experiments>,
) -> Reply<DatasetResponse> {
    let ids = request.experiment_ids.unwrap_or_default();
    let links: Vec<_> = ids.into_iter().map(|id| (app.ids.hex(), id)).collect();
    let input = (dataset_id, links);
    let dataset = app.write(&caller, store::link, input).await?;
    Ok(Json(DatasetResponse { dataset }))
}

pub(super) async fn unlink(
    State(app): Shared,
    caller: Caller,
    Path(dataset_id): Path<String>,
    Call(request): Call<Experiments>,
) -> Reply<DatasetResponse> {
    let input = (dataset_id, request.experiment_ids.unwrap_or_default());
    let dataset = app.write(&caller, store::unlink, input).await?;
    Ok(Json(DatasetResponse { dataset }))
}
