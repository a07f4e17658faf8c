//! The handlers of signed URLs by run and model.

use std::time::Duration;

use app::{ApiError, Call, Caller, Int64, Reply, Shared, required};
use axum::extract::State;
use axum::{Extension, Json};

use super::wire::{CreatePresignedDownloadUrl, CreatePresignedUploadUrl, PresignedUrl};
use crate::error::unsigned;
use crate::{Stores, artifact_path, download, models, runs};

/// The longest life of a signed URL that clouds grant, in seconds.
const MAX_EXPIRATION: i64 = 604_800;
const UPLOAD_LIVES: Duration = Duration::from_mins(15);

pub(super) async fn upload(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    Call(request): Call<CreatePresignedUploadUrl>,
) -> Reply<PresignedUrl> {
    let path = required(request.path, "path")?;
    let run_id = request.run_id.filter(|id| !id.is_empty());
    let model_id = request.model_id.filter(|id| !id.is_empty());
    let one_of_two = || ApiError::invalid("Exactly one of run_id and model_id must be provided.");
    if run_id.is_some() == model_id.is_some() {
        return Err(one_of_two());
    }
    let path = artifact_path::parse_destination(&path)?;
    let lives = lives(request.expiration, UPLOAD_LIVES)?;
    let artifact_uri = match (run_id, model_id) {
        (Some(run_id), _) => runs::artifact_uri(&app, &caller, run_id).await?,
        (_, Some(model_id)) => models::artifact_uri(&app, &caller, model_id).await?,
        _ => return Err(one_of_two()),
    };
    if let Some(scheme) = proxied_scheme(&artifact_uri) {
        return Err(ApiError::invalid(format!(
            "Presigned upload is not supported for proxied artifact storage (artifact URI scheme: \
             {scheme}). This endpoint requires a direct cloud storage artifact URI."
        )));
    }
    let store = stores.resolve(&artifact_uri)?;
    let signed = store.sign_put(&path, lives).await;
    let signed = signed.map_err(|error| unsigned("Presigned upload", error))?;
    Ok(Json(PresignedUrl::new(signed, None)))
}

pub(super) async fn download(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    Call(request): Call<CreatePresignedDownloadUrl>,
) -> Reply<PresignedUrl> {
    let run_id = required(request.run_id, "run_id")?;
    let path = artifact_path::parse(&required(request.path, "path")?)?;
    let lives = lives(request.expiration, stores.direct().download_lives)?;
    let artifact_uri = runs::artifact_uri(&app, &caller, run_id).await?;
    if let Some(scheme) = proxied_scheme(&artifact_uri) {
        return Err(ApiError::invalid(format!(
            "Presigned download is not supported for runs with proxied artifact storage (artifact \
             URI scheme: {scheme}). This endpoint requires a run with a direct cloud storage \
             artifact URI."
        )));
    }
    let store = stores.resolve(&artifact_uri)?;
    let signed = store.sign_get(&path, lives).await;
    let signed = signed.map_err(|error| unsigned("Presigned download", error))?;
    let size = download::file_size(&store, &path).await?;
    Ok(Json(PresignedUrl::new(signed, Some(size))))
}

fn lives(expiration: Option<Int64>, default: Duration) -> Result<Duration, ApiError> {
    let Some(seconds) = expiration.map(i64::from) else { return Ok(default) };
    if !(1..=MAX_EXPIRATION).contains(&seconds) {
        return Err(ApiError::invalid(format!(
            "expiration must be between 1 and {MAX_EXPIRATION} seconds (got {seconds})."
        )));
    }
    Ok(Duration::from_secs(seconds.unsigned_abs()))
}

/// The scheme of a location that lies behind a server's proxy.
fn proxied_scheme(artifact_uri: &str) -> Option<String> {
    let scheme = artifact_uri.split_once(':')?.0.to_ascii_lowercase();
    matches!(scheme.as_str(), "http" | "https" | "mlflow-artifacts").then_some(scheme)
}
