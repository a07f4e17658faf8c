//! The JSON of review queues and their items.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Choice, Choices, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum QueueType {
    User,
    Custom,
}

impl Choices for QueueType {
    const ALL: &'static [(Self, &'static str, i64)] =
        &[(QueueType::User, "USER", 1), (QueueType::Custom, "CUSTOM", 2)];
}

impl QueueType {
    /// As it is stored.
    pub fn stored(self) -> &'static str {
        match self {
            QueueType::User => "user",
            QueueType::Custom => "custom",
        }
    }
}

/// How far the review of an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    Pending,
    Complete,
    Declined,
}

impl Choices for Status {
    const ALL: &'static [(Self, &'static str, i64)] = &[
        (Status::Pending, "PENDING", 1),
        (Status::Complete, "COMPLETE", 2),
        (Status::Declined, "DECLINED", 3),
    ];
}

impl Status {
    /// As it is stored.
    pub fn stored(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Complete => "complete",
            Status::Declined => "declined",
        }
    }

    pub fn read(stored: &str) -> Self {
        match stored {
            "complete" => Status::Complete,
            "declined" => Status::Declined,
            _ => Status::Pending,
        }
    }
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReviewQueue {
    pub queue_id: String,
    pub experiment_id: String,
    pub name: String,
    pub queue_type: QueueType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    pub creation_time_ms: i64,
    pub last_update_time_ms: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schema_ids: Vec<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct QueueItem {
    pub queue_id: String,
    /// Only traces are reviewed so far.
    pub item_type: &'static str,
    pub item_id: String,
    pub status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_time_ms: Option<i64>,
    pub creation_time_ms: i64,
    pub last_update_time_ms: i64,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreateQueue {
    #[serde(alias = "experimentId")]
    pub experiment_id: Option<String>,
    pub name: Option<String>,
    #[serde(alias = "queueType")]
    pub queue_type: Choice<QueueType>,
    pub users: Option<Vec<String>>,
    #[serde(alias = "schemaIds")]
    pub schema_ids: Option<Vec<String>>,
}

impl Message for CreateQueue {
    const CHECKS: &'static [Check] =
        &[Check::required("experiment_id", Shape::Text), Check::required("name", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UserQueue {
    #[serde(alias = "experimentId")]
    pub experiment_id: Option<String>,
    pub user: Option<String>,
}

impl Message for UserQueue {
    const CHECKS: &'static [Check] =
        &[Check::required("experiment_id", Shape::Text), Check::required("user", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct QueueResponse {
    pub review_queue: ReviewQueue,
}

/// The requests that name one queue by its id.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct QueueById {
    #[serde(alias = "queueId")]
    pub queue_id: Option<String>,
}

impl Message for QueueById {
    const CHECKS: &'static [Check] = &[Check::required("queue_id", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::ReviewQueue, |m| m.queue_id.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct QueueByName {
    pub experiment_id: Option<String>,
    pub name: Option<String>,
}

impl Message for QueueByName {
    const CHECKS: &'static [Check] =
        &[Check::required("experiment_id", Shape::Text), Check::required("name", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListQueues {
    pub experiment_id: Option<String>,
    pub user: Option<String>,
    pub item_id: Option<String>,
    pub max_results: Option<Int64>,
    pub page_token: Option<String>,
}

impl Message for ListQueues {
    const CHECKS: &'static [Check] = &[
        Check::required("experiment_id", Shape::Text),
        Check::optional("max_results", Shape::Int),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ListQueuesResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub review_queues: Vec<ReviewQueue>,
    pub next_page_token: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpdateQueue {
    #[serde(alias = "queueId")]
    pub queue_id: Option<String>,
    /// Whether `users` replaces the users.
    #[serde(alias = "updateUsers")]
    pub update_users: Option<bool>,
    pub users: Option<Vec<String>>,
    /// Whether `schema_ids` replaces the questions.
    #[serde(alias = "updateSchemaIds")]
    pub update_schema_ids: Option<bool>,
    #[serde(alias = "schemaIds")]
    pub schema_ids: Option<Vec<String>>,
    pub name: Option<String>,
    #[serde(alias = "newOwner")]
    pub new_owner: Option<String>,
}

impl Message for UpdateQueue {
    const CHECKS: &'static [Check] = &[Check::required("queue_id", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::ReviewQueue, |m| m.queue_id.as_deref())];
}

/// Items to add to a queue, or to remove from it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Items {
    #[serde(alias = "queueId")]
    pub queue_id: Option<String>,
    #[serde(alias = "itemIds")]
    pub item_ids: Option<Vec<String>>,
}

impl Message for Items {
    const CHECKS: &'static [Check] = &[Check::required("queue_id", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::ReviewQueue, |m| m.queue_id.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ItemsResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<QueueItem>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListItems {
    pub queue_id: Option<String>,
    pub status: Choice<Status>,
    pub max_results: Option<Int64>,
    pub page_token: Option<String>,
}

impl Message for ListItems {
    const CHECKS: &'static [Check] =
        &[Check::required("queue_id", Shape::Text), Check::optional("max_results", Shape::Int)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::ReviewQueue, |m| m.queue_id.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ListItemsResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<QueueItem>,
    pub next_page_token: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SetStatus {
    #[serde(alias = "queueId")]
    pub queue_id: Option<String>,
    #[serde(alias = "itemId")]
    pub item_id: Option<String>,
    pub status: Choice<Status>,
    #[serde(alias = "completedBy")]
    pub completed_by: Option<String>,
}

impl Message for SetStatus {
    const CHECKS: &'static [Check] =
        &[Check::required("queue_id", Shape::Text), Check::required("item_id", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::ReviewQueue, |m| m.queue_id.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ItemResponse {
    pub item: QueueItem,
}
