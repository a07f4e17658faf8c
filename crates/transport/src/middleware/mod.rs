//! All that happens to a request before its handler, and to a response after it, in order.

mod access_log;
mod body_limits;
pub mod compression;
mod concurrency;
mod grpc;
mod handlings;
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

use app::{ApiError, Handling, Ids, Limit};
use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;

pub use handlings::Handlings;
pub use panics::log_panics;
pub use slashes::Slashes;

use access_log::Entry;
use body_limits::{BodyLimits, MemoryPermit};
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

impl Security {
    /// The response to a preflight, or to a request for a host or from a web page that is not allowed.
    fn refusal(&self, request: &Request) -> Option<Response> {
        let host = hosts::of_request(request.uri(), request.version(), request.headers());
        // A proxy may have asked by another name than the client did: both must be ours, because a web
        // page can make up the one but not the other.
        let asked = proxies::forwarded_host(request.headers());
        let known =
            self.hosts.allows(host) && asked.is_none_or(|asked| self.hosts.allows(Some(asked)));
        let host = asked.or(host);
        if !known {
            tracing::warn!(host, "refused a request for a host that is not allowed");
            return Some(pages::text(StatusCode::FORBIDDEN, hosts::REFUSAL));
        }
        if let Some(response) = self.origins.preflight(request.method(), request.headers()) {
            return Some(response);
        }
        let caller = Caller::new(request.headers(), host)?;
        let trusts_host = !self.hosts.allows_all();
        if self.origins.refuses(caller, request.method(), trusts_host) {
            tracing::warn!(origin = caller.origin, "refused a write from a foreign web page");
            return Some(pages::text(StatusCode::FORBIDDEN, origins::REFUSAL));
        }
        None
    }
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

/// What all requests pass through.
#[derive(Debug)]
pub struct Middleware {
    settings: Settings,
    handlings: Handlings,
    request_ids: RequestIds,
    calls: ConcurrencyLimit,
    uploads: ConcurrencyLimit,
    watchers: ConcurrencyLimit,
    responses: ConcurrencyLimit,
    body_limits: BodyLimits,
}

impl Middleware {
    pub fn new(settings: Settings, handlings: Handlings, ids: &Ids) -> Self {
        Self {
            request_ids: RequestIds::new(ids),
            calls: ConcurrencyLimit::calls(settings.max_requests),
            uploads: ConcurrencyLimit::uploads(settings.max_requests),
            watchers: ConcurrencyLimit::watchers(),
            responses: ConcurrencyLimit::responses(),
            body_limits: BodyLimits::new(settings.max_body_size),
            settings,
            handlings,
        }
    }

    /// Takes a request to its handler and back. The route is already known.
    pub async fn handle(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        let route = request.extensions().get::<MatchedPath>().cloned();
        let matched = route.as_ref().map(MatchedPath::as_str);
        let handling = self.handlings.of(matched, request.method());
        let client = self.settings.proxies.admit(&mut request);
        let request_id = self.request_ids.of(request.headers());
        request.headers_mut().insert(request_id::HEADER, request_id.clone());
        let path = request.uri().path().to_owned();
        let quiet = handling.quiet;
        let entry = Entry::begin(&request, quiet, request_id.clone(), client, &self.settings);
        let origin = request.headers().get(header::ORIGIN).cloned();
        let span = tracing::info_span!("request", id = request_id.to_str().unwrap_or_default());
        let is_grpc = grpc::is_call(request.headers());
        let response = if let Some(refusal) = self.refusal(&request, matched, handling) {
            refusal
        } else {
            panics::catch(self.respond(request, handling, client, next)).instrument(span).await
        };
        let mut response = if is_grpc { grpc::translated(response).await } else { response };
        if let Some(security) = &self.settings.security {
            headers::secure(security.frame_options, &path, response.headers_mut());
            // A preflight's response says it all by itself.
            if !response.headers().contains_key(header::ACCESS_CONTROL_MAX_AGE) {
                security.origins.mark(origin.as_ref(), response.headers_mut());
            }
        }
        for (name, value) in &self.settings.headers {
            response.headers_mut().insert(name, value.clone());
        }
        response.headers_mut().insert(request_id::HEADER, request_id);
        if handling.cut_at_shutdown {
            response.extensions_mut().insert(CutAtShutdown);
        }
        entry.follow(response)
    }

