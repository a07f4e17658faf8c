//! The handler of correlations of filters.

use app::{Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use tracking::validation;

use super::npmi::npmi;
use super::store::{self, Filters};
use super::wire::{CalculateCorrelation, CorrelationResponse};

/// What is added to each count, so that few traces do not say too much.
const JEFFREYS_PRIOR: f64 = 0.5;

pub(super) async fn calculate(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<CalculateCorrelation>,
) -> Reply<CorrelationResponse> {
    let ids = required(request.experiment_ids, "experiment_ids")?;
    let first = required(request.filter_string1, "filter_string1")?;
    let second = required(request.filter_string2, "filter_string2")?;
    let ids = ids.iter().map(|id| validation::experiment_id(id));
    let experiment_ids = ids.collect::<Result<_, _>>()?;
    let base = request.base_filter.unwrap_or_default();
    let on_base = |filter: &str| {
        let both = format!("{base} and {filter}");
        filter::traces::parse(if base.is_empty() { filter } else { both.as_str() })
    };
    let filters = Filters {
        experiment_ids,
        first: on_base(&first)?,
        second: on_base(&second)?,
        base: filter::traces::parse(&base)?,
    };
    let counts = app.search(&caller, store::count, (filters,)).await?;
    Ok(Json(CorrelationResponse {
        npmi: npmi(counts, 0.0),
        npmi_smoothed: npmi(counts, JEFFREYS_PRIOR),
        counts,
    }))
}
