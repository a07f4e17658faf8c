//! The SQL of issues. What MLflow 3.18 added (categories of their own, the last sighting, metadata) is left out on a
//! database that has not got it.

use std::collections::BTreeMap;

use app::{ApiError, Code, Release, Unit};
use db::{Bulk, ColumnType, DbError, Row, Statement};
use python::Json;
use schema::category_key;
use tracking::runs::store::run_row;

use super::checks;
use super::wire::Issue;
use crate::experiments;

static CATEGORIES: Bulk<3> = Bulk::new(
    "issue_categories",
    [
        ("issue_id", ColumnType::Text),
        ("category_hash", ColumnType::Text),
        ("category", ColumnType::Text),
    ],
    "ON CONFLICT (issue_id, category_hash) DO UPDATE SET category = excluded.category",
);

/// A list of strings as it is stored: JSON, or nothing for an empty one.
fn dump(strings: &[String]) -> Option<String> {
    let list = strings.iter().map(|string| string.as_str().into()).collect();
    (!strings.is_empty()).then(|| Json::List(list).dump())
}

fn strings(stored: Option<&str>) -> Vec<String> {
    match stored.map(Json::parse) {
        Some(Ok(Json::List(items))) => items.iter().map(Json::shown).collect(),
        _ => Vec::new(),
    }
}

fn dump_map(map: &BTreeMap<String, String>) -> Option<String> {
    let entries = map.iter().map(|(key, value)| (key.clone(), value.as_str().into()));
    (!map.is_empty()).then(|| Json::Map(entries.collect()).dump())
}

