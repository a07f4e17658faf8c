//! Deliveries of webhooks: by several replicas, once each, again after a failure.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use it::Engine::{self, Postgres, Sqlite};
use it::{Server, Start};
use jobs::Jobs;
use rstest::rstest;
use serde_json::{Value, json};

/// How often each delivery was heard of, and how often to fail before the first success.
#[derive(Default)]
struct Heard {
    times: HashMap<String, usize>,
    fail: usize,
}

type Shared = Arc<Mutex<Heard>>;

async fn hear(State(heard): State<Shared>, headers: HeaderMap) -> StatusCode {
    let id = headers["x-mlflow-delivery-id"].to_str().unwrap().to_owned();
    let mut heard = heard.lock().unwrap();
    *heard.times.entry(id).or_default() += 1;
    if heard.fail > 0 {
        heard.fail -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::OK
}

async fn receiver(heard: &Shared) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(hear)).with_state(Arc::clone(heard));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn start(engine: Engine, url: &str) -> (Server, String) {
    let mut registry = registry::Settings::default();
    registry.webhooks.schemes = vec!["http".to_owned()];
    registry.webhooks.allow_private = true;
    let server = Server::start(engine, Start { registry, ..Start::default() }).await;
    let event = json!({"entity": "REGISTERED_MODEL", "action": "CREATED"});
    let answer = server.post("webhooks", json!({"name": "w", "url": url, "events": [event]})).await;
    let id = it::text(&answer.json()["webhook"]["webhook_id"]);
    (server, id)
}

/// The jobs of one replica of this server.
fn replica(server: &Server) -> Jobs {
    let clock = server.app.clock.clone();
    let mut jobs = Jobs::new(move || clock.now_ms());
    jobs.start(registry::jobs(&server.registry, &server.app));
    jobs
}

/// The log, once no delivery is without an outcome.
async fn log(server: &Server, webhook: &str) -> Vec<Value> {
    let route = format!("/api/2.0/mlflow/webhooks/{webhook}/deliveries");
    loop {
        let answer = server.get(&route).await.json();
        let all = answer["deliveries"].as_array().cloned().unwrap_or_default();
        if all.iter().all(|delivery| delivery.get("duration_ms").is_some()) {
            return all;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[rstest]
#[tokio::test]
async fn two_replicas_send_each_event_once(#[values(Sqlite, Postgres)] engine: Engine) {
    let heard = Shared::default();
    let (server, webhook) = start(engine, &receiver(&heard).await).await;
    for number in 0..60 {
        server.post("registered-models/create", json!({"name": format!("m{number}")})).await;
    }
    let replicas = [replica(&server), replica(&server)];
    let all = log(&server, &webhook).await;
    assert_eq!(all.len(), 60);
    assert!(all.iter().all(|delivery| delivery["state"] == "DELIVERED"));
    let times = heard.lock().unwrap().times.clone();
    assert_eq!((times.len(), times.values().max()), (60, Some(&1)));
    for replica in replicas {
        replica.stop().await;
    }
}

#[rstest]
#[tokio::test]
async fn what_failed_waits_and_is_sent_again(#[values(Sqlite, Postgres)] engine: Engine) {
    let heard = Shared::default();
    heard.lock().unwrap().fail = 1;
    let (server, webhook) = start(engine, &receiver(&heard).await).await;
    server.post("registered-models/create", json!({"name": "m"})).await;
    let replica = replica(&server);
    let first = log(&server, &webhook).await.remove(0);
    assert_eq!((&first["state"], &first["response_status"]), (&json!("PENDING"), &json!(503)));
    let due = first["next_attempt_timestamp"].as_i64().unwrap();
    assert_eq!(due, it::NOW + 1000);
    server.app.clock.advance(1000);
    let second = loop {
        let delivery = log(&server, &webhook).await.remove(0);
        if delivery["state"] != "PENDING" {
            break delivery;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!((&second["state"], &second["attempts"]), (&json!("DELIVERED"), &json!(2)));
    replica.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_clock_that_is_set_back_holds_no_delivery_up(#[values(Sqlite, Postgres)] engine: Engine) {
    let heard = Shared::default();
    let (server, webhook) = start(engine, &receiver(&heard).await).await;
    server.post("registered-models/create", json!({"name": "m"})).await;
    server.app.clock.advance(-86_400_000);
    let replica = replica(&server);
    let sent = tokio::time::timeout(Duration::from_mins(1), log(&server, &webhook)).await;
    assert_eq!(sent.expect("it is sent").remove(0)["state"], "DELIVERED");
    replica.stop().await;
}
