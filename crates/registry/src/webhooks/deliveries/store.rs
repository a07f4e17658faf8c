//! The SQL of deliveries: claiming, settling, listing. They are written by [`app::events`].

use app::{ApiError, Unit};
use const_format::concatcp;
use db::{DbError, Row, Statement};

use super::wire::{Delivery, State};
use crate::settings::Webhooks as Settings;
use crate::webhooks::api::UNREADABLE;
use crate::webhooks::secrets::Cipher;

const COLUMNS: &str = "event_id, entity, action, state, attempts, created_ms, attempted_ms, \
     due_ms, duration_ms, status_code, error";

fn read(row: Row<'_>) -> Result<Delivery, DbError> {
    let state: String = row.get(3)?;
    let due: i64 = row.get(7)?;
    Ok(Delivery {
        event_id: row.get(0)?,
        entity: row.get::<&str>(1)?.to_uppercase(),
        action: row.get::<&str>(2)?.to_uppercase(),
        attempts: row.get(4)?,
        creation_timestamp: row.get(5)?,
        last_attempt_timestamp: row.get(6)?,
        next_attempt_timestamp: (state == State::Pending.name()).then_some(due),
        duration_ms: row.get(8)?,
        response_status: row.get(9)?,
        error_message: row.get(10)?,
        payload: None,
        response_body: None,
        state,
    })
}

/// Which deliveries to list.
#[derive(Debug)]
pub struct Page {
    pub webhook_id: String,
    pub state: Option<State>,
    /// After the one made at this time, with this id.
    pub before: Option<(i64, String)>,
    pub count: i64,
}

app::lend!(Page);

/// Those made last first.
pub async fn list(tx: &mut Unit<'_>, page: &Page) -> Result<Vec<Delivery>, DbError> {
    let mut statement = Statement::new(concatcp!(
        "SELECT ",
        COLUMNS,
        " FROM hw_webhook_deliveries WHERE webhook_id = "
    ));
    statement.bind(page.webhook_id.clone());
    if let Some(state) = page.state {
        statement.text(" AND state = ").bind(state.name());
    }
    if let Some((time, id)) = &page.before {
        statement.text(" AND (created_ms, event_id) < (").bind(*time);
        statement.text(", ").bind(id.clone()).text(")");
    }
    statement.text(" ORDER BY created_ms DESC, event_id DESC LIMIT ").bind(page.count);
    statement.query(tx, read).await
}

/// A delivery with what is sent and what was answered.
pub async fn get(
    tx: &mut Unit<'_>,
    webhook_id: &str,
    event_id: &str,
) -> Result<Delivery, ApiError> {
    const SQL: &str = concatcp!(
        "SELECT ",
        COLUMNS,
        ", body, response FROM hw_webhook_deliveries WHERE webhook_id = $1 AND event_id = $2"
    );
    let found = tx
        .query_opt(SQL, &[webhook_id.into(), event_id.into()], |row| {
            let mut delivery = read(row)?;
            delivery.payload = row.get(11)?;
            delivery.response_body = row.get(12)?;
            Ok(delivery)
        })
        .await?;
    found.ok_or_else(|| {
        ApiError::missing(format!(
            "Delivery of event {event_id} to webhook {webhook_id} not found."
        ))
    })
}

pub async fn resend(
    tx: &mut Unit<'_>,
    webhook_id: &str,
    event_id: &str,
) -> Result<Delivery, ApiError> {
    let now = tx.now_ms();
    tx.execute(
        "UPDATE hw_webhook_deliveries SET state = 'PENDING', attempts = 0, due_ms = $3 \
         WHERE webhook_id = $1 AND event_id = $2",
        &[webhook_id.into(), event_id.into(), now.into()],
    )
    .await?;
    get(tx, webhook_id, event_id).await
}

/// A webhook that has something to be told.
#[derive(Clone, Debug)]
pub struct Receiver {
    pub webhook_id: String,
    pub url: String,
    /// Encrypted.
    pub secret: Option<String>,
}

app::lend!(Receiver);

/// The webhooks for which something is due.
pub async fn receivers(tx: &mut Unit<'_>, now: i64) -> Result<Vec<Receiver>, ApiError> {
    const WAITS: &str = "w WHERE w.status = 'ACTIVE' AND w.deleted_timestamp IS NULL \
         AND EXISTS (SELECT 1 FROM hw_webhook_deliveries d WHERE d.webhook_id = w.webhook_id \
         AND d.state = 'PENDING' AND d.due_ms <= $1::bigint)";
    const SQL: &str = concatcp!(
        "SELECT w.webhook_id, w.url, w.secret FROM webhooks ",
        WAITS,
        " UNION ALL SELECT w.webhook_id, w.url, w.secret FROM hw_webhooks ",
        WAITS
    );
    let receivers = tx
        .query(SQL, &[now.into()], |row| {
            Ok(Receiver { webhook_id: row.get(0)?, url: row.get(1)?, secret: row.get(2)? })
        })
        .await?;
    Ok(receivers)
}

