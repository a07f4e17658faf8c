//! The SQL of the outbox: a row for every webhook that an event is to be delivered to.
//!
//! A webhook with one of Headwater's own events stands in Headwater's own tables, out of the way of
//! MLflow, which does not know those events; any other stands in MLflow's tables.

use const_format::concatcp;
use db::{Bulk, ColumnType, DbError, Value};

use super::{Entity, EventKind};
use crate::Unit;

const MLFLOWS_SUBSCRIBERS: &str = "SELECT e.webhook_id FROM webhook_events e \
     JOIN webhooks w ON w.webhook_id = e.webhook_id \
     WHERE e.entity = $1::text AND e.action = $2::text AND w.status = 'ACTIVE' \
     AND w.deleted_timestamp IS NULL AND w.workspace = $6::text";

const OWN_SUBSCRIBERS: &str = "SELECT e.webhook_id FROM hw_webhook_events e \
     JOIN hw_webhooks w ON w.webhook_id = e.webhook_id \
     WHERE e.entity = $1::text AND e.action = $2::text AND w.status = 'ACTIVE' \
     AND w.deleted_timestamp IS NULL AND w.workspace = $6::text";

const ALL_SUBSCRIBERS: &str = concatcp!(MLFLOWS_SUBSCRIBERS, " UNION ALL ", OWN_SUBSCRIBERS);

const INSERT: &str = "INSERT INTO hw_webhook_deliveries \
     (webhook_id, event_id, entity, action, body, created_ms, due_ms) \
     SELECT s.webhook_id, $3::text, $1::text, $2::text, $4::text, $5::bigint, $5::bigint FROM (";

static DELIVERIES: Bulk<7> = Bulk::new(
    "hw_webhook_deliveries",
    [
        ("webhook_id", ColumnType::Text),
        ("event_id", ColumnType::Text),
        ("entity", ColumnType::Text),
        ("action", ColumnType::Text),
        ("body", ColumnType::Text),
        ("created_ms", ColumnType::Int),
        ("due_ms", ColumnType::Int),
    ],
    "",
);

/// Writes the deliveries of one event; `at` is in milliseconds since 1970.
pub(super) fn insert(
    tx: &mut Unit<'_>,
    kind: EventKind,
    event_id: String,
    body: String,
    at: i64,
) -> Result<(), DbError> {
    let sql = if kind.is_mlflows() {
        concatcp!(INSERT, ALL_SUBSCRIBERS, ") s")
    } else {
        concatcp!(INSERT, OWN_SUBSCRIBERS, ") s")
    };
    let (entity, action) = kind.text();
    let workspace = tx.workspace().to_owned().into();
    let values =
        vec![entity.into(), action.into(), event_id.into(), body.into(), at.into(), workspace];
    tx.execute_at_commit(sql, values)
}

/// The webhooks that want events of this entity, each with an action that it wants.
pub(super) async fn subscribers(
    tx: &mut Unit<'_>,
    entity: Entity,
) -> Result<Vec<(String, String)>, DbError> {
    const WANTS: &str = " w ON w.webhook_id = e.webhook_id \
         WHERE e.entity = $1::text AND w.status = 'ACTIVE' \
         AND w.deleted_timestamp IS NULL AND w.workspace = $2::text";
    const SQL: &str = concatcp!(
        "SELECT e.webhook_id, e.action FROM webhook_events e JOIN webhooks",
        WANTS,
        " UNION ALL SELECT e.webhook_id, e.action FROM hw_webhook_events e JOIN hw_webhooks",
        WANTS
    );
    let values = [entity.name().to_lowercase().into(), tx.workspace().into()];
    tx.query(SQL, &values, |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// An event with the text that is sent.
pub(super) struct Event {
    pub id: String,
    pub kind: EventKind,
    pub body: String,
}

/// Writes the deliveries of events to those of these subscribers that want them.
pub(super) async fn insert_all(
    tx: &mut Unit<'_>,
    subscribers: &[(String, String)],
    events: &[Event],
    at: i64,
) -> Result<(), DbError> {
    let mut rows: Vec<[Value<'_>; 7]> = Vec::new();
    for (webhook, wanted) in subscribers {
        for event in events {
            let (entity, action) = event.kind.text();
            if action == wanted {
                let (webhook, id, body) =
                    (webhook.into(), (&event.id).into(), (&event.body).into());
                rows.push([webhook, id, entity.into(), action.into(), body, at.into(), at.into()]);
            }
        }
    }
    tx.insert_rows(&DELIVERIES, &rows).await?;
    Ok(())
}
