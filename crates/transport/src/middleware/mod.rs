//! All that happens to a request before its handler, and to a response after it, in order.

mod access_log;
mod body_limits;
pub mod compression;
mod concurrency;
mod grpc;
mod handlings;
pub mod headers;
mod held_body;
pub mod hosts;
pub mod origins;
pub mod pages;
mod panics;
mod pattern;
pub mod proxies;
mod request_id;
mod security;
mod settings;
mod slashes;
mod uploads;

use std::net::IpAddr;
use std::sync::Arc;

use app::{ApiError, Handling, Ids, Limit};
use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;

pub use handlings::Handlings;
pub use panics::log_panics;
pub use security::Security;
pub use settings::{Meter, Settings};
pub use slashes::Slashes;

use access_log::Entry;
use body_limits::BodyLimits;
use concurrency::ConcurrencyLimit;
use held_body::HeldBody;
use request_id::RequestIds;
use uploads::StartedUpload;

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
            // The response to a preflight has these headers already.
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

    /// Responses that are made while they are sent.
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
        response.map(|body| Body::new(HeldBody::new(body, permit, memory)))
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
