//! Searching for issues.

use app::{ApiError, Release, Unit};
use db::{DbError, Row, Statement};
use filter::issues::{Attribute, Clause};
use schema::category_key;
use serde::{Deserialize, Serialize};
use tracking::keyset::{self, Key, SortKey};

use super::order::{self, Field};
use super::store::{WIDTH, columns, needs_newer, read_issue};
use super::wire::{Issue, SearchIssuesResponse};
use crate::digest::sha256;
use crate::paging;

/// A search, ready to run.
#[derive(Clone, Debug)]
pub struct Search {
    pub experiment_id: Option<i64>,
    pub clauses: Vec<Clause>,
    /// Part of the name, in any case.
    pub name: Option<String>,
    pub statuses: Vec<String>,
    pub severities: Vec<String>,
    pub categories: Vec<String>,
    /// None: the gravest first, then the newest.
    pub order: Option<Vec<SortKey<Field>>>,
    pub size: usize,
    pub position: Position,
    /// What all pages of the search have in common.
    pub query: String,
    /// Whether to count the traces of each issue, and to sort by that.
    pub count_traces: bool,
    pub count_all: bool,
    /// Whether to leave out what takes much room.
    pub is_basic: bool,
}

app::lend!(Search);

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Position {
    /// After so many issues, as long as the search can do nothing that MLflow 3.17 could not.
    Offset(i64),
    /// After so many issues of this search.
    OffsetOf { offset: i64, query: String },
    /// After the issue with these sort keys.
    After { after: Vec<Key>, query: String },
}

/// What the pages of a search have in common, in a few characters.
pub(super) fn query(parts: &[&dyn std::fmt::Debug]) -> String {
    let mut digest = sha256(&format!("{parts:?}"));
    digest.truncate(16);
    digest
}

/// Reads a page token. `is_plain`: whether MLflow 3.17 could do the search.
///
/// # Errors
/// When it is of another search.
pub(super) fn position(
    token: Option<&str>,
    query: &str,
    is_plain: bool,
) -> Result<Position, ApiError> {
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Ok(Position::Offset(0));
    };
    let invalid =
        || ApiError::invalid("Invalid page token or token does not match the issue query");
    let position: Position = app::page::decode(token).map_err(|_| invalid())?;
    let fits = match &position {
        Position::Offset(offset) => is_plain && *offset >= 0,
        Position::OffsetOf { offset, query: of } => of == query && *offset >= 0,
        Position::After { query: of, .. } => of == query,
    };
    if fits { Ok(position) } else { Err(invalid()) }
}

pub async fn search(tx: &mut Unit<'_>, search: &Search) -> Result<SearchIssuesResponse, ApiError> {
    if tx.release() < Release::V3_18 && !search.categories.is_empty() {
        return Err(needs_newer("Categories to search for"));
    }
    let total_count = if search.count_all { Some(count(tx, search).await?) } else { None };
    let release = tx.release();
    let seen = if release >= Release::V3_18 {
        "coalesce(i.last_seen_timestamp, i.created_timestamp)"
    } else {
        "i.created_timestamp"
    };
    let mut column = |statement: &mut Statement, field| order::column(statement, field, seen);
    let mut statement = Statement::new(columns(release));
    statement.text(if search.count_traces { TRACES } else { ", 0::bigint AS traces" });
    for key in search.order.iter().flatten() {
        statement.text(", ");
        column(&mut statement, key.field);
    }
    matching(&mut statement, tx.workspace(), search);
    let offset = match (&search.order, &search.position) {
        (Some(order), Position::After { after, .. }) => {
            statement.text(" AND ");
            keyset::after(&mut statement, order, after.clone(), &mut column)?;
            0
        }
        (_, Position::Offset(offset) | Position::OffsetOf { offset, .. }) => *offset,
        (None, Position::After { .. }) => {
            return Err(ApiError::invalid("Invalid issue page token"));
        }
    };
    statement.text(" ORDER BY ");
    match &search.order {
        Some(order) => keyset::order_by(&mut statement, order, &mut column),
        None => {
            statement
                .text(order::SEVERITY)
                .text(" DESC, traces DESC, i.created_timestamp DESC, i.issue_id DESC");
        }
    }
    statement.text(" LIMIT ").bind(paging::limit(search.size)).text(" OFFSET ").bind(offset);
    let rows = statement.query(tx, |row| found(row, search)).await?;
    Ok(page(rows, search, offset, total_count))
}

