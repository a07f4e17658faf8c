use futures::future::join_all;

use super::*;
use crate::{DatabaseUrl, Db, Options};

async fn open(folder: &tempfile::TempDir) -> Db {
    let path = folder.path().join("test.db");
    let url = DatabaseUrl::Sqlite { path: Some(path) };
    let db = Db::connect(&url, &Options::default()).await.unwrap();
    db.write((), |tx, ()| {
        Box::pin(async move {
            tx.run_script(
                "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
            )
            .await
        })
    })
    .await
    .unwrap();
    db
}

async fn insert(db: &Db, id: i64) -> Result<(), DbError> {
    db.write(id, |tx, id| {
        Box::pin(async move {
            tx.execute("INSERT INTO t (name, id) VALUES ($2, $1)", &[(*id).into(), "n".into()])
                .await?;
            if *id < 0 { Err(DbError::new(Kind::Value, "negative")) } else { Ok(()) }
        })
    })
    .await
}

async fn count(db: &Db) -> i64 {
    let counted: Result<i64, DbError> = db
        .read((), |tx, ()| {
            Box::pin(
                async move { tx.query_one("SELECT count(*) FROM t", &[], |row| row.get(0)).await },
            )
        })
        .await;
    counted.unwrap()
}

#[tokio::test]
async fn a_failing_write_in_a_group_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder).await;
    let writes = (0..200).map(|n| insert(&db, if n % 10 == 9 { -n } else { n }));
    let results = join_all(writes).await;
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 20);
    assert_eq!(count(&db).await, 180);
    let again = insert(&db, 0).await.unwrap_err();
    assert_eq!(again.kind, Kind::Unique);
}

#[tokio::test]
async fn a_panicking_write_leaves_nothing_and_the_writer_alive() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder).await;
    let panicking: Result<(), DbError> = db
        .write((), |tx, ()| {
            Box::pin(async move {
                tx.execute("INSERT INTO t (id, name) VALUES (1, 'x')", &[]).await?;
                assert!(tx.table_exists("no such table").await?, "on purpose");
                Ok(())
            })
        })
        .await;
    assert!(panicking.is_err());
    assert_eq!(count(&db).await, 0);
    insert(&db, 2).await.unwrap();
}

#[tokio::test]
async fn a_settled_database_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder).await;
    insert(&db, 1).await.unwrap();
    db.settle().await.unwrap();
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        if entry.path().extension().is_some_and(|extension| extension == "db") {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    assert_eq!(count(&open(&copy).await).await, 1);
}

#[tokio::test]
async fn a_read_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder).await;
    let refused: Result<u64, DbError> = db
        .read((), |tx, ()| {
            Box::pin(
                async move { tx.execute("INSERT INTO t (id, name) VALUES (1, 'x')", &[]).await },
            )
        })
        .await;
    assert!(refused.is_err());
    assert_eq!(count(&db).await, 0);
}

#[tokio::test]
async fn lists_and_rows_bind_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder).await;
    let found: Result<Vec<(i64, String)>, DbError> = db
        .write((), |tx, ()| {
            Box::pin(async move {
                static ROWS: crate::Bulk<2> = crate::Bulk::new(
                    "t",
                    [("id", crate::ColumnType::Int), ("name", crate::ColumnType::Text)],
                    "ON CONFLICT (id) DO UPDATE SET name = excluded.name",
                );
                let rows =
                    [[1.into(), "a\"b".into()], [2.into(), "é".into()], [3.into(), "c".into()]];
                tx.insert_rows(&ROWS, &rows).await?;
                let names = vec!["a\"b", "é", "nobody"];
                tx.query(
                    "SELECT id, name FROM t WHERE name = ANY($2) AND id <> ALL($1) ORDER BY id",
                    &[vec![2_i64].into(), names.into()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .await
            })
        })
        .await;
    assert_eq!(found.unwrap(), [(1, "a\"b".to_owned())]);
}

/// Has no end of its own.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

/// Ends by itself after more work than fits into a millisecond.
const LONG: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) \
                    SELECT count(*) FROM n";

