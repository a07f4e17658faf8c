//! Bringing a database that is served up to the newest schema, and back.
//!
//! Each change is made if the catalogue says that it is missing, whatever the version says: an upgrade that another
//! program began is finished, and one that is done is left alone. All of it is one transaction, which also writes the
//! version, so that nothing is half done after a crash. Servers may run beside it.

use db::{Bulk, ColumnType, Db, DbError, Script, Tx};
use python::Json;

use crate::store::Found;
use crate::{HEAD, SETUP_LOCK, SchemaError, category_key, heads, script, store};

/// The columns that the newest schema adds to tables of an older one.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("issues", "last_seen_timestamp", "ALTER TABLE issues ADD COLUMN last_seen_timestamp BIGINT"),
    ("issues", "last_updated_by", "ALTER TABLE issues ADD COLUMN last_updated_by VARCHAR(255)"),
    ("issues", "metadata", "ALTER TABLE issues ADD COLUMN metadata TEXT"),
];

/// The indexes that it adds to them.
const INDEXES: &[(&str, &str)] = &[
    (
        "index_issues_experiment_last_seen",
        "CREATE INDEX index_issues_experiment_last_seen ON issues (experiment_id, last_seen_timestamp)",
    ),
    (
        "index_issues_experiment_updated",
        "CREATE INDEX index_issues_experiment_updated ON issues (experiment_id, last_updated_timestamp)",
    ),
];

/// The tables that it adds, which the way down drops: those that refer to others first.
const TABLES: &[&str] = &[
    "issue_categories",
    "skill_aliases",
    "skill_version_tags",
    "skill_tags",
    "skill_versions",
    "skills",
];

/// The version that the way down ends at: that of MLflow 3.17.
const DOWN_TO: &str = "dc11669786a5";

/// A statement that waits long for a table makes all who come after it wait as well.
const SHORT_WAIT: Script = Script { sqlite: "", postgres: "SET LOCAL lock_timeout = '2s'" };

static CATEGORIES: Bulk<3> = Bulk::new(
    "issue_categories",
    [
        ("issue_id", ColumnType::Text),
        ("category_hash", ColumnType::Text),
        ("category", ColumnType::Text),
    ],
    "ON CONFLICT (issue_id, category_hash) DO NOTHING",
);

/// What an upgrade has to do, or has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upgrade {
    /// The version before it.
    pub from: String,
    pub tables: Vec<String>,
    /// As `table.column`.
    pub columns: Vec<String>,
    pub indexes: Vec<String>,
    /// How many issues have no last sighting, or no categories of their own, and are given them.
    pub issues: u64,
}

impl Upgrade {
    /// Whether the database has all of it already.
    pub fn is_done(&self) -> bool {
        let Self { from, tables, columns, indexes, issues } = self;
        from == HEAD
            && [tables, columns, indexes].iter().all(|list| list.is_empty())
            && *issues == 0
    }
}

/// Brings a database up to the newest schema. `dry`: only says what would be done.
///
/// # Errors
/// When the database is empty, or not one of those served; when a table stays in use. Nothing is changed then.
pub async fn upgrade(db: &Db, dry: bool) -> Result<Upgrade, SchemaError> {
    db.write(dry, |tx, dry| Box::pin(upgrade_in(tx, *dry))).await
}

async fn upgrade_in(tx: &mut Tx, dry: bool) -> Result<Upgrade, SchemaError> {
    tx.lock_name(SETUP_LOCK).await?;
    let mut plan = missing(tx).await?;
    plan.issues = unfilled(tx, &plan).await?;
    if dry || plan.is_done() {
        return Ok(plan);
    }
    tx.run_script(SHORT_WAIT.of(tx.engine())).await?;
    let tables: Vec<&str> = plan.tables.iter().map(String::as_str).collect();
    for statement in script::creating(store::MLFLOW.of(tx.engine()), &tables) {
        tx.run_script(&statement).await?;
    }
    for (table, column, statement) in COLUMNS {
        if plan.columns.contains(&format!("{table}.{column}")) {
            tx.run_script(statement).await?;
        }
    }
    for (name, statement) in INDEXES {
        if plan.indexes.iter().any(|index| index == name) {
            tx.run_script(statement).await?;
        }
    }
    fill(tx).await?;
    store::add_own_tables(tx).await?;
    set_version(tx, HEAD).await?;
    Ok(plan)
}

/// What the database lacks.
async fn missing(tx: &mut Tx) -> Result<Upgrade, SchemaError> {
    let from = match store::recognise(tx).await? {
        Found::Version(version) => version,
        Found::Nothing | Found::Foreign => return Err(SchemaError::Foreign),
    };
    if heads::served(&from).is_none() {
        return Err(match heads::older(&from) {
            Some(release) => SchemaError::Older { found: from, release },
            None => SchemaError::Unknown {
                found: from,
                obstacle: "so cannot bring up to any other".to_owned(),
            },
        });
    }
    let (expected, actual) = (store::expected(tx), tx.catalogue().await?);
    let mut plan = Upgrade { from, ..Upgrade::default() };
    plan.tables = expected.into_keys().filter(|table| !actual.contains_key(table)).collect();
    for (table, column, _) in COLUMNS {
        if actual.get(*table).is_some_and(|info| !info.columns.contains_key(*column)) {
            plan.columns.push(format!("{table}.{column}"));
        }
    }
    for (name, _) in INDEXES {
        if tx.index_is_valid(name).await?.is_none() {
            plan.indexes.push((*name).to_owned());
        }
    }
    Ok(plan)
}

