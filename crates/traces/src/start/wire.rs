//! The JSON of traces' infos, version 3.

use std::collections::BTreeMap;

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Choice, Choices, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::assessments::wire::{Assessment, GivenAssessment};
use crate::spans::keys::state;
use crate::time::{Duration, Timestamp};

/// What a trace has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Unspecified,
    Ok,
    Error,
    InProgress,
}

impl Choices for State {
    const ALL: &'static [(Self, &'static str, i64)] = &[
        (State::Unspecified, state::UNSPECIFIED, 0),
        (State::Ok, state::OK, 1),
        (State::Error, state::ERROR, 2),
        (State::InProgress, state::IN_PROGRESS, 3),
    ];
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Unspecified => state::UNSPECIFIED,
            State::Ok => state::OK,
            State::Error => state::ERROR,
            State::InProgress => state::IN_PROGRESS,
        }
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StartTrace {
    pub trace: Option<TraceToStart>,
}

impl Message for StartTrace {
    const CHECKS: &'static [Check] = &[Check::required("trace", Shape::Any)];

    const TOUCHES: &'static [Touch<Self>] = &[
        Touch::one(Scope::Experiment, StartTrace::experiment),
        Touch::one(Scope::AssessedExperiment, |m| m.experiment().filter(|_| m.has_assessments())),
    ];
}

impl StartTrace {
    /// The id of the experiment that the trace is to be in.
    fn experiment(&self) -> Option<&str> {
        let location = &self.trace.as_ref()?.trace_info.trace_location;
        Some(&location.mlflow_experiment.as_ref()?.experiment_id)
    }

    fn has_assessments(&self) -> bool {
        self.trace.as_ref().is_some_and(|trace| !trace.trace_info.assessments.is_empty())
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TraceToStart {
    #[serde(alias = "traceInfo")]
    pub trace_info: NewTrace,
}

/// A trace as its client describes it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NewTrace {
    #[serde(alias = "traceId", deserialize_with = "app::json::or_default")]
    pub trace_id: String,
    #[serde(alias = "clientRequestId")]
    pub client_request_id: Option<String>,
    #[serde(alias = "traceLocation")]
    pub trace_location: TraceLocation,
    #[serde(alias = "requestPreview")]
    pub request_preview: Option<String>,
    #[serde(alias = "responsePreview")]
    pub response_preview: Option<String>,
    #[serde(alias = "requestTime")]
    pub request_time: Option<Timestamp>,
    #[serde(alias = "executionDuration")]
    pub execution_duration: Option<Duration>,
    pub state: Choice<State>,
    #[serde(alias = "traceMetadata", deserialize_with = "app::json::or_default")]
    pub trace_metadata: BTreeMap<String, String>,
    #[serde(deserialize_with = "app::json::or_default")]
    pub tags: BTreeMap<String, String>,
    #[serde(deserialize_with = "app::json::or_default")]
    pub assessments: Vec<GivenAssessment>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "NewTraceLocation")]
pub struct TraceLocation {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(alias = "mlflowExperiment")]
    pub mlflow_experiment: Option<ExperimentLocation>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "NewTraceExperiment")]
pub struct ExperimentLocation {
    #[serde(alias = "experimentId")]
    pub experiment_id: String,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StartTraceResponse {
    pub trace: StartedTrace,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StartedTrace {
    pub trace_info: TraceInfo,
}

/// A trace as it is stored.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "NewTraceInfo")]
pub struct TraceInfo {
    pub trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_id: Option<String>,
    pub trace_location: TraceLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_preview: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_preview: Option<String>,
    pub request_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_duration: Option<Duration>,
    pub state: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub trace_metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assessments: Vec<Assessment>,
}
