//! The JSON of correlations of filters.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CalculateCorrelation {
    #[serde(alias = "experimentIds")]
    pub experiment_ids: Option<Vec<String>>,
    #[serde(alias = "filterString1")]
    pub filter_string1: Option<String>,
    #[serde(alias = "filterString2")]
    pub filter_string2: Option<String>,
    #[serde(alias = "baseFilter")]
    pub base_filter: Option<String>,
}

impl Message for CalculateCorrelation {
    const CHECKS: &'static [Check] = &[
        Check::required("experiment_ids", Shape::List),
        Check::required("filter_string1", Shape::Text),
        Check::required("filter_string2", Shape::Text),
        Check::optional("base_filter", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::list(Scope::Experiment, |m| m.experiment_ids.as_deref())];
}

/// How many traces fit what.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct Counts {
    pub filter1_count: i64,
    pub filter2_count: i64,
    pub joint_count: i64,
    pub total_count: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct CorrelationResponse {
    /// Left out where it is not defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub npmi: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub npmi_smoothed: Option<f64>,
    #[serde(flatten)]
    pub counts: Counts,
}
