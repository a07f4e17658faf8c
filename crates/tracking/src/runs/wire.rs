//! The JSON of runs.

use std::borrow::Cow;

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Choice, Choices, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::datasets::wire::{RunInputs, RunOutputs};
use crate::experiments::wire::ViewType;
use crate::metrics::wire::{LoggedMetric, Metric};
use crate::tags::KeyValue;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    Running,
    Scheduled,
    Finished,
    Failed,
    Killed,
}

impl Choices for RunStatus {
    const ALL: &'static [(Self, &'static str, i64)] = &[
        (RunStatus::Running, "RUNNING", 1),
        (RunStatus::Scheduled, "SCHEDULED", 2),
        (RunStatus::Finished, "FINISHED", 3),
        (RunStatus::Failed, "FAILED", 4),
        (RunStatus::Killed, "KILLED", 5),
    ];
}

impl RunStatus {
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(status, ..)| *status == self).map_or("RUNNING", |(_, name, _)| name)
    }

    /// Whether a run with this status has ended.
    pub fn is_final(self) -> bool {
        matches!(self, RunStatus::Finished | RunStatus::Failed | RunStatus::Killed)
    }
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RunInfo {
    /// Compat: the id's old name, which old clients still read.
    pub run_uuid: String,
    pub experiment_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_name: Option<String>,
    pub user_id: String,
    #[schemars(with = "Choice<RunStatus>")]
    pub status: String,
    pub start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub artifact_uri: String,
    #[schemars(extend("enum" = ["active", "deleted"]))]
    pub lifecycle_stage: String,
    pub run_id: String,
}

/// What a run logged: the latest value of each metric, params and tags.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct RunData {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<KeyValue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<KeyValue>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Run {
    pub info: RunInfo,
    pub data: RunData,
    pub inputs: RunInputs,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<RunOutputs>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RunResponse {
    pub run: Run,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreateRun {
    #[serde(alias = "experimentId")]
    pub experiment_id: Option<String>,
    #[serde(alias = "userId")]
    pub user_id: Option<String>,
    #[serde(alias = "runName")]
    pub run_name: Option<String>,
    #[serde(alias = "startTime")]
    pub start_time: Option<Int64>,
    pub tags: Option<Vec<KeyValue>>,
}

impl Message for CreateRun {
    const CHECKS: &'static [Check] = &[
        Check::optional("experiment_id", Shape::Text),
        Check::optional("start_time", Shape::Int),
        Check::optional("run_name", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| Some(m.experiment()))];
}

impl CreateRun {
    /// The id of the experiment: the default one's, if none is named.
    pub fn experiment(&self) -> &str {
        self.experiment_id.as_deref().filter(|id| !id.is_empty()).unwrap_or("0")
    }
}

/// The requests that name one run and nothing else.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RunById {
    pub run_id: Option<String>,
    pub run_uuid: Option<String>,
}

impl Message for RunById {
    const CHECKS: &'static [Check] = &[Check::required("run_id", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::either(Scope::Run, |m| [m.run_id.as_deref(), m.run_uuid.as_deref()])];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpdateRun {
    pub run_id: Option<String>,
    pub run_uuid: Option<String>,
    pub status: Choice<RunStatus>,
    #[serde(alias = "endTime")]
    pub end_time: Option<Int64>,
    #[serde(alias = "runName")]
    pub run_name: Option<String>,
}

impl Message for UpdateRun {
    const CHECKS: &'static [Check] = &[
        Check::required("run_id", Shape::Text),
        Check::optional("end_time", Shape::Int),
        Check::optional("status", Shape::Text),
        Check::optional("run_name", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::either(Scope::Run, |m| [m.run_id.as_deref(), m.run_uuid.as_deref()])];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct UpdateRunResponse {
    pub run_info: RunInfo,
}

/// `runs/set-tag`, `runs/delete-tag` and `runs/log-parameter`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RunKeyValue {
    pub run_id: Option<String>,
    pub run_uuid: Option<String>,
    pub key: Option<String>,
    pub value: Option<String>,
}

impl Message for RunKeyValue {
    const CHECKS: &'static [Check] = &[
        Check::required("run_id", Shape::Text),
        Check::required("key", Shape::Text),
        Check::optional("value", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::either(Scope::Run, |m| [m.run_id.as_deref(), m.run_uuid.as_deref()])];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LogBatch {
    pub run_id: Option<String>,
    pub metrics: Option<Vec<LoggedMetric>>,
    pub params: Option<Vec<OptionalKeyValue>>,
    pub tags: Option<Vec<OptionalKeyValue>>,
}

impl Message for LogBatch {
    const CHECKS: &'static [Check] = &[
        Check::required("run_id", Shape::Text),
        Check::optional("metrics", Shape::List),
        Check::optional("params", Shape::List),
        Check::optional("tags", Shape::List),
    ];

    const TOUCHES: &'static [Touch<Self>] = &[
        Touch::one(Scope::Run, |m| m.run_id.as_deref()),
        Touch::each(Scope::LoggedModel, |m| models_of(m.metrics.as_deref().unwrap_or_default())),
    ];
}

/// The logged models that points belong to.
fn models_of(metrics: &[LoggedMetric]) -> Vec<Cow<'_, str>> {
    metrics.iter().filter_map(|metric| Some(metric.model_id.as_deref()?.into())).collect()
}

/// A pair whose key may be missing, so that the complaint can name its place.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OptionalKeyValue {
    pub key: Option<String>,
    pub value: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SearchRuns {
    #[serde(alias = "experimentIds")]
    pub experiment_ids: Option<Vec<String>>,
    pub filter: Option<String>,
    #[serde(alias = "runViewType")]
    pub run_view_type: Choice<ViewType>,
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
    #[serde(alias = "orderBy")]
    pub order_by: Option<Vec<String>>,
    #[serde(alias = "pageToken")]
    pub page_token: Option<String>,
}

impl Message for SearchRuns {
    const CHECKS: &'static [Check] = &[
        Check::optional("experiment_ids", Shape::List),
        Check::optional("filter", Shape::Text),
        Check::optional("max_results", Shape::Int),
        Check::optional("order_by", Shape::List),
    ];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchRunsResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Run>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}
