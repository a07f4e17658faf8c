//! The answers of the artifact proxy's routes on a server that does not serve artifacts.
//!
//! Compat: MLflow is two servers behind one port, and each has its own way to say so.

use axum::Json;
use axum::extract::MatchedPath;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The answer to the upload or download of a file.
pub(crate) fn file_answer() -> Response {
    #[derive(Serialize)]
    struct Disabled {
        detail: &'static str,
    }
    let detail =
        "Artifact serving is disabled. Run `mlflow server` with `--serve-artifacts` to enable.";
    (StatusCode::SERVICE_UNAVAILABLE, Json(Disabled { detail })).into_response()
}

/// The answer to anything else: a plain text with MLflow's spelling of the route.
pub(crate) fn answer(matched: &MatchedPath) -> Response {
    let route = matched.as_str().replace("{*artifact_path}", "<path:artifact_path>");
    let text = format!(
        "Endpoint: {route} disabled due to the mlflow server running with `--no-serve-artifacts`. \
         To enable artifacts server functionality, run `mlflow server` with `--serve-artifacts`"
    );
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}