const TRACES: &str = ", (SELECT COUNT(DISTINCT a.trace_id) FROM assessments a WHERE a.name = i.issue_id \
     AND a.assessment_type = 'issue') AS traces";

async fn count(tx: &mut Unit<'_>, search: &Search) -> Result<i64, DbError> {
    let mut statement = Statement::new("SELECT COUNT(*)");
    matching(&mut statement, tx.workspace(), search);
    let counts = statement.query(tx, |row| row.get(0)).await?;
    Ok(counts.first().copied().unwrap_or_default())
}

/// Adds the tables of a search, and its conditions but that of the page.
fn matching(statement: &mut Statement, workspace: &str, search: &Search) {
    statement.text(
        " FROM issues i JOIN experiments e ON e.experiment_id = i.experiment_id AND e.workspace = ",
    );
    statement.bind(workspace.to_owned()).text(" WHERE 1 = 1");
    if let Some(id) = search.experiment_id {
        statement.text(" AND i.experiment_id = ").bind(id);
    }
    for clause in search.clauses.iter().cloned() {
        statement.text(match clause.attribute {
            Attribute::Status => " AND i.status",
            Attribute::SourceRunId => " AND i.source_run_id",
        });
        keyset::compare(statement, clause.comparison, clause.literal);
    }
    if let Some(name) = &search.name {
        let name = name.replace('!', "!!").replace('%', "!%").replace('_', "!_");
        statement.text(" AND i.name ILIKE ").bind(format!("%{name}%")).text(" ESCAPE '!'");
    }
    for (list, column) in
        [(&search.statuses, " AND i.status"), (&search.severities, " AND i.severity")]
    {
        if !list.is_empty() {
            statement.text(column);
            keyset::one_of_texts(statement, list.clone());
        }
    }
    if !search.categories.is_empty() {
        let keys = search.categories.iter().map(|category| category_key(category)).collect();
        statement.text(
            " AND EXISTS (SELECT 1 FROM issue_categories c WHERE c.issue_id = i.issue_id \
             AND c.category_hash",
        );
        keyset::one_of_texts(statement, keys);
        statement.text(")");
    }
}

fn found(row: Row<'_>, search: &Search) -> Result<(Issue, Vec<Key>), DbError> {
    let mut issue = read_issue(row)?;
    issue.trace_count = if search.count_traces { Some(row.get(WIDTH)?) } else { None };
    if search.is_basic {
        issue.description.clear();
        issue.root_causes.clear();
        issue.metadata.clear();
    }
    let keys = match &search.order {
        Some(order) => keyset::read(row, WIDTH + 1, order)?,
        None => Vec::new(),
    };
    Ok((issue, keys))
}

fn page(
    mut rows: Vec<(Issue, Vec<Key>)>,
    search: &Search,
    offset: i64,
    total_count: Option<i64>,
) -> SearchIssuesResponse {
    let has_more = rows.len() > search.size;
    rows.truncate(search.size);
    let next = offset.saturating_add(i64::try_from(search.size).unwrap_or(paging::MAX_PAGE));
    let query = || search.query.clone();
    let position = match (&search.order, rows.last()) {
        (Some(_), Some((_, keys))) => Position::After { after: keys.clone(), query: query() },
        _ if search.query.is_empty() => Position::Offset(next),
        _ => Position::OffsetOf { offset: next, query: query() },
    };
    SearchIssuesResponse {
        issues: rows.into_iter().map(|(issue, _)| issue).collect(),
        next_page_token: if has_more { app::page::encode(&position) } else { String::new() },
        total_count,
    }
}
