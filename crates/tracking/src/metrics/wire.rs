//! The JSON of metrics.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Double, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point of a metric.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Metric {
    pub key: String,
    pub value: Double,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    pub step: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset_digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
}

/// `runs/log-metric`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LogMetric {
    pub run_id: Option<String>,
    pub run_uuid: Option<String>,
    pub key: Option<String>,
    pub value: Option<Double>,
    pub timestamp: Option<Int64>,
    pub step: Option<Int64>,
    #[serde(alias = "modelId")]
    pub model_id: Option<String>,
    #[serde(alias = "datasetName")]
    pub dataset_name: Option<String>,
    #[serde(alias = "datasetDigest")]
    pub dataset_digest: Option<String>,
}

/// A point that is to be logged. What is required may still be missing, so that the complaint can
/// name its place.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LoggedMetric {
    pub key: Option<String>,
    pub value: Option<Double>,
    pub timestamp: Option<Int64>,
    pub step: Option<Int64>,
    #[serde(alias = "modelId")]
    pub model_id: Option<String>,
    #[serde(alias = "datasetName")]
    pub dataset_name: Option<String>,
    #[serde(alias = "datasetDigest")]
    pub dataset_digest: Option<String>,
}

impl Message for LogMetric {
    const CHECKS: &'static [Check] = &[
        Check::required("run_id", Shape::Text),
        Check::required("key", Shape::Text),
        Check::required("value", Shape::Float),
        Check::required("timestamp", Shape::Int),
        Check::optional("step", Shape::Int),
        Check::optional("model_id", Shape::Text),
        Check::optional("dataset_name", Shape::Text),
        Check::optional("dataset_digest", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] = &[
        Touch::either(Scope::Run, |m| [m.run_id.as_deref(), m.run_uuid.as_deref()]),
        Touch::one(Scope::LoggedModel, |m| m.model_id.as_deref()),
    ];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GetMetricHistory {
    pub run_id: Option<String>,
    pub run_uuid: Option<String>,
    pub metric_key: Option<String>,
    #[serde(alias = "pageToken")]
    pub page_token: Option<String>,
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
}

impl Message for GetMetricHistory {
    const CHECKS: &'static [Check] = &[
        Check::required("run_id", Shape::Text),
        Check::required("metric_key", Shape::Text),
        Check::optional("page_token", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::either(Scope::Run, |m| [m.run_id.as_deref(), m.run_uuid.as_deref()])];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GetMetricHistoryBulk {
    pub run_id: Option<Vec<String>>,
    pub metric_key: Option<String>,
    pub max_results: Option<Int64>,
}

impl Message for GetMetricHistoryBulk {
    const TOUCHES: &'static [Touch<Self>] = &[Touch::list(Scope::Run, |m| m.run_id.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GetMetricHistoryBulkInterval {
    pub run_ids: Option<Vec<String>>,
    pub metric_key: Option<String>,
    #[serde(alias = "startStep")]
    pub start_step: Option<Int64>,
    #[serde(alias = "endStep")]
    pub end_step: Option<Int64>,
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
}

impl Message for GetMetricHistoryBulkInterval {
    const CHECKS: &'static [Check] = &[
        Check::required("run_ids", Shape::List),
        Check::required("metric_key", Shape::Text),
        Check::optional("start_step", Shape::Int),
        Check::optional("end_step", Shape::Int),
        Check::optional("max_results", Shape::Int),
    ];

    const TOUCHES: &'static [Touch<Self>] = &[Touch::list(Scope::Run, |m| m.run_ids.as_deref())];
}

/// Compat: unlike its siblings, this route shows an empty list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkMetricsResponse {
    pub metrics: Vec<Metric>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct MetricsResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
}
