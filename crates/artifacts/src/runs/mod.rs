//! The artifacts of a run: listed, fetched and sent by the run's id, wherever they lie.

mod api;
mod wire;

use app::needs::Action::{Read, Update};
use app::needs::run;
use app::{ApiError, App, Caller, Routes};
use axum::Extension;
use axum::handler::Handler;

use crate::Stores;

pub use api::list_by_id;

pub(crate) fn routes(stores: &Stores) -> Routes {
    let stores = Extension(stores.clone());
    let read = [run(Read).in_query(&["run_id", "run_uuid"])];
    let update = [run(Update).in_query(&["run_id", "run_uuid"])];
    let download = Routes::root()
        .get("/get-artifact", api::download.layer(stores.clone()), read)
        .summary("Download an artifact of a run");
    Routes::v2("mlflow")
        .get("artifacts/list", api::list.layer(stores.clone()), [run(Read)])
        .summary("List a folder of a run's artifacts")
        .ajax_only()
        .post("upload-artifact", api::upload.layer(stores), update)
        .summary("Upload an artifact of a run")
        .streams()
        .merge(download)
}

/// Where the artifacts of a run lie, living or deleted.
///
/// # Errors
/// When there is no such run.
pub async fn artifact_uri(app: &App, caller: &Caller, run_id: String) -> Result<String, ApiError> {
    let run = app.read(caller, tracking::runs::store::run_row, (run_id,)).await?;
    Ok(run.artifact_uri)
}
