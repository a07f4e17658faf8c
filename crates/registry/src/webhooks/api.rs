//! The handlers of webhooks.

use std::sync::Arc;

use app::{ApiError, App, Backend, Call, Caller, EventKind, Reply, Shared, page, required};
use axum::extract::{Path, State};
use axum::{Extension, Json};
use python::repr_text;
use tracking::experiments::wire::Empty;

use super::secrets::Cipher;
use super::sender::{Message, Outcome};
use super::store::{self, Before, Home, StoredWebhook, not_found};
use super::store_changes::{self, Change};
use super::wire::{
    CreateWebhook, GivenEvent, ListWebhooks, Nothing, Status, TestResponse, TestResult,
    TestWebhook, UpdateWebhook, WebhookResponse, WebhooksResponse,
};
use super::{Webhooks, examples, target};

const DEFAULT_PAGE: i64 = 100;
const MAX_PAGE: i64 = 1000;

const MAX_NAME_LENGTH: usize = 63;
const MAX_URL_LENGTH: usize = 500;
const MAX_DESCRIPTION_LENGTH: usize = 1000;

fn check_name(name: &str) -> Result<(), ApiError> {
    let edge = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| edge(c) || ".-_".contains(c);
    let fits = name.len() <= MAX_NAME_LENGTH
        && name.starts_with(edge)
        && name.ends_with(edge)
        && name.chars().all(inner);
    if fits {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Webhook name {} is invalid. It must start and end with a letter or digit, be less than 63 \
         characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens \
         (-).",
        repr_text(name)
    )))
}

fn check_length(what: &str, text: &str, most: usize) -> Result<(), ApiError> {
    if text.chars().count() <= most {
        return Ok(());
    }
    Err(ApiError::invalid(format!("The webhook's {what} exceeds the limit of {most} characters.")))
}

/// The events that a caller names, each once, in the caller's order.
fn kinds(given: &[GivenEvent]) -> Result<Vec<EventKind>, ApiError> {
    let mut kinds = Vec::new();
    for event in given {
        let kind = event.kind()?;
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() {
        return Err(ApiError::invalid(
            "Webhook events must be a non-empty list of WebhookEvent objects: [].",
        ));
    }
    Ok(kinds)
}

/// The database that a webhook with these events is in: that of the events themselves, since an
/// event is recorded in the transaction that makes it true.
fn backend_of(app: &App, home: Home) -> &Backend {
    match home {
        Home::Mlflow => &app.registry,
        Home::Own => &app.backend,
    }
}

/// Refuses events of two databases for one webhook.
fn check_one_database(app: &App, events: &[EventKind]) -> Result<(), ApiError> {
    let mixed = Home::of(events) == Home::Own && events.iter().any(|kind| kind.is_mlflows());
    if mixed && !app.registry.db().is_same(app.backend.db()) {
        return Err(ApiError::invalid(
            "This server keeps models and prompts in a database of their own, so one webhook \
             cannot hear of them and of runs and traces: make one webhook for each.",
        ));
    }
    Ok(())
}

/// A webhook and where it is.
pub(super) async fn locate(
    app: &App,
    caller: &Caller,
    id: &str,
) -> Result<(Home, StoredWebhook), ApiError> {
    for home in [Home::Mlflow, Home::Own] {
        let found = backend_of(app, home).read(caller, store::get, (home, id.to_owned())).await?;
        if let Some(webhook) = found {
            return Ok((home, webhook));
        }
    }
    Err(not_found(id))
}

/// The database of a webhook's deliveries.
pub(super) async fn deliveries_of<'a>(
    app: &'a App,
    caller: &Caller,
    id: &str,
) -> Result<&'a Backend, ApiError> {
    let (home, _) = locate(app, caller, id).await?;
    Ok(backend_of(app, home))
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    Extension(webhooks): Extension<Webhooks>,
    Call(request): Call<CreateWebhook>,
) -> Reply<WebhookResponse> {
    let name = required(request.name, "name")?;
    let url = required(request.url, "url")?;
    let events = kinds(&required(request.events, "events")?);
    check_name(&name)?;
    check_length("URL", &url, MAX_URL_LENGTH)?;
    let description = given(request.description);
    check_length("description", description.as_deref().unwrap_or(""), MAX_DESCRIPTION_LENGTH)?;
    target::check(&url, &webhooks.settings).await?;
    let events = events?;
    check_one_database(&app, &events)?;
    let now = app.clock.now_ms();
    let home = Home::of(&events);
    let new = StoredWebhook {
        webhook_id: app.ids.uuid(),
        name,
        description,
        url,
        status: request.status.0.unwrap_or(Status::Active).name().to_owned(),
        secret: None,
        created_ms: now,
        updated_ms: now,
        events,
    };
    let input = (new, given(request.secret), Arc::clone(&webhooks.settings));
    let webhook = backend_of(&app, home).write(&caller, store_changes::create, input).await?;
    Ok(Json(WebhookResponse { webhook: webhook.into() }))
}

