//! Fetching a file of a model version.

use app::call::missing;
use app::{ApiError, Caller, Shared};
use artifacts::{Stores, Wanted};
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::api::location_of;

pub(super) async fn download(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, ApiError> {
    let value = |name| artifacts::query_value(query.as_deref(), name);
    let path = value("path").ok_or_else(|| missing("path"))?;
    let name = value("name").unwrap_or_default();
    let version = value("version").unwrap_or_default();
    let location = location_of(&app, &caller, &name, &version).await?;
    let Some(below) = location.strip_prefix("runs:/") else {
        return artifacts::fetch(&stores, &location, &path, &wanted).await;
    };
    // Such a location is relative to a run's.
    let (run_id, folder) = below.split_once('/').unwrap_or((below, ""));
    let root = artifacts::runs::artifact_uri(&app, &caller, run_id.to_owned()).await?;
    let location = tracking::location::join(&root, folder);
    artifacts::fetch(&stores, &location, &path, &wanted).await
}
