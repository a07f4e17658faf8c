//! The handlers of the search for traces.

use app::call::invalid_value;
use app::{ApiError, App, Call, Caller, Int64, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use tracking::validation;

use super::search::{self, Request};
use super::store;
use super::wire::{SearchTraces, SearchTracesResponse, SearchTracesV2, SearchTracesV2Response};

const DEFAULT_PAGE: i64 = 100;
const MAX_PAGE: i64 = 500;

fn page_size(asked: Option<Int64>) -> Result<usize, ApiError> {
    let size = asked.map_or(DEFAULT_PAGE, i64::from);
    if size > MAX_PAGE {
        return Err(invalid_value("max_results", &size.into()));
    }
    validation::max_results(size, None)
}

async fn page(
    app: &App,
    caller: &Caller,
    request: Request<'_>,
) -> Result<SearchTracesResponse, ApiError> {
    let search = search::plan(request)?;
    app.search(caller, store::search, (search,)).await
}

pub(super) async fn search(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SearchTraces>,
) -> Reply<SearchTracesResponse> {
    let locations = required(request.locations, "locations")?;
    let size = page_size(request.max_results)?;
    let ids = locations.into_iter().filter_map(|location| location.mlflow_experiment);
    let ids = ids.map(|location| validation::experiment_id(&location.experiment_id));
    let answer = page(
        &app,
        &caller,
        Request {
            experiment_ids: ids.collect::<Result<_, _>>()?,
            filter: request.filter.as_deref().unwrap_or_default(),
            order_by: request.order_by.as_deref().unwrap_or_default(),
            size,
            token: request.page_token.as_deref().filter(|token| !token.is_empty()),
        },
    );
    answer.await.map(Json)
}

pub(super) async fn search_v2(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SearchTracesV2>,
) -> Reply<SearchTracesV2Response> {
    let ids = required(request.experiment_ids, "experiment_ids")?;
    let size = page_size(request.max_results)?;
    let ids = ids.iter().map(|id| validation::experiment_id(id));
    let answer = page(
        &app,
        &caller,
        Request {
            experiment_ids: ids.collect::<Result<_, _>>()?,
            filter: request.filter.as_deref().unwrap_or_default(),
            order_by: request.order_by.as_deref().unwrap_or_default(),
            size,
            token: request.page_token.as_deref().filter(|token| !token.is_empty()),
        },
    );
    let SearchTracesResponse { traces, next_page_token } = answer.await?;
    let traces = traces.into_iter().map(Into::into).collect();
    Ok(Json(SearchTracesV2Response { traces, next_page_token }))
}
