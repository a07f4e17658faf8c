//! The handler of questions about many traces.

use app::{ApiError, Call, Caller, Choice, Choices, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use filter::traces::{MetricFilter, parse_metric_filter};
use tracking::validation;

use super::catalog::{Dimension, Metric};
use super::store::{self, Aggregation, Question};
use super::wire::{GivenAggregation, Kind, QueryTraceMetrics, QueryTraceMetricsResponse, View};

const DEFAULT_RESULTS: i64 = 1000;
/// A bucket of time that is longer than this is of no use, and its nanoseconds fit no integer.
const MAX_INTERVAL_SECONDS: i64 = 3_000_000_000;

/// `['a', 'b']`, sorted.
fn sorted_list(mut names: Vec<&str>) -> String {
    names.sort_unstable();
    python::repr_list(&names)
}

fn metric(view: View, name: &str) -> Result<&'static Metric, ApiError> {
    let metrics = view.metrics();
    metrics.iter().find(|metric| metric.name == name).ok_or_else(|| {
        let known: Vec<&str> = metrics.iter().map(|metric| metric.name).collect();
        let known = python::repr_list(&known);
        ApiError::invalid(format!("metric_name must be one of {known}, got '{name}'"))
    })
}

fn kinds(metric: &Metric, given: &[GivenAggregation]) -> Result<Vec<Kind>, ApiError> {
    let mut kinds = Vec::new();
    let mut refused = Vec::new();
    for aggregation in given {
        let kind = aggregation.aggregation_type.0.ok_or_else(|| {
            let known: Vec<&str> = Kind::ALL.iter().map(|(_, name, _)| *name).collect();
            let known = python::repr_list(&known);
            ApiError::invalid(format!("aggregation_type must be one of {known}"))
        })?;
        kinds.push(kind);
        if !metric.kinds.contains(&kind) && !refused.contains(&kind.name()) {
            refused.push(kind.name());
        }
    }
    if refused.is_empty() {
        return Ok(kinds);
    }
    let known = sorted_list(metric.kinds.iter().map(|kind| kind.name()).collect());
    let refused = sorted_list(refused);
    Err(ApiError::invalid(format!(
        "Found invalid aggregation_type(s): {refused}. Supported aggregation types: {known}"
    )))
}

/// The percentile that an aggregation asks for: exactly those of that kind have one.
fn percentile(kind: Kind, given: &GivenAggregation) -> Result<Option<f64>, ApiError> {
    let value = given.percentile_value.map(f64::from);
    match (kind, value) {
        (Kind::Percentile, None) => {
            Err(ApiError::invalid("Percentile value is required for PERCENTILE aggregation"))
        }
        (Kind::Percentile, Some(value)) if !(0.0..=100.0).contains(&value) => {
            Err(ApiError::invalid(format!(
                "Percentile value must be between 0 and 100, got {}",
                python::repr_float(value)
            )))
        }
        (Kind::Percentile, value) => Ok(value),
        (_, None) => Ok(None),
        (kind, Some(_)) => Err(ApiError::invalid(format!(
            "Percentile value is only allowed for PERCENTILE aggregation type, got {}",
            kind.name()
        ))),
    }
}

fn aggregations(metric: &Metric, given: &[GivenAggregation]) -> Result<Vec<Aggregation>, ApiError> {
    let mut aggregations: Vec<Aggregation> = Vec::new();
    for (kind, given) in kinds(metric, given)?.into_iter().zip(given) {
        let percentile = percentile(kind, given)?;
        let name = match percentile {
            Some(value) => format!("P{}", python::repr_float(value)),
            None => kind.name().to_owned(),
        };
        if !aggregations.iter().any(|known| known.name == name) {
            aggregations.push(Aggregation { kind, percentile, name });
        }
    }
    Ok(aggregations)
}

