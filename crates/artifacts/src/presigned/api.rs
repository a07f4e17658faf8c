//! The handlers of signed URLs by run and model.

use std::convert::Infallible;

use app::{ApiError, Call, Shared, required};
use axum::Extension;
use axum::extract::State;

use super::wire::{CreatePresignedDownloadUrl, CreatePresignedUploadUrl};
use crate::error::unsupported;
use crate::{Stores, artifact_path, models, runs};

/// The longest life of a signed URL that clouds grant, in seconds.
const MAX_EXPIRATION: i64 = 604_800;
const DEFAULT_EXPIRATION: i64 = 300;

pub(super) async fn upload(
    State(app): Shared,
    Extension(stores): Extension<Stores>,
    Call(request): Call<CreatePresignedUploadUrl>,
) -> Result<Infallible, ApiError> {
    let path = required(request.path, "path")?;
    let run_id = request.run_id.filter(|id| !id.is_empty());
    let model_id = request.model_id.filter(|id| !id.is_empty());
    let artifact_uri = match (run_id, model_id) {
        (Some(run_id), None) => {
            artifact_path::parse(&path)?;
            runs::artifact_uri(&app, run_id).await?
        }
        (None, Some(model_id)) => {
            artifact_path::parse(&path)?;
            models::artifact_uri(&app, model_id).await?
        }
        _ => return Err(ApiError::invalid("Exactly one of run_id and model_id must be provided.")),
    };
    if let Some(scheme) = proxied_scheme(&artifact_uri) {
        return Err(ApiError::invalid(format!(
            "Presigned upload is not supported for proxied artifact storage (artifact URI scheme: \
             {scheme}). This endpoint requires a direct cloud storage artifact URI."
        )));
    }
    stores.resolve(&artifact_uri)?;
    Err(unsupported("Presigned upload"))
}

pub(super) async fn download(
    State(app): Shared,
    Extension(stores): Extension<Stores>,
    Call(request): Call<CreatePresignedDownloadUrl>,
) -> Result<Infallible, ApiError> {
    let run_id = required(request.run_id, "run_id")?;
    artifact_path::parse(&required(request.path, "path")?)?;
    let expiration = request.expiration.map_or(DEFAULT_EXPIRATION, i64::from);
    if !(1..=MAX_EXPIRATION).contains(&expiration) {
        return Err(ApiError::invalid(format!(
            "expiration must be between 1 and {MAX_EXPIRATION} seconds (got {expiration})."
        )));
    }
    let artifact_uri = runs::artifact_uri(&app, run_id).await?;
    if let Some(scheme) = proxied_scheme(&artifact_uri) {
        return Err(ApiError::invalid(format!(
            "Presigned download is not supported for runs with proxied artifact storage (artifact \
             URI scheme: {scheme}). This endpoint requires a run with a direct cloud storage \
             artifact URI."
        )));
    }
    stores.resolve(&artifact_uri)?;
    Err(unsupported("Presigned download"))
}

/// The scheme of a location that lies behind a server's proxy.
fn proxied_scheme(artifact_uri: &str) -> Option<String> {
    let scheme = artifact_uri.split_once(':')?.0.to_ascii_lowercase();
    matches!(scheme.as_str(), "http" | "https" | "mlflow-artifacts").then_some(scheme)
}
