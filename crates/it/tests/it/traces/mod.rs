//! Traces from plain OpenTelemetry, and back.

use axum::http::Method;
use insta::assert_json_snapshot;
use it::Engine::{self, Postgres, Sqlite};
use it::{NOW, Server, request};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test]
async fn a_trace_of_two_spans_is_kept(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let span = |id: &str, parent: &str, name: &str, start: i64| {
        json!({
            "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": id, "parentSpanId": parent,
            "name": name, "startTimeUnixNano": (start * 1_000_000).to_string(),
            "endTimeUnixNano": ((start + 10) * 1_000_000).to_string(), "status": {"code": 1},
            "attributes": [{"key": "k", "value": {"stringValue": "v"}}],
        })
    };
    let spans = [
        span("00f067aa0ba902b7", "", "root", NOW),
        span("00f067aa0ba902b8", "00f067aa0ba902b7", "child", NOW + 2),
    ];
    let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]});
    let mut export = request(Method::POST, "/v1/traces", body.to_string());
    for (name, value) in [("content-type", "application/json"), ("x-mlflow-experiment-id", "0")] {
        export.headers_mut().insert(name, value.parse().unwrap());
    }
    let answer = server.send(export).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, "{}"));
    let get = "/api/3.0/mlflow/traces/get?trace_id=tr-0af7651916cd43dd8448eb211c80319c";
    assert_json_snapshot!("read_back", server.get(get).await.json());
}
