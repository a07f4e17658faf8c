//! The JSON of experiments.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Choice, Choices, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tags::KeyValue;

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Experiment {
    pub experiment_id: String,
    pub name: String,
    pub artifact_location: String,
    #[schemars(extend("enum" = ["active", "deleted"]))]
    pub lifecycle_stage: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<KeyValue>,
    pub workspace: String,
    /// How long traces stay in the database, such as `30d`, where they are archived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_trace_archival_retention: Option<String>,
}

/// Which of the living and the deleted a search sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ViewType {
    #[default]
    ActiveOnly,
    DeletedOnly,
    All,
}

impl Choices for ViewType {
    const ALL: &'static [(Self, &'static str, i64)] = &[
        (ViewType::ActiveOnly, "ACTIVE_ONLY", 1),
        (ViewType::DeletedOnly, "DELETED_ONLY", 2),
        (ViewType::All, "ALL", 3),
    ];
}

impl ViewType {
    /// The lifecycle stages that it shows.
    pub fn stages(self) -> Vec<String> {
        match self {
            ViewType::ActiveOnly => vec!["active".to_owned()],
            ViewType::DeletedOnly => vec!["deleted".to_owned()],
            ViewType::All => vec!["active".to_owned(), "deleted".to_owned()],
        }
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreateExperiment {
    pub name: Option<String>,
    #[serde(alias = "artifactLocation")]
    pub artifact_location: Option<String>,
    pub tags: Option<Vec<KeyValue>>,
}

impl Message for CreateExperiment {
    const CHECKS: &'static [Check] = &[
        Check::required("name", Shape::Text),
        Check::optional("artifact_location", Shape::Text),
        Check::optional("tags", Shape::List),
    ];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct CreateExperimentResponse {
    pub experiment_id: String,
}

/// The requests that name one experiment and nothing else.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ExperimentById {
    pub experiment_id: Option<String>,
}

impl Message for ExperimentById {
    const CHECKS: &'static [Check] = &[Check::required("experiment_id", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GetExperimentByName {
    pub experiment_name: Option<String>,
}

impl Message for GetExperimentByName {
    const CHECKS: &'static [Check] = &[Check::required("experiment_name", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::ExperimentName, |m| m.experiment_name.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct GetExperimentResponse {
    pub experiment: Experiment,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpdateExperiment {
    pub experiment_id: Option<String>,
    pub new_name: Option<String>,
}

impl Message for UpdateExperiment {
    const CHECKS: &'static [Check] =
        &[Check::required("experiment_id", Shape::Text), Check::required("new_name", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SetExperimentTag {
    pub experiment_id: Option<String>,
    pub key: Option<String>,
    pub value: Option<String>,
}

impl Message for SetExperimentTag {
    const CHECKS: &'static [Check] = &[
        Check::required("experiment_id", Shape::Text),
        Check::required("key", Shape::Text),
        Check::optional("value", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SearchExperiments {
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
    #[serde(alias = "pageToken")]
    pub page_token: Option<String>,
    pub filter: Option<String>,
    #[serde(alias = "orderBy")]
    pub order_by: Option<Vec<String>>,
    #[serde(alias = "viewType")]
    pub view_type: Choice<ViewType>,
}

impl Message for SearchExperiments {
    const CHECKS: &'static [Check] = &[
        Check::optional("view_type", Shape::Int),
        Check::optional("max_results", Shape::Int),
        Check::optional("order_by", Shape::List),
        Check::optional("filter", Shape::Text),
        Check::optional("page_token", Shape::Text),
    ];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchExperimentsResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub experiments: Vec<Experiment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

/// The answer of calls that have nothing to say.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Empty {}
