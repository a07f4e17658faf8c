//! The handlers that read histories.

use std::io::Write;
use std::sync::Arc;

use app::call::missing;
use app::{ApiError, App, Call, Caller, Reply, Shared, page, required};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::store_history::{self as store, After, Sample, Steps};
use super::wire::{
    BulkMetricsResponse, GetMetricHistory, GetMetricHistoryBulk, GetMetricHistoryBulkInterval,
    MetricsResponse,
};

/// Points read at a time: a history of any length needs no more memory than this many. Each reading
/// sorts all that is left, so that a few large ones cost much less than many small ones.
const CHUNK: i64 = 100_000;

/// Points written at a time.
const PIECE: usize = 4_000;

const MAX_BULK_POINTS: i64 = 25_000;
const MAX_RUNS: usize = 100;
const MAX_POINTS_PER_RUN: i64 = 2500;

/// The history of one metric of one run. Without `max_results` it is whole, and streamed.
pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<GetMetricHistory>,
) -> Result<Response, ApiError> {
    let run_id = request.run_id.or(request.run_uuid);
    let run_id = required(run_id, "run_id")?;
    let key = required(request.metric_key, "metric_key")?;
    let after = request.page_token.filter(|token| !token.is_empty());
    let after = after.map(|token| page::decode::<After>(&token)).transpose()?;
    let limit = match request.max_results.map(i64::from) {
        Some(limit) if limit <= 0 => {
            return Err(ApiError::invalid(format!(
                "Invalid value {limit} for parameter 'max_results' supplied. It must be a \
                 positive integer."
            )));
        }
        limit => limit,
    };
    // Compat: a run that does not exist has an empty history.
    let history = History {
        app,
        caller,
        run_id,
        key,
        after,
        left: limit,
        read: Vec::new().into_iter(),
        more: true,
        progress: Progress::Begin,
    };
    Ok(json_body(history).into_response())
}

/// What is still to be sent of a history.
struct History {
    app: Arc<App>,
    caller: Caller,
    run_id: String,
    key: String,
    after: Option<After>,
    /// Points that may still be read; without a limit, `None`.
    left: Option<i64>,
    /// Points that were read and not yet sent.
    read: std::vec::IntoIter<Sample>,
    /// Whether the database has more points than were read.
    more: bool,
    progress: Progress,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Nothing was sent.
    Begin,
    /// `{"metrics": [` and at least one point were sent.
    Middle,
    End,
}

impl History {
    /// The next piece of JSON.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, ApiError> {
        if self.progress == Progress::End {
            return Ok(None);
        }
        if self.read.as_slice().is_empty() && self.more && self.left != Some(0) {
            self.read_on().await?;
        }
        let mut out = Vec::with_capacity(self.read.len().min(PIECE) * 80 + 64);
        let key = serde_json::to_string(&self.key).map_err(ApiError::internal)?;
        for sample in self.read.by_ref().take(PIECE) {
            out.extend_from_slice(match self.progress {
                Progress::Begin => b"{\"metrics\": [",
                _ => b",",
            });
            self.progress = Progress::Middle;
            write_point(&mut out, &key, sample);
        }
        if self.read.as_slice().is_empty() && (!self.more || self.left == Some(0)) {
            self.finish(&mut out);
        }
        Ok(Some((out.into(), self)))
    }

    async fn read_on(&mut self) -> Result<(), ApiError> {
        let wanted = self.left.unwrap_or(CHUNK).min(CHUNK);
        let input = (self.run_id.clone(), self.key.clone(), self.after.clone(), wanted + 1);
        let mut samples = self.app.read(&self.caller, store::page, input).await?;
        self.more = samples.len() as i64 > wanted;
        samples.truncate(usize::try_from(wanted).unwrap_or_default());
        self.left = self.left.map(|left| left - samples.len() as i64);
        self.after = samples.last().map(|last| After::from(*last)).or(self.after.take());
        self.read = samples.into_iter();
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.progress == Progress::Begin { b"{" } else { b"]" });
        if self.more
            && let Some(after) = &self.after
        {
            // Writing to a Vec cannot fail.
            let _ = write!(out, ", \"next_page_token\": \"{}\"", page::encode(after));
        }
        out.push(b'}');
        self.progress = Progress::End;
    }
}