fn dimensions(metric: &Metric, given: &[String]) -> Result<Vec<&'static Dimension>, ApiError> {
    let mut dimensions: Vec<&'static Dimension> = Vec::new();
    let mut refused: Vec<&str> = Vec::new();
    for name in given {
        match metric.dimensions.iter().find(|dimension| dimension.name == *name) {
            None if !refused.contains(&name.as_str()) => refused.push(name),
            Some(known) if !dimensions.iter().any(|dimension| dimension.name == known.name) => {
                dimensions.push(known);
            }
            _ => {}
        }
    }
    if refused.is_empty() {
        return Ok(dimensions);
    }
    let known = sorted_list(metric.dimensions.iter().map(|dimension| dimension.name).collect());
    let refused = sorted_list(refused);
    Err(ApiError::invalid(format!(
        "Found invalid dimension(s): {refused}. Supported dimensions: {known}"
    )))
}

fn filters(view: View, given: &[String]) -> Result<Vec<MetricFilter>, ApiError> {
    let read = |text: &String| {
        let filter = parse_metric_filter(text)?;
        let (named, allowed) = match filter {
            MetricFilter::Trace(_) => return Ok(filter),
            MetricFilter::SpanName(_) | MetricFilter::SpanStatus(_) | MetricFilter::SpanType(_) => {
                ("span", View::Spans)
            }
            MetricFilter::AssessmentName(_) | MetricFilter::AssessmentType(_) => {
                ("assessment", View::Assessments)
            }
        };
        if view == allowed {
            return Ok(filter);
        }
        Err(ApiError::invalid(format!(
            "Filtering by {named} is only supported for {} view type, got {}",
            name(allowed),
            name(view)
        )))
    };
    given.iter().map(read).collect()
}

fn name(view: View) -> &'static str {
    View::ALL.iter().find(|(known, ..)| *known == view).map_or("", |(_, name, _)| name)
}

fn interval(request: &QueryTraceMetrics) -> Result<Option<i64>, ApiError> {
    let Some(seconds) = request.time_interval_seconds.map(i64::from).filter(|at| *at != 0) else {
        return Ok(None);
    };
    if request.start_time_ms.is_none() || request.end_time_ms.is_none() {
        return Err(ApiError::invalid(
            "start_time_ms and end_time_ms are required if time_interval_seconds is set",
        ));
    }
    if !(1..=MAX_INTERVAL_SECONDS).contains(&seconds) {
        return Err(ApiError::invalid(format!(
            "time_interval_seconds must be between 1 and {MAX_INTERVAL_SECONDS}, got {seconds}"
        )));
    }
    Ok(Some(seconds))
}

pub(super) async fn query(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<QueryTraceMetrics>,
) -> Reply<QueryTraceMetricsResponse> {
    let interval = interval(&request);
    let experiment_ids = required(request.experiment_ids, "experiment_ids")?;
    let Choice(Some(view)) = request.view_type else {
        let known = python::repr_list(&View::ALL.iter().map(|(_, n, _)| *n).collect::<Vec<_>>());
        return Err(ApiError::invalid(format!("view_type must be one of {known}")));
    };
    let metric = metric(view, &required(request.metric_name, "metric_name")?)?;
    let given = required(request.aggregations, "aggregations")?;
    let aggregations = aggregations(metric, &given)?;
    let dimensions = dimensions(metric, request.dimensions.as_deref().unwrap_or_default())?;
    let limit = request.max_results.map_or(DEFAULT_RESULTS, i64::from);
    if limit < 0 {
        return Err(ApiError::invalid(format!("max_results must not be negative, got {limit}")));
    }
    let ids = experiment_ids.iter().map(|id| validation::experiment_id(id));
    let question = Question {
        view,
        metric,
        interval: interval?,
        experiment_ids: ids.collect::<Result<_, _>>()?,
        filters: filters(view, request.filters.as_deref().unwrap_or_default())?,
        from_ms: request.start_time_ms.map(i64::from),
        until_ms: request.end_time_ms.map(i64::from),
        aggregations,
        dimensions,
        limit,
    };
    // Nothing asked of the numbers: no answer has anything to say.
    if question.aggregations.is_empty() {
        return Ok(Json(QueryTraceMetricsResponse { data_points: Vec::new() }));
    }
    let input = (question, app.settings.trace_rollups);
    let data_points = app.search(&caller, store::query, input);
    let data_points = data_points.await?;
    Ok(Json(QueryTraceMetricsResponse { data_points }))
}