/// How many issues are to be given what they lack.
async fn unfilled(tx: &mut Tx, plan: &Upgrade) -> Result<u64, DbError> {
    let without_columns = !plan.columns.is_empty();
    let without_table = plan.tables.iter().any(|table| table == "issue_categories");
    let sql = match (without_columns, without_table) {
        (true, _) => "SELECT count(*) FROM issues",
        (false, true) => {
            "SELECT count(*) FROM issues i WHERE i.last_seen_timestamp IS NULL OR i.categories IS NOT NULL"
        }
        (false, false) => {
            "SELECT count(*) FROM issues i WHERE i.last_seen_timestamp IS NULL OR (i.categories IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM issue_categories c WHERE c.issue_id = i.issue_id))"
        }
    };
    let count: i64 = tx.query_one(sql, &[], |row| row.get(0)).await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Gives issues of older servers what they lack: a last sighting, and the categories that a search finds them by.
async fn fill(tx: &mut Tx) -> Result<(), DbError> {
    tx.execute(
        "UPDATE issues SET last_seen_timestamp = created_timestamp WHERE last_seen_timestamp IS NULL",
        &[],
    )
    .await?;
    let found = tx
        .query(
            "SELECT i.issue_id, i.categories FROM issues i WHERE i.categories IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM issue_categories c WHERE c.issue_id = i.issue_id) ORDER BY i.issue_id",
            &[],
            |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)),
        )
        .await?;
    let keyed: Vec<(String, String, String)> = found
        .into_iter()
        .flat_map(|(id, stored)| categories(&stored).into_iter().map(move |one| (id.clone(), one)))
        .map(|(id, category)| (id, category_key(&category), category))
        .collect();
    // Of categories that are alike, the last one stays.
    let rows: Vec<_> = keyed
        .iter()
        .rev()
        .map(|(id, key, category)| [id.into(), key.into(), category.into()])
        .collect();
    for part in rows.chunks(5_000) {
        tx.insert_rows(&CATEGORIES, part).await?;
    }
    Ok(())
}

/// The categories of an issue, as they are stored with it.
fn categories(stored: &str) -> Vec<String> {
    match Json::parse(stored) {
        Ok(Json::List(items)) => items.iter().map(Json::shown).collect(),
        _ => Vec::new(),
    }
}

async fn set_version(tx: &mut Tx, version: &str) -> Result<(), DbError> {
    tx.execute("UPDATE alembic_version SET version_num = $1", &[version.into()]).await.map(drop)
}

/// What the way down takes away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Downgrade {
    /// Skills, with their versions, tags and aliases.
    pub skills: i64,
    /// Issues that have metadata, or were seen after they were created.
    pub issues: i64,
}

/// Brings a database back to the schema of MLflow 3.17. `dry`: only says what would be lost.
///
/// # Errors
/// When the database is not one of those served. Nothing is changed then.
pub async fn downgrade(db: &Db, dry: bool) -> Result<Downgrade, SchemaError> {
    db.write(dry, |tx, dry| Box::pin(downgrade_in(tx, *dry))).await
}

async fn downgrade_in(tx: &mut Tx, dry: bool) -> Result<Downgrade, SchemaError> {
    tx.lock_name(SETUP_LOCK).await?;
    let plan = missing(tx).await?;
    let mut lost = Downgrade::default();
    let mut count = async |sql| tx.query_one(sql, &[], |row| row.get::<i64>(0)).await;
    if !plan.tables.iter().any(|table| table == "skills") {
        lost.skills = count("SELECT count(*) FROM skills").await?;
    }
    if plan.columns.is_empty() {
        lost.issues = count(
            "SELECT count(*) FROM issues WHERE metadata IS NOT NULL OR last_seen_timestamp > created_timestamp",
        )
        .await?;
    }
    if dry {
        return Ok(lost);
    }
    tx.run_script(SHORT_WAIT.of(tx.engine())).await?;
    for table in TABLES.iter().filter(|table| !plan.tables.iter().any(|lacks| lacks == *table)) {
        tx.run_script(&format!("DROP TABLE {table}")).await?;
    }
    for (index, _) in
        INDEXES.iter().filter(|(name, _)| !plan.indexes.iter().any(|lacks| lacks == name))
    {
        tx.run_script(&format!("DROP INDEX {index}")).await?;
    }
    for (table, column, _) in COLUMNS {
        if !plan.columns.contains(&format!("{table}.{column}")) {
            tx.run_script(&format!("ALTER TABLE {table} DROP COLUMN {column}")).await?;
        }
    }
    set_version(tx, DOWN_TO).await?;
    Ok(lost)
}
