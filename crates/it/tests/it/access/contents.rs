//! All that a server keeps, to be compared.

use std::collections::BTreeMap;

use db::DbError;
use it::{Engine, Server, files_below};

/// Every row of every table as text, and the name of every file.
pub async fn of(server: &Server) -> BTreeMap<String, Vec<String>> {
    let db = server.app.backend.db();
    let is_sqlite = db.engine() == Engine::Sqlite;
    let columns = if is_sqlite {
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
         WHERE m.type = 'table' ORDER BY 1, 2"
    } else {
        "SELECT table_name::text, column_name::text FROM information_schema.columns \
         WHERE table_schema = current_schema() ORDER BY 1, 2"
    };
    let found: Vec<(String, String)> = db
        .read((), move |tx, ()| {
            Box::pin(
                async move { tx.query(columns, &[], |row| Ok((row.get(0)?, row.get(1)?))).await },
            )
        })
        .await
        .map_err(|error: DbError| error)
        .unwrap();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in found {
        tables.entry(table).or_default().push(column);
    }
    let mut contents = BTreeMap::new();
    for (table, columns) in tables {
        // Statistics are no contents.
        if table.starts_with("sqlite_stat") {
            continue;
        }
        let texts = columns.iter().map(|name| format!("COALESCE(CAST(\"{name}\" AS text), '-')"));
        let row = texts.collect::<Vec<_>>().join(" || '|' || ");
        let sql = format!("SELECT {row} FROM \"{table}\" ORDER BY 1");
        let rows: Result<Vec<String>, DbError> = db
            .read(sql, |tx, sql| {
                Box::pin(async move { tx.query(sql, &[], |row| row.get(0)).await })
            })
            .await;
        contents.insert(table, rows.unwrap());
    }
    let files = files_below(server.folder.path());
    let kept = files.into_iter().filter(|name| !name.starts_with("test.db"));
    contents.insert("files".to_owned(), kept.collect());
    contents
}
