//! The JSON of starting and ending traces, version 2.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Choice, Choices, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracking::tags::KeyValue;

use crate::spans::keys::state;

/// What a trace has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    #[default]
    Unspecified,
    Ok,
    Error,
    InProgress,
}

pub const NEEDS_STATUS: &str = "status must be one of ['OK', 'ERROR', 'IN_PROGRESS']";

impl Choices for Status {
    const ALL: &'static [(Self, &'static str, i64)] = &[
        (Status::Unspecified, "TRACE_STATUS_UNSPECIFIED", 0),
        (Status::Ok, state::OK, 1),
        (Status::Error, state::ERROR, 2),
        (Status::InProgress, state::IN_PROGRESS, 3),
    ];
}

impl Status {
    /// The state as it is stored.
    pub fn state(self) -> &'static str {
        match self {
            Status::Unspecified => state::UNSPECIFIED,
            Status::Ok => state::OK,
            Status::Error => state::ERROR,
            Status::InProgress => state::IN_PROGRESS,
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "StartTraceV2")]
pub struct StartTrace {
    pub experiment_id: Option<String>,
    pub timestamp_ms: Option<Int64>,
    pub request_metadata: Vec<KeyValue>,
    pub tags: Vec<KeyValue>,
}

impl Message for StartTrace {
    const CHECKS: &'static [Check] = &[
        Check::optional("experiment_id", Shape::Text),
        Check::optional("timestamp_ms", Shape::Int),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EndTrace {
    pub timestamp_ms: Option<Int64>,
    pub status: Choice<Status>,
    pub request_metadata: Vec<KeyValue>,
    pub tags: Vec<KeyValue>,
}

impl Message for EndTrace {
    const CHECKS: &'static [Check] =
        &[Check::optional("timestamp_ms", Shape::Int), Check::optional("status", Shape::Text)];
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "StartedTraceResponseV2")]
pub struct TraceResponse {
    pub trace_info: TraceInfo,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "StartedTraceInfoV2")]
pub struct TraceInfo {
    pub request_id: String,
    pub experiment_id: String,
    pub timestamp_ms: i64,
    pub execution_time_ms: i64,
    pub status: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_metadata: Vec<KeyValue>,
    pub tags: Vec<KeyValue>,
}
