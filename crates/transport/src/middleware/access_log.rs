//! A log line for each request and, if asked for, a measurement. Both are made when the last byte of the response has gone,
//! or the client has.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::{Meter, Settings};

/// The status of a request whose client left before there was a response. Nobody receives it.
const CLIENT_LEFT: u16 = 499;

/// One request, from its arrival to the last byte of its response.
pub struct Entry {
    start: Instant,
    method: Method,
    path: String,
    route: Option<MatchedPath>,
    quiet: bool,
    request_id: HeaderValue,
    client: Option<IpAddr>,
    status: Option<StatusCode>,
    bytes: u64,
    meter: Option<Arc<dyn Meter>>,
    json: bool,
}

impl Entry {
    /// `quiet`: a success is logged for debugging only.
    pub fn begin(
        request: &Request,
        quiet: bool,
        request_id: HeaderValue,
        client: Option<IpAddr>,
        settings: &Settings,
    ) -> Self {
        if let Some(meter) = &settings.meter {
            meter.begin();
        }
        Self {
            start: Instant::now(),
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            quiet,
            request_id,
            client,
            status: None,
            bytes: 0,
            meter: settings.meter.clone(),
            json: settings.json_log,
        }
    }

    /// Stays with the response until it has been sent.
    pub fn follow(mut self, response: Response) -> Response {
        self.status = Some(response.status());
        response.map(|inner| Body::new(LoggedBody { inner, entry: self }))
    }

    fn log(&self, status: u16, milliseconds: f64) {
        let request_id = self.request_id.to_str().unwrap_or_default();
        let (method, path, bytes) = (self.method.as_str(), self.path.as_str(), self.bytes);
        let route = self.route.as_ref().map_or("-", MatchedPath::as_str);
        let client = self.client.map_or_else(|| "-".to_owned(), |client| client.to_string());
        if self.quiet && status < 400 {
            tracing::debug!(target: "access", request_id, "{method} {path} {status}");
        } else if self.json {
            tracing::info!(target: "access", method, path, route, status, milliseconds, bytes, request_id, client);
        } else {
            tracing::info!(
                target: "access",
                "{method} {path} {status} {milliseconds:.1} ms {bytes} B {request_id} {client}"
            );
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let elapsed = self.start.elapsed();
        let status = self.status.map_or(CLIENT_LEFT, |status| status.as_u16());
        if let Some(meter) = &self.meter {
            let route = self.route.as_ref().map_or("other", MatchedPath::as_str);
            meter.end(&self.method, route, status, elapsed);
        }
        self.log(status, elapsed.as_micros() as f64 / 1000.0);
    }
}

/// A response's body, whose bytes are counted.
struct LoggedBody {
    inner: Body,
    entry: Entry,
}

impl HttpBody for LoggedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                self.entry.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            Some(Err(error)) => {
                let path = &self.entry.path;
                tracing::warn!(path, error = %error, "a response broke off");
            }
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
