//! What callers see of connections that the database ends in the pool: nothing.

use db::Tx;
use futures_util::future::join_all;
use it::{Engine, Server, text};
use serde_json::json;

const ROUNDS: i64 = 8;
const CALLS: i64 = 12;

/// Ends every connection to the database but the one that asks. `patience`: milliseconds to wait for
/// the end of each.
async fn end_connections(server: &Server, patience: i64) {
    // As many as the pool may have, however quickly one of them could do the work alone.
    let wait = || {
        server.app.backend.db().read((), |tx: &mut Tx, ()| {
            Box::pin(async move { tx.query("SELECT pg_sleep(0.1)", &[], |_| Ok(())).await })
        })
    };
    let waited: Vec<Result<Vec<()>, db::DbError>> = join_all((0..4).map(|_| wait())).await;
    assert!(waited.iter().all(Result::is_ok));
    let ended = server.app.backend.db().read(patience, |tx: &mut Tx, patience| {
        Box::pin(async move {
            let sql = "SELECT CASE WHEN pg_terminate_backend(pid, $1) THEN 1 ELSE 0 END FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            tx.query(sql, &[db::Value::Int(*patience)], |row| row.get::<i64>(0)).await
        })
    });
    let ended: Result<Vec<i64>, db::DbError> = ended.await;
    assert!(ended.unwrap().len() > 1, "there was nothing to end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ended_connections_are_replaced() {
    let server = Server::new(Engine::Postgres).await;
    let (run, _) = server.run("0").await;
    let search = || server.post("runs/search", json!({"experiment_ids": ["0"]}));
    let mut logged = 0;
    for round in 0..ROUNDS {
        join_all((0..CALLS).map(|_| search())).await;
        // Without patience some connections take a statement and end instead of answering.
        end_connections(&server, 0).await;
        for answer in join_all((0..CALLS).map(|_| search())).await {
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        // A connection that ends while it commits leaves it open whether it did, so that one must
        // have ended before.
        end_connections(&server, 2000).await;
        let log = |step| {
            let point =
                json!({"run_id": run, "key": "m", "value": 1.0, "timestamp": 1, "step": step});
            server.post("runs/log-metric", point)
        };
        for answer in join_all((0..CALLS).map(|call| log(round * CALLS + call))).await {
            assert_eq!(answer.status, 200, "{}", answer.text());
            logged += 1;
        }
    }
    let path = format!("/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=m");
    let history = server.get(&path).await.json();
    assert_eq!(history["metrics"].as_array().unwrap().len(), logged);
    assert_eq!(text(&history["metrics"][0]["key"]), "m");
}
