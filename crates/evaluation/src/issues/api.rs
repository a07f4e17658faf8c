//! The handlers of issues.

use app::{ApiError, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::{Path, State};
use tracking::validation;

use super::store;
use super::wire::{
    CreateIssue, Issue, IssueResponse, SEVERITIES, STATUSES, SearchIssues, SearchIssuesResponse,
    UpdateIssue,
};
use crate::paging;

const DEFAULT_PAGE: i64 = 100;

/// Refuses a word that is none of these. MLflow fails there with a stack trace.
fn one_of(name: &str, words: &[&str], word: Option<String>) -> Result<Option<String>, ApiError> {
    match word {
        Some(word) if !words.contains(&word.as_str()) => Err(ApiError::invalid(format!(
            "Invalid value for parameter '{name}' supplied: it must be one of {}, got {}.",
            python::repr_list(words),
            python::repr_text(&word)
        ))),
        other => Ok(other),
    }
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<CreateIssue>,
) -> Reply<IssueResponse> {
    let name = required(request.name, "name")?;
    let description = required(request.description, "description")?;
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let status = one_of("status", STATUSES, request.status)?;
    let now = app.clock.now_ms();
    let issue = Issue {
        issue_id: format!("iss-{}", app.ids.hex()),
        experiment_id: validation::experiment_id(&experiment_id)?.to_string(),
        name,
        description,
        status: status.unwrap_or_else(|| "pending".to_owned()),
        severity: one_of("severity", SEVERITIES, request.severity)?,
        root_causes: request.root_causes.unwrap_or_default(),
        source_run_id: given(request.source_run_id),
        created_timestamp: now,
        last_updated_timestamp: now,
        created_by: given(request.created_by),
        categories: request.categories.unwrap_or_default(),
        trace_count: None,
    };
    let issue = app.write(&caller, store::create, (issue,)).await?;
    Ok(Json(IssueResponse { issue }))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Path(issue_id): Path<String>,
) -> Reply<IssueResponse> {
    let issue = app.read(&caller, store::get, (issue_id,)).await?;
    Ok(Json(IssueResponse { issue }))
}

/// Compat: the body must name an issue, but the path says which one is meant.
pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
    Path(issue_id): Path<String>,
    Call(request): Call<UpdateIssue>,
) -> Reply<IssueResponse> {
    required(request.issue_id, "issue_id")?;
    let change = store::Change {
        issue_id,
        name: given(request.name),
        description: given(request.description),
        status: one_of("status", STATUSES, request.status)?,
        severity: one_of("severity", SEVERITIES, request.severity)?,
        now: app.clock.now_ms(),
    };
    let issue = app.write(&caller, store::update, (change,)).await?;
    Ok(Json(IssueResponse { issue }))
}

pub(super) async fn search(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SearchIssues>,
) -> Reply<SearchIssuesResponse> {
    let size = request.max_results.map_or(DEFAULT_PAGE, i64::from);
    let size = validation::max_results(size, Some(paging::MAX_PAGE))?;
    let experiment_id = given(request.experiment_id);
    let search = store::Search {
        experiment_id: experiment_id.map(|id| validation::experiment_id(&id)).transpose()?,
        clauses: filter::issues::parse(&request.filter_string.unwrap_or_default())?,
        size,
        offset: paging::offset(request.page_token.as_deref())?,
        count_traces: request.include_trace_count.unwrap_or_default(),
    };
    Ok(Json(app.search(&caller, store::search, (search,)).await?))
}