fn map(stored: Option<&str>) -> BTreeMap<String, String> {
    match stored.map(Json::parse) {
        Some(Ok(Json::Map(entries))) => {
            entries.iter().map(|(key, value)| (key.clone(), value.shown())).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// Refuses what the database has no room for.
pub(super) fn needs_newer(what: &str) -> ApiError {
    ApiError::new(
        Code::NotImplemented,
        format!(
            "{what} of issues need the database schema of MLflow 3.18, and this database has that of 3.17: back it \
             up and run `headwater db upgrade`."
        ),
    )
}

/// An issue as it is created.
#[derive(Clone, Debug)]
pub struct New {
    /// Without times; its id is empty if the server is to choose one.
    pub issue: Issue,
    /// An id to take then.
    pub new_id: String,
    /// When it was last seen, if that is not now.
    pub last_seen: Option<i64>,
}

app::lend!(New);

pub async fn create(tx: &mut Unit<'_>, new: &New) -> Result<Issue, ApiError> {
    let now = tx.now_ms();
    let mut issue = new.issue.clone();
    let experiment_id: i64 = issue.experiment_id.parse().unwrap_or_default();
    experiments::visible(tx, experiment_id).await?;
    if issue.issue_id.is_empty() {
        issue.issue_id.clone_from(&new.new_id);
    } else if find(tx, &issue.issue_id, "").await?.is_some() {
        return Err(ApiError::new(Code::ResourceAlreadyExists, "Issue ID already exists"));
    }
    if let Some(run_id) = &issue.source_run_id
        && run_row(tx, run_id).await?.experiment_id != experiment_id
    {
        return Err(ApiError::invalid("Source run must belong to the Issue experiment"));
    }
    issue.created_timestamp = now;
    issue.last_updated_timestamp = now;
    issue.last_seen_timestamp = new.last_seen.unwrap_or(now);
    issue.last_updated_by.clone_from(&issue.created_by);
    if tx.release() < Release::V3_18 {
        if new.last_seen.is_some() || !issue.metadata.is_empty() {
            return Err(needs_newer("Metadata and sightings"));
        }
        issue.last_updated_by = None;
    }
    let created = insert(tx, experiment_id, &issue).await;
    created.map_err(|error| match error {
        error if error.is_unique() => {
            ApiError::new(Code::ResourceAlreadyExists, "Issue ID already exists")
        }
        error => error.into(),
    })?;
    if tx.release() >= Release::V3_18 {
        set_categories(tx, &issue).await?;
    }
    Ok(issue)
}

async fn insert(tx: &mut Unit<'_>, experiment_id: i64, issue: &Issue) -> Result<(), DbError> {
    let mut statement = Statement::new(
        "INSERT INTO issues (issue_id, experiment_id, name, description, status, severity, root_causes, \
         source_run_id, categories, created_timestamp, last_updated_timestamp, created_by",
    );
    let is_newer = tx.release() >= Release::V3_18;
    statement.text(if is_newer {
        ", last_seen_timestamp, last_updated_by, metadata) VALUES ("
    } else {
        ") VALUES ("
    });
    statement.bind(issue.issue_id.clone()).text(", ").bind(experiment_id).text(", ");
    statement.bind(issue.name.clone()).text(", ").bind(issue.description.clone()).text(", ");
    statement.bind(issue.status.clone()).text(", ").bind(issue.severity.clone()).text(", ");
    statement.bind(dump(&issue.root_causes)).text(", ").bind(issue.source_run_id.clone());
    statement.text(", ").bind(dump(&issue.categories)).text(", ").bind(issue.created_timestamp);
    statement.text(", ").bind(issue.last_updated_timestamp).text(", ");
    statement.bind(issue.created_by.clone());
    if is_newer {
        statement.text(", ").bind(issue.last_seen_timestamp).text(", ");
        statement.bind(issue.last_updated_by.clone()).text(", ").bind(dump_map(&issue.metadata));
    }
    statement.text(")").execute(tx).await.map(drop)
}

/// Writes the categories that a search finds an issue by.
async fn set_categories(tx: &mut Unit<'_>, issue: &Issue) -> Result<(), DbError> {
    let keyed: BTreeMap<String, &String> =
        issue.categories.iter().map(|category| (category_key(category), category)).collect();
    let rows: Vec<_> = keyed
        .iter()
        .map(|(key, category)| [(&issue.issue_id).into(), key.into(), (*category).into()])
        .collect();
    tx.insert_rows(&CATEGORIES, &rows).await.map(drop)
}

/// The columns of [`read_issue`], which stand first in a statement.
pub(super) fn columns(release: Release) -> &'static str {
    if release >= Release::V3_18 {
        "SELECT i.issue_id, i.experiment_id, i.name, i.description, i.status, i.severity, i.root_causes, \
         i.source_run_id, i.created_timestamp, i.last_updated_timestamp, i.created_by, i.categories, \
         i.last_seen_timestamp, i.last_updated_by, i.metadata"
    } else {
        "SELECT i.issue_id, i.experiment_id, i.name, i.description, i.status, i.severity, i.root_causes, \
         i.source_run_id, i.created_timestamp, i.last_updated_timestamp, i.created_by, i.categories, \
         NULL::bigint, NULL::text, NULL::text"
    }
}

/// How many columns [`columns`] has.
pub(super) const WIDTH: usize = 15;

/// Rows of older servers have no last sighting: that counts as their creation.
pub(super) fn read_issue(row: Row<'_>) -> Result<Issue, DbError> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let created_timestamp = row.get(8)?;
    Ok(Issue {
        issue_id: row.get(0)?,
        experiment_id: row.get::<i64>(1)?.to_string(),
        name: row.get(2)?,
        description: row.get(3)?,
        status: row.get(4)?,
        severity: given(row.get(5)?),
        root_causes: strings(row.get(6)?),
        source_run_id: given(row.get(7)?),
        created_timestamp,
        last_updated_timestamp: row.get(9)?,
        created_by: given(row.get(10)?),
        categories: strings(row.get(11)?),
        trace_count: None,
        last_seen_timestamp: row.get::<Option<i64>>(12)?.unwrap_or(created_timestamp),
        last_updated_by: row.get(13)?,
        metadata: map(row.get(14)?),
    })
}

async fn find(
    tx: &mut Unit<'_>,
    issue_id: &str,
    lock: &'static str,
) -> Result<Option<Issue>, DbError> {
    let mut statement = Statement::new(columns(tx.release()));
    statement.text(" FROM issues i WHERE i.issue_id = ").bind(issue_id.to_owned()).text(lock);
    Ok(statement.query(tx, read_issue).await?.pop())
}

pub async fn get(tx: &mut Unit<'_>, issue_id: &str) -> Result<Issue, ApiError> {
    find(tx, issue_id, "").await?.ok_or_else(|| missing(issue_id))
}

fn missing(issue_id: &str) -> ApiError {
    ApiError::missing(format!("Issue with ID '{issue_id}' not found"))
}

/// What to change of an issue; none leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub issue_id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Option<String>,
    pub severity: Option<String>,
    pub categories: Option<Vec<String>>,
    /// Milliseconds since 1970.
    pub last_seen: Option<i64>,
    pub last_updated_by: Option<String>,
    /// Entries to add.
    pub metadata: BTreeMap<String, String>,
    /// Entries to take away.
    pub without_metadata: Vec<String>,
}

app::lend!(Change);

pub async fn update(tx: &mut Unit<'_>, change: &Change) -> Result<Issue, ApiError> {
    let is_newer = tx.release() >= Release::V3_18;
    let touches_metadata = !change.metadata.is_empty() || !change.without_metadata.is_empty();
    if !is_newer && (touches_metadata || change.last_seen.is_some()) {
        return Err(needs_newer("Metadata and sightings"));
    }
    let found = find(tx, &change.issue_id, " FOR UPDATE").await?;
    let mut issue = found.ok_or_else(|| missing(&change.issue_id))?;
    apply(&mut issue, change)?;
    issue.last_updated_timestamp = tx.now_ms();
    let mut statement = Statement::new("UPDATE issues SET name = ");
    statement.bind(issue.name.clone()).text(", description = ").bind(issue.description.clone());
    statement.text(", status = ").bind(issue.status.clone()).text(", severity = ");
    statement.bind(issue.severity.clone()).text(", categories = ").bind(dump(&issue.categories));
    statement.text(", last_updated_timestamp = ").bind(issue.last_updated_timestamp);
    if is_newer {
        statement.text(", last_seen_timestamp = ").bind(issue.last_seen_timestamp);
        statement.text(", last_updated_by = ").bind(issue.last_updated_by.clone());
        statement.text(", metadata = ").bind(dump_map(&issue.metadata));
    } else {
        issue.last_updated_by = None;
    }
    statement.text(" WHERE issue_id = ").bind(issue.issue_id.clone()).execute(tx).await?;
    if is_newer && change.categories.is_some() {
        let sql = "DELETE FROM issue_categories WHERE issue_id = $1";
        tx.execute(sql, &[(&issue.issue_id).into()]).await?;
        set_categories(tx, &issue).await?;
    }
    Ok(issue)
}

fn apply(issue: &mut Issue, change: &Change) -> Result<(), ApiError> {
    let set = |field: &mut String, value: &Option<String>| {
        if let Some(value) = value {
            field.clone_from(value);
        }
    };
    set(&mut issue.name, &change.name);
    set(&mut issue.description, &change.description);
    set(&mut issue.status, &change.status);
    if change.severity.is_some() {
        issue.severity.clone_from(&change.severity);
    }
    if let Some(categories) = &change.categories {
        let mut seen = std::collections::HashSet::new();
        issue.categories =
            categories.iter().filter(|category| seen.insert(*category)).cloned().collect();
    }
    if let Some(time) = change.last_seen {
        issue.last_seen_timestamp = issue.last_seen_timestamp.max(time);
    }
    if change.last_updated_by.is_some() {
        issue.last_updated_by.clone_from(&change.last_updated_by);
    }
    issue.metadata.extend(change.metadata.clone());
    for key in &change.without_metadata {
        issue.metadata.remove(key);
    }
    checks::metadata(&issue.metadata)
}
