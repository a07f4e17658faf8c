//! Everything that happens to a request before its handler and to an answer after it, in order.

mod access_log;
mod body_limits;
pub mod compression;
mod concurrency;
mod grpc;
pub mod headers;
pub mod hosts;
pub mod origins;
pub mod pages;
mod panics;
mod pattern;
pub mod proxies;
mod request_id;
mod slashes;
mod uploads;

use std::fmt::Debug;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use app::{ApiError, Endless, Ids};
use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;

pub use panics::log_panics;
pub use slashes::Slashes;

use access_log::Entry;
use body_limits::BodyLimits;
use concurrency::ConcurrencyLimit;
use headers::FrameOptions;
use hosts::Hosts;
use origins::{Caller, Origins};
use proxies::Proxies;
use request_id::RequestIds;
use uploads::StartedUpload;

/// Who may call, and from which web pages.
#[derive(Clone, Debug)]
pub struct Security {
    pub hosts: Hosts,
    pub origins: Origins,
    pub frame_options: FrameOptions,
}

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
    /// The peers whose forwarding headers are believed.
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
    /// What else refuses a request, by its path and headers. Probes are not asked.
    pub refusal: fn(&str, &HeaderMap) -> Option<Response>,
    /// Whether the access log is JSON.
    pub json_log: bool,
    pub meter: Option<Arc<dyn Meter>>,
}

/// What all requests pass through.
#[derive(Debug)]
pub struct Middleware {
    settings: Settings,
    request_ids: RequestIds,
    calls: ConcurrencyLimit,
    uploads: ConcurrencyLimit,
    responses: ConcurrencyLimit,
    body_limits: BodyLimits,
}

impl Middleware {
    pub fn new(settings: Settings, ids: &Ids) -> Self {
        Self {
            request_ids: RequestIds::new(ids),
            calls: ConcurrencyLimit::calls(settings.max_requests),
            uploads: ConcurrencyLimit::uploads(settings.max_requests),
            responses: ConcurrencyLimit::responses(),
            body_limits: BodyLimits::new(settings.max_body_size),
            settings,
        }
    }

    /// Takes a request to its handler and back. The route is already known.
    pub async fn handle(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        let route = request.extensions().get::<MatchedPath>().cloned();
        let client = self.settings.proxies.admit(&mut request);
        let request_id = self.request_ids.of(request.headers());
        request.headers_mut().insert(request_id::HEADER, request_id.clone());
        let path = request.uri().path().to_owned();
        let entry = Entry::begin(
            request.method(),
            &path,
            route.as_ref(),
            request_id.clone(),
            client,
            self.settings.meter.as_ref(),
            self.settings.json_log,
        );
        let origin = request.headers().get(axum::http::header::ORIGIN).cloned();
        let span = tracing::info_span!("request", id = request_id.to_str().unwrap_or_default());
        let route = route.as_ref().map(MatchedPath::as_str);
        let is_grpc = grpc::is_call(request.headers());
        let no_method = if is_grpc {
            grpc::refusal(self.settings.grpc_method, request.method(), &path)
        } else {
            None
        };
        let refusal = self.refusal(&request).or_else(|| {
            let probe = route.is_some_and(is_probe);
            if probe { None } else { (self.settings.refusal)(&path, request.headers()) }
        });
        let mut response = match (refusal, no_method) {
            (None, Some(no_method)) => no_method,
            (refusal, _) => {
                let response = match refusal {
                    Some(refusal) => refusal,
                    None => {
                        panics::catch(self.answer(request, route, client, next))
                            .instrument(span)
                            .await
                    }
                };
                if is_grpc { grpc::answer(response).await } else { response }
            }
        };
        if let Some(security) = &self.settings.security {
            headers::secure(security.frame_options, &path, response.headers_mut());
            // A preflight's answer says it all by itself.
            if !response.headers().contains_key(axum::http::header::ACCESS_CONTROL_MAX_AGE) {
                security.origins.mark(origin.as_ref(), response.headers_mut());
            }
        }
        for (name, value) in &self.settings.headers {
            response.headers_mut().insert(name, value.clone());
        }
        response.headers_mut().insert(request_id::HEADER, request_id);
        entry.follow(response)
    }

