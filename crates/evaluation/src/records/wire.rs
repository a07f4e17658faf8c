//! The JSON of records. The records themselves are a JSON text within the JSON.

use app::call::Shape;
use app::{Check, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpsertRecords {
    /// A JSON list.
    pub records: Option<String>,
}

impl Message for UpsertRecords {
    const CHECKS: &'static [Check] = &[Check::required("records", Shape::Text)];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct UpsertRecordsResponse {
    pub inserted_count: usize,
    pub updated_count: usize,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListRecords {
    pub max_results: Option<Int64>,
    pub page_token: Option<String>,
}

impl Message for ListRecords {
    const CHECKS: &'static [Check] =
        &[Check::optional("max_results", Shape::Int), Check::optional("page_token", Shape::Text)];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ListRecordsResponse {
    pub records: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DeleteRecords {
    #[serde(alias = "datasetRecordIds")]
    pub dataset_record_ids: Option<Vec<String>>,
}

impl Message for DeleteRecords {
    const CHECKS: &'static [Check] = &[Check::optional("dataset_record_ids", Shape::List)];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DeleteRecordsResponse {
    pub deleted_count: u64,
}
