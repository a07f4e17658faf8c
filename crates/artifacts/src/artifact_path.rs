//! The path of an artifact in a request: a part of the URL, or a value of the query.

use app::ApiError;
use app::messages::Argument;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use blob::ArtifactPath;

use crate::error::refused;

/// What stands for `{*artifact_path}` in the URL, decoded once; empty where the URL ends before it.
#[derive(Debug)]
pub(crate) struct PathInUrl(pub(crate) String);

impl Argument for PathInUrl {}

impl<S: Send + Sync> FromRequestParts<S> for PathInUrl {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        // A path that is no UTF-8 names no artifact.
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| refused(blob::PathError::Unsafe))?;
        let found = params.iter().find(|(name, _)| *name == "artifact_path");
        Ok(Self(found.map(|(_, value)| value.to_owned()).unwrap_or_default()))
    }
}

/// Reads the path of something to list, read or delete.
pub(crate) fn parse(text: &str) -> Result<ArtifactPath, ApiError> {
    ArtifactPath::parse(text).map_err(refused)
}

/// Reads the path of a file to write.
pub(crate) fn parse_destination(text: &str) -> Result<ArtifactPath, ApiError> {
    ArtifactPath::parse_destination(text).map_err(refused)
}

/// The query's first value of this name.
pub fn query_value(query: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}
