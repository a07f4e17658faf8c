//! The handlers of multipart uploads and signed downloads.

use app::{ApiError, Call, required};
use axum::Extension;
use axum::extract::MatchedPath;
use axum::response::Response;

use super::wire::{AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload};
use crate::artifact_path::{self, PathInUrl};
use crate::error::unsupported;
use crate::{Stores, disabled};

pub(super) async fn create(
    Extension(stores): Extension<Stores>,
    matched: MatchedPath,
    PathInUrl(folder): PathInUrl,
    message: Result<Call<CreateMultipartUpload>, ApiError>,
) -> Result<Response, ApiError> {
    if stores.destination().is_none() {
        return Ok(disabled::answer(&matched));
    }
    artifact_path::parse(&folder)?;
    required(message?.0.path, "path")?;
    Err(unsupported("Multipart upload"))
}

pub(super) async fn complete(
    Extension(stores): Extension<Stores>,
    matched: MatchedPath,
    PathInUrl(folder): PathInUrl,
    message: Result<Call<CompleteMultipartUpload>, ApiError>,
) -> Result<Response, ApiError> {
    if stores.destination().is_none() {
        return Ok(disabled::answer(&matched));
    }
    artifact_path::parse(&folder)?;
    let message = message?.0;
    required(message.path, "path")?;
    required(message.parts, "parts")?;
    Err(unsupported("Multipart upload"))
}

pub(super) async fn abort(
    Extension(stores): Extension<Stores>,
    matched: MatchedPath,
    PathInUrl(folder): PathInUrl,
    message: Result<Call<AbortMultipartUpload>, ApiError>,
) -> Result<Response, ApiError> {
    if stores.destination().is_none() {
        return Ok(disabled::answer(&matched));
    }
    artifact_path::parse(&folder)?;
    required(message?.0.path, "path")?;
    Err(unsupported("Multipart upload"))
}

pub(super) async fn presigned(
    Extension(stores): Extension<Stores>,
    matched: MatchedPath,
    PathInUrl(path): PathInUrl,
) -> Result<Response, ApiError> {
    if stores.destination().is_none() {
        return Ok(disabled::answer(&matched));
    }
    artifact_path::parse(&path)?;
    Err(unsupported("Multipart download"))
}
