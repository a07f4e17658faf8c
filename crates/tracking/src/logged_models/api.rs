//! The handlers of logged models.

use app::{ApiError, App, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::{Path, State};

use super::search;
use super::store::{self, NewModel, distinct_pairs};
use super::wire::{
    CreateLoggedModel, FinalizeLoggedModel, GetLoggedModel, LogLoggedModelParams, LoggedModel,
    LoggedModelResponse, SearchLoggedModels, SearchLoggedModelsResponse, SetLoggedModelTags,
};
use crate::experiments::wire::Empty;
use crate::runs::name::random_name;
use crate::validation;

/// Models on a page if the request says nothing, and if it says 0.
const DEFAULT_PAGE: i64 = 50;
const PAGE_FOR_ZERO: i64 = 100;
/// MLflow knows no limit. Who asks for more gets this many and a token.
const MAX_PAGE: usize = 50_000;

/// Refuses a name that could not be part of a model's URI.
fn check_name(name: &str) -> Result<(), ApiError> {
    if !name.contains(['/', ':', '.', '%', '"', '\'']) {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Invalid model name ({}) provided. Model name must be a non-empty string and cannot \
         contain the following characters: ('/', ':', '.', '%', '\"', \"'\")",
        python::repr_text(name)
    )))
}

pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<CreateLoggedModel>,
) -> Reply<LoggedModelResponse> {
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let name = request.name.filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| random_name(&app.ids));
    check_name(&name)?;
    let new = NewModel {
        model_id: format!("m-{}", app.ids.hex()),
        experiment_id: validation::experiment_id(&experiment_id)?,
        name,
        model_type: request.model_type.unwrap_or_default(),
        source_run_id: request.source_run_id.unwrap_or_default(),
        params: distinct_pairs("param", request.params.unwrap_or_default())?,
        tags: distinct_pairs("tag", request.tags.unwrap_or_default())?,
        now: app.clock.now_ms(),
    };
    let model = app.write(&caller, store::create, (new,)).await?;
    Ok(Json(LoggedModelResponse { model }))
}

/// The logged model with this id; a deleted one only if `allow_deleted` says so.
pub async fn get_by_id(
    app: &App,
    caller: &Caller,
    model_id: String,
    allow_deleted: bool,
) -> Result<LoggedModel, ApiError> {
    app.read(caller, store::get, (model_id, allow_deleted)).await
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Path(model_id): Path<String>,
    Call(request): Call<GetLoggedModel>,
) -> Reply<LoggedModelResponse> {
    let allow_deleted = request.allow_deleted.is_some_and(|text| text.to_lowercase() == "true");
    let model = get_by_id(&app, &caller, model_id, allow_deleted).await?;
    Ok(Json(LoggedModelResponse { model }))
}

/// Compat: the body must name the model too. MLflow would act on the body's; where the two differ,
/// the one that the caller's rights were not checked for is taken for missing.
pub(super) async fn finalize(
    State(app): Shared,
    caller: Caller,
    Path(model_in_path): Path<String>,
    Call(request): Call<FinalizeLoggedModel>,
) -> Reply<LoggedModelResponse> {
    let model_id = required(request.model_id, "model_id")?;
    let status = required(request.status, "status")?;
    if model_id != model_in_path {
        return Err(store::not_found(&model_id));
    }
    let input = (model_id, status);
    let model = app.write(&caller, store::finalize, input).await?;
    Ok(Json(LoggedModelResponse { model }))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Path(model_id): Path<String>,
) -> Reply<Empty> {
    let input = (model_id,);
    app.write(&caller, store::delete, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn set_tags(
    State(app): Shared,
    caller: Caller,
    Path(model_id): Path<String>,
    Call(request): Call<SetLoggedModelTags>,
) -> Reply<Empty> {
    let input = (model_id, request.tags.unwrap_or_default());
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

/// Compat: the body must name a model, but the path says which one is meant.
pub(super) async fn log_params(
    State(app): Shared,
    caller: Caller,
    Path(model_id): Path<String>,
    Call(request): Call<LogLoggedModelParams>,
) -> Reply<Empty> {
    required(request.model_id, "model_id")?;
    let params = distinct_pairs("param", request.params.unwrap_or_default())?;
    let input = (model_id, params);
    app.write(&caller, store::log_params, input).await?;
    Ok(Json(Empty {}))
}

/// How many models a page has.
fn page_size(asked: Option<i64>) -> Result<usize, ApiError> {
    let size = match asked {
        None => DEFAULT_PAGE,
        Some(0) => PAGE_FOR_ZERO,
        Some(size) => size,
    };
    Ok(validation::max_results(size, None)?.min(MAX_PAGE))
}

pub(super) async fn search(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SearchLoggedModels>,
) -> Reply<SearchLoggedModelsResponse> {
    let experiment_ids = request.experiment_ids.map(|ids| ids.0);
    let search = search::plan(search::Request {
        experiment_ids: required(experiment_ids, "experiment_ids")?,
        filter: request.filter,
        datasets: request.datasets.unwrap_or_default(),
        order_by: request.order_by.unwrap_or_default(),
        size: page_size(request.max_results.map(i64::from))?,
        page_token: request.page_token,
    })?;
    let found = app.search(&caller, store::search, (search,)).await?;
    Ok(Json(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_leave_out_what_a_uri_needs() {
        for name in ["model", " ", "a-b_c d", "日本"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        let message = check_name("a\"b'").unwrap_err().message;
        assert_eq!(
            message,
            "Invalid model name ('a\"b\\'') provided. Model name must be a non-empty string and \
             cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")"
        );
    }

    #[test]
    fn pages() {
        assert_eq!(page_size(None).unwrap(), 50);
        assert_eq!(page_size(Some(0)).unwrap(), 100);
        assert_eq!(page_size(Some(i64::MAX)).unwrap(), MAX_PAGE);
        assert!(page_size(Some(-1)).is_err());
    }
}
