//! The handlers of issues.

use app::{ApiError, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::{Path, State};
use tracking::validation;

use super::wire::{
    CreateIssue, Issue, IssueResponse, SearchIssues, SearchIssuesResponse, UpdateIssue,
};
use super::{checks, order, search, store};
use crate::paging;

const DEFAULT_PAGE: i64 = 100;

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// Creates an issue.
pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<CreateIssue>,
) -> Reply<IssueResponse> {
    let name = required(request.name, "name")?;
    let description = required(request.description, "description")?;
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let categories = request.categories.unwrap_or_default();
    let metadata = request.metadata.unwrap_or_default();
    checks::status(request.status.as_deref())?;
    checks::severity(request.severity.as_deref())?;
    checks::name(Some(&name))?;
    let last_seen = checks::last_seen(request.last_seen_timestamp)?;
    checks::id(request.issue_id.as_deref())?;
    checks::person("created_by", request.created_by.as_deref())?;
    checks::names("categories", &categories)?;
    checks::metadata(&metadata)?;
    let issue = Issue {
        issue_id: request.issue_id.unwrap_or_default(),
        experiment_id: validation::experiment_id(&experiment_id)?.to_string(),
        name,
        description,
        status: request.status.unwrap_or_else(|| "pending".to_owned()),
        severity: request.severity,
        root_causes: request.root_causes.unwrap_or_default(),
        source_run_id: given(request.source_run_id),
        created_by: given(request.created_by),
        categories,
        metadata,
        ..Issue::default()
    };
    let new = store::New { issue, new_id: format!("iss-{}", app.ids.hex()), last_seen };
    let issue = app.write(&caller, store::create, (new,)).await?;
    Ok(Json(IssueResponse { issue }))
}

/// Returns an issue.
pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Path(issue_id): Path<String>,
) -> Reply<IssueResponse> {
    let issue = app.read(&caller, store::get, (issue_id,)).await?;
    Ok(Json(IssueResponse { issue }))
}

/// Changes an issue.
///
/// Compat: the body must name an issue, but the path says which one is meant.
pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
    Path(issue_id): Path<String>,
    Call(request): Call<UpdateIssue>,
) -> Reply<IssueResponse> {
    required(request.issue_id, "issue_id")?;
    checks::status(request.status.as_deref())?;
    checks::severity(request.severity.as_deref())?;
    checks::name(request.name.as_deref())?;
    let last_seen = checks::last_seen(request.last_seen_timestamp)?;
    checks::person("last_updated_by", request.last_updated_by.as_deref())?;
    checks::names("categories", request.categories.as_deref().unwrap_or_default())?;
    let without_metadata = request.delete_metadata_keys.unwrap_or_default();
    checks::names("delete_metadata_keys", &without_metadata)?;
    let metadata = request.metadata.unwrap_or_default();
    checks::metadata(&metadata)?;
    if without_metadata.iter().any(|key| metadata.contains_key(key)) {
        return Err(ApiError::invalid("Cannot update and delete the same key"));
    }
    let change = store::Change {
        issue_id,
        name: request.name,
        description: request.description,
        status: request.status,
        severity: request.severity,
        categories: request.categories,
        last_seen,
        last_updated_by: given(request.last_updated_by),
        metadata,
        without_metadata,
    };
    let issue = app.write(&caller, store::update, (change,)).await?;
    Ok(Json(IssueResponse { issue }))
}

/// Searches for issues.
pub(super) async fn search(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SearchIssues>,
) -> Reply<SearchIssuesResponse> {
    Ok(Json(app.search(&caller, search::search, (plan(request)?,)).await?))
}

fn plan(request: SearchIssues) -> Result<search::Search, ApiError> {
    let size = request.max_results.map_or(DEFAULT_PAGE, i64::from);
    let size = validation::max_results(size, Some(paging::MAX_PAGE))?;
    let list = |list: Option<Vec<String>>| list.unwrap_or_default();
    let (statuses, severities) = (list(request.statuses), list(request.severities));
    let (categories, order_by) = (list(request.categories), list(request.order_by));
    checks::part_of_name(request.name.as_deref())?;
    checks::list("statuses", &statuses)?;
    checks::list("severities", &severities)?;
    checks::list("order_by", &order_by)?;
    checks::names("categories", &categories)?;
    statuses.iter().try_for_each(|word| checks::status(Some(word)))?;
    severities.iter().try_for_each(|word| checks::severity(Some(word)))?;
    if !matches!(request.view.as_deref(), None | Some("basic" | "full")) {
        return Err(ApiError::invalid("view must be basic or full"));
    }
    let experiment_id = given(request.experiment_id);
    let filter = request.filter_string.unwrap_or_default();
    let count_traces = request.include_trace_count.unwrap_or_default();
    let count_all = request.include_total_count.unwrap_or_default();
    let lists = [&statuses, &severities, &categories, &order_by];
    let is_plain = lists.iter().all(|list| list.is_empty())
        && request.name.is_none()
        && request.view.is_none()
        && !count_all;
    let query = if is_plain {
        String::new()
    } else {
        search::query(&[&experiment_id, &filter, &request.name, &lists, &count_traces, &count_all])
    };
    Ok(search::Search {
        experiment_id: experiment_id.map(|id| validation::experiment_id(&id)).transpose()?,
        clauses: filter::issues::parse(&filter)?,
        position: search::position(request.page_token.as_deref(), &query, is_plain)?,
        order: if order_by.is_empty() { None } else { Some(order::parse(&order_by)?) },
        name: request.name,
        statuses,
        severities,
        categories,
        size,
        query,
        count_traces,
        count_all,
        is_basic: request.view.as_deref() == Some("basic"),
    })
}