fn write_point(out: &mut Vec<u8>, key: &str, sample: Sample) {
    out.extend_from_slice(b"{\"key\":");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b",\"value\":");
    // A number's JSON cannot fail to be written to a Vec.
    let _ = serde_json::to_writer(&mut *out, &sample.shown());
    out.extend_from_slice(b",\"timestamp\":");
    out.extend_from_slice(itoa::Buffer::new().format(sample.timestamp).as_bytes());
    out.extend_from_slice(b",\"step\":");
    out.extend_from_slice(itoa::Buffer::new().format(sample.step).as_bytes());
    out.push(b'}');
}

fn json_body(history: History) -> impl IntoResponse {
    let pieces = stream::try_unfold(history, History::next);
    ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(pieces))
}

/// One metric of several runs, as the reference's web page asks for it.
pub(super) async fn bulk(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<GetMetricHistoryBulk>,
) -> Reply<BulkMetricsResponse> {
    let run_ids = request.run_id.unwrap_or_default();
    if run_ids.is_empty() {
        return Err(ApiError::invalid(
            "GetMetricHistoryBulk request must specify at least one run_id.",
        ));
    }
    if run_ids.len() > MAX_RUNS {
        return Err(ApiError::invalid(format!(
            "GetMetricHistoryBulk request cannot specify more than {MAX_RUNS} run_ids. Received {} \
             run_ids.",
            run_ids.len()
        )));
    }
    let Some(key) = request.metric_key else {
        return Err(ApiError::invalid("GetMetricHistoryBulk request must specify a metric_key."));
    };
    let limit = request.max_results.map_or(MAX_BULK_POINTS, i64::from).clamp(0, MAX_BULK_POINTS);
    let points = app.search(&caller, store::bulk, (run_ids, key.clone(), limit)).await?;
    let metrics =
        points.into_iter().map(|(run, point)| point.into_metric(&key, Some(&run))).collect();
    Ok(Json(BulkMetricsResponse { metrics }))
}

/// One metric of several runs, thinned out to at most so many points a run.
pub(super) async fn interval(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<GetMetricHistoryBulkInterval>,
) -> Reply<MetricsResponse> {
    history_interval(&app, &caller, request).await.map(Json)
}

/// As the route answers, for GraphQL too.
pub async fn history_interval(
    app: &App,
    caller: &Caller,
    request: GetMetricHistoryBulkInterval,
) -> Result<MetricsResponse, ApiError> {
    let run_ids =
        request.run_ids.filter(|ids| !ids.is_empty()).ok_or_else(|| missing("run_ids"))?;
    if run_ids.len() > MAX_RUNS {
        return Err(ApiError::invalid(format!(
            "GetMetricHistoryBulkInterval request must specify at most {MAX_RUNS} run_ids. \
             Received {} run_ids. See the API docs for more information about request parameters.",
            run_ids.len()
        )));
    }
    let key = required(request.metric_key, "metric_key")?;
    let size = request.max_results.map_or(MAX_POINTS_PER_RUN, i64::from);
    if !(1..=MAX_POINTS_PER_RUN).contains(&size) {
        return Err(ApiError::invalid(format!(
            "max_results must be between 1 and {MAX_POINTS_PER_RUN}. See the API docs for more \
             information about request parameters."
        )));
    }
    let steps = match (request.start_step.map(i64::from), request.end_step.map(i64::from)) {
        (Some(start), Some(end)) if start > end => {
            return Err(ApiError::invalid(format!(
                "end_step must be greater than start_step. Found start_step={start} and \
                 end_step={end}."
            )));
        }
        (Some(first), Some(last)) => Some(Steps { first, last }),
        (None, None) => None,
        _ => {
            return Err(ApiError::invalid(
                "If either start step or end step are specified, both must be specified.",
            ));
        }
    };
    let metrics = app.search(caller, store::samples, (run_ids, key, steps, size)).await?;
    Ok(MetricsResponse { metrics })
}
