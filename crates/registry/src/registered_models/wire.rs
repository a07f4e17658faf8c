//! The JSON of registered models.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracking::tags::KeyValue;

use crate::model_versions::wire::ModelVersion;

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct RegisteredModel {
    pub name: String,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<i64>,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_timestamp: Option<i64>,
    /// Compat: an empty one is left out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The highest version of each stage, without their aliases.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub latest_versions: Vec<ModelVersion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<KeyValue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Alias>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Alias {
    pub alias: String,
    pub version: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct RegisteredModelResponse {
    pub registered_model: RegisteredModel,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreateRegisteredModel {
    pub name: Option<String>,
    pub tags: Option<Vec<KeyValue>>,
    pub description: Option<String>,
}

impl Message for CreateRegisteredModel {
    const CHECKS: &'static [Check] = &[
        Check::required("name", Shape::Text),
        Check::optional("tags", Shape::List),
        Check::optional("description", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| m.name.as_deref())];
}

/// The requests that name one model and nothing else.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RegisteredModelByName {
    pub name: Option<String>,
}

impl Message for RegisteredModelByName {
    const CHECKS: &'static [Check] = &[Check::required("name", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| m.name.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpdateRegisteredModel {
    pub name: Option<String>,
    pub description: Option<String>,
}

impl Message for UpdateRegisteredModel {
    const CHECKS: &'static [Check] =
        &[Check::required("name", Shape::Text), Check::optional("description", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| m.name.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RenameRegisteredModel {
    pub name: Option<String>,
    #[serde(alias = "newName")]
    pub new_name: Option<String>,
}

impl Message for RenameRegisteredModel {
    const CHECKS: &'static [Check] =
        &[Check::required("name", Shape::Text), Check::required("new_name", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| m.name.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SearchRegisteredModels {
    pub filter: Option<String>,
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
    #[serde(alias = "orderBy")]
    pub order_by: Option<Vec<String>>,
    #[serde(alias = "pageToken")]
    pub page_token: Option<String>,
}

impl Message for SearchRegisteredModels {
    const CHECKS: &'static [Check] = &[
        Check::optional("filter", Shape::Text),
        Check::optional("max_results", Shape::Int),
        Check::optional("order_by", Shape::List),
        Check::optional("page_token", Shape::Text),
    ];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchRegisteredModelsResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub registered_models: Vec<RegisteredModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GetLatestVersions {
    pub name: Option<String>,
    pub stages: Option<Vec<String>>,
}

impl Message for GetLatestVersions {
    const CHECKS: &'static [Check] =
        &[Check::required("name", Shape::Text), Check::optional("stages", Shape::List)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| m.name.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct GetLatestVersionsResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub model_versions: Vec<ModelVersion>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RegisteredModelTag {
    pub name: Option<String>,
    pub key: Option<String>,
    pub value: Option<String>,
}

impl Message for RegisteredModelTag {
    const CHECKS: &'static [Check] = &[
        Check::required("name", Shape::Text),
        Check::required("key", Shape::Text),
        Check::optional("value", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| m.name.as_deref())];
}
