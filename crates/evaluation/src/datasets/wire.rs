//! The JSON of evaluation data sets. Tags, schema and profile are JSON texts within the JSON.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "EvaluationDataset")]
pub struct Dataset {
    pub dataset_id: String,
    pub name: String,
    pub tags: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    pub digest: String,
    /// Milliseconds since 1970.
    pub created_time: i64,
    /// Milliseconds since 1970.
    pub last_update_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_by: Option<String>,
    /// Compat: only told by the call that made the data set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub experiment_ids: Vec<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreateDataset {
    pub name: Option<String>,
    #[serde(alias = "experimentIds")]
    pub experiment_ids: Option<Vec<String>>,
    pub tags: Option<String>,
}

impl Message for CreateDataset {
    const CHECKS: &'static [Check] = &[
        Check::required("name", Shape::Text),
        Check::optional("experiment_ids", Shape::List),
        Check::optional("tags", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::list(Scope::Experiment, |m| m.experiment_ids.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DatasetResponse {
    pub dataset: Dataset,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "SearchEvaluationDatasets")]
pub struct SearchDatasets {
    #[serde(alias = "experimentIds")]
    pub experiment_ids: Option<Vec<String>>,
    #[serde(alias = "filterString")]
    pub filter_string: Option<String>,
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
    #[serde(alias = "orderBy")]
    pub order_by: Option<Vec<String>>,
    #[serde(alias = "pageToken")]
    pub page_token: Option<String>,
}

impl Message for SearchDatasets {
    const CHECKS: &'static [Check] = &[
        Check::optional("experiment_ids", Shape::List),
        Check::optional("filter_string", Shape::Text),
        Check::optional("max_results", Shape::Int),
        Check::optional("order_by", Shape::List),
        Check::optional("page_token", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::list(Scope::Experiment, |m| m.experiment_ids.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SearchEvaluationDatasetsResponse")]
pub struct SearchDatasetsResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<Dataset>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SetTags {
    /// A JSON map.
    pub tags: Option<String>,
}

impl Message for SetTags {
    const CHECKS: &'static [Check] = &[Check::required("tags", Shape::Text)];
}

/// Experiments to link a data set with, or to unlink it from.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Experiments {
    #[serde(alias = "experimentIds")]
    pub experiment_ids: Option<Vec<String>>,
}

impl Message for Experiments {
    const CHECKS: &'static [Check] = &[Check::optional("experiment_ids", Shape::List)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::list(Scope::Experiment, |m| m.experiment_ids.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ExperimentIds {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub experiment_ids: Vec<String>,
}
