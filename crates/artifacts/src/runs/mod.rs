//! The artifacts of a run: listed, fetched and sent by the run's id, wherever they lie.

mod api;
mod wire;

use app::{ApiError, App, Caller, Guard, Routes, Scope};
use axum::Extension;
use axum::handler::Handler;

use crate::Stores;

pub use api::list_by_id;

pub(crate) fn routes(stores: &Stores) -> Routes {
    let run = Scope::Run("run_id");
    let stores = Extension(stores.clone());
    Routes::v2("mlflow")
        .get("artifacts/list", api::list.layer(stores.clone()), Guard::read(run))
        .ajax_only()
        .post(
            "upload-artifact",
            api::upload.layer(stores.clone()),
            Guard::edit(Scope::Run("run_uuid")),
        )
        .streams()
        .merge(Routes::root().get("/get-artifact", api::download.layer(stores), Guard::read(run)))
}

/// Where the artifacts of a run lie, living or deleted.
///
/// # Errors
/// When there is no such run.
pub async fn artifact_uri(app: &App, caller: &Caller, run_id: String) -> Result<String, ApiError> {
    let run = app.read(caller, tracking::runs::store::run_row, (run_id,)).await?;
    Ok(run.artifact_uri)
}
