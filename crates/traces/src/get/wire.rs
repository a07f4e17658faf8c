//! The JSON of traces with their spans.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{ApiError, Check, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::spans::Spans;
use crate::info::wire::TraceInfo;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GetTrace {
    pub trace_id: Option<String>,
    pub allow_partial: Option<bool>,
}

impl Message for GetTrace {
    const CHECKS: &'static [Check] =
        &[Check::required("trace_id", Shape::Text), Check::optional("allow_partial", Shape::Bool)];

    const TOUCHES: &'static [Touch<Self>] = &[Touch::one(Scope::Trace, |m| m.trace_id.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct FullTrace {
    pub trace_info: TraceInfo,
    /// Spans as protobuf's JSON mapping writes OpenTelemetry's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spans: Option<Box<RawValue>>,
}

impl FullTrace {
    pub fn new(trace_info: TraceInfo, spans: Spans) -> Result<Self, ApiError> {
        if spans.count() == 0 {
            return Ok(Self { trace_info, spans: None });
        }
        let mut json = spans.into_json();
        json.insert(0, b'[');
        json.push(b']');
        let json = String::from_utf8(json).map_err(ApiError::internal)?;
        let spans = RawValue::from_string(json).map_err(ApiError::internal)?;
        Ok(Self { trace_info, spans: Some(spans) })
    }
}

#[derive(Debug, JsonSchema)]
#[expect(
    dead_code,
    reason = "told, not made: the answer may be long and is written piece by piece"
)]
pub struct FullTraceResponse {
    pub trace: FullTrace,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct FullTracesResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<FullTrace>,
}
