//! The SQL of issues.

use app::{ApiError, Code, Unit};
use db::{DbError, Kind, Row, Statement};
use filter::issues::{Attribute, Clause};
use tracking::keyset;

use super::wire::{Issue, SearchIssuesResponse};
use crate::{experiments, paging};
use python::Json;

/// A list of texts as it is stored: JSON, or nothing for an empty one.
fn dump(texts: &[String]) -> Option<String> {
    let list = texts.iter().map(|text| text.as_str().into()).collect();
    (!texts.is_empty()).then(|| Json::List(list).dump())
}

fn texts(stored: Option<&str>) -> Vec<String> {
    match stored.map(Json::parse) {
        Some(Ok(Json::List(items))) => items.iter().map(Json::shown).collect(),
        _ => Vec::new(),
    }
}

pub async fn create(tx: &mut Unit<'_>, issue: &Issue) -> Result<Issue, ApiError> {
    let experiment_id: i64 = issue.experiment_id.parse().unwrap_or_default();
    experiments::visible(tx, experiment_id).await?;
    let created = tx
        .execute(
            "INSERT INTO issues (issue_id, experiment_id, name, description, status, severity, \
             root_causes, source_run_id, categories, created_timestamp, last_updated_timestamp, \
             created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)",
            &[
                (&issue.issue_id).into(),
                experiment_id.into(),
                (&issue.name).into(),
                (&issue.description).into(),
                (&issue.status).into(),
                (&issue.severity).into(),
                dump(&issue.root_causes).into(),
                (&issue.source_run_id).into(),
                dump(&issue.categories).into(),
                issue.created_timestamp.into(),
                (&issue.created_by).into(),
            ],
        )
        .await;
    match created {
        // Compat: MLflow answers a broken key of the table with this code.
        Err(error) if error.kind == Kind::ForeignKey => Err(ApiError::new(
            Code::BadRequest,
            format!(
                "Run with id={} not found.",
                issue.source_run_id.as_deref().unwrap_or_default()
            ),
        )),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(issue.clone()),
    }
}

const COLUMNS: &str = "SELECT i.issue_id, i.experiment_id, i.name, i.description, i.status, \
    i.severity, i.root_causes, i.source_run_id, i.created_timestamp, i.last_updated_timestamp, \
    i.created_by, i.categories";

fn read_issue(row: Row<'_>) -> Result<Issue, DbError> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(Issue {
        issue_id: row.get(0)?,
        experiment_id: row.get::<i64>(1)?.to_string(),
        name: row.get(2)?,
        description: row.get(3)?,
        status: row.get(4)?,
        severity: given(row.get(5)?),
        root_causes: texts(row.get(6)?),
        source_run_id: given(row.get(7)?),
        created_timestamp: row.get(8)?,
        last_updated_timestamp: row.get(9)?,
        created_by: given(row.get(10)?),
        categories: texts(row.get(11)?),
        trace_count: None,
    })
}

pub async fn get(tx: &mut Unit<'_>, issue_id: &str) -> Result<Issue, ApiError> {
    let mut statement = Statement::new(COLUMNS);
    statement.text(" FROM issues i WHERE i.issue_id = ").bind(issue_id.to_owned());
    let found = statement.query(tx, read_issue).await?.pop();
    found.ok_or_else(|| ApiError::missing(format!("Issue with ID '{issue_id}' not found")))
}

/// What to change of an issue; none leaves a field as it is.
#[derive(Clone, Debug)]
pub struct Change {
    pub issue_id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Option<String>,
    pub severity: Option<String>,
    /// Milliseconds since 1970.
    pub now: i64,
}

app::lend!(Change);

pub async fn update(tx: &mut Unit<'_>, change: &Change) -> Result<Issue, ApiError> {
    tx.execute(
        "UPDATE issues SET name = COALESCE($2, name), description = COALESCE($3, description), \
         status = COALESCE($4, status), severity = COALESCE($5, severity), \
         last_updated_timestamp = $6 WHERE issue_id = $1",
        &[
            (&change.issue_id).into(),
            (&change.name).into(),
            (&change.description).into(),
            (&change.status).into(),
            (&change.severity).into(),
            change.now.into(),
        ],
    )
    .await?;
    get(tx, &change.issue_id).await
}

/// A search, ready to run.
#[derive(Clone, Debug)]
pub struct Search {
    pub experiment_id: Option<i64>,
    pub clauses: Vec<Clause>,
    pub size: usize,
    pub offset: i64,
    /// Whether to count the traces of each issue, and to sort by that.
    pub count_traces: bool,
}

app::lend!(Search);

/// The gravest first, then the newest.
pub async fn search(tx: &mut Unit<'_>, search: &Search) -> Result<SearchIssuesResponse, ApiError> {
    let workspace = tx.workspace();
    let mut statement = Statement::new(COLUMNS);
    statement.text(if search.count_traces {
        ", (SELECT COUNT(DISTINCT a.trace_id) FROM assessments a WHERE a.name = i.issue_id \
         AND a.assessment_type = 'issue') AS traces"
    } else {
        ", 0 AS traces"
    });
    statement.text(
        " FROM issues i JOIN experiments e ON e.experiment_id = i.experiment_id \
         AND e.workspace = ",
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
        keyset::compare(&mut statement, clause.comparison, clause.literal);
    }
    statement.text(
        " ORDER BY CASE i.severity WHEN 'not_an_issue' THEN 0 WHEN 'low' THEN 1 \
         WHEN 'medium' THEN 2 WHEN 'high' THEN 3 ELSE -1 END DESC, traces DESC, \
         i.created_timestamp DESC, i.issue_id DESC LIMIT ",
    );
    statement.bind(paging::limit(search.size)).text(" OFFSET ").bind(search.offset);
    let mut issues = statement
        .query(tx, |row| {
            let mut issue = read_issue(row)?;
            issue.trace_count = if search.count_traces { Some(row.get(12)?) } else { None };
            Ok(issue)
        })
        .await?;
    let next_page_token = paging::cut(&mut issues, search.size, search.offset);
    Ok(SearchIssuesResponse { issues, next_page_token })
}
