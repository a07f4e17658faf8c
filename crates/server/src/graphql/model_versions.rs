//! The model versions that runs made. As far as the pages of runs need them: whatever else there is
//! to ask about model versions is for the model registry.

use std::collections::HashMap;

use app::{ApiError, App, Code, Int64, page};
use filter::runs::{Attribute, Field};
use filter::{Comparison, Literal};
use serde::{Deserialize, Serialize};
use tracking::tags::KeyValue;

use super::store;

const MAX_PAGE: i64 = 200_000;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct ModelVersion {
    pub name: String,
    pub version: String,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_timestamp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    pub tags: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SearchModelVersions {
    pub filter: Option<String>,
    pub max_results: Option<Int64>,
    pub order_by: Option<Vec<String>>,
    pub page_token: Option<String>,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct SearchModelVersionsResponse {
    pub model_versions: Vec<ModelVersion>,
    pub next_page_token: String,
}

/// The versions that each of these runs made.
pub(crate) async fn of_runs(
    app: &App,
    run_ids: Vec<String>,
) -> Result<HashMap<String, Vec<ModelVersion>>, ApiError> {
    let mut by_run: HashMap<String, Vec<ModelVersion>> = HashMap::new();
    for version in versions(app, run_ids).await? {
        by_run.entry(version.run_id.clone().unwrap_or_default()).or_default().push(version);
    }
    Ok(by_run)
}

async fn versions(app: &App, run_ids: Vec<String>) -> Result<Vec<ModelVersion>, ApiError> {
    app.db
        .read(run_ids, |tx, run_ids| {
            Box::pin(async move { Ok::<_, ApiError>(store::versions_of_runs(tx, run_ids).await?) })
        })
        .await
}

/// One page of the versions of the runs that the filter names.
///
/// # Errors
/// When the filter is about anything but runs.
pub(crate) async fn search(
    app: &App,
    request: SearchModelVersions,
) -> Result<SearchModelVersionsResponse, ApiError> {
    let size = page_size(request.max_results.map_or(MAX_PAGE, i64::from))?;
    if request.order_by.is_some_and(|order_by| !order_by.is_empty()) {
        return Err(unsupported("has an order of its own"));
    }
    let run_ids = runs_of_filter(&request.filter.unwrap_or_default())?;
    let token = request.page_token.filter(|token| !token.is_empty());
    let start: usize = token.map_or(Ok(0), |token| page::decode(&token))?;
    let found = versions(app, run_ids).await?;
    let end = start.saturating_add(size);
    let next_page_token = if found.len() > end { page::encode(&end) } else { String::new() };
    let model_versions = found.into_iter().skip(start).take(size).collect();
    Ok(SearchModelVersionsResponse { model_versions, next_page_token })
}

fn page_size(size: i64) -> Result<usize, ApiError> {
    if size < 1 {
        return Err(ApiError::invalid(format!(
            "Invalid value for max_results. It must be a positive integer, but got {size}"
        )));
    }
    if size > MAX_PAGE {
        return Err(ApiError::invalid(format!(
            "Invalid value for request parameter max_results. It must be at most {MAX_PAGE}, but \
             got value {size}"
        )));
    }
    Ok(usize::try_from(size).unwrap_or(usize::MAX))
}

/// The runs that `run_id = '…'` or `run_id IN (…)` names, which filters of runs spell the same.
fn runs_of_filter(filter: &str) -> Result<Vec<String>, ApiError> {
    let clauses = filter::runs::parse(filter)?;
    match clauses.into_iter().next() {
        Some(clause) if clause.field == Field::Attribute(Attribute::RunId) => {
            match (clause.comparison, clause.literal) {
                (Comparison::Equal, Literal::Text(run_id)) => Ok(vec![run_id]),
                (Comparison::In, Literal::TextList(run_ids)) => Ok(run_ids),
                _ => Err(unsupported("compares the run in another way")),
            }
        }
        _ => Err(unsupported("is about anything but runs")),
    }
}

fn unsupported(what: &str) -> ApiError {
    ApiError::new(
        Code::NotImplemented,
        format!(
            "A search for model versions that {what} is not answered here: the filter must be \
             run_id = '…' or run_id IN ('…')."
        ),
    )
}
