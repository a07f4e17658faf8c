//! The handlers of a logged model's artifacts.

use app::{ApiError, Call, Caller, Code, Reply, Shared};
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::{Extension, Json};
use blob::ArtifactPath;

use super::wire::ListLoggedModelArtifacts;
use crate::Stores;
use crate::artifact_path::{self, query_value};
use crate::download::{self, Wanted};
use crate::listing::{self, Listing, Naming};

pub(super) async fn list(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    Path(model_id): Path<String>,
    Call(request): Call<ListLoggedModelArtifacts>,
) -> Reply<Listing> {
    let path = request.artifact_directory_path;
    let folder = path.map_or(Ok(ArtifactPath::root()), |path| artifact_path::parse(&path))?;
    let root_uri = super::artifact_uri(&app, &caller, model_id).await?;
    let store = stores.resolve(&root_uri)?;
    let files = listing::list(&store, &folder, Naming::FromRoot).await?;
    Ok(Json(Listing { root_uri: Some(root_uri), files }))
}

pub(super) async fn download(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    Path(model_id): Path<String>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, ApiError> {
    let path = query_value(query.as_deref(), "artifact_file_path").filter(|path| !path.is_empty());
    let path = path.ok_or_else(|| {
        ApiError::new(
            Code::BadRequest,
            "Request must include the \"artifact_file_path\" query parameter.",
        )
    })?;
    let path = artifact_path::parse(&path)?;
    let artifact_uri = super::artifact_uri(&app, &caller, model_id).await?;
    download::serve(&stores.resolve(&artifact_uri)?, &path, &wanted).await
}
