//! The JSON of model versions.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracking::tags::KeyValue;

use super::source;

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ModelVersion {
    pub name: String,
    pub version: String,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<i64>,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_timestamp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<KeyValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_link: Option<String>,
    /// Compat: searches, and the latest versions in a model, leave them out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ModelVersionResponse {
    pub model_version: ModelVersion,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreateModelVersion {
    pub name: Option<String>,
    pub source: Option<String>,
    #[serde(alias = "runId")]
    pub run_id: Option<String>,
    pub tags: Option<Vec<KeyValue>>,
    #[serde(alias = "runLink")]
    pub run_link: Option<String>,
    pub description: Option<String>,
    #[serde(alias = "modelId")]
    pub model_id: Option<String>,
}

impl Message for CreateModelVersion {
    const CHECKS: &'static [Check] = &[
        Check::required("name", Shape::Text),
        Check::required("source", Shape::Text),
        Check::optional("run_id", Shape::Text),
        Check::optional("tags", Shape::List),
        Check::optional("run_link", Shape::Text),
        Check::optional("description", Shape::Text),
        Check::optional("model_id", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] = &[
        Touch::one(Scope::RegisteredModel, |m| m.name.as_deref()),
        Touch::one(Scope::SourceRun, |m| m.run_id.as_deref()),
        Touch::one(Scope::SourceModel, |m| m.model_id.as_deref()),
        Touch::one(Scope::SourceModel, |m| source::logged_model(m.source.as_deref()?)),
        Touch::one(Scope::SourceRegisteredModel, |m| {
            source::registered_model(m.source.as_deref()?)
        }),
    ];
}

/// The requests that name one version and nothing else.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ModelVersionByNumber {
    pub name: Option<String>,
    pub version: Option<String>,
}

impl Message for ModelVersionByNumber {
    const CHECKS: &'static [Check] =
        &[Check::required("name", Shape::Text), Check::required("version", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| m.name.as_deref())];
}

/// Asks where the artifacts of a version are. MLflow checks it less than the others.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GetDownloadUri {
    #[serde(deserialize_with = "app::json::or_default")]
    pub name: String,
    #[serde(deserialize_with = "app::json::or_default")]
    pub version: String,
}

impl Message for GetDownloadUri {
    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| Some(&m.name))];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct GetDownloadUriResponse {
    pub artifact_uri: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpdateModelVersion {
    pub name: Option<String>,
    pub version: Option<String>,
    pub description: Option<String>,
}

impl Message for UpdateModelVersion {
    const CHECKS: &'static [Check] = &[
        Check::required("name", Shape::Text),
        Check::required("version", Shape::Text),
        Check::optional("description", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| m.name.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TransitionStage {
    pub name: Option<String>,
    pub version: Option<String>,
    pub stage: Option<String>,
    #[serde(alias = "archiveExistingVersions")]
    pub archive_existing_versions: Option<bool>,
}

impl Message for TransitionStage {
    const CHECKS: &'static [Check] = &[
        Check::required("name", Shape::Text),
        Check::required("version", Shape::Text),
        Check::required("stage", Shape::Text),
        Check::optional("archive_existing_versions", Shape::Bool),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| m.name.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ModelVersionTag {
    pub name: Option<String>,
    pub version: Option<String>,
    pub key: Option<String>,
    pub value: Option<String>,
}

impl Message for ModelVersionTag {
    const CHECKS: &'static [Check] = &[
        Check::required("name", Shape::Text),
        Check::required("version", Shape::Text),
        Check::required("key", Shape::Text),
        Check::optional("value", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| m.name.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SearchModelVersions {
    pub filter: Option<String>,
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
    #[serde(alias = "orderBy")]
    pub order_by: Option<Vec<String>>,
    #[serde(alias = "pageToken")]
    pub page_token: Option<String>,
}

impl Message for SearchModelVersions {
    const CHECKS: &'static [Check] = &[
        Check::optional("filter", Shape::Text),
        Check::optional("max_results", Shape::Int),
        Check::optional("order_by", Shape::List),
        Check::optional("page_token", Shape::Text),
    ];
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct SearchModelVersionsResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub model_versions: Vec<ModelVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}