async fn open_with(folder: &tempfile::TempDir, options: Options) -> Db {
    drop(open(folder).await);
    let url = DatabaseUrl::Sqlite { path: Some(folder.path().join("test.db")) };
    Db::connect(&url, &options).await.unwrap()
}

async fn search(db: &Db, sql: &'static str) -> Result<i64, DbError> {
    db.search(sql, |tx, sql| Box::pin(tx.query_one(sql, &[], |row| row.get(0)))).await
}

#[tokio::test]
async fn a_search_ends_with_its_caller() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { sqlite_readers: 1, query_timeout: None, ..Options::default() };
    let db = open_with(&folder, options).await;
    for _ in 0..3 {
        let brief = Duration::from_millis(20);
        assert!(tokio::time::timeout(brief, search(&db, ENDLESS)).await.is_err());
    }
    assert_eq!(search(&db, LONG).await.unwrap(), 300_000);
}

#[tokio::test]
async fn work_whose_caller_left_before_its_turn_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { sqlite_readers: 1, query_timeout: None, ..Options::default() };
    let db = open_with(&folder, options).await;
    static DONE: AtomicBool = AtomicBool::new(false);
    let mut first = Box::pin(search(&db, ENDLESS));
    let brief = Duration::from_millis(20);
    assert!(tokio::time::timeout(brief, &mut first).await.is_err());
    let second = db.search((), |_, ()| {
        DONE.store(true, Ordering::SeqCst);
        Box::pin(async { Ok::<_, DbError>(()) })
    });
    assert!(tokio::time::timeout(brief, second).await.is_err());
    drop(first);
    assert_eq!(search(&db, LONG).await.unwrap(), 300_000);
    assert!(!DONE.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_search_ends_with_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let limit = Some(Duration::from_millis(1));
    let options = Options { sqlite_readers: 1, query_timeout: limit, ..Options::default() };
    let db = open_with(&folder, options).await;
    assert_eq!(search(&db, ENDLESS).await.unwrap_err().kind, Kind::TimedOut);
    assert_eq!(search(&db, LONG).await.unwrap_err().kind, Kind::TimedOut);
    assert_eq!(search(&db.without_limit(), LONG).await.unwrap(), 300_000);
    assert_eq!(count(&db.without_limit()).await, 0);
}

#[tokio::test]
async fn a_write_that_takes_too_long_leaves_nothing_and_may_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let limit = Some(Duration::from_millis(1));
    let db = open_with(&folder, Options { query_timeout: limit, ..Options::default() }).await;
    let insert = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                  INSERT INTO t (id, name) SELECT i, 'x' FROM n";
    let slow = db.write((), move |tx, ()| Box::pin(tx.execute(insert, &[])));
    assert_eq!(slow.await.unwrap_err().kind, Kind::Unavailable);
    assert_eq!(count(&db.without_limit()).await, 0);
    let db = db.without_limit();
    let again = db
        .write((), |tx, ()| Box::pin(tx.execute("INSERT INTO t (id, name) VALUES (1, 'x')", &[])));
    assert_eq!(again.await.unwrap(), 1);
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn searches_leave_a_thread_to_all_else() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { sqlite_readers: 2, query_timeout: None, ..Options::default() };
    let db = open_with(&folder, options).await;
    let mut searches: Vec<_> = (0..5).map(|_| Box::pin(search(&db, ENDLESS))).collect();
    for search in &mut searches {
        assert!(tokio::time::timeout(Duration::from_millis(5), search).await.is_err());
    }
    for _ in 0..20 {
        assert_eq!(count(&db).await, 0);
    }
    db.ping(Duration::from_secs(10)).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_gone_does_not_answer() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder).await;
    db.ping(Duration::from_secs(10)).await.unwrap();
    std::fs::remove_file(folder.path().join("test.db")).unwrap();
    assert!(db.ping(Duration::from_secs(10)).await.is_err());
}
