//! The handlers of evaluation data sets.

use app::{ApiError, Call, Reply, Shared, required};
use axum::Json;
use axum::extract::{Path, State};

use super::wire::{
    CreateDataset, DatasetResponse, ExperimentIds, Experiments, SearchDatasets,
    SearchDatasetsResponse, SetTags,
};
use super::{search, store};
use crate::json::{self, Map};
use crate::{Empty, paging};

const DEFAULT_PAGE: i64 = 1000;

/// Reads a JSON map in a text.
fn map(text: &str, name: &str) -> Result<Map, ApiError> {
    let refused =
        |why: String| ApiError::invalid(format!("Parameter '{name}' must be a JSON map: {why}."));
    app::json::check_values(text.as_bytes())?;
    match json::Json::parse(text) {
        Ok(json::Json::Map(map)) => Ok(map),
        Ok(other) => Err(refused(format!("it is of type '{}'", other.type_name()))),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// The text of a tag: values that are no texts are shown as Python shows them.
fn tags(map: Map) -> Vec<(String, String)> {
    map.into_iter()
        .filter(|(_, value)| *value != json::Json::Null)
        .map(|(key, value)| (key, value.shown()))
        .collect()
}

pub(super) async fn create(
    State(app): Shared,
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
    let dataset = app.db.write(new, |tx, new| Box::pin(store::create(tx, new))).await?;
    Ok(Json(DatasetResponse { dataset }))
}

pub(super) async fn get(
    State(app): Shared,
    Path(dataset_id): Path<String>,
) -> Reply<DatasetResponse> {
    let dataset = app.db.read(dataset_id, |tx, id| Box::pin(store::get(tx, id))).await?;
    Ok(Json(DatasetResponse { dataset }))
}

pub(super) async fn delete(State(app): Shared, Path(dataset_id): Path<String>) -> Reply<Empty> {
    app.db.write(dataset_id, |tx, id| Box::pin(store::delete(tx, id))).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn search(
    State(app): Shared,
    Call(request): Call<SearchDatasets>,
) -> Reply<SearchDatasetsResponse> {
    let size = paging::size(request.max_results, DEFAULT_PAGE)?;
    let token = request.page_token.filter(|token| !token.is_empty());
    let search = search::plan(
        request.experiment_ids.unwrap_or_default(),
        &request.filter_string.unwrap_or_default(),
        &request.order_by.unwrap_or_default(),
        size,
        token.as_deref(),
    )?;
    Ok(Json(app.db.search(search, |tx, search| Box::pin(store::search(tx, search))).await?))
}

pub(super) async fn set_tags(
    State(app): Shared,
    Path(dataset_id): Path<String>,
    Call(request): Call<SetTags>,
) -> Reply<Empty> {
    let given = map(&required(request.tags, "tags")?, "tags")?;
    let input = (dataset_id, tags(given));
    app.db.write(input, |tx, (id, tags)| Box::pin(store::set_tags(tx, id, tags))).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete_tag(
    State(app): Shared,
    Path(input): Path<(String, String)>,
) -> Reply<Empty> {
    app.db.write(input, |tx, (id, key)| Box::pin(store::delete_tag(tx, id, key))).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn experiment_ids(
    State(app): Shared,
    Path(dataset_id): Path<String>,
) -> Reply<ExperimentIds> {
    let experiment_ids =
        app.db.read(dataset_id, |tx, id| Box::pin(store::experiment_ids(tx, id))).await?;
    Ok(Json(ExperimentIds { experiment_ids }))
}

pub(super) async fn link(
    State(app): Shared,
    Path(dataset_id): Path<String>,
    Call(request): Call<Experiments>,
) -> Reply<DatasetResponse> {
    let ids = request.experiment_ids.unwrap_or_default();
    let links: Vec<_> = ids.into_iter().map(|id| (app.ids.hex(), id)).collect();
    let input = (dataset_id, links, app.clock.now_ms());
    let dataset = app
        .db
        .write(input, |tx, (id, links, now)| Box::pin(store::link(tx, id, links, *now)))
        .await?;
    Ok(Json(DatasetResponse { dataset }))
}

pub(super) async fn unlink(
    State(app): Shared,
    Path(dataset_id): Path<String>,
    Call(request): Call<Experiments>,
) -> Reply<DatasetResponse> {
    let input = (dataset_id, request.experiment_ids.unwrap_or_default(), app.clock.now_ms());
    let dataset = app
        .db
        .write(input, |tx, (id, ids, now)| Box::pin(store::unlink(tx, id, ids, *now)))
        .await?;
    Ok(Json(DatasetResponse { dataset }))
}
