//! The JSON of issues.

use std::collections::BTreeMap;

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const STATUSES: &[&str] = &["pending", "rejected", "resolved"];
/// From the lowest to the highest.
pub const SEVERITIES: &[&str] = &["not_an_issue", "low", "medium", "high"];

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Issue {
    pub issue_id: String,
    pub experiment_id: String,
    pub name: String,
    pub description: String,
    pub status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub root_causes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_run_id: Option<String>,
    /// Milliseconds since 1970.
    pub created_timestamp: i64,
    /// Milliseconds since 1970.
    pub last_updated_timestamp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// How many traces it is linked with, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_count: Option<i64>,
    /// When it was last seen in a trace, in milliseconds since 1970.
    pub last_seen_timestamp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_by: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

app::lend!(Issue);

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreateIssue {
    #[serde(alias = "experimentId")]
    pub experiment_id: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Option<String>,
    pub severity: Option<String>,
    #[serde(alias = "rootCauses")]
    pub root_causes: Option<Vec<String>>,
    #[serde(alias = "sourceRunId")]
    pub source_run_id: Option<String>,
    #[serde(alias = "createdBy")]
    pub created_by: Option<String>,
    pub categories: Option<Vec<String>>,
    /// `iss-` and up to 32 letters, digits, `_` and `-`, so that a client can send the request again.
    #[serde(alias = "issueId")]
    pub issue_id: Option<String>,
    #[serde(alias = "lastSeenTimestamp")]
    pub last_seen_timestamp: Option<Int64>,
    pub metadata: Option<BTreeMap<String, String>>,
}

impl Message for CreateIssue {
    const CHECKS: &'static [Check] = &[
        Check::required("name", Shape::Text),
        Check::required("description", Shape::Text),
        Check::required("experiment_id", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpdateIssue {
    #[serde(alias = "issueId")]
    pub issue_id: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Option<String>,
    pub severity: Option<String>,
    /// An empty list takes all away; none leaves them.
    pub categories: Option<Vec<String>>,
    /// It never moves backwards.
    #[serde(alias = "lastSeenTimestamp")]
    pub last_seen_timestamp: Option<Int64>,
    #[serde(alias = "lastUpdatedBy")]
    pub last_updated_by: Option<String>,
    /// Added to what there is.
    pub metadata: Option<BTreeMap<String, String>>,
    #[serde(alias = "deleteMetadataKeys")]
    pub delete_metadata_keys: Option<Vec<String>>,
}

impl Message for UpdateIssue {
    const CHECKS: &'static [Check] = &[Check::required("issue_id", Shape::Any)];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct IssueResponse {
    pub issue: Issue,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SearchIssues {
    #[serde(alias = "experimentId")]
    pub experiment_id: Option<String>,
    #[serde(alias = "filterString")]
    pub filter_string: Option<String>,
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
    #[serde(alias = "pageToken")]
    pub page_token: Option<String>,
    #[serde(alias = "includeTraceCount")]
    pub include_trace_count: Option<bool>,
    /// Part of the name, in any case.
    pub name: Option<String>,
    pub statuses: Option<Vec<String>>,
    pub severities: Option<Vec<String>>,
    /// Any of these, in any case.
    pub categories: Option<Vec<String>>,
    #[serde(alias = "orderBy")]
    pub order_by: Option<Vec<String>>,
    #[serde(alias = "includeTotalCount")]
    pub include_total_count: Option<bool>,
    /// `basic` leaves out the description, root causes and metadata; `full` does not.
    pub view: Option<String>,
}

impl Message for SearchIssues {
    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchIssuesResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
    pub next_page_token: String,
    /// How many there are on all pages, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_count: Option<i64>,
}
