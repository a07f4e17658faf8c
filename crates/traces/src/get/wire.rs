//! The JSON of traces with their spans.

use app::call::Shape;
use app::{Check, Message};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::info::wire::TraceInfo;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct GetTrace {
    pub trace_id: Option<String>,
    pub allow_partial: Option<bool>,
}

impl Message for GetTrace {
    const CHECKS: &'static [Check] =
        &[Check::required("trace_id", Shape::Text), Check::optional("allow_partial", Shape::Bool)];
}

#[derive(Debug, Serialize)]
pub struct FullTrace {
    pub trace_info: TraceInfo,
    /// Spans as protobuf's JSON mapping writes OpenTelemetry's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spans: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize)]
pub struct FullTraceResponse {
    pub trace: FullTrace,
}

#[derive(Debug, Serialize)]
pub struct FullTracesResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<FullTrace>,
}
