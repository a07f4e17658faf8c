//! The JSON of questions about many traces.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Choice, Choices, Double, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Traces,
    Spans,
    Assessments,
}

impl Choices for View {
    const ALL: &'static [(Self, &'static str, i64)] = &[
        (View::Traces, "TRACES", 1),
        (View::Spans, "SPANS", 2),
        (View::Assessments, "ASSESSMENTS", 3),
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Count,
    Sum,
    Avg,
    Percentile,
    Min,
    Max,
}

impl Choices for Kind {
    const ALL: &'static [(Self, &'static str, i64)] = &[
        (Kind::Count, "COUNT", 1),
        (Kind::Sum, "SUM", 2),
        (Kind::Avg, "AVG", 3),
        (Kind::Percentile, "PERCENTILE", 4),
        (Kind::Min, "MIN", 5),
        (Kind::Max, "MAX", 6),
    ];
}

impl Kind {
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GivenAggregation {
    #[serde(alias = "aggregationType")]
    pub aggregation_type: Choice<Kind>,
    #[serde(alias = "percentileValue")]
    pub percentile_value: Option<Double>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct QueryTraceMetrics {
    #[serde(alias = "experimentIds")]
    pub experiment_ids: Option<Vec<String>>,
    #[serde(alias = "viewType")]
    pub view_type: Choice<View>,
    #[serde(alias = "metricName")]
    pub metric_name: Option<String>,
    pub aggregations: Option<Vec<GivenAggregation>>,
    pub dimensions: Option<Vec<String>>,
    pub filters: Option<Vec<String>>,
    #[serde(alias = "timeIntervalSeconds")]
    pub time_interval_seconds: Option<Int64>,
    #[serde(alias = "startTimeMs")]
    pub start_time_ms: Option<Int64>,
    #[serde(alias = "endTimeMs")]
    pub end_time_ms: Option<Int64>,
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
}

impl Message for QueryTraceMetrics {
    const CHECKS: &'static [Check] = &[
        Check::required("experiment_ids", Shape::List),
        Check::required("view_type", Shape::Any),
        Check::required("metric_name", Shape::Text),
        Check::required("aggregations", Shape::List),
        Check::optional("dimensions", Shape::List),
        Check::optional("filters", Shape::List),
        Check::optional("time_interval_seconds", Shape::Int),
        Check::optional("start_time_ms", Shape::Int),
        Check::optional("end_time_ms", Shape::Int),
        Check::optional("max_results", Shape::Int),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::list(Scope::Experiment, |m| m.experiment_ids.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DataPoint {
    pub metric_name: String,
    /// Texts by the dimension that they are of.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub dimensions: Map<String, Value>,
    /// Numbers by the aggregation that made them.
    pub values: Map<String, Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct QueryTraceMetricsResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data_points: Vec<DataPoint>,
}
