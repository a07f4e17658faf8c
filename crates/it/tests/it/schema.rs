//! Which databases are served, and as what.

use axum::http::{Method, StatusCode};
use db::{Db, Options};
use it::{Engine, Server, create_database};
use rstest::rstest;
use schema::{Current, HEAD, Newer, Release, SchemaError, Standing};
use serde_json::json;

/// A version that no release of MLflow has.
const UNHEARD_OF: &str = "ffffffffffff";

async fn new_database(engine: Engine) -> Db {
    let db = Db::connect(&create_database(engine).await, &Options::default()).await.unwrap();
    schema::prepare(&db, Newer::Check, &Current::default()).await.unwrap();
    db
}

async fn run(db: &Db, script: String) {
    let done: Result<(), db::DbError> =
        db.write(script, |tx, script| Box::pin(tx.run_script(script))).await;
    done.unwrap();
}

async fn set_version(db: &Db, version: &str) {
    run(db, format!("UPDATE alembic_version SET version_num = '{version}'")).await;
}

/// Opens the database again, as a server that starts does.
async fn open(db: &Db, newer: Newer) -> Result<(Release, Standing), SchemaError> {
    let current = Current::default();
    schema::prepare(db, newer, &current).await?;
    Ok((current.release(), current.state().1))
}

#[rstest]
#[case::newest(HEAD, Release::V3_18)]
#[case::one_before("dc11669786a5", Release::V3_17)]
#[case::interrupted_upgrade("8b6ad64cb8f5", Release::V3_17)]
#[tokio::test]
async fn every_known_version_is_served(
    #[case] version: &str,
    #[case] release: Release,
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let db = new_database(engine).await;
    set_version(&db, version).await;
    assert_eq!(open(&db, Newer::Refuse).await.unwrap(), (release, Standing::Known));
}

#[rstest]
#[tokio::test]
async fn an_older_version_is_refused_with_the_way_out(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let db = new_database(engine).await;
    set_version(&db, "0584bdc529eb").await;
    let error = open(&db, Newer::Check).await.unwrap_err().to_string();
    assert!(error.contains("MLflow 2.18 to 2.22 (version 0584bdc529eb)"), "{error}");
    assert!(error.contains("mlflow db upgrade"), "{error}");
}

/// The scripts say of every table what the engine itself says, or this server would refuse its own schema.
#[rstest]
#[tokio::test]
async fn a_newer_version_is_served_if_it_has_all_that_is_used(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let db = new_database(engine).await;
    set_version(&db, UNHEARD_OF).await;
    assert_eq!(open(&db, Newer::Check).await.unwrap(), (Release::V3_18, Standing::Newer));
    run(&db, "CREATE TABLE novelties (id INTEGER)".to_owned()).await;
    run(&db, "ALTER TABLE runs ADD COLUMN mood VARCHAR(20)".to_owned()).await;
    run(&db, "ALTER TABLE metrics ADD COLUMN weight INTEGER DEFAULT 1 NOT NULL".to_owned()).await;
    assert_eq!(open(&db, Newer::Check).await.unwrap(), (Release::V3_18, Standing::Newer));
    let error = open(&db, Newer::Refuse).await.unwrap_err().to_string();
    assert!(error.contains(UNHEARD_OF) && error.contains("--newer-schema"), "{error}");
}

#[rstest]
#[case("ALTER TABLE runs DROP COLUMN source_version", "the column runs.source_version is missing")]
#[case("ALTER TABLE runs RENAME TO walks", "the table runs is missing")]
#[case("CREATE UNIQUE INDEX one_name ON runs (name)", "the table runs has other unique columns")]
#[tokio::test]
async fn a_newer_version_is_refused_for_what_writes_would_trip_over(
    #[case] change: &str,
    #[case] obstacle: &str,
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let db = new_database(engine).await;
    set_version(&db, UNHEARD_OF).await;
    run(&db, change.to_owned()).await;
    let error = open(&db, Newer::Check).await.unwrap_err().to_string();
    assert!(error.contains(UNHEARD_OF) && error.contains(obstacle), "{error}");
}

/// MLflow's own server upgrades a database when it starts, beside servers that run.
#[rstest]
#[tokio::test]
async fn a_change_beside_the_server_is_noticed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let db = new_database(engine).await;
    set_version(&db, "dc11669786a5").await;
    let current = std::sync::Arc::new(Current::default());
    schema::prepare(&db, Newer::Check, &current).await.unwrap();
    let watch = schema::Watch::new(db.clone(), current.clone(), Newer::Check);
    watch.look().await;
    assert_eq!(current.release(), Release::V3_17);
    set_version(&db, HEAD).await;
    watch.look().await;
    assert_eq!((current.release(), current.state().1), (Release::V3_18, Standing::Known));
    set_version(&db, UNHEARD_OF).await;
    run(&db, "ALTER TABLE runs DROP COLUMN source_version".to_owned()).await;
    watch.look().await;
    assert!(matches!(current.state().1, Standing::Unusable(_)), "{:?}", current.state());
    set_version(&db, HEAD).await;
    watch.look().await;
    assert_eq!(current.state(), (HEAD.to_owned(), Standing::Known));
}

