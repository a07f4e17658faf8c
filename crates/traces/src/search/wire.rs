//! The JSON of the search for traces.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::info::wire::{TraceInfo, TraceInfoV2};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "SearchedExperiment")]
pub struct ExperimentLocation {
    #[serde(alias = "experimentId")]
    pub experiment_id: String,
}

/// A place of traces. Only experiments are known here; others are empty.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Location {
    #[serde(alias = "mlflowExperiment")]
    pub mlflow_experiment: Option<ExperimentLocation>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SearchTraces {
    pub locations: Option<Vec<Location>>,
    pub filter: Option<String>,
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
    #[serde(alias = "orderBy")]
    pub order_by: Option<Vec<String>>,
    #[serde(alias = "pageToken")]
    pub page_token: Option<String>,
}

impl Message for SearchTraces {
    const CHECKS: &'static [Check] = &[
        Check::required("locations", Shape::List),
        Check::optional("filter", Shape::Text),
        Check::optional("max_results", Shape::Int),
        Check::optional("order_by", Shape::List),
        Check::optional("page_token", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] = &[Touch::each(Scope::Experiment, |m| {
        let locations = m.locations.iter().flatten();
        let experiments = locations.filter_map(|location| location.mlflow_experiment.as_ref());
        experiments.map(|experiment| experiment.experiment_id.as_str().into()).collect()
    })];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchTracesResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<TraceInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SearchTracesV2 {
    pub experiment_ids: Option<Vec<String>>,
    pub filter: Option<String>,
    pub max_results: Option<Int64>,
    pub order_by: Option<Vec<String>>,
    pub page_token: Option<String>,
}

impl Message for SearchTracesV2 {
    const CHECKS: &'static [Check] = &[
        Check::required("experiment_ids", Shape::List),
        Check::optional("filter", Shape::Text),
        Check::optional("max_results", Shape::Int),
        Check::optional("order_by", Shape::List),
        Check::optional("page_token", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::list(Scope::Experiment, |m| m.experiment_ids.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchTracesV2Response {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<TraceInfoV2>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}
