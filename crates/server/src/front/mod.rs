//! Everything that happens to a request before its handler and to an answer after it, in order.

pub mod compression;
mod gate;
mod grpc;
pub mod headers;
pub mod hosts;
pub mod origins;
pub mod pages;
mod panics;
mod pattern;
pub mod proxies;
mod record;
mod request_body;
mod request_id;
mod slashes;
mod uploads;
mod workspace;

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use app::{ApiError, App, Endless};
use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;

use crate::cli::LogFormat;
use crate::config::{Config, Security};
use crate::metrics::Metrics;

pub use panics::log_panics;
pub use slashes::Slashes;

use gate::Gate;
use origins::Caller;
use proxies::Proxies;
use record::Record;
use request_body::Limits;
use request_id::RequestIds;
use uploads::Begun;

/// What all requests pass through.
#[derive(Debug)]
pub struct Front {
    security: Option<Security>,
    proxies: Proxies,
    request_ids: RequestIds,
    calls: Gate,
    uploads: Gate,
    answers: Gate,
    headers: Vec<(HeaderName, HeaderValue)>,
    limits: Limits,
    metrics: Option<Arc<Metrics>>,
    artifacts_only: bool,
    json_log: bool,
}

impl Front {
    pub fn new(config: &Config, app: &App, metrics: Option<Arc<Metrics>>) -> Self {
        Self {
            security: config.security.clone(),
            proxies: config.proxies.clone(),
            request_ids: RequestIds::new(&app.ids),
            calls: Gate::for_calls(config.at_once),
            uploads: Gate::for_uploads(config.at_once),
            answers: Gate::for_answers(),
            headers: config.headers.clone(),
            limits: Limits::new(config.max_body_size),
            metrics,
            artifacts_only: config.settings.artifacts_only,
            json_log: config.log_format == LogFormat::Json,
        }
    }

    /// Takes a request to its handler and back. The route is already known.
    pub async fn handle(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        let route = request.extensions().get::<MatchedPath>().cloned();
        let client = self.proxies.admit(&mut request);
        let request_id = self.request_ids.of(request.headers());
        request.headers_mut().insert(request_id::HEADER, request_id.clone());
        let path = request.uri().path().to_owned();
        let record = Record::begin(
            request.method(),
            &path,
            route.as_ref(),
            request_id.clone(),
            client,
            self.metrics.as_ref(),
            self.json_log,
        );
        let origin = request.headers().get(axum::http::header::ORIGIN).cloned();
        let span = tracing::info_span!("request", id = request_id.to_str().unwrap_or_default());
        let route = route.as_ref().map(MatchedPath::as_str);
        let is_grpc = grpc::is_call(request.headers());
        let no_method = if is_grpc { grpc::refusal(request.method(), &path) } else { None };
        let refusal = self.refusal(&request).or_else(|| {
            let probe = route.is_some_and(is_probe);
            let refused = (!probe).then(|| workspace::refusal(&path, request.headers()))??;
            Some(refused.into_response())
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
        if let Some(security) = &self.security {
            headers::secure(security.frame_options, &path, response.headers_mut());
            // A preflight's answer says it all by itself.
            if !response.headers().contains_key(axum::http::header::ACCESS_CONTROL_MAX_AGE) {
                security.origins.mark(origin.as_ref(), response.headers_mut());
            }
        }
        for (name, value) in &self.headers {
            response.headers_mut().insert(name, value.clone());
        }
        response.headers_mut().insert(request_id::HEADER, request_id);
        record.follow(response)
    }

    /// The answer to a request for a host, or from a web page, that is not allowed.
    fn refusal(&self, request: &Request) -> Option<Response> {
        let security = self.security.as_ref()?;
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
            && self.artifacts_only
            && !serves_artifacts(route)
        {
            return pages::artifacts_only(route);
        }
        if route.is_some_and(is_unlimited) {
            return next.run(request).await;
        }
        if route.is_some_and(|route| is_stream(request.method(), route)) {
            let (parts, body) = request.into_parts();
            let begun = match Begun::read(body).await {
                Ok(begun) => begun,
                Err(error) => return request_body::explain(&error).into_response(),
            };
            let Some(_place) = self.uploads.enter().await else { return busy() };
            let body = begun.into_body(&self.uploads);
            return next.run(Request::from_parts(parts, body)).await;
        }
        let (mut parts, body) = request.into_parts();
        let (bytes, held) = match self.limits.read(&mut parts.headers, body, client).await {
            Ok(read) => read,
            Err(bad) => return bad.into_response(),
        };
        let Some(place) = self.calls.enter().await else { return busy() };
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
        let Some(place) = self.answers.enter().await else { return busy() };
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
