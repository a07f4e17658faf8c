//! The handlers of runs.

use app::call::invalid_value;
use app::{ApiError, App, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::State;

use super::name::random_name;
use super::search::{self, Request};
use super::store::{self, NewRun, RunUpdate};
use super::store_create::RunWriter;
use super::store_entries::Batch;
use super::wire::{
    CreateRun, LogBatch, OptionalKeyValue, Run, RunById, RunKeyValue, RunResponse, SearchRuns,
    SearchRunsResponse, UpdateRun, UpdateRunResponse,
};
use crate::experiments::wire::Empty;
use crate::metrics::{store::Point, wire::LoggedMetric};
use crate::tags::{KeyValue, RUN_NAME, unique_keys};
use crate::validation::{
    self, MAX_ENTITIES_PER_BATCH, MAX_ENTITY_KEY_LENGTH, MAX_METRICS_PER_BATCH,
    MAX_PARAM_VALUE_LENGTH, MAX_PARAMS_TAGS_PER_BATCH, MAX_TAG_VALUE_LENGTH,
};

const DEFAULT_PAGE: i64 = 1000;
const MAX_PAGE: i64 = 50_000;

/// The id of the run that a request is about, under either of its names.
fn run_id(run_id: Option<String>, run_uuid: Option<String>) -> Result<String, ApiError> {
    required(run_id.or(run_uuid), "run_id")
}

fn check_tag(mut tag: KeyValue, path: &str) -> Result<KeyValue, ApiError> {
    validation::entity_name(&tag.key, format_args!("{path}key"))?;
    validation::length(format_args!("{path}key"), MAX_ENTITY_KEY_LENGTH, &tag.key)?;
    validation::truncate(&mut tag.value, MAX_TAG_VALUE_LENGTH);
    Ok(tag)
}

fn check_param(mut param: KeyValue, path: &str) -> Result<KeyValue, ApiError> {
    validation::entity_name(&param.key, format_args!("{path}key"))?;
    validation::length("Param key", MAX_ENTITY_KEY_LENGTH, &param.key)?;
    validation::truncate(&mut param.value, MAX_PARAM_VALUE_LENGTH);
    Ok(param)
}

pub(super) async fn create(
    State(app): Shared,
    writer: RunWriter,
    caller: Caller,
    Call(request): Call<CreateRun>,
) -> Reply<RunResponse> {
    let experiment_id = validation::experiment_id(request.experiment())?;
    let mut tags = request.tags.unwrap_or_default();
    for tag in &mut tags {
        validation::length("key", MAX_ENTITY_KEY_LENGTH, &tag.key)?;
        validation::truncate(&mut tag.value, MAX_TAG_VALUE_LENGTH);
    }
    let in_tag = tags.iter().find(|tag| tag.key == RUN_NAME).map(|tag| tag.value.clone());
    let given = request.run_name.filter(|name| !name.is_empty());
    if let (Some(name), Some(tag)) = (&given, &in_tag)
        && name != tag
        && !tag.is_empty()
    {
        return Err(ApiError::invalid(format!(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different \
             values (run_name='{name}', mlflow.runName='{tag}')."
        )));
    }
    let in_tag = in_tag.filter(|name| !name.is_empty());
    let mut name = given.or(in_tag).unwrap_or_else(|| random_name(&app.ids));
    validation::truncate(&mut name, MAX_ENTITY_KEY_LENGTH);
    unique_keys(&tags)?;
    tags.retain(|tag| tag.key != RUN_NAME);
    tags.push(KeyValue { key: RUN_NAME.to_owned(), value: name.clone() });
    let new = NewRun {
        run_id: app.ids.hex(),
        experiment_id,
        name,
        user_id: request.user_id.unwrap_or_default(),
        start_time: request.start_time.map_or(0, i64::from),
        tags,
    };
    Ok(Json(RunResponse { run: writer.write(&caller, new).await? }))
}

/// The run with this id, living or deleted.
pub async fn get_by_id(app: &App, caller: &Caller, run_id: String) -> Result<Run, ApiError> {
    app.read(caller, store::get, (run_id,)).await
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<RunById>,
) -> Reply<RunResponse> {
    let run_id = run_id(request.run_id, request.run_uuid)?;
    Ok(Json(RunResponse { run: get_by_id(&app, &caller, run_id).await? }))
}

/// One page of a search, as both the REST route and GraphQL answer it.
pub async fn search_page(
    app: &App,
    caller: &Caller,
    request: SearchRuns,
) -> Result<SearchRunsResponse, ApiError> {
    let size = request.max_results.map_or(DEFAULT_PAGE, i64::from);
    if size > MAX_PAGE {
        return Err(invalid_value("max_results", &size.into()));
    }
    let size = validation::max_results(size, None)?;
    let ids = request.experiment_ids.unwrap_or_default();
    let order_by = request.order_by.unwrap_or_default();
    let filter = request.filter.unwrap_or_default();
    let experiment_ids = ids.iter().map(|id| validation::experiment_id(id));
    let search = search::plan(Request {
        experiment_ids: experiment_ids.collect::<Result<_, _>>()?,
        filter: &filter,
        order_by: &order_by,
        view: request.run_view_type.0.unwrap_or_default(),
        size,
        token: request.page_token.as_deref().filter(|token| !token.is_empty()),
    })?;
    app.search(caller, store::search, (search,)).await
}

pub(super) async fn search(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SearchRuns>,
) -> Reply<SearchRunsResponse> {
    search_page(&app, &caller, request).await.map(Json)
}

pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<UpdateRun>,
) -> Reply<UpdateRunResponse> {
    let update = RunUpdate {
        run_id: run_id(request.run_id, request.run_uuid)?,
        status: request.status.0,
        end_time: request.end_time.map(i64::from),
        name: request.run_name.filter(|name| !name.is_empty()),
    };
    if let Some(name) = &update.name {
        validation::length("run_name", MAX_ENTITY_KEY_LENGTH, name)?;
    }
    let run_info = app.write(&caller, store::update, (update,)).await?;
    Ok(Json(UpdateRunResponse { run_info }))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<RunById>,
) -> Reply<Empty> {
    app.write(&caller, store::delete, (run_id(request.run_id, request.run_uuid)?,)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn restore(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<RunById>,
) -> Reply<Empty> {
    app.write(&caller, store::restore, (run_id(request.run_id, request.run_uuid)?,)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn log_param(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<RunKeyValue>,
) -> Reply<Empty> {
    let run_id = run_id(request.run_id, request.run_uuid)?;
    let key = required(request.key, "key")?;
    let param = check_param(KeyValue { key, value: request.value.unwrap_or_default() }, "")?;
    app.write(&caller, store::log_param, (run_id, param)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn set_tag(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<RunKeyValue>,
) -> Reply<Empty> {
    let run_id = run_id(request.run_id, request.run_uuid)?;
    let key = required(request.key, "key")?;
    let tag = check_tag(KeyValue { key, value: request.value.unwrap_or_default() }, "")?;
    app.write(&caller, store::set_tags, (run_id, [tag])).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete_tag(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<RunKeyValue>,
) -> Reply<Empty> {
    let input = (run_id(request.run_id, request.run_uuid)?, required(request.key, "key")?);
    app.write(&caller, store::delete_tag, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn log_batch(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<LogBatch>,
) -> Reply<Empty> {
    let batch = check_batch(request)?;
    app.write(&caller, store::log_batch, (batch,)).await?;
    Ok(Json(Empty {}))
}

fn missing(path: &str) -> ApiError {
    app::call::missing(path)
}

fn check_batch(request: LogBatch) -> Result<Batch, ApiError> {
    let run_id = required(request.run_id, "run_id")?;
    let metrics = request.metrics.unwrap_or_default();
    let params = request.params.unwrap_or_default();
    let tags = request.tags.unwrap_or_default();
    check_presence(&metrics, &params, &tags)?;
    validation::run_id(&run_id)?;
    let (metric_count, param_count, tag_count) = (metrics.len(), params.len(), tags.len());
    let points: Result<Vec<Point>, ApiError> = (metrics.into_iter().enumerate())
        .map(|(index, metric)| Point::check(metric, format_args!("metrics[{index}].")))
        .collect();
    let points = points?;
    let params = check_pairs(params, "params", check_param)?;
    let tags = check_pairs(tags, "tags", check_tag)?;
    validation::batch_limit("metrics", MAX_METRICS_PER_BATCH, metric_count)?;
    validation::batch_limit("params", MAX_PARAMS_TAGS_PER_BATCH, param_count)?;
    validation::batch_limit("tags", MAX_PARAMS_TAGS_PER_BATCH, tag_count)?;
    let total = metric_count + param_count + tag_count;
    validation::batch_limit("metrics, params, and tags", MAX_ENTITIES_PER_BATCH, total)?;
    check_unique(&params)?;
    Ok(Batch { run_id, points, params, tags })
}

/// Refuses entries without what they need, before any other check: as MLflow does.
fn check_presence(
    metrics: &[LoggedMetric],
    params: &[OptionalKeyValue],
    tags: &[OptionalKeyValue],
) -> Result<(), ApiError> {
    let absent = |text: &Option<String>| text.as_deref().is_none_or(str::is_empty);
    for (index, metric) in metrics.iter().enumerate() {
        let field = if absent(&metric.key) {
            "key"
        } else if metric.value.is_none() {
            "value"
        } else if metric.timestamp.is_none() {
            "timestamp"
        } else {
            continue;
        };
        return Err(missing(&format!("metrics[{index}].{field}")));
    }
    if let Some(index) = params.iter().position(|param| absent(&param.key)) {
        return Err(missing(&format!("params[{index}].key")));
    }
    if let Some(index) = tags.iter().position(|tag| absent(&tag.key)) {
        return Err(missing(&format!("tags[{index}].key")));
    }
    Ok(())
}

fn check_pairs(
    pairs: Vec<OptionalKeyValue>,
    list: &str,
    check: fn(KeyValue, &str) -> Result<KeyValue, ApiError>,
) -> Result<Vec<KeyValue>, ApiError> {
    let checked = pairs.into_iter().enumerate().map(|(index, pair)| {
        let key = pair.key.unwrap_or_default();
        let value = pair.value.unwrap_or_default();
        check(KeyValue { key, value }, &format!("{list}[{index}]."))
    });
    checked.collect()
}

fn check_unique(params: &[KeyValue]) -> Result<(), ApiError> {
    let mut seen = std::collections::HashSet::new();
    let repeated: Vec<String> = (params.iter())
        .filter(|param| !seen.insert(param.key.as_str()))
        .map(|param| python::repr_text(&param.key))
        .collect();
    if repeated.is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Duplicate parameter keys have been submitted: [{}]. Please ensure the request contains \
         only one param value per param key.",
        repeated.join(", ")
    )))
}