    /// Responses that are being sent as they are made.
    #[cfg(test)]
    pub(crate) fn streamed_responses(&self) -> usize {
        self.responses.taken()
    }

    /// The response to a request that no handler is to see.
    fn refusal(
        &self,
        request: &Request,
        route: Option<&str>,
        handling: Handling,
    ) -> Option<Response> {
        let (method, headers) = (request.method(), request.headers());
        if let Some(security) = &self.settings.security {
            let refusal = if handling.probe {
                security.origins.preflight(method, headers)
            } else {
                security.refusal(request)
            };
            if refusal.is_some() {
                return refusal;
            }
        }
        let refuse = self.settings.workspace_refusal;
        if !handling.outside_workspaces
            && let Some(refusal) = refuse(headers)
        {
            return Some(refusal);
        }
        if grpc::is_call(headers)
            && let Some(refusal) =
                grpc::refusal(self.settings.grpc_method, method, request.uri().path())
        {
            return Some(refusal);
        }
        let refuses = self.settings.artifacts_only && !handling.without_database;
        route.filter(|_| refuses).map(pages::artifacts_only)
    }

    /// The handler's response, unless the server is full or the body bad.
    async fn respond(
        &self,
        request: Request,
        handling: Handling,
        client: Option<IpAddr>,
        next: Next,
    ) -> Response {
        let limit = match handling.limit {
            Limit::Calls => &self.calls,
            Limit::Uploads => &self.uploads,
            Limit::Watchers => &self.watchers,
            Limit::Unlimited => return next.run(request).await,
        };
        let is_read = request.method() == Method::GET;
        let (mut parts, body) = request.into_parts();
        let (body, memory, permit) = if handling.streams {
            let upload = match StartedUpload::read(body).await {
                Ok(upload) => upload,
                Err(error) => return body_limits::explain(&error).into_response(),
            };
            let Some(permit) = limit.acquire().await else { return busy() };
            (upload.into_body(limit), None, permit)
        } else {
            let (bytes, memory) =
                match self.body_limits.read(&mut parts.headers, body, client).await {
                    Ok(read) => read,
                    Err(bad) => return bad.into_response(),
                };
            let Some(permit) = limit.acquire().await else { return busy() };
            (Body::from(bytes), Some(memory), permit)
        };
        let response = next.run(Request::from_parts(parts, body)).await;
        // Nobody works on a response that is whole in memory. While it waits for its client, the connection bounds it.
        if response.body().size_hint().exact().is_some() {
            return response;
        }
        let permit = match handling.limit {
            Limit::Calls => match self.leave_calls(permit, is_read).await {
                Some(permit) => permit,
                None => return busy(),
            },
            _ => permit,
        };
        response.map(|body| Body::new(HeldBody { body, _held: (permit, memory) }))
    }

    /// A response that is made while it is sent leaves its place among the calls, because its client may be slow. `None`:
    /// there was no other place in time. What has been written keeps the place that it has then, whatever else waits.
    async fn leave_calls(
        &self,
        permit: OwnedSemaphorePermit,
        is_read: bool,
    ) -> Option<OwnedSemaphorePermit> {
        if !is_read {
            return Some(self.responses.try_acquire().unwrap_or(permit));
        }
        drop(permit);
        self.responses.acquire().await
    }
}

/// A response's body that is made while it is sent. It holds its place, and the memory of its request, until its end, or
/// until its client leaves.
struct HeldBody {
    body: Body,
    _held: (OwnedSemaphorePermit, Option<MemoryPermit>),
}

impl HttpBody for HeldBody {
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

/// Marks a response that a stopping server ends instead of waiting for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CutAtShutdown;

/// The response to a request that found no place.
pub fn busy() -> Response {
    tracing::warn!("too many requests at once: refused one");
    ApiError::unavailable("The server is busy. Try again shortly.").into_response()
}

#[cfg(test)]
mod tests;
