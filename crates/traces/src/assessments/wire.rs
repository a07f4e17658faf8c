//! The JSON of assessments.

use std::collections::BTreeMap;

use app::call::Shape;
use app::{Check, Choice, Choices, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceType {
    #[default]
    Unspecified,
    Human,
    LlmJudge,
    Code,
}

impl Choices for SourceType {
    const ALL: &'static [(Self, &'static str, i64)] = &[
        (SourceType::Unspecified, "SOURCE_TYPE_UNSPECIFIED", 0),
        (SourceType::Human, "HUMAN", 1),
        (SourceType::LlmJudge, "LLM_JUDGE", 2),
        (SourceType::Code, "CODE", 3),
    ];
}

impl SourceType {
    pub fn name(self) -> &'static str {
        let all = Self::ALL.iter();
        all.clone().find(|(kind, ..)| *kind == self).map_or("CODE", |(_, name, _)| name)
    }
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Source {
    #[schemars(with = "Choice<SourceType>")]
    pub source_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AssessmentError {
    #[serde(alias = "errorCode")]
    pub error_code: String,
    #[serde(alias = "errorMessage", skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    #[serde(alias = "stackTrace", skip_serializing_if = "Option::is_none")]
    pub stack_trace: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Feedback {
    pub value: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<AssessmentError>,
}

/// An expected value; one that is no plain value is written as JSON text.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    Value(Value),
    SerializedValue(SerializedValue),
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SerializedValue {
    #[serde(alias = "serializationFormat")]
    pub serialization_format: String,
    pub value: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct IssueReference {
    #[serde(alias = "issueName")]
    pub issue_name: String,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Assessed {
    Feedback(Feedback),
    Expectation(Expectation),
    Issue(IssueReference),
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Assessment {
    pub assessment_id: String,
    pub assessment_name: String,
    pub trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span_id: Option<String>,
    pub source: Source,
    pub create_time: Timestamp,
    pub last_update_time: Timestamp,
    #[serde(flatten)]
    pub assessed: Assessed,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rationale: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overrides: Option<String>,
    pub valid: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AssessmentResponse {
    pub assessment: Assessment,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GivenSource {
    #[serde(alias = "sourceType")]
    pub source_type: Choice<SourceType>,
    #[serde(alias = "sourceId")]
    pub source_id: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GivenFeedback {
    pub value: Value,
    pub error: Option<AssessmentError>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GivenExpectation {
    pub value: Value,
    #[serde(alias = "serializedValue")]
    pub serialized_value: Option<SerializedValue>,
}

/// An assessment as a caller gives it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GivenAssessment {
    #[serde(alias = "assessmentId")]
    pub assessment_id: Option<String>,
    #[serde(alias = "assessmentName")]
    pub assessment_name: Option<String>,
    #[serde(alias = "spanId")]
    pub span_id: Option<String>,
    pub source: Option<GivenSource>,
    #[serde(alias = "createTime")]
    pub create_time: Option<Timestamp>,
    #[serde(alias = "lastUpdateTime")]
    pub last_update_time: Option<Timestamp>,
    pub feedback: Option<GivenFeedback>,
    pub expectation: Option<GivenExpectation>,
    pub issue: Option<IssueReference>,
    pub rationale: Option<String>,
    pub metadata: Option<BTreeMap<String, String>>,
    pub overrides: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreateAssessment {
    pub assessment: Option<GivenAssessment>,
}

impl Message for CreateAssessment {
    const CHECKS: &'static [Check] = &[Check::required("assessment", Shape::Any)];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpdateAssessment {
    pub assessment: Option<GivenAssessment>,
    /// Names of fields, in protobuf's second spelling, between commas.
    #[serde(alias = "updateMask")]
    pub update_mask: Option<String>,
}

impl Message for UpdateAssessment {
    const CHECKS: &'static [Check] =
        &[Check::required("assessment", Shape::Any), Check::required("update_mask", Shape::Any)];
}
