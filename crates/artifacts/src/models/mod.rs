//! The artifacts of a logged model, listed and fetched by the model's id.

mod api;
mod store;
mod wire;

use app::{ApiError, App, Caller, Guard, Routes, Scope};
use axum::Extension;
use axum::handler::Handler;

use crate::Stores;

pub(crate) fn routes(stores: &Stores) -> Routes {
    let read = Guard::read(Scope::LoggedModel("model_id"));
    let stores = Extension(stores.clone());
    Routes::v2("mlflow/logged-models/{model_id}/artifacts")
        .get("directories", api::list.layer(stores.clone()), read)
        .ajax_only()
        .get("files", api::download.layer(stores), read)
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
