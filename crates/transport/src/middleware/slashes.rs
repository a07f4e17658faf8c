//! Paths with doubled slashes, as clients send them that join URLs by hand.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use tower::ServiceExt;

/// Redirects paths to routes by merging their slashes. Only paths that no route has come here: the slashes in the path of an
/// artifact are its own.
///
/// Compat: a redirect that keeps method and body, as MLflow's web framework answers.
#[derive(Debug)]
pub struct Slashes {
    prefix: String,
    /// Responds with 204 where there is a route.
    known: Router,
}

impl Slashes {
    /// `paths`: those of all routes, in axum's syntax.
    pub fn new(paths: impl IntoIterator<Item = String>, prefix: String) -> Self {
        let mut paths: Vec<String> = paths.into_iter().collect();
        paths.sort_unstable();
        paths.dedup();
        let known = paths.iter().fold(Router::new(), |known, path| {
            known.route(path, any(async || StatusCode::NO_CONTENT))
        });
        Self { prefix, known }
    }

    /// The redirect to the route that is meant, if there is one. `uri` is without the prefix.
    pub async fn merge(self: Arc<Self>, uri: &Uri) -> Option<Response> {
        let merged = merged(uri.path())?;
        let is_page = merged == "/" || merged.starts_with("/static-files/");
        if !is_page && !self.knows(&merged).await {
            return None;
        }
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let location = HeaderValue::try_from(format!("{}{merged}{query}", self.prefix)).ok()?;
        Some((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response())
    }

    async fn knows(&self, path: &str) -> bool {
        let Ok(request) = axum::http::Request::get(path).body(Body::empty()) else { return false };
        let answer = self.known.clone().oneshot(request).await;
        answer.is_ok_and(|answer| answer.status() == StatusCode::NO_CONTENT)
    }
}

/// A path with single slashes; `None` if it has them already.
fn merged(path: &str) -> Option<String> {
    if !path.contains("//") {
        return None;
    }
    let mut merged = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !merged.ends_with('/') {
            merged.push(character);
        }
    }
    Some(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn location(prefix: &str, uri: &str) -> Option<String> {
        let paths = ["/api/2.0/mlflow/runs/create", "/api/2.0/files/{*path}"];
        let slashes = Arc::new(Slashes::new(paths.map(str::to_owned), prefix.to_owned()));
        let response = slashes.merge(&uri.parse().unwrap()).await?;
        assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
        Some(response.headers()[header::LOCATION].to_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn a_doubled_slash_leads_to_the_route_that_is_meant() {
        for (prefix, uri, expected) in [
            ("", "/api/2.0//mlflow/runs/create?x=//", Some("/api/2.0/mlflow/runs/create?x=//")),
            ("/x", "//api///2.0/mlflow/runs//create", Some("/x/api/2.0/mlflow/runs/create")),
            ("/x", "//", Some("/x/")),
            ("/x", "//static-files/a.js", Some("/x/static-files/a.js")),
            ("", "/api/2.0//mlflow/runs/nothing", None),
            ("", "/api/2.0/mlflow/runs/create", None),
            ("", "/evil.example//", None),
        ] {
            assert_eq!(location(prefix, uri).await.as_deref(), expected, "{uri}");
        }
    }
}
