//! The JSON of deliveries: an API of Headwater's own.

use app::call::Shape;
use app::{Check, Choice, Choices, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is to be sent, perhaps again.
    Pending,
    Delivered,
    /// It was tried as often as it is tried.
    Failed,
}

impl Choices for State {
    const ALL: &'static [(Self, &'static str, i64)] = &[
        (State::Pending, "PENDING", 1),
        (State::Delivered, "DELIVERED", 2),
        (State::Failed, "FAILED", 3),
    ];
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Pending => "PENDING",
            State::Delivered => "DELIVERED",
            State::Failed => "FAILED",
        }
    }
}

/// All times are milliseconds since 1970.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Delivery {
    /// The id under which the receiver hears of the event, however often it is sent.
    pub event_id: String,
    /// As the webhook's events name them: `PROMPT_VERSION`, `CREATED`.
    pub entity: String,
    pub action: String,
    pub state: String,
    /// How often it was sent since it was made, or since it was last asked for again.
    pub attempts: i64,
    pub creation_timestamp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_attempt_timestamp: Option<i64>,
    /// Of one that is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_timestamp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_status: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// What is sent. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// The beginning of the answer. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_body: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListDeliveries {
    /// Only those in this state.
    pub state: Choice<State>,
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
    #[serde(alias = "pageToken")]
    pub page_token: Option<String>,
}

impl Message for ListDeliveries {
    const CHECKS: &'static [Check] = &[
        Check::optional("state", Shape::Text),
        Check::optional("max_results", Shape::Int),
        Check::optional("page_token", Shape::Text),
    ];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveriesResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryResponse {
    pub delivery: Delivery,
}
