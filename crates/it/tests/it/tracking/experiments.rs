//! An experiment's life.

use insta::assert_json_snapshot;
use it::Engine::{self, Postgres, Sqlite};
use it::Server;
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test]
async fn an_experiment_lives(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let id = server.experiment("spam filter", None).await;
    server.app.clock.advance(1000);
    let tag = json!({"experiment_id": id, "key": "team", "value": "süd"});
    assert_json_snapshot!(
        "tagged",
        server.post("experiments/set-experiment-tag", tag).await.json()
    );
    let get = format!("/api/2.0/mlflow/experiments/get?experiment_id={id}");
    assert_json_snapshot!("created", server.get(&get).await.json());
    let name = json!({"experiment_id": id, "new_name": "ham filter"});
    server.post("experiments/update", name).await;
    server.app.clock.advance(1000);
    server.post("experiments/delete", json!({"experiment_id": id})).await;
    assert_json_snapshot!("deleted", server.get(&get).await.json());
    let again = json!({"name": "ham filter"});
    assert_json_snapshot!("name_taken", server.post("experiments/create", again).await.json());
}

#[rstest]
#[tokio::test]
async fn experiments_are_found_page_by_page(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    for name in ["a", "B", "ab", "b%", "_"] {
        server.experiment(name, None).await;
    }
    let mut token = json!(null);
    let mut pages = Vec::new();
    loop {
        let search = json!({
            "filter": "name ILIKE '%B%'", "order_by": ["name DESC"], "max_results": 2,
            "page_token": token,
        });
        let page = server.post("experiments/search", search).await.json();
        pages.push(
            page["experiments"]
                .as_array()
                .unwrap()
                .iter()
                .map(|e| e["name"].clone())
                .collect::<Vec<_>>(),
        );
        if page["next_page_token"].is_null() {
            break;
        }
        token = page["next_page_token"].clone();
    }
    assert_json_snapshot!("pages_of_two", pages);
}
