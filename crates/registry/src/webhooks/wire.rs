//! The JSON of webhooks.

use app::call::Shape;
use app::events::{Action, Entity};
use app::{ApiError, Check, Choice, Choices, EventKind, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::store::StoredWebhook;

/// Whether a webhook is told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Active,
    Disabled,
}

impl Choices for Status {
    const ALL: &'static [(Self, &'static str, i64)] =
        &[(Status::Active, "ACTIVE", 1), (Status::Disabled, "DISABLED", 2)];
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Status::Active => "ACTIVE",
            Status::Disabled => "DISABLED",
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Event {
    pub entity: &'static str,
    pub action: &'static str,
}

impl From<EventKind> for Event {
    fn from(kind: EventKind) -> Self {
        Self { entity: kind.entity().name(), action: kind.action().name() }
    }
}

/// A webhook without its secret, which nobody is ever shown.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Webhook {
    pub webhook_id: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub url: String,
    pub events: Vec<Event>,
    pub status: String,
    /// Milliseconds since 1970.
    pub creation_timestamp: i64,
    /// Milliseconds since 1970.
    pub last_updated_timestamp: i64,
}

impl From<StoredWebhook> for Webhook {
    fn from(stored: StoredWebhook) -> Self {
        Self {
            webhook_id: stored.webhook_id,
            name: stored.name,
            description: stored.description.filter(|text| !text.is_empty()),
            url: stored.url,
            events: stored.events.into_iter().map(Event::from).collect(),
            status: stored.status,
            creation_timestamp: stored.created_ms,
            last_updated_timestamp: stored.updated_ms,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct WebhookResponse {
    pub webhook: Webhook,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct WebhooksResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<Webhook>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

/// An event as a caller names it.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GivenEvent {
    pub entity: Choice<Entity>,
    pub action: Choice<Action>,
}

impl GivenEvent {
    /// # Errors
    /// When there is no such event.
    pub fn kind(self) -> Result<EventKind, ApiError> {
        let (Some(entity), Some(action)) = (self.entity.0, self.action.0) else {
            return Err(ApiError::invalid(
                "A webhook's event must have an entity and an action that exist.",
            ));
        };
        EventKind::find(entity, action).ok_or_else(|| {
            let of_entity = EventKind::ALL.iter().filter(|kind| kind.entity() == entity);
            let mut actions: Vec<String> =
                of_entity.map(|kind| format!("'{}'", kind.text().1)).collect();
            actions.sort();
            ApiError::invalid(format!(
                "Invalid action '{}' for entity '{}'. Valid actions are: [{}]",
                action.name().to_lowercase(),
                entity.name().to_lowercase(),
                actions.join(", ")
            ))
        })
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreateWebhook {
    pub name: Option<String>,
    pub description: Option<String>,
    pub url: Option<String>,
    pub events: Option<Vec<GivenEvent>>,
    pub secret: Option<String>,
    pub status: Choice<Status>,
}

impl Message for CreateWebhook {
    const CHECKS: &'static [Check] = &[
        Check::required("name", Shape::Text),
        Check::required("url", Shape::Text),
        Check::required("events", Shape::List),
        Check::optional("description", Shape::Text),
        Check::optional("secret", Shape::Text),
        Check::optional("status", Shape::Text),
    ];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpdateWebhook {
    pub name: Option<String>,
    pub description: Option<String>,
    pub url: Option<String>,
    pub events: Option<Vec<GivenEvent>>,
    pub secret: Option<String>,
    pub status: Choice<Status>,
}

impl Message for UpdateWebhook {
    const CHECKS: &'static [Check] = &[
        Check::optional("name", Shape::Text),
        Check::optional("description", Shape::Text),
        Check::optional("url", Shape::Text),
        Check::optional("events", Shape::List),
        Check::optional("secret", Shape::Text),
        Check::optional("status", Shape::Text),
    ];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListWebhooks {
    #[serde(alias = "maxResults")]
    pub max_results: Option<Int64>,
    #[serde(alias = "pageToken")]
    pub page_token: Option<String>,
    /// Headwater's own: whether events that MLflow does not know are named too. MLflow's clients
    /// fail on a list that has one.
    pub include_own_events: bool,
}

impl Message for ListWebhooks {
    const CHECKS: &'static [Check] = &[
        Check::optional("max_results", Shape::Int),
        Check::optional("page_token", Shape::Text),
        Check::optional("include_own_events", Shape::Bool),
    ];
}

/// A request with nothing in it but its path.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Nothing {}

impl Message for Nothing {}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TestWebhook {
    pub event: Option<GivenEvent>,
}

impl Message for TestWebhook {}

#[derive(Debug, Serialize, JsonSchema)]
pub struct TestResult {
    pub success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct TestResponse {
    pub result: TestResult,
}