/// A delivery that this replica is to send.
#[derive(Clone, Debug)]
pub struct Claim {
    pub event_id: String,
    pub body: String,
    /// Which attempt this is, counted from 1.
    pub attempt: i64,
}

/// Claims what is due for a webhook, `count` at most, until `lease_ms`: whatever is not settled by
/// then is due again.
async fn claim(
    tx: &mut Unit<'_>,
    webhook_id: &str,
    now: i64,
    lease_ms: i64,
    count: i64,
) -> Result<Vec<Claim>, DbError> {
    tx.query(
        "WITH due AS (SELECT event_id FROM hw_webhook_deliveries WHERE webhook_id = $1 \
         AND state = 'PENDING' AND due_ms <= $2 ORDER BY due_ms LIMIT $4 FOR UPDATE SKIP LOCKED) \
         UPDATE hw_webhook_deliveries SET due_ms = $3, attempts = attempts + 1, attempted_ms = $2 \
         WHERE webhook_id = $1 AND event_id IN (SELECT event_id FROM due) \
         RETURNING event_id, body, attempts",
        &[webhook_id.into(), now.into(), lease_ms.into(), count.into()],
        |row| Ok(Claim { event_id: row.get(0)?, body: row.get(1)?, attempt: row.get(2)? }),
    )
    .await
}

/// What one delivery needs to be sent.
#[derive(Clone, Debug)]
pub struct Job {
    pub receiver: Receiver,
    pub claim: Claim,
    /// The webhook's secret, or why it cannot be read.
    pub secret: Result<Option<String>, &'static str>,
}

/// As [`claim`], with all that it takes to send what was claimed.
pub async fn claim_jobs(
    tx: &mut Unit<'_>,
    receiver: &Receiver,
    now: i64,
    lease_ms: i64,
    count: i64,
    settings: &Settings,
) -> Result<Vec<Job>, ApiError> {
    let claims = claim(tx, &receiver.webhook_id, now, lease_ms, count).await?;
    let secret = match &receiver.secret {
        Some(token) if !claims.is_empty() => {
            let cipher = Cipher::reading(tx, settings).await?;
            cipher.decrypt(token).map(Some).ok_or(UNREADABLE)
        }
        _ => Ok(None),
    };
    let job = |claim| Job { receiver: receiver.clone(), claim, secret: secret.clone() };
    Ok(claims.into_iter().map(job).collect())
}

/// Makes due now what is due after `latest`, and says how much that was.
pub async fn hasten(tx: &mut Unit<'_>, now: i64, latest: i64) -> Result<u64, ApiError> {
    let changed = tx
        .execute(
            "UPDATE hw_webhook_deliveries SET due_ms = $1 WHERE state = 'PENDING' AND due_ms > $2",
            &[now.into(), latest.into()],
        )
        .await?;
    Ok(changed)
}

/// What became of an attempt.
#[derive(Debug)]
pub struct Settled {
    pub webhook_id: String,
    pub event_id: String,
    pub attempt: i64,
    pub state: State,
    /// When it is tried again, if it is.
    pub due_ms: i64,
    pub duration_ms: i64,
    pub status_code: Option<i64>,
    pub response: String,
    pub error: Option<String>,
}

app::lend!(Settled);

/// Notes what became of an attempt, unless another one was begun meanwhile.
pub async fn settle(tx: &mut Unit<'_>, settled: &Settled) -> Result<(), ApiError> {
    tx.execute(
        "UPDATE hw_webhook_deliveries SET state = $4, due_ms = $5, duration_ms = $6, \
         status_code = $7, response = $8, error = $9 \
         WHERE webhook_id = $1 AND event_id = $2 AND attempts = $3 AND state = 'PENDING'",
        &[
            (&settled.webhook_id).into(),
            (&settled.event_id).into(),
            settled.attempt.into(),
            settled.state.name().into(),
            settled.due_ms.into(),
            settled.duration_ms.into(),
            settled.status_code.into(),
            (&settled.response).into(),
            (&settled.error).into(),
        ],
    )
    .await?;
    Ok(())
}

/// Drops deliveries made before this time, `count` at most, and says how many.
pub async fn forget(tx: &mut Unit<'_>, before_ms: i64, count: i64) -> Result<u64, ApiError> {
    let changed = tx
        .execute(
            "DELETE FROM hw_webhook_deliveries WHERE (webhook_id, event_id) IN \
         (SELECT webhook_id, event_id FROM hw_webhook_deliveries WHERE created_ms < $1 \
         ORDER BY created_ms LIMIT $2)",
            &[before_ms.into(), count.into()],
        )
        .await?;
    Ok(changed)
}
