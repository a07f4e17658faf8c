//! Making and changing webhooks, whose secrets are encrypted in the same transaction.

use app::{ApiError, EventKind, Unit};

use super::secrets::Cipher;
use super::store::{self, Home, StoredWebhook, not_found};
use super::wire::Status;
use crate::settings::Webhooks as Settings;

/// What an update changes; what is `None` stays.
pub struct Change {
    pub name: Option<String>,
    pub description: Option<String>,
    pub url: Option<String>,
    pub events: Option<Vec<EventKind>>,
    /// An empty one takes the secret away.
    pub secret: Option<String>,
    pub status: Option<Status>,
}

impl Change {
    fn apply(&self, webhook: &mut StoredWebhook) {
        if let Some(name) = &self.name {
            webhook.name.clone_from(name);
        }
        if let Some(url) = &self.url {
            webhook.url.clone_from(url);
        }
        if let Some(events) = &self.events {
            webhook.events.clone_from(events);
        }
        if self.description.is_some() {
            webhook.description.clone_from(&self.description);
        }
        if let Some(status) = self.status {
            status.name().clone_into(&mut webhook.status);
        }
    }
}

app::lend!(Change);

/// Makes a webhook, with its secret encrypted.
pub async fn create(
    tx: &mut Unit<'_>,
    new: &StoredWebhook,
    secret: Option<&str>,
    settings: &Settings,
) -> Result<StoredWebhook, ApiError> {
    let mut new = new.clone();
    if let Some(secret) = secret {
        new.secret = Some(Cipher::of(tx, settings).await?.encrypt(secret)?);
    }
    store::insert(tx, &new).await?;
    Ok(new)
}

/// Changes a webhook that is in `home`.
pub async fn update(
    tx: &mut Unit<'_>,
    home: Home,
    id: &str,
    change: &Change,
    settings: &Settings,
) -> Result<StoredWebhook, ApiError> {
    let mut webhook = store::hold(tx, home, id).await?.ok_or_else(|| not_found(id))?;
    change.apply(&mut webhook);
    webhook.updated_ms = tx.now_ms();
    match change.secret.as_deref() {
        None => {}
        Some("") => webhook.secret = None,
        Some(secret) => webhook.secret = Some(Cipher::of(tx, settings).await?.encrypt(secret)?),
    }
    store::update(tx, home, &webhook).await?;
    Ok(webhook)
}
