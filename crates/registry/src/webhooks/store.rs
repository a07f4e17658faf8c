//! The SQL of webhooks.

use std::collections::HashMap;

use app::{ApiError, EventKind, Unit};
use db::{DbError, Engine, Row, Value};

/// Which tables a webhook is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// MLflow's: all its events are MLflow's.
    Mlflow,
    /// Headwater's own: at least one event is none of MLflow's.
    Own,
}

app::lend!(copy Home);

impl Home {
    pub fn of(events: &[EventKind]) -> Self {
        if events.iter().all(|kind| kind.is_mlflows()) { Home::Mlflow } else { Home::Own }
    }

    fn sql(self) -> &'static Statements {
        match self {
            Home::Mlflow => &MLFLOW,
            Home::Own => &OWN,
        }
    }
}

/// The same statements on either pair of tables.
struct Statements {
    insert: &'static str,
    update: &'static str,
    get: &'static str,
    hold: &'static str,
    list: &'static str,
    delete: &'static str,
    forget: &'static str,
    events: &'static str,
    add_event: &'static str,
    forget_events: &'static str,
}

macro_rules! statements {
    ($webhooks:literal, $events:literal) => {
        Statements {
            insert: concat!(
                "INSERT INTO ",
                $webhooks,
                " (webhook_id, name, description, url, status, secret, \
                 creation_timestamp, last_updated_timestamp, workspace) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            ),
            update: concat!(
                "UPDATE ",
                $webhooks,
                " SET name = $2, description = $3, url = $4, status = $5, \
                 secret = $6, last_updated_timestamp = $7 WHERE webhook_id = $1"
            ),
            get: concat!(
                "SELECT webhook_id, name, description, url, status, secret, creation_timestamp, \
                 last_updated_timestamp FROM ",
                $webhooks,
                " WHERE webhook_id = $1 AND workspace = $2 AND deleted_timestamp IS NULL"
            ),
            hold: concat!(
                "SELECT webhook_id, name, description, url, status, secret, creation_timestamp, \
                 last_updated_timestamp FROM ",
                $webhooks,
                " WHERE webhook_id = $1 AND workspace = $2 AND deleted_timestamp IS NULL FOR UPDATE"
            ),
            list: concat!(
                "SELECT webhook_id, name, description, url, status, secret, creation_timestamp, \
                 last_updated_timestamp FROM ",
                $webhooks,
                " WHERE workspace = $1 AND deleted_timestamp IS NULL \
                 AND (COALESCE(creation_timestamp, 0), webhook_id) < ($2::bigint, $3) \
                 ORDER BY COALESCE(creation_timestamp, 0) DESC, webhook_id DESC LIMIT $4"
            ),
            delete: concat!(
                "UPDATE ",
                $webhooks,
                " SET deleted_timestamp = $2, last_updated_timestamp = $2 \
                 WHERE webhook_id = $1"
            ),
            forget: concat!("DELETE FROM ", $webhooks, " WHERE webhook_id = $1"),
            events: concat!(
                "SELECT webhook_id, entity, action FROM ",
                $events,
                " WHERE webhook_id = ANY($1) ORDER BY "
            ),
            add_event: concat!(
                "INSERT INTO ",
                $events,
                " (webhook_id, entity, action) VALUES ($1, $2, $3)"
            ),
            forget_events: concat!("DELETE FROM ", $events, " WHERE webhook_id = $1"),
        }
    };
}

static MLFLOW: Statements = statements!("webhooks", "webhook_events");
static OWN: Statements = statements!("hw_webhooks", "hw_webhook_events");

/// A webhook as it is stored.
#[derive(Clone, Debug)]
pub struct StoredWebhook {
    pub webhook_id: String,
    pub name: String,
    pub description: Option<String>,
    pub url: String,
    pub status: String,
    /// Encrypted.
    pub secret: Option<String>,
    /// Milliseconds since 1970.
    pub created_ms: i64,
    /// Milliseconds since 1970.
    pub updated_ms: i64,
    /// As they were given, each once.
    pub events: Vec<EventKind>,
}

app::lend!(StoredWebhook);

pub fn not_found(webhook_id: &str) -> ApiError {
    ApiError::missing(format!("Webhook with ID {webhook_id} not found."))
}

fn read(row: Row<'_>) -> Result<StoredWebhook, DbError> {
    Ok(StoredWebhook {
        webhook_id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        url: row.get(3)?,
        status: row.get(4)?,
        secret: row.get(5)?,
        created_ms: row.get::<Option<i64>>(6)?.unwrap_or_default(),
        updated_ms: row.get::<Option<i64>>(7)?.unwrap_or_default(),
        events: Vec::new(),
    })
}

async fn add_events(
    tx: &mut Unit<'_>,
    home: Home,
    webhooks: &mut [StoredWebhook],
) -> Result<(), DbError> {
    let ids: Vec<String> = webhooks.iter().map(|webhook| webhook.webhook_id.clone()).collect();
    // The tables have no column for the order: where a row lies tells when it was written.
    let sql = match tx.engine() {
        Engine::Postgres => format!("{}ctid", home.sql().events),
        Engine::Sqlite => format!("{}rowid", home.sql().events),
    };
    let rows: Vec<(String, Option<EventKind>)> = tx
        .query(&sql, &[ids.into()], |row| {
            Ok((row.get(0)?, EventKind::from_text(row.get(1)?, row.get(2)?)))
        })
        .await?;
    let mut events: HashMap<String, Vec<EventKind>> = HashMap::new();
    for (id, kind) in rows {
        events.entry(id).or_default().extend(kind);
    }
    for webhook in webhooks {
        webhook.events = events.remove(&webhook.webhook_id).unwrap_or_default();
    }
    Ok(())
}

async fn find(
    tx: &mut Unit<'_>,
    home: Home,
    sql: &'static str,
    id: &str,
) -> Result<Option<StoredWebhook>, DbError> {
    let workspace = tx.workspace();
    let found = tx.query_opt(sql, &[id.into(), workspace.into()], read).await?;
    let Some(webhook) = found else { return Ok(None) };
    let mut webhooks = [webhook];
    add_events(tx, home, &mut webhooks).await?;
    let [webhook] = webhooks;
    Ok(Some(webhook))
}

pub async fn get(
    tx: &mut Unit<'_>,
    home: Home,
    id: &str,
) -> Result<Option<StoredWebhook>, DbError> {
    find(tx, home, home.sql().get, id).await
}

/// As [`get`], and the webhook stays as it is until this transaction's end.
pub async fn hold(
    tx: &mut Unit<'_>,
    home: Home,
    id: &str,
) -> Result<Option<StoredWebhook>, DbError> {
    find(tx, home, home.sql().hold, id).await
}

/// The webhook that a page begins after.
#[derive(Clone, Debug)]
pub struct Before {
    /// Milliseconds since 1970.
    pub created_ms: i64,
    pub webhook_id: String,
}

app::lend!(Before);

/// The webhooks that were made before this one, those made last first.
pub async fn list(
    tx: &mut Unit<'_>,
    home: Home,
    before: &Before,
    count: i64,
) -> Result<Vec<StoredWebhook>, DbError> {
    let workspace = tx.workspace();
    let values: [Value<'_>; 4] =
        [workspace.into(), before.created_ms.into(), (&before.webhook_id).into(), count.into()];
    let mut webhooks = tx.query(home.sql().list, &values, read).await?;
    add_events(tx, home, &mut webhooks).await?;
    Ok(webhooks)
}

async fn insert_events(
    tx: &mut Unit<'_>,
    home: Home,
    id: &str,
    events: &[EventKind],
) -> Result<(), DbError> {
    for kind in events {
        let (entity, action) = kind.text();
        tx.execute(home.sql().add_event, &[id.into(), entity.into(), action.into()]).await?;
    }
    Ok(())
}

pub async fn insert(tx: &mut Unit<'_>, webhook: &StoredWebhook) -> Result<(), DbError> {
    let workspace = tx.workspace();
    let home = Home::of(&webhook.events);
    tx.execute(
        home.sql().insert,
        &[
            (&webhook.webhook_id).into(),
            (&webhook.name).into(),
            (&webhook.description).into(),
            (&webhook.url).into(),
            (&webhook.status).into(),
            (&webhook.secret).into(),
            webhook.created_ms.into(),
            webhook.updated_ms.into(),
            workspace.into(),
        ],
    )
    .await?;
    insert_events(tx, home, &webhook.webhook_id, &webhook.events).await
}

/// Writes a webhook that is in `home`; its events may move it to the other tables.
pub async fn update(tx: &mut Unit<'_>, home: Home, webhook: &StoredWebhook) -> Result<(), DbError> {
    let id = &webhook.webhook_id;
    tx.execute(home.sql().forget_events, &[id.into()]).await?;
    if Home::of(&webhook.events) != home {
        tx.execute(home.sql().forget, &[id.into()]).await?;
        return insert(tx, webhook).await;
    }
    tx.execute(
        home.sql().update,
        &[
            id.into(),
            (&webhook.name).into(),
            (&webhook.description).into(),
            (&webhook.url).into(),
            (&webhook.status).into(),
            (&webhook.secret).into(),
            webhook.updated_ms.into(),
        ],
    )
    .await?;
    insert_events(tx, home, id, &webhook.events).await
}

/// Deletes a webhook and all that is known of its deliveries. Compat: its row stays, marked.
pub async fn delete(tx: &mut Unit<'_>, home: Home, id: &str) -> Result<(), ApiError> {
    hold(tx, home, id).await?.ok_or_else(|| not_found(id))?;
    let now = tx.now_ms();
    tx.execute(home.sql().delete, &[id.into(), now.into()]).await?;
    tx.execute("DELETE FROM hw_webhook_deliveries WHERE webhook_id = $1", &[id.into()]).await?;
    Ok(())
}
