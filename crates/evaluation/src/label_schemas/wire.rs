//! The JSON of label schemas.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Choice, Choices, Double, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an answer is: an opinion, or what would have been right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum SchemaType {
    Feedback,
    Expectation,
}

impl Choices for SchemaType {
    const ALL: &'static [(Self, &'static str, i64)] =
        &[(SchemaType::Feedback, "FEEDBACK", 1), (SchemaType::Expectation, "EXPECTATION", 2)];
}

impl SchemaType {
    /// As it is stored.
    pub fn stored(self) -> &'static str {
        match self {
            SchemaType::Feedback => "feedback",
            SchemaType::Expectation => "expectation",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PassFail {
    #[serde(alias = "positiveLabel", deserialize_with = "app::json::or_default")]
    pub positive_label: String,
    #[serde(alias = "negativeLabel", deserialize_with = "app::json::or_default")]
    pub negative_label: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Categorical {
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "app::json::or_default")]
    pub options: Vec<String>,
    #[serde(alias = "multiSelect", deserialize_with = "app::json::or_default")]
    pub multi_select: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Numeric {
    #[serde(alias = "minValue", skip_serializing_if = "Option::is_none")]
    pub min_value: Option<Double>,
    #[serde(alias = "maxValue", skip_serializing_if = "Option::is_none")]
    pub max_value: Option<Double>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Text {
    /// Characters.
    #[serde(alias = "maxLength", skip_serializing_if = "Option::is_none")]
    pub max_length: Option<Int64>,
}

/// How an answer is given: one of these.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AnyInput {
    #[serde(alias = "passFail")]
    pub pass_fail: Option<PassFail>,
    pub categorical: Option<Categorical>,
    pub numeric: Option<Numeric>,
    pub text: Option<Text>,
}

/// How an answer is given.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    PassFail(PassFail),
    Categorical(Categorical),
    Numeric(Numeric),
    Text(Text),
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LabelSchema {
    pub schema_id: String,
    pub experiment_id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: SchemaType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    pub enable_comment: bool,
    pub input: Input,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub last_updated_at: i64,
    pub is_default: bool,
}

app::lend!(LabelSchema);

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreateLabelSchema {
    #[serde(alias = "experimentId")]
    pub experiment_id: Option<String>,
    pub name: Option<String>,
    #[serde(rename = "type")]
    pub kind: Choice<SchemaType>,
    pub input: Option<AnyInput>,
    pub instruction: Option<String>,
    #[serde(alias = "enableComment")]
    pub enable_comment: Option<bool>,
}

impl Message for CreateLabelSchema {
    const CHECKS: &'static [Check] =
        &[Check::required("experiment_id", Shape::Text), Check::required("name", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LabelSchemaResponse {
    pub label_schema: LabelSchema,
}

/// The requests that name one schema by its id.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SchemaById {
    #[serde(alias = "schemaId")]
    pub schema_id: Option<String>,
}

impl Message for SchemaById {
    const CHECKS: &'static [Check] = &[Check::required("schema_id", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::LabelSchema, |m| m.schema_id.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SchemaByName {
    pub experiment_id: Option<String>,
    pub name: Option<String>,
}

impl Message for SchemaByName {
    const CHECKS: &'static [Check] =
        &[Check::required("experiment_id", Shape::Text), Check::required("name", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListLabelSchemas {
    pub experiment_id: Option<String>,
    pub max_results: Option<Int64>,
    pub page_token: Option<String>,
}

impl Message for ListLabelSchemas {
    const CHECKS: &'static [Check] = &[
        Check::required("experiment_id", Shape::Text),
        Check::optional("max_results", Shape::Int),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ListLabelSchemasResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub label_schemas: Vec<LabelSchema>,
    pub next_page_token: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpdateLabelSchema {
    #[serde(alias = "schemaId")]
    pub schema_id: Option<String>,
    pub name: Option<String>,
    pub instruction: Option<String>,
    #[serde(alias = "enableComment")]
    pub enable_comment: Option<bool>,
    pub input: Option<AnyInput>,
}

impl Message for UpdateLabelSchema {
    const CHECKS: &'static [Check] = &[Check::required("schema_id", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::LabelSchema, |m| m.schema_id.as_deref())];
}
