//! The JSON of logged models.

use std::borrow::Cow;

use app::call::{Present, Shape};
use app::needs::{Scope, Touch};
use app::{Check, Choice, Choices, Int64, Message};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::metrics::wire::Metric;
use crate::tags::KeyValue;

/// How far the upload of a model came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoggedModelStatus {
    #[default]
    Unspecified,
    Pending,
    Ready,
    UploadFailed,
}

app::lend!(copy LoggedModelStatus);

impl Choices for LoggedModelStatus {
    const ALL: &'static [(Self, &'static str, i64)] = &[
        (LoggedModelStatus::Unspecified, "LOGGED_MODEL_STATUS_UNSPECIFIED", 0),
        (LoggedModelStatus::Pending, "LOGGED_MODEL_PENDING", 1),
        (LoggedModelStatus::Ready, "LOGGED_MODEL_READY", 2),
        (LoggedModelStatus::UploadFailed, "LOGGED_MODEL_UPLOAD_FAILED", 3),
    ];
}

impl LoggedModelStatus {
    fn entry(self) -> (&'static str, i64) {
        let found = Self::ALL.iter().find(|(status, ..)| *status == self);
        found.map_or(("", 0), |(_, name, number)| (name, *number))
    }

    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// As it is stored.
    pub fn number(self) -> i64 {
        self.entry().1
    }

    pub fn from_number(number: i64) -> Self {
        let found = Self::ALL.iter().find(|(.., n)| *n == number);
        found.map_or_else(Self::default, |(status, ..)| *status)
    }
}

impl JsonSchema for LoggedModelStatus {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "LoggedModelStatus".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Choice::<Self>::json_schema(generator)
    }
}

impl Serialize for LoggedModelStatus {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A status that this version does not know is refused: finalizing a model to nothing would lose
/// the status that it has.
impl<'de> Deserialize<'de> for LoggedModelStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let choice = Choice::<Self>::deserialize(deserializer)?;
        choice.0.ok_or_else(|| D::Error::custom("unknown status"))
    }
}

impl Present for LoggedModelStatus {}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct LoggedModelInfo {
    pub model_id: String,
    pub experiment_id: String,
    pub name: String,
    /// Milliseconds since 1970.
    pub creation_timestamp_ms: i64,
    /// Milliseconds since 1970.
    pub last_updated_timestamp_ms: i64,
    pub artifact_uri: String,
    pub status: LoggedModelStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<KeyValue>,
}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct LoggedModelData {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<KeyValue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct LoggedModel {
    pub info: LoggedModelInfo,
    pub data: LoggedModelData,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LoggedModelResponse {
    pub model: LoggedModel,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreateLoggedModel {
    pub experiment_id: Option<String>,
    pub name: Option<String>,
    #[serde(alias = "modelType")]
    pub model_type: Option<String>,
    #[serde(alias = "sourceRunId")]
    pub source_run_id: Option<String>,
    pub params: Option<Vec<KeyValue>>,
    pub tags: Option<Vec<KeyValue>>,
}

impl Message for CreateLoggedModel {
    const CHECKS: &'static [Check] = &[
        Check::required("experiment_id", Shape::Text),
        Check::optional("name", Shape::Text),
        Check::optional("model_type", Shape::Text),
        Check::optional("source_run_id", Shape::Text),
        Check::optional("params", Shape::List),
        Check::optional("tags", Shape::List),
    ];

    const TOUCHES: &'static [Touch<Self>] = &[
        Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref()),
        Touch::one(Scope::SourceRun, |m| m.source_run_id.as_deref()),
    ];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GetLoggedModel {
    /// Compat: MLflow reads it from the query as a text, in which all but `true` is false.
    pub allow_deleted: Option<String>,
}

impl Message for GetLoggedModel {}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FinalizeLoggedModel {
    pub model_id: Option<String>,
    pub status: Option<LoggedModelStatus>,
}

impl Message for FinalizeLoggedModel {
    const CHECKS: &'static [Check] =
        &[Check::required("model_id", Shape::Text), Check::required("status", Shape::Int)];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SetLoggedModelTags {
    pub tags: Option<Vec<KeyValue>>,
}

impl Message for SetLoggedModelTags {
    const CHECKS: &'static [Check] = &[Check::optional("tags", Shape::List)];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LogLoggedModelParams {
    pub model_id: Option<String>,
    pub params: Option<Vec<KeyValue>>,
}

impl Message for LogLoggedModelParams {
    const CHECKS: &'static [Check] =
        &[Check::required("model_id", Shape::Text), Check::optional("params", Shape::List)];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SearchLoggedModels {
    pub experiment_ids: Option<TextList>,
    pub filter: Option<String>,
    pub datasets: Option<Vec<DatasetFilter>>,
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
    #[serde(alias = "orderBy")]
    pub order_by: Option<Vec<OrderBy>>,
    #[serde(alias = "pageToken")]
    pub page_token: Option<String>,
}

impl Message for SearchLoggedModels {
    const CHECKS: &'static [Check] = &[
        Check::required("experiment_ids", Shape::List),
        Check::optional("filter", Shape::Text),
        Check::optional("datasets", Shape::List),
        Check::optional("max_results", Shape::Int),
        Check::optional("order_by", Shape::List),
        Check::optional("page_token", Shape::Text),
    ];
}

/// A list of texts that is refused as a whole: the complaint shows the list, not the item.
#[derive(Debug, Default, JsonSchema)]
#[schemars(inline)]
pub struct TextList(pub Vec<String>);

impl<'de> Deserialize<'de> for TextList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<serde_json::Value>::deserialize(deserializer)?;
        let texts = items.into_iter().map(|item| match item {
            serde_json::Value::String(text) => Ok(text),
            other => Err(D::Error::custom(format!("no text: {other}"))),
        });
        texts.collect::<Result<_, _>>().map(TextList)
    }
}

/// A data set that metrics must have been logged on.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DatasetFilter {
    #[serde(alias = "datasetName")]
    pub dataset_name: Option<String>,
    #[serde(alias = "datasetDigest")]
    pub dataset_digest: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OrderBy {
    #[serde(alias = "fieldName")]
    pub field_name: Option<String>,
    /// Yes, if nothing is said.
    pub ascending: Option<bool>,
    #[serde(alias = "datasetName")]
    pub dataset_name: Option<String>,
    #[serde(alias = "datasetDigest")]
    pub dataset_digest: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchLoggedModelsResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<LoggedModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

/// `runs/log-model`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LogModel {
    pub run_id: Option<String>,
    pub run_uuid: Option<String>,
    /// A JSON object in a text.
    #[serde(alias = "modelJson")]
    pub model_json: Option<String>,
}

impl Message for LogModel {
    const CHECKS: &'static [Check] =
        &[Check::required("run_id", Shape::Text), Check::required("model_json", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::either(Scope::Run, |m| [m.run_id.as_deref(), m.run_uuid.as_deref()])];
}
