//! What the path of a route says.

use app::ApiError;
use app::messages::Argument;
use axum::extract::FromRequestParts;
use axum::extract::Path;
use axum::http::request::Parts;
use serde::Deserialize;

/// Which server, and which of its things, a path names.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Segments {
    name: String,
    slug: Option<String>,
    version: String,
    key: String,
    alias: String,
    endpoint_id: String,
}

/// A server's name in full, and the rest of what the path names.
#[derive(Debug)]
pub(super) struct Named {
    pub server: String,
    pub version: String,
    pub key: String,
    pub alias: String,
    pub endpoint_id: String,
}

impl Argument for Named {}

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(segments) = Path::<Segments>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::invalid("The path of the request is not valid UTF-8."))?;
        let server = match segments.slug {
            Some(slug) => format!("{}/{slug}", segments.name),
            None => segments.name,
        };
        let Segments { version, key, alias, endpoint_id, .. } = segments;
        Ok(Self { server, version, key, alias, endpoint_id })
    }
}