pub(super) async fn list(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<ListWebhooks>,
) -> Reply<WebhooksResponse> {
    let asked = request.max_results.map_or(DEFAULT_PAGE, i64::from);
    let size = if asked == 0 { DEFAULT_PAGE } else { asked };
    if !(1..=MAX_PAGE).contains(&size) {
        return Err(ApiError::invalid("max_results must be between 1 and 1000."));
    }
    let token = request.page_token.filter(|token| !token.is_empty());
    let (created_ms, webhook_id) = match token {
        Some(token) => page::decode(&token)?,
        None => (i64::MAX, String::new()),
    };
    let before = Before { created_ms, webhook_id };
    let mut all = Vec::new();
    for home in [Home::Mlflow, Home::Own] {
        let input = (home, before.clone(), size + 1);
        let found = backend_of(&app, home).read(&caller, store::list, input).await?;
        all.extend(found);
    }
    all.sort_by(|a, b| (b.created_ms, &b.webhook_id).cmp(&(a.created_ms, &a.webhook_id)));
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = all.len() > size;
    all.truncate(size);
    let last = all.last().filter(|_| more);
    let next_page_token = last.map(|last| page::encode(&(last.created_ms, &last.webhook_id)));
    if !request.include_own_events {
        for webhook in &mut all {
            webhook.events.retain(|kind| kind.is_mlflows());
        }
        all.retain(|webhook| !webhook.events.is_empty());
    }
    let webhooks = all.into_iter().map(Into::into).collect();
    Ok(Json(WebhooksResponse { webhooks, next_page_token }))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<String>,
    Call(Nothing {}): Call<Nothing>,
) -> Reply<WebhookResponse> {
    let (_, webhook) = locate(&app, &caller, &id).await?;
    Ok(Json(WebhookResponse { webhook: webhook.into() }))
}

/// Refuses a change that would move a webhook into another database.
fn check_stays(app: &App, home: Home, events: Option<&[EventKind]>) -> Result<(), ApiError> {
    let Some(events) = events else { return Ok(()) };
    check_one_database(app, events)?;
    if Home::of(events) != home && !app.registry.db().is_same(app.backend.db()) {
        return Err(ApiError::invalid(
            "This server keeps models and prompts in a database of their own, so a webhook that \
             heard of them cannot turn to runs and traces, nor the other way round: make a new \
             webhook.",
        ));
    }
    Ok(())
}

pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<String>,
    Extension(webhooks): Extension<Webhooks>,
    Call(request): Call<UpdateWebhook>,
) -> Reply<WebhookResponse> {
    let (home, _) = locate(&app, &caller, &id).await?;
    let change = Change {
        name: given(request.name),
        description: request.description,
        url: given(request.url),
        events: match request.events {
            Some(events) if !events.is_empty() => Some(kinds(&events)?),
            _ => None,
        },
        secret: request.secret,
        status: request.status.0,
    };
    if let Some(name) = &change.name {
        check_name(name)?;
    }
    if let Some(text) = &change.description {
        check_length("description", text, MAX_DESCRIPTION_LENGTH)?;
    }
    if let Some(url) = &change.url {
        check_length("URL", url, MAX_URL_LENGTH)?;
        target::check(url, &webhooks.settings).await?;
    }
    check_stays(&app, home, change.events.as_deref())?;
    let input = (home, id, change, Arc::clone(&webhooks.settings));
    let webhook = backend_of(&app, home).write(&caller, store_changes::update, input).await?;
    Ok(Json(WebhookResponse { webhook: webhook.into() }))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<String>,
    Call(Nothing {}): Call<Nothing>,
) -> Reply<Empty> {
    let (home, _) = locate(&app, &caller, &id).await?;
    backend_of(&app, home).write(&caller, store::delete, (home, id)).await?;
    Ok(Json(Empty {}))
}

/// The secret of a webhook, or why it cannot be read.
async fn secret_of(
    app: &App,
    caller: &Caller,
    webhooks: &Webhooks,
    home: Home,
    webhook: &StoredWebhook,
) -> Result<Result<Option<String>, String>, ApiError> {
    let Some(token) = webhook.secret.clone() else { return Ok(Ok(None)) };
    let settings = Arc::clone(&webhooks.settings);
    let cipher = backend_of(app, home).read(caller, Cipher::reading, (settings,)).await?;
    Ok(cipher.decrypt(&token).map(Some).ok_or_else(|| UNREADABLE.to_owned()))
}

/// Why nothing is sent to a webhook whose secret was encrypted with another key.
pub(super) const UNREADABLE: &str = "the secret cannot be decrypted: it was encrypted with another \
     MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY; set the secret anew";

/// Sends an example of an event, and tells what the receiver answered. Compat: an answer below 400
/// is a success.
pub(super) async fn test(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<String>,
    Extension(webhooks): Extension<Webhooks>,
    Call(request): Call<TestWebhook>,
) -> Reply<TestResponse> {
    let event = request.event.map(GivenEvent::kind).transpose()?;
    let (home, webhook) = locate(&app, &caller, &id).await?;
    let event = event.or_else(|| webhook.events.first().copied());
    let event = event.ok_or_else(|| ApiError::invalid("The webhook subscribes to no event."))?;
    let outcome = match secret_of(&app, &caller, &webhooks, home, &webhook).await? {
        Ok(secret) => {
            let now = app.clock.now_ms();
            let message = Message {
                id: app.ids.uuid(),
                body: examples::body(event, now)?,
                secret,
                seconds: now / 1000,
            };
            webhooks.sender.send(&webhook.url, &message).await
        }
        Err(unreadable) => Outcome::refused(unreadable),
    };
    let result = match outcome.status {
        Some(status) => TestResult {
            success: status < 400,
            response_status: Some(status),
            response_body: given(Some(outcome.answer)),
            error_message: None,
        },
        None => TestResult {
            success: false,
            response_status: None,
            response_body: None,
            error_message: outcome.error.map(|error| format!("Failed to test webhook: {error}")),
        },
    };
    Ok(Json(TestResponse { result }))
}
