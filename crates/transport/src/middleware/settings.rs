//! What the middleware is set to.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;

use super::proxies::Proxies;
use super::security::Security;

/// Counts requests and their durations.
pub trait Meter: Debug + Send + Sync {
    /// A request has arrived.
    fn begin(&self);

    /// The last byte of its response has gone, or its client has. `route` is the matched path, or `other`.
    fn end(&self, method: &Method, route: &str, status: u16, elapsed: Duration);
}

/// What the middleware is set to.
#[derive(Debug)]
pub struct Settings {
    /// `None`: hosts and origins are not checked.
    pub security: Option<Security>,
    /// The peers whose forwarding headers are trusted.
    pub proxies: Proxies,
    /// Headers of every response.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Bytes of a request's body, uploads excepted.
    pub max_body_size: u64,
    /// Requests at once, if that is to be fewer than usual.
    pub max_requests: Option<u32>,
    /// Whether routes that need the database are refused.
    pub artifacts_only: bool,
    /// The path of the one gRPC method that is served.
    pub grpc_method: &'static str,
    /// Refuses a request whose headers name a workspace.
    pub workspace_refusal: fn(&HeaderMap) -> Option<Response>,
    /// Whether the access log is JSON.
    pub json_log: bool,
    pub meter: Option<Arc<dyn Meter>>,
}

#[cfg(test)]
impl Settings {
    pub(crate) fn for_tests() -> Self {
        Self {
            security: None,
            proxies: Proxies::default(),
            headers: Vec::new(),
            max_body_size: 1 << 20,
            max_requests: None,
            artifacts_only: false,
            grpc_method: "/grpc",
            workspace_refusal: |_| None,
            json_log: false,
            meter: None,
        }
    }
}
