//! The handlers of a run's artifacts.

use app::call::missing;
use app::{ApiError, App, Call, Caller, Reply, Shared, required};
use axum::body::{Body, HttpBody};
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use blob::{ArtifactPath, BlobError};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

use super::wire::ListArtifacts;
use crate::Stores;
use crate::artifact_path::{self, query_value};
use crate::download::{self, Wanted};
use crate::error::failed;
use crate::listing::{self, Listing, Naming};

/// The largest file that the web page may send, in bytes.
const MAX_UPLOAD: u64 = 10 * 1024 * 1024;

/// Lists a folder of a run's artifacts, as both the REST route and GraphQL answer it.
///
/// # Errors
/// When there is no such run, the path is refused, or the run's location cannot be listed.
pub async fn list_by_id(
    app: &App,
    caller: &Caller,
    stores: &Stores,
    run_id: String,
    path: Option<&str>,
) -> Result<Listing, ApiError> {
    let folder = path.map_or(Ok(ArtifactPath::root()), artifact_path::parse)?;
    let root_uri = super::artifact_uri(app, caller, run_id).await?;
    let store = stores.resolve(&root_uri)?;
    let files = listing::list(&store, &folder, Naming::FromRoot).await?;
    Ok(Listing { root_uri: Some(root_uri), files })
}

pub(super) async fn list(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    Call(request): Call<ListArtifacts>,
) -> Reply<Listing> {
    let run_id = request.run_id.filter(|id| !id.is_empty()).or(request.run_uuid);
    let run_id = required(run_id, "run_id")?;
    list_by_id(&app, &caller, &stores, run_id, request.path.as_deref()).await.map(Json)
}

pub(super) async fn download(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, ApiError> {
    let value = |name| query_value(query.as_deref(), name);
    let path = value("path").ok_or_else(|| missing("path"))?;
    let path = artifact_path::parse(&path)?;
    let run_id = value("run_id").filter(|id| !id.is_empty()).or_else(|| value("run_uuid"));
    // Compat: MLflow looks for a run of this name when none is given.
    let run_id = run_id.unwrap_or_else(|| "None".to_owned());
    let artifact_uri = super::artifact_uri(&app, &caller, run_id).await?;
    download::serve(&stores.resolve(&artifact_uri)?, &path, &wanted).await
}

/// Stores a file that the web page sends as a request's body.
pub(super) async fn upload(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    RawQuery(query): RawQuery,
    body: Body,
) -> Result<Response, ApiError> {
    let value = |name| query_value(query.as_deref(), name).filter(|text| !text.is_empty());
    let must = |name| ApiError::invalid(format!("Request must specify {name}."));
    let run_id = value("run_id").or_else(|| value("run_uuid"));
    let run_id = run_id.ok_or_else(|| must("run_id or run_uuid"))?;
    let path = value("path").ok_or_else(|| must("path"))?;
    let path = artifact_path::parse_destination(&path)?;
    let expected = body.size_hint().exact();
    if expected.is_some_and(|size| size > MAX_UPLOAD) {
        return Err(too_large());
    }
    let data = first_bytes(body.into_data_stream()).await?.ok_or_else(|| must("data"))?;
    let store = stores.resolve(&super::artifact_uri(&app, &caller, run_id).await?)?;
    store.put(&path, limited(data), expected).await.map_err(|error| match &error {
        BlobError::Interrupted { source, .. } if source.is::<TooLarge>() => too_large(),
        _ => failed(error),
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], Body::empty()).into_response())
}

fn too_large() -> ApiError {
    ApiError::invalid("Artifact size is too large. Max size is 10MB.")
}

/// The stream again once it has shown that it is not empty; `None` if it is.
async fn first_bytes<S, E>(
    mut data: S,
) -> Result<Option<impl Stream<Item = Result<Bytes, E>> + Send>, ApiError>
where
    S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
    E: Into<blob::BoxError> + Send,
{
    loop {
        match data.next().await {
            None => return Ok(None),
            Some(Ok(bytes)) if bytes.is_empty() => {}
            // An error is for the store to report.
            Some(first) => return Ok(Some(stream::iter([first]).chain(data))),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("more than {MAX_UPLOAD} bytes")]
struct TooLarge;

/// The stream up to the largest file; what is beyond is an error.
fn limited<S, E>(data: S) -> impl Stream<Item = Result<Bytes, blob::BoxError>> + Send
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<blob::BoxError>,
{
    let mut left = MAX_UPLOAD;
    data.map(move |bytes| {
        let bytes = bytes.map_err(Into::into)?;
        left = left.checked_sub(bytes.len() as u64).ok_or(TooLarge)?;
        Ok(bytes)
    })
}
