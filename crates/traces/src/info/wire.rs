//! The JSON of traces without their spans, as version 3 and as version 2 of MLflow's API spell it.

use std::collections::BTreeMap;

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Int64, Message};
use schemars::JsonSchema;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use tracking::tags::KeyValue;

use crate::assessments::wire::Assessment;
use crate::time::{Duration, Timestamp};

/// Characters of a metadata entry's key and value that answers show.
const MAX_METADATA: usize = 250;
const MAX_TAG_KEY: usize = 250;
const MAX_TAG_VALUE: usize = 4096;

/// Pairs that version 3 writes as an object.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(inline)]
pub struct Pairs(#[schemars(with = "BTreeMap<String, String>")] pub Vec<KeyValue>);

impl Pairs {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|pair| pair.key == key).map(|pair| pair.value.as_str())
    }

    fn cut(&mut self, key_limit: usize, value_limit: usize) {
        for pair in &mut self.0 {
            tracking::validation::truncate(&mut pair.key, key_limit);
            tracking::validation::truncate(&mut pair.value, value_limit);
        }
    }
}

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for pair in &self.0 {
            map.serialize_entry(&pair.key, &pair.value)?;
        }
        map.end()
    }
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExperimentLocation {
    pub experiment_id: String,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TraceLocation {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub mlflow_experiment: ExperimentLocation,
}

impl TraceLocation {
    pub fn experiment(id: i64) -> Self {
        let mlflow_experiment = ExperimentLocation { experiment_id: id.to_string() };
        Self { kind: "MLFLOW_EXPERIMENT", mlflow_experiment }
    }
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TraceInfo {
    pub trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_id: Option<String>,
    pub trace_location: TraceLocation,
    pub request_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_duration: Option<Duration>,
    #[schemars(extend("enum" = ["OK", "ERROR", "IN_PROGRESS", "STATE_UNSPECIFIED"]))]
    pub state: String,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    pub trace_metadata: Pairs,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assessments: Vec<Assessment>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    pub tags: Pairs,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_preview: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_preview: Option<String>,
}

impl TraceInfo {
    /// Cuts keys and values to the lengths that answers show.
    pub fn cut(&mut self) {
        self.trace_metadata.cut(MAX_METADATA, MAX_METADATA);
        self.tags.cut(MAX_TAG_KEY, MAX_TAG_VALUE);
    }
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Trace {
    pub trace_info: TraceInfo,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct TraceResponse {
    pub trace: Trace,
}

/// Version 2's spelling.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TraceInfoV2 {
    pub request_id: String,
    pub experiment_id: String,
    pub timestamp_ms: i64,
    /// 0 while the trace goes on.
    pub execution_time_ms: i64,
    pub status: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_metadata: Vec<KeyValue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<KeyValue>,
}

impl From<TraceInfo> for TraceInfoV2 {
    fn from(info: TraceInfo) -> Self {
        let unspecified = info.state == "STATE_UNSPECIFIED";
        Self {
            request_id: info.trace_id,
            experiment_id: info.trace_location.mlflow_experiment.experiment_id,
            timestamp_ms: info.request_time.0,
            execution_time_ms: info.execution_duration.unwrap_or_default().0,
            status: if unspecified { "TRACE_STATUS_UNSPECIFIED".to_owned() } else { info.state },
            request_metadata: info.trace_metadata.0,
            tags: info.tags.0,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct TraceInfoV2Response {
    pub trace_info: TraceInfoV2,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TracesById {
    #[serde(alias = "traceIds")]
    pub trace_ids: Option<Vec<String>>,
    #[serde(alias = "experimentIds")]
    pub experiment_ids: Option<Vec<String>>,
}

impl Message for TracesById {
    const CHECKS: &'static [Check] = &[
        Check::required("trace_ids", Shape::List),
        Check::optional("experiment_ids", Shape::List),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::list(Scope::Trace, |m| m.trace_ids.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct TraceInfosResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trace_infos: Vec<TraceInfo>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DeleteTraces {
    #[serde(alias = "experimentId")]
    pub experiment_id: Option<String>,
    #[serde(alias = "maxTimestampMillis")]
    pub max_timestamp_millis: Option<Int64>,
    #[serde(alias = "maxTraces")]
    pub max_traces: Option<Int64>,
    #[serde(alias = "requestIds")]
    pub request_ids: Option<Vec<String>>,
}

impl Message for DeleteTraces {
    const CHECKS: &'static [Check] = &[
        Check::required("experiment_id", Shape::Text),
        Check::optional("max_timestamp_millis", Shape::Int),
        Check::optional("max_traces", Shape::Int),
        Check::optional("request_ids", Shape::List),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DeleteTracesResponse {
    pub traces_deleted: u64,
}
