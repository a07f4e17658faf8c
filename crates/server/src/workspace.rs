//! Requests for a workspace, while there are none.

use app::{ApiError, Code};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

const HEADER: &str = "x-mlflow-workspace";

/// Refuses a request that names a workspace: it must not be answered from, or written to, what all
/// share. Compat: MLflow refuses `default` too, and nothing to callers who ask what the server can do.
pub fn refusal(headers: &HeaderMap) -> Option<Response> {
    let named = headers.get_all(HEADER).iter().any(|name| !name.as_bytes().trim_ascii().is_empty());
    named.then(|| {
        ApiError::new(
            Code::FeatureDisabled,
            "Workspace APIs are not available: workspaces are not enabled on this server",
        )
        .into_response()
    })
}