#[rstest]
#[tokio::test]
async fn issues_work_on_a_database_of_3_17(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let server = Server::new(engine).await;
    let backend = &server.app.backend;
    schema::downgrade(backend.db(), false).await.unwrap();
    schema::prepare(backend.db(), Newer::Check, backend.schema()).await.unwrap();
    let root = "/api/3.0/mlflow/issues";
    let new =
        json!({"experiment_id": "0", "name": "n", "description": "d", "categories": ["cost"]});
    let made = server.post(root, new.clone()).await.json()["issue"].clone();
    assert_eq!(made["last_seen_timestamp"], made["created_timestamp"]);
    let id = it::text(&made["issue_id"]);
    let path = format!("{root}/{id}");
    let change = json!({"issue_id": id, "status": "resolved", "categories": ["speed"]});
    let changed =
        server.call(Method::PATCH, &path, change.to_string()).await.json()["issue"].clone();
    assert_eq!(
        (&changed["status"], &changed["categories"]),
        (&json!("resolved"), &json!(["speed"]))
    );
    assert_eq!(server.get(&path).await.json()["issue"], changed);
    let search = json!({"experiment_id": "0", "name": "N", "order_by": ["last_seen_timestamp"]});
    let found = server.post(&format!("{root}/search"), search).await.json();
    assert_eq!(found["issues"], json!([changed]));

    let mut with_metadata = new;
    with_metadata["metadata"] = json!({"k": "v"});
    let search = json!({"experiment_id": "0", "categories": ["cost"]});
    for (path, body) in [(root.to_owned(), with_metadata), (format!("{root}/search"), search)] {
        let refused = server.post(&path, body).await;
        assert_eq!(refused.status, StatusCode::NOT_IMPLEMENTED, "{path}");
        assert!(it::text(&refused.json()["message"]).contains("headwater db upgrade"), "{path}");
    }
}

/// Issues as a server of 3.17 leaves them.
const OLD_ISSUES: &str = "INSERT INTO experiments (experiment_id, name, lifecycle_stage) VALUES (7, 'e', 'active'); \
     INSERT INTO issues (issue_id, experiment_id, name, description, status, categories, created_timestamp, \
         last_updated_timestamp) VALUES \
     ('iss-1', 7, 'a', 'd', 'pending', '[\"Cost\", \"cost \", \"speed\"]', 5, 6), \
     ('iss-2', 7, 'b', 'd', 'pending', NULL, 7, 8)";

async fn issues(db: &Db) -> Vec<(String, i64, String)> {
    let read: Result<_, db::DbError> = db
        .read((), |tx, ()| {
            Box::pin(tx.query(
                "SELECT i.issue_id, i.last_seen_timestamp, coalesce(c.category, '') FROM issues i \
                 LEFT JOIN issue_categories c ON c.issue_id = i.issue_id ORDER BY 1, 3",
                &[],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            ))
        })
        .await;
    read.unwrap()
}

#[rstest]
#[case::whole("SELECT 1")]
#[case::interrupted("ALTER TABLE issues ADD COLUMN metadata TEXT")]
#[tokio::test]
async fn a_database_of_3_17_is_brought_up_and_back(
    #[case] half_done: &str,
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let db = new_database(engine).await;
    schema::downgrade(&db, false).await.unwrap();
    assert_eq!(open(&db, Newer::Refuse).await.unwrap(), (Release::V3_17, Standing::Known));
    run(&db, OLD_ISSUES.to_owned()).await;
    run(&db, half_done.to_owned()).await;

    let foreseen = schema::upgrade(&db, true).await.unwrap();
    assert_eq!((foreseen.tables.len(), foreseen.issues), (6, 2));
    assert_eq!(open(&db, Newer::Refuse).await.unwrap().0, Release::V3_17);
    assert_eq!(schema::upgrade(&db, false).await.unwrap(), foreseen);
    assert_eq!(open(&db, Newer::Refuse).await.unwrap().0, Release::V3_18);
    // The catalogue is that of a new database, or it would not pass for a newer one.
    set_version(&db, UNHEARD_OF).await;
    assert_eq!(open(&db, Newer::Check).await.unwrap().1, Standing::Newer);
    set_version(&db, HEAD).await;
    let expected = [("iss-1", 5, "cost "), ("iss-1", 5, "speed"), ("iss-2", 7, "")];
    let expected = expected.map(|(id, seen, category)| (id.to_owned(), seen, category.to_owned()));
    assert_eq!(issues(&db).await, expected);

    // A server of 3.17 that still runs leaves an issue that lacks something: it is given that later.
    run(&db, OLD_ISSUES.replace("(7, 'e'", "(8, 'f'").replace("iss-", "iss-x")).await;
    assert_eq!(schema::upgrade(&db, false).await.unwrap().issues, 2);
    assert!(schema::upgrade(&db, false).await.unwrap().is_done());
    run(&db, "UPDATE issues SET metadata = '{}' WHERE issue_id = 'iss-1'".to_owned()).await;
    let lost = schema::downgrade(&db, true).await.unwrap();
    assert_eq!((lost.skills, lost.issues), (0, 1));
    assert_eq!(schema::downgrade(&db, false).await.unwrap(), lost);
    assert_eq!(open(&db, Newer::Refuse).await.unwrap().0, Release::V3_17);
}
