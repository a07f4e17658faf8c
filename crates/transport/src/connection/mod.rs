//! One connection: HTTP/1.1 or HTTP/2 on the same port, watched while it lives.

mod activity;
mod request_body;
mod response_body;
mod socket;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower::ServiceExt;

use crate::middleware::{self, CutAtShutdown};
use crate::mount::Mount;
use crate::tls::Tls;
use activity::{Activity, RequestGuard, Verdict};
use response_body::{End, ResponseBody, WaitingBytes};
use socket::Socket;

pub use activity::WatchedSocket;

/// How often a connection is checked for idle and stalled clients.
const ROUND: Duration = Duration::from_secs(10);

/// Bytes of request headers at most.
const HEADERS: u32 = 64 * 1024;

/// Streams at once on one HTTP/2 connection: the least that the standard recommends (RFC 9113, 6.5.2).
const STREAMS: u32 = 100;

/// Bytes of a response that HTTP/2 buffers before its client takes them.
const SEND_BUFFER: usize = 64 << 10;

/// What all connections share.
#[derive(Clone)]
pub struct Context {
    builder: Arc<Builder<TokioExecutor>>,
    mount: Arc<Mount>,
    tls: Option<Arc<Tls>>,
    waiting: WaitingBytes,
}

impl Context {
    pub fn new(mount: Arc<Mount>, tls: Option<Arc<Tls>>) -> Self {
        Self { builder: Arc::new(builder()), mount, tls, waiting: WaitingBytes::default() }
    }
}

/// The limits of both protocols.
fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // `serve` closes slow connections of either protocol; see `activity`.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(STREAMS)
        .max_send_buf_size(SEND_BUFFER)
        .max_header_list_size(HEADERS)
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(2 << 20);
    builder
}

/// Serves a connection until it ends, the server stops, or its client is idle or stalled for too long.
pub async fn serve(context: Context, socket: TcpStream, mut stopping: watch::Receiver<bool>) {
    let activity = Activity::new();
    let peer = socket.peer_addr().ok();
    let socket = WatchedSocket::new(socket, Arc::clone(&activity));
    let socket = match &context.tls {
        None => Socket::Plain(socket),
        Some(tls) => match tls.accept(socket, peer).await {
            Some(stream) => Socket::Tls(Box::new(stream)),
            None => return,
        },
    };
    let io = TokioIo::new(socket);
    let stop = stopping.clone();
    let builder = Arc::clone(&context.builder);
    let service = service_fn(|request| {
        respond(context.clone(), Arc::clone(&activity), peer, stop.clone(), request)
    });
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut round = tokio::time::interval(ROUND);
    let mut closing = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended with an error");
                }
                return;
            }
            _ = stopping.wait_for(|stop| *stop), if !closing => {
                closing = true;
                connection.as_mut().graceful_shutdown();
            }
            _ = round.tick() => match activity.look() {
                Verdict::Keep => {}
                // It was asked to close a round ago and has not.
                Verdict::Idle if closing => return,
                Verdict::Idle => {
                    closing = true;
                    connection.as_mut().graceful_shutdown();
                }
                Verdict::Stalled => {
                    tracing::debug!("closed a connection whose client reads nothing");
                    return;
                }
            },
        }
    }
}

/// Sends a request to the router that its path belongs to.
async fn respond(
    context: Context,
    activity: Arc<Activity>,
    peer: Option<SocketAddr>,
    mut stopping: watch::Receiver<bool>,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Infallible> {
    let guard = RequestGuard::begin(&activity);
    let (mut parts, incoming) = request.into_parts();
    let (router, relocated) = context.mount.locate(&parts.uri);
    parts.uri = relocated.unwrap_or(parts.uri);
    if let Some(peer) = peer {
        parts.extensions.insert(ConnectInfo(peer));
    }
    let is_http2 = parts.version == Version::HTTP_2;
    let request = Request::from_parts(parts, request_body::watched(incoming));
    let response = router.clone().oneshot(request).await?;
    let end = response.extensions().get::<CutAtShutdown>().map(|_| -> End {
        Box::pin(async move {
            // A server that is gone has stopped, too.
            let _ = stopping.wait_for(|stop| *stop).await;
        })
    });
    let (head, body) = response.into_parts();
    if !is_http2 {
        return Ok(Response::from_parts(head, ResponseBody::http1(body, end, guard)));
    }
    if let Some((body, watched)) = ResponseBody::http2(body, end, guard, &context.waiting) {
        activity.watch(watched);
        return Ok(Response::from_parts(head, body));
    }
    tracing::warn!("too many responses wait for their clients: dropped one");
    let (head, body) = middleware::busy().into_parts();
    Ok(Response::from_parts(head, ResponseBody::http1(body, None, RequestGuard::begin(&activity))))
}

#[cfg(test)]
mod tests;
