//! The artifacts of a logged model, listed and fetched by the model's id.

mod api;
mod store;
mod wire;

use app::needs::Action::Read;
use app::needs::logged_model;
use app::{ApiError, App, Caller, Routes};
use axum::Extension;
use axum::handler::Handler;

use crate::Stores;

pub(crate) fn routes(stores: &Stores) -> Routes {
    let read = [logged_model(Read).in_path(&["model_id"])];
    let stores = Extension(stores.clone());
    Routes::v2("mlflow/logged-models/{model_id}/artifacts")
        .get("directories", api::list.layer(stores.clone()), read)
        .summary("List a folder of a logged model's artifacts")
        .ajax_only()
        .get("files", api::download.layer(stores), read)
        .summary("Download an artifact of a logged model")
}

/// Where the artifacts of a logged model lie.
///
/// # Errors
/// When there is no such model, or it is deleted.
pub(crate) async fn artifact_uri(
    app: &App,
    caller: &Caller,
    model_id: String,
) -> Result<String, ApiError> {
    app.read(caller, store::artifact_location, (model_id,)).await
}
