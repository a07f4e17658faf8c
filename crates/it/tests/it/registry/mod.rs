//! Models, versions and prompts.

mod webhooks;

use insta::assert_json_snapshot;
use it::Engine::{self, Postgres, Sqlite};
use it::Server;
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test]
async fn a_version_moves_through_the_stages(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let model = json!({"name": "spam", "tags": [{"key": "team", "value": "mail"}]});
    assert_json_snapshot!("model", server.post("registered-models/create", model).await.json());
    for _ in 0..2 {
        let (run_id, uri) = server.run("0").await;
        let version = json!({"name": "spam", "source": uri, "run_id": run_id});
        server.post("model-versions/create", version).await;
    }
    let alias = json!({"name": "spam", "alias": "champion", "version": "2"});
    server.post("registered-models/alias", alias).await;
    for version in ["1", "2"] {
        server.app.clock.advance(1000);
        let stage = json!({
            "name": "spam", "version": version, "stage": "Production",
            "archive_existing_versions": true,
        });
        server.post("model-versions/transition-stage", stage).await;
    }
    let get = "/api/2.0/mlflow/registered-models/get?name=spam";
    assert_json_snapshot!("the_first_is_archived", server.get(get).await.json());
    let again = json!({"name": "spam"});
    let answer = server.post("registered-models/create", again).await;
    assert_json_snapshot!("name_taken", answer.json());
}
