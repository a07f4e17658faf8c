//! The handlers of the artifact proxy.

use app::ApiError;
use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, RawQuery};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use blob::ArtifactPath;
use schemars::JsonSchema;
use serde::Serialize;

use crate::artifact_path::{self, PathInUrl};
use crate::download::{self, Wanted};
use crate::error::failed;
use crate::listing::{self, Listing, Naming};
use crate::{Stores, disabled};

/// An answer that says nothing.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Empty {}

pub(super) async fn download(
    Extension(stores): Extension<Stores>,
    PathInUrl(path): PathInUrl,
    wanted: Wanted,
) -> Result<Response, ApiError> {
    let Some(store) = stores.destination() else { return Ok(disabled::file_answer()) };
    let path = artifact_path::parse(&path)?;
    download::serve_or_redirect(store, &path, &wanted, stores.direct()).await
}

/// Streams the request's body into the store. If the body breaks off, nothing of it is kept.
pub(super) async fn upload(
    Extension(stores): Extension<Stores>,
    PathInUrl(path): PathInUrl,
    body: Body,
) -> Result<Response, ApiError> {
    let Some(store) = stores.destination() else { return Ok(disabled::file_answer()) };
    let path = artifact_path::parse_destination(&path)?;
    let expected = body.size_hint().exact();
    store.put(&path, body.into_data_stream(), expected).await.map_err(failed)?;
    Ok(StatusCode::OK.into_response())
}

pub(super) async fn list(
    Extension(stores): Extension<Stores>,
    matched: MatchedPath,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let Some(store) = stores.destination() else { return Ok(disabled::answer(&matched)) };
    let path = artifact_path::query_value(query.as_deref(), "path");
    let folder = path.map_or(Ok(ArtifactPath::root()), |path| artifact_path::parse(&path))?;
    let files = listing::list(store, &folder, Naming::LastName).await?;
    Ok(Json(Listing { root_uri: None, files }).into_response())
}

/// Deletes a file, or a folder with all that is in it. What is not there is gone already.
pub(super) async fn delete(
    Extension(stores): Extension<Stores>,
    matched: MatchedPath,
    PathInUrl(path): PathInUrl,
) -> Result<Response, ApiError> {
    let Some(store) = stores.destination() else { return Ok(disabled::answer(&matched)) };
    let path = artifact_path::parse(&path)?;
    store.delete(&path).await.map_err(failed)?;
    Ok(Json(Empty {}).into_response())
}
