//! Traces from plain OpenTelemetry, and back.

mod rollups;

use axum::http::Method;
use insta::assert_json_snapshot;
use it::Engine::{self, Postgres, Sqlite};
use it::{NOW, Server, request};
use rstest::rstest;
use serde_json::json;

/// Exports a trace of two spans.
async fn export(server: &Server) {
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
}

#[rstest]
#[tokio::test]
async fn a_trace_of_two_spans_is_kept(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    export(&server).await;
    let get = "/api/3.0/mlflow/traces/get?trace_id=tr-0af7651916cd43dd8448eb211c80319c";
    assert_json_snapshot!("read_back", server.get(get).await.json());
}

/// A trace with two assessments: one says which run made it, the other is told so afterwards.
async fn assessed(server: &Server, run: &str) -> String {
    let info = json!({
        "trace_id": "tr-1", "state": "OK", "request_time": "2023-11-14T00:00:00Z",
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}},
    });
    let body = json!({"trace": {"trace_info": info}});
    assert_eq!(server.post("/api/3.0/mlflow/traces", body).await.status, 200);
    let source = json!({"mlflow.assessment.sourceRunId": run});
    for (name, metadata) in [("first", source.clone()), ("second", json!({})), ("human", json!({}))]
    {
        let assessment = json!({
            "assessment_name": name, "trace_id": "tr-1", "feedback": {"value": 1.0},
            "source": {"source_type": "CODE", "source_id": "x"}, "metadata": metadata,
        });
        let path = "/api/3.0/mlflow/traces/tr-1/assessments";
        let answer = server.post(path, json!({"assessment": assessment})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        if name == "second" {
            let id = it::text(&answer.json()["assessment"]["assessment_id"]);
            let change = json!({"assessment": {"metadata": source}, "update_mask": "metadata"});
            let mut request = request(Method::PATCH, &format!("{path}/{id}"), change.to_string());
            request.headers_mut().insert("content-type", "application/json".parse().unwrap());
            let answer = server.send(request).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }
    "/api/3.0/mlflow/traces/tr-1".to_owned()
}

#[rstest]
#[tokio::test]
async fn assessments_go_with_the_run_that_made_them(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, _) = server.run("0").await;
    let (other, _) = server.run("0").await;
    let trace = assessed(&server, &run).await;
    let names = async || {
        let answer = server.get(&trace).await.json();
        let all = answer["trace"]["trace_info"]["assessments"].as_array().unwrap().clone();
        let mut names: Vec<String> =
            all.iter().map(|each| it::text(&each["assessment_name"])).collect();
        names.sort();
        names
    };
    server.post("runs/delete", json!({"run_id": other})).await;
    assert_eq!(names().await, ["first", "human", "second"]);
    server.post("runs/delete", json!({"run_id": run})).await;
    assert_eq!(names().await, ["human"]);
}

#[tokio::test]
async fn a_run_is_deleted_without_a_look_at_all_assessments() {
    let server = Server::new(Sqlite).await;
    let plan = server.app.backend.db().read((), |tx, ()| {
        Box::pin(async move {
            let sql = "EXPLAIN QUERY PLAN SELECT assessment_id, assessment_metadata \
                       FROM assessments WHERE run_id = ANY($1)";
            let ids = vec!["a".to_owned(), "b".to_owned()];
            tx.query(sql, &[ids.into()], |row| row.get::<String>(3)).await
        })
    });
    let plan: Result<Vec<String>, db::DbError> = plan.await;
    let plan = plan.unwrap().join("; ");
    assert!(plan.contains("index_assessments_run_id_created_timestamp"), "{plan}");
}
