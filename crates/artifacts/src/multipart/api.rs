//! The handlers of multipart uploads and signed downloads.

use app::{ApiError, Call, Shared, required};
use axum::extract::{MatchedPath, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use blob::{ArtifactPath, BlobError, SentPart, Store};

use super::wire::{
    AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload, Credential, Empty,
    MultipartUpload, PresignedDownload,
};
use crate::artifact_path::{self, PathInUrl};
use crate::direct::parts_live;
use crate::error::{failed, unsigned, unsupported};
use crate::{Stores, disabled, download};

const UPLOAD: &str = "Multipart upload";
const DOWNLOAD: &str = "Multipart download";

pub(super) async fn create(
    State(app): Shared,
    Extension(stores): Extension<Stores>,
    matched: MatchedPath,
    PathInUrl(folder): PathInUrl,
    message: Result<Call<CreateMultipartUpload>, ApiError>,
) -> Result<Response, ApiError> {
    let Some(store) = stores.destination() else { return Ok(disabled::answer(&matched)) };
    artifact_path::parse(&folder)?;
    let message = message?.0;
    let name = required(message.path, "path")?;
    let store = offered(&stores, store, UPLOAD)?;
    let path = file_in(&folder, &name)?;
    let count = usize::try_from(message.num_parts.map_or(1, i64::from)).unwrap_or_default();
    let upload = store.start_parts(&path, &app.ids.hex(), count, parts_live(count)).await;
    let upload = upload.map_err(|error| unsigned(UPLOAD, error))?;
    let urls = upload.parts.into_iter().zip(1..);
    let credentials =
        urls.map(|(part, part_number)| Credential { url: part.url, part_number }).collect();
    Ok(Json(MultipartUpload { upload_id: upload.id, credentials }).into_response())
}

pub(super) async fn complete(
    Extension(stores): Extension<Stores>,
    matched: MatchedPath,
    PathInUrl(folder): PathInUrl,
    message: Result<Call<CompleteMultipartUpload>, ApiError>,
) -> Result<Response, ApiError> {
    let Some(store) = stores.destination() else { return Ok(disabled::answer(&matched)) };
    artifact_path::parse(&folder)?;
    let message = message?.0;
    let name = required(message.path, "path")?;
    let parts = required(message.parts, "parts")?;
    let store = offered(&stores, store, UPLOAD)?;
    let path = file_in(&folder, &name)?;
    let id = required(message.upload_id, "upload_id")?;
    let parts = parts.into_iter().map(|part| SentPart {
        number: part.part_number.and_then(|n| u32::try_from(i64::from(n)).ok()).unwrap_or_default(),
        etag: part.etag.unwrap_or_default(),
    });
    store.finish_parts(&path, &id, parts.collect()).await.map_err(failed)?;
    Ok(Json(Empty {}).into_response())
}

pub(super) async fn abort(
    Extension(stores): Extension<Stores>,
    matched: MatchedPath,
    PathInUrl(folder): PathInUrl,
    message: Result<Call<AbortMultipartUpload>, ApiError>,
) -> Result<Response, ApiError> {
    let Some(store) = stores.destination() else { return Ok(disabled::answer(&matched)) };
    artifact_path::parse(&folder)?;
    let message = message?.0;
    let name = required(message.path, "path")?;
    let store = offered(&stores, store, UPLOAD)?;
    let path = file_in(&folder, &name)?;
    let id = required(message.upload_id, "upload_id")?;
    store.abort_parts(&path, &id).await.map_err(failed)?;
    Ok(Json(Empty {}).into_response())
}

pub(super) async fn presigned(
    Extension(stores): Extension<Stores>,
    matched: MatchedPath,
    headers: HeaderMap,
    PathInUrl(path): PathInUrl,
) -> Result<Response, ApiError> {
    let Some(store) = stores.destination() else { return Ok(disabled::answer(&matched)) };
    let path = artifact_path::parse(&path)?;
    let store = offered(&stores, store, DOWNLOAD)?;
    let size = download::file_size(store, &path).await?;
    let answer = match store.sign_get(&path, stores.direct().download_lives).await {
        Ok(signed) => PresignedDownload::new(signed, size),
        // Some names cannot be signed. Clients then fetch such a file through this server, each for its own hint.
        Err(BlobError::Unsupported(_)) if takes_a_refusal(&headers) => {
            return Err(unsupported(DOWNLOAD));
        }
        Err(BlobError::Unsupported(_)) => PresignedDownload::through_the_proxy(&path),
        Err(error) => return Err(failed(error)),
    };
    Ok(Json(answer).into_response())
}

/// Whether the client fetches a file through this server after 501.
///
/// Compat: MLflow's client does so since 3.18, and asks for any address that it is given. Those before give up after 501,
/// and go through the server if they are not told the file's size.
fn takes_a_refusal(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let release =
        agent.and_then(|agent| agent.split_once("mlflow-python-client/")).map(|(_, rest)| rest);
    let mut numbers = release.unwrap_or_default().split('.').map(|part| part.parse::<u32>().ok());
    let release = (numbers.next().flatten(), numbers.next().flatten());
    release >= (Some(3), Some(18))
}

/// The store, if clients may use it by themselves. The refusal makes them fall back to the proxy's plain routes.
fn offered<'a>(stores: &Stores, store: &'a Store, what: &str) -> Result<&'a Store, ApiError> {
    if stores.direct().offered { Ok(store) } else { Err(unsupported(what)) }
}

/// Compat: clients send the file's whole local path, of which the last name is meant.
fn file_in(folder: &str, local_path: &str) -> Result<ArtifactPath, ApiError> {
    let name = local_path.rsplit('/').next().unwrap_or_default();
    let folder = folder.trim_end_matches('/');
    if folder.is_empty() {
        return artifact_path::parse_destination(name);
    }
    artifact_path::parse_destination(&format!("{folder}/{name}"))
}
