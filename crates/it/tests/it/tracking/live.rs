//! Live updates: what one server writes, who watches on another sees.

use std::sync::Arc;
use std::time::Duration;

use app::Caller;
use axum::body::{Body, BodyDataStream};
use axum::http::Method;
use axum::{Extension, Router};
use futures_util::StreamExt;
use it::Engine::{self, Postgres, Sqlite};
use it::{NOW, Server, request};
use rstest::rstest;
use serde_json::{Value, json};
use server::Parts;
use tower::ServiceExt;

/// Only for a server that tells nothing: nothing here depends on how fast it is.
const PATIENCE: Duration = Duration::from_secs(30);

/// Another server over the same database.
fn replica(server: &Server) -> Router {
    let parts = Parts {
        app: Arc::clone(&server.app),
        stores: server.stores.clone(),
        registry: server.registry.clone(),
        graphql: graphql::Limits::default(),
        offers: server::Offers::default(),
    };
    let router = server::routes(&parts).into_router().with_state(Arc::clone(&server.app));
    router.layer(Extension(Caller::everybody().clone()))
}

struct Events {
    body: BodyDataStream,
    text: String,
}

impl Events {
    async fn of(router: &Router, experiment: &str) -> Self {
        let path = format!("/ajax-api/3.0/headwater/runs/watch?experiment_id={experiment}");
        let answer = router.clone().oneshot(request(Method::GET, &path, Body::empty())).await;
        let answer = answer.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { body: answer.into_body().into_data_stream(), text: String::new() }
    }

    /// The name and the data of the next event.
    async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event = self.text.drain(..end + 2).collect::<String>();
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                if let (Some(kind), Some(data)) = (field("event: "), field("data: ")) {
                    return (kind.to_owned(), serde_json::from_str(data).unwrap());
                }
                continue;
            }
            let bytes = tokio::time::timeout(PATIENCE, self.body.next()).await.unwrap();
            self.text.push_str(std::str::from_utf8(&bytes.unwrap().unwrap()).unwrap());
        }
    }

    /// The first event of which `wanted` holds.
    async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (_, data) = self.next().await;
            if wanted(&data) {
                return data;
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn what_one_replica_writes_another_tells(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let experiment = server.experiment("watched", None).await;
    let (run, _) = server.run(&experiment).await;
    let mut events = Events::of(&replica(&server), &experiment).await;
    let (kind, snapshot) = events.next().await;
    assert_eq!(kind, "snapshot");
    assert_eq!(snapshot["runs"][0]["run_id"], json!(run));
    assert_eq!(snapshot["metrics"], json!([]));

    let point = json!({"run_id": run, "key": "loss", "value": 0.5, "timestamp": NOW, "step": 3});
    server.post("runs/log-metric", point.clone()).await;
    let change = events.until(|data| data["metrics"] != json!([])).await;
    assert_eq!(change["metrics"], json!([point]));
    assert_eq!(change["runs"], json!([]));

    server.post("runs/log-parameter", json!({"run_id": run, "key": "lr", "value": "1"})).await;
    events.until(|data| data["touched"] == json!([run])).await;

    // The last points of a run that ends are told with or before its end.
    let batch = json!({
        "run_id": run,
        "metrics": [{"key": "loss", "value": "NaN", "timestamp": NOW, "step": 4}],
    });
    server.post("runs/log-batch", batch).await;
    let end = json!({"run_id": run, "status": "FINISHED", "end_time": NOW + 5});
    server.post("runs/update", end).await;
    let mut points = Vec::new();
    loop {
        let (_, change) = events.next().await;
        points.extend(change["metrics"].as_array().unwrap().clone());
        if change["runs"][0]["status"] == "FINISHED" {
            break;
        }
    }
    assert_eq!(points.len(), 1);
    assert_eq!((&points[0]["value"], &points[0]["step"]), (&json!("NaN"), &json!(4)));

    let (second, _) = server.run(&experiment).await;
    events.until(|data| data["runs"][0]["run_id"] == json!(second)).await;
    server.post("runs/delete", json!({"run_id": second})).await;
    events.until(|data| data["gone"] == json!([second])).await;

    // Who comes back starts from what there is.
    let (kind, snapshot) = Events::of(&replica(&server), &experiment).await.next().await;
    assert_eq!((kind.as_str(), &snapshot["runs"]), ("snapshot", &json!([])));
}

#[rstest]
#[tokio::test]
async fn only_an_experiment_can_be_watched(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let path = "/ajax-api/3.0/headwater/runs/watch";
    server.get(path).await.is_invalid(
        "Missing value for required parameter 'experiment_id'. See the API docs for \
                     more information about request parameters.",
    );
    let answer = server.get(&format!("{path}?experiment_id=9")).await;
    answer.is_error(404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=9 exists");
    assert_eq!(server.get(&format!("{path}?experiment_id=x")).await.status, 400);
}
