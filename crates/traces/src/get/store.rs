//! The SQL of spans.

use std::collections::HashMap;

use app::ApiError;
use db::Tx;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::otlp_json;
use super::wire::FullTrace;
use crate::info;
use crate::info::wire::TraceInfo;

/// The metadata that says how many spans a finished trace has.
const SIZE_STATS: &str = "mlflow.trace.sizeStats";
const SPANS_LOCATION: &str = "mlflow.trace.spansLocation";

/// The spans of a trace, written one behind the other.
#[derive(Debug, Default)]
pub struct Spans {
    json: String,
    count: u64,
}

#[derive(Deserialize)]
struct SizeStats {
    #[serde(default)]
    num_spans: u64,
}

impl Spans {
    fn push(&mut self, content: &str) {
        let start = self.json.len();
        self.json.push(if start == 0 { '[' } else { ',' });
        if otlp_json::push_span(&mut self.json, content).is_ok() {
            self.count += 1;
        } else {
            self.json.truncate(start);
        }
    }

    /// Whether all spans are there that the trace is said to have, and at least one.
    pub fn complete(&self, info: &TraceInfo) -> bool {
        let stats = info.trace_metadata.get(SIZE_STATS);
        let stats: Option<SizeStats> = stats.and_then(|text| serde_json::from_str(text).ok());
        self.count > 0 && self.count >= stats.map_or(0, |stats| stats.num_spans)
    }

    pub fn into_trace(mut self, trace_info: TraceInfo) -> Result<FullTrace, ApiError> {
        if self.json.is_empty() {
            return Ok(FullTrace { trace_info, spans: None });
        }
        self.json.push(']');
        let spans = RawValue::from_string(self.json).map_err(ApiError::internal)?;
        Ok(FullTrace { trace_info, spans: Some(spans) })
    }
}

/// Refuses a trace whose spans are not rows of this database.
fn check_location(info: &TraceInfo) -> Result<(), ApiError> {
    if info.tags.get(SPANS_LOCATION) == Some("TRACKING_STORE") {
        return Ok(());
    }
    Err(ApiError::missing("Trace data not stored in tracking store"))
}

/// Roots first, then by start.
const SPANS_OF_TRACES: &str = "SELECT trace_id, content FROM spans WHERE trace_id = ANY($1) \
     ORDER BY CASE WHEN parent_span_id IS NULL THEN 0 ELSE 1 END, start_time_unix_nano";

async fn spans(tx: &mut Tx, infos: &[TraceInfo]) -> Result<Vec<Spans>, ApiError> {
    let ids: Vec<&str> = infos.iter().map(|info| info.trace_id.as_str()).collect();
    let place: HashMap<&str, usize> =
        ids.iter().enumerate().map(|(index, id)| (*id, index)).collect();
    let mut of_trace: Vec<Spans> = infos.iter().map(|_| Spans::default()).collect();
    tx.query(SPANS_OF_TRACES, &[ids.clone().into()], |row| {
        let content: &str = row.get(1)?;
        // Empty where the spans moved to the archive.
        if let (Some(index), false) = (place.get(row.get::<&str>(0)?), content.is_empty()) {
            of_trace[*index].push(content);
        }
        Ok(())
    })
    .await?;
    Ok(of_trace)
}

pub async fn get(tx: &mut Tx, id: &str) -> Result<Option<(TraceInfo, Spans)>, ApiError> {
    let Some(info) = info::store::find(tx, id).await? else { return Ok(None) };
    check_location(&info)?;
    let spans = spans(tx, std::slice::from_ref(&info)).await?.pop().unwrap_or_default();
    Ok(Some((info, spans)))
}

pub async fn batch(
    tx: &mut Tx,
    ids: &[String],
    experiments: Option<&[i64]>,
) -> Result<Vec<(TraceInfo, Spans)>, ApiError> {
    let infos = info::store::batch(tx, ids, experiments).await?;
    infos.iter().try_for_each(check_location)?;
    let spans = spans(tx, &infos).await?;
    Ok(infos.into_iter().zip(spans).collect())
}