    /// The answer to a request for a host, or from a web page, that is not allowed.
    fn refusal(&self, request: &Request) -> Option<Response> {
        let security = self.settings.security.as_ref()?;
        let host = hosts::of_request(request.uri(), request.version(), request.headers());
        let probe =
            request.extensions().get::<MatchedPath>().is_some_and(|route| is_probe(route.as_str()));
        // A proxy may have asked by another name than the client did: both must be ours, because a web
        // page can make up the one but not the other.
        let asked = proxies::forwarded_host(request.headers());
        let known = security.hosts.allows(host)
            && asked.is_none_or(|asked| security.hosts.allows(Some(asked)));
        let host = asked.or(host);
        if !probe && !known {
            tracing::warn!(host, "refused a request for a host that is not allowed");
            return Some(pages::text(StatusCode::FORBIDDEN, hosts::REFUSAL));
        }
        if let Some(answer) = security.origins.preflight(request.method(), request.headers()) {
            return Some(answer);
        }
        let caller = Caller::new(request.headers(), host)?;
        let trusts_host = !security.hosts.allows_all();
        if !probe && security.origins.refuses(caller, request.method(), trusts_host) {
            tracing::warn!(origin = caller.origin, "refused a write from a foreign web page");
            return Some(pages::text(StatusCode::FORBIDDEN, origins::REFUSAL));
        }
        None
    }

    /// The handler's answer, unless the server is full or the body bad.
    async fn answer(
        &self,
        request: Request,
        route: Option<&str>,
        client: Option<IpAddr>,
        next: Next,
    ) -> Response {
        if let Some(route) = route
            && self.settings.artifacts_only
            && !serves_artifacts(route)
        {
            return pages::artifacts_only(route);
        }
        if route.is_some_and(is_unlimited) {
            return next.run(request).await;
        }
        if route.is_some_and(|route| is_stream(request.method(), route)) {
            let (parts, body) = request.into_parts();
            let begun = match StartedUpload::read(body).await {
                Ok(begun) => begun,
                Err(error) => return body_limits::explain(&error).into_response(),
            };
            let Some(_place) = self.uploads.acquire().await else { return busy() };
            let body = begun.into_body(&self.uploads);
            return next.run(Request::from_parts(parts, body)).await;
        }
        let (mut parts, body) = request.into_parts();
        let (bytes, held) = match self.body_limits.read(&mut parts.headers, body, client).await {
            Ok(read) => read,
            Err(bad) => return bad.into_response(),
        };
        let Some(place) = self.calls.acquire().await else { return busy() };
        let is_read = parts.method == Method::GET;
        let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
        // What has been written is answered, whatever else waits.
        if !is_read
            || response.body().size_hint().exact().is_some()
            || response.extensions().get::<Endless>().is_some()
        {
            return response;
        }
        drop((held, place));
        let Some(place) = self.responses.acquire().await else { return busy() };
        response.map(|body| Body::new(Placed { body, _place: place }))
    }
}

/// An answer that is sent as it is made. It keeps its place until it has been sent.
struct Placed {
    body: Body,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for Placed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The answer to a request that found no place.
pub fn busy() -> Response {
    tracing::warn!("too many requests at once: refused one");
    ApiError::unavailable("The server is busy. Try again shortly.").into_response()
}

/// Routes that say how the server is, and must do so when it is busy.
fn is_unlimited(route: &str) -> bool {
    is_probe(route) || route == "/metrics"
}

/// Routes that load balancers and container hosts ask by address, whatever hosts are allowed.
fn is_probe(route: &str) -> bool {
    matches!(route, "/health" | "/version" | "/ready")
}

/// Uploads, which go to their store as they come, whatever their size and packing.
fn is_stream(method: &Method, route: &str) -> bool {
    (*method == Method::PUT && route.contains("/mlflow-artifacts/artifacts/"))
        || (*method == Method::POST && route.ends_with("/mlflow/upload-artifact"))
}

/// Whether a route is there also where nothing but artifacts is served.
fn serves_artifacts(route: &str) -> bool {
    is_unlimited(route)
        || route.contains("/2.0/mlflow-artifacts/")
        || route.ends_with("/3.0/mlflow/server-info")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_artifact_uploads_are_streams() {
        let route = "/api/2.0/mlflow-artifacts/artifacts/{*path}";
        assert!(is_stream(&Method::PUT, route));
        assert!(!is_stream(&Method::POST, route));
        assert!(!is_stream(&Method::PUT, "/api/2.0/mlflow/runs/create"));
    }

    #[test]
    fn artifacts_only_leaves_artifacts_and_probes() {
        for route in [
            "/health",
            "/ajax-api/3.0/mlflow/server-info",
            "/api/2.0/mlflow-artifacts/artifacts/{*path}",
            "/api/2.0/mlflow-artifacts/mpu/create/{*path}",
        ] {
            assert!(serves_artifacts(route), "{route}");
        }
        for route in ["/api/2.0/mlflow/runs/create", "/get-artifact", "/graphql"] {
            assert!(!serves_artifacts(route), "{route}");
        }
    }
}
