use std::collections::HashSet;

use db::{DatabaseUrl, Db, Options};
use serde_json::json;

use super::*;
use crate::{ApiError, App, Caller, Clock, Ids, Settings};

/// An app on an empty database in memory, with these webhooks: id, status, whether Headwater's own,
/// and the event it subscribes to.
async fn app(webhooks: &'static [(&str, &str, bool, EventKind)]) -> App {
    let url = DatabaseUrl::Sqlite { path: None };
    let db = Db::connect(&url, &Options::default()).await.unwrap();
    schema::prepare(&db, schema::Newer::Check, &schema::Current::default()).await.unwrap();
    let insert = db.write((), move |tx, ()| {
        Box::pin(async move {
            for (id, status, own, kind) in webhooks {
                let own = if *own { "hw_" } else { "" };
                let (entity, action) = kind.text();
                tx.run_script(&format!(
                    "INSERT INTO {own}webhooks (webhook_id, name, url, status) \
                     VALUES ('{id}', 'n', 'https://x', '{status}'); \
                     INSERT INTO {own}webhook_events VALUES ('{id}', '{entity}', '{action}')"
                ))
                .await?;
            }
            Ok::<_, ApiError>(())
        })
    });
    insert.await.unwrap();
    let clock = Clock::fixed(1_753_950_452_080);
    App::new(db.clone(), db, clock, Ids::random(), Settings::default())
}

async fn deliveries(app: &App) -> Vec<(String, String, String)> {
    let read = app.backend.db().read((), |tx, ()| {
        Box::pin(async {
            tx.query(
                "SELECT webhook_id, event_id, body FROM hw_webhook_deliveries ORDER BY 1, 2",
                &[],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .await
        })
    });
    read.await.unwrap()
}

async fn record_greeting(tx: &mut Unit<'_>, kind: EventKind) -> Result<(), DbError> {
    record(tx, kind, &json!({"name": "Grüße"}))
}

/// Two hundred events in two calls; nobody subscribes to every other one.
async fn record_many(tx: &mut Unit<'_>, kind: EventKind) -> Result<(), DbError> {
    let both = [kind, EventKind::TraceFinished];
    for half in [0..100, 100..200] {
        let all = half.map(|n| (both[n % 2], json!({"n": n}))).collect();
        record_all(tx, kind.entity(), all).await?;
    }
    Ok(())
}

#[tokio::test]
async fn every_active_subscriber_gets_a_delivery() {
    use EventKind::{PromptCreated, RunCreated};
    let app = app(&[
        ("a", "ACTIVE", false, PromptCreated),
        ("b", "DISABLED", false, PromptCreated),
        ("c", "ACTIVE", true, PromptCreated),
        ("d", "ACTIVE", true, RunCreated),
    ])
    .await;
    for kind in [PromptCreated, RunCreated, EventKind::RunDeleted] {
        app.write(Caller::everybody(), record_greeting, (kind,)).await.unwrap();
    }
    let found = deliveries(&app).await;
    let webhooks: Vec<&str> = found.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(webhooks, ["a", "c", "d"]);
    // The subscribers of one event are told of it under one id.
    assert!(found[0].1 == found[1].1 && found[1].1 != found[2].1);
    assert_eq!(
        found[0].2,
        r#"{"entity":"prompt","action":"created","timestamp":"2025-07-31T08:27:32.080000+00:00","data":{"name":"Grüße"}}"#
    );
}

#[tokio::test]
async fn many_events_have_ids_of_their_own() {
    use EventKind::{RunDeleted, TraceCreated};
    let app =
        app(&[("a", "ACTIVE", true, TraceCreated), ("b", "ACTIVE", true, TraceCreated)]).await;
    for kind in [TraceCreated, RunDeleted] {
        app.write(Caller::everybody(), record_many, (kind,)).await.unwrap();
    }
    let found = deliveries(&app).await;
    assert_eq!(found.len(), 200);
    assert_eq!(found.iter().map(|row| &row.1).collect::<HashSet<_>>().len(), 100);
}

#[test]
fn kinds_are_spelled_as_their_parts() {
    for kind in EventKind::ALL {
        let (entity, action) = kind.text();
        assert_eq!(entity.to_uppercase(), kind.entity().name());
        assert_eq!(action.to_uppercase(), kind.action().name());
        assert_eq!(EventKind::find(kind.entity(), kind.action()), Some(*kind));
        assert_eq!(EventKind::from_text(entity, action), Some(*kind));
    }
    assert_eq!(EventKind::ALL.iter().filter(|kind| kind.is_mlflows()).count(), 15);
}

#[test]
fn times_are_written_as_python_does() {
    for (millis, text) in [
        (0, "1970-01-01T00:00:00.000000+00:00"),
        (951_782_400_000, "2000-02-29T00:00:00.000000+00:00"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999000+00:00"),
        (-1, "1969-12-31T23:59:59.999000+00:00"),
    ] {
        assert_eq!(iso_time(millis), text);
    }
}
