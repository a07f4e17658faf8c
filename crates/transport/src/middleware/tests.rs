//! Places and memory are held until the end of a response's body, whoever ends it.

use std::convert::Infallible;

use app::{Need, Routes};
use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::{get, post, put};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;
use crate::Mount;

/// As many calls at once as these tests allow.
const CALLS: usize = 2;

/// A response that begins and never ends.
async fn unending() -> Body {
    let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"first"))]);
    Body::from_stream(first.chain(stream::pending()))
}

async fn ending() -> Body {
    Body::from_stream(stream::iter([Ok::<_, Infallible>("first"), Ok("last")]))
}

struct Server {
    middleware: Arc<Middleware>,
    mount: Mount,
}

impl Server {
    fn new() -> Self {
        Self::with(Settings { max_requests: Some(CALLS as u32), ..Settings::for_tests() })
    }

    fn with(settings: Settings) -> Self {
        let routes = Routes::root()
            .get("/unending", async || "", [Need::Public])
            .post("/unending", async || "", [Need::Public])
            .put("/unending", async || "", [Need::Public])
            .streams()
            .get("/ending", async || "", [Need::Public])
            .post("/whole", async || "", [Need::Public])
            .get("/watch", async || "", [Need::Public])
            .limited_as(Limit::Watchers)
            .get("/info", async || "", [Need::Public])
            .without_database()
            .outside_workspaces()
            .get("/health", async || "", [Need::Public])
            .probe();
        let router = Router::new()
            .route("/unending", get(unending).merge(post(unending)).merge(put(unending)))
            .route("/ending", get(ending))
            .route("/whole", post(async || "done"))
            .route("/watch", get(unending))
            .route("/info", get(async || "info"))
            .route("/health", get(async || "OK"));
        let handlings = Handlings::new(routes.iter());
        let middleware = Arc::new(Middleware::new(settings, handlings, &Ids::counting()));
        let mount = Mount::new("", router, Router::new(), &middleware);
        Self { middleware, mount }
    }

    async fn send(&self, method: Method, path: &str, body: &'static str) -> Response {
        let response = self.send_with(method, path, body, ("accept", "*/*")).await;
        assert_eq!(response.status(), StatusCode::OK);
        response
    }

    async fn send_with(
        &self,
        method: Method,
        path: &str,
        body: &'static str,
        header: (&'static str, &'static str),
    ) -> Response {
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap();
        request.headers_mut().insert(header.0, HeaderValue::from_static(header.1));
        let (router, _) = self.mount.locate(request.uri());
        router.clone().oneshot(request).await.unwrap()
    }

    /// The status of a request without a body.
    async fn status(
        &self,
        method: Method,
        path: &str,
        header: (&'static str, &'static str),
    ) -> u16 {
        self.send_with(method, path, "", header).await.status().as_u16()
    }

    /// Places that are taken: calls, uploads, watchers and streamed responses.
    fn taken(&self) -> [usize; 4] {
        let Middleware { calls, uploads, watchers, responses, .. } = &*self.middleware;
        [calls, uploads, watchers, responses].map(ConcurrencyLimit::taken)
    }
}

#[tokio::test]
async fn a_thousand_slow_readers_are_counted_and_leave_room_for_calls() {
    let server = Server::new();
    let mut readers = Vec::new();
    for _ in 0..1000 {
        readers.push(server.send(Method::GET, "/unending", "").await);
    }
    assert_eq!(server.taken(), [0, 0, 0, 1000]);
    readers.truncate(600);
    assert_eq!(server.taken(), [0, 0, 0, 600]);
    let response = server.send(Method::GET, "/ending", "").await;
    assert_eq!(server.taken(), [0, 0, 0, 601]);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "firstlast");
    assert_eq!(server.taken(), [0, 0, 0, 600]);
    drop(readers);
    assert_eq!(server.taken(), [0; 4]);
}

#[tokio::test]
async fn a_streamed_response_to_a_write_holds_its_place_and_its_memory() {
    let server = Server::new();
    let memory = || server.middleware.body_limits.held();
    let mut response = server.send(Method::POST, "/unending", "four").await;
    assert_eq!((server.taken(), memory()), ([0, 0, 0, 1], 4));
    let first = response.body_mut().frame().await.unwrap().unwrap();
    assert_eq!((server.taken(), memory()), ([0, 0, 0, 1], 4), "{first:?}");
    drop(response);
    assert_eq!((server.taken(), memory()), ([0; 4], 0));
}

#[tokio::test]
async fn what_has_been_written_is_answered_whatever_else_waits() {
    let server = Server::new();
    let limit = &server.middleware.responses;
    let others: Vec<_> = std::iter::from_fn(|| limit.try_acquire()).collect();
    let response = server.send(Method::POST, "/unending", "").await;
    assert_eq!(server.taken(), [1, 0, 0, others.len()]);
    drop(response);
    assert_eq!(server.taken(), [0, 0, 0, others.len()]);
}

#[tokio::test]
async fn a_route_says_which_limit_counts_it() {
    let server = Server::new();
    let mut open = Vec::new();
    for _ in 0..CALLS {
        open.push(server.send(Method::GET, "/watch", "").await);
        open.push(server.send(Method::PUT, "/unending", "").await);
        open.push(server.send(Method::GET, "/health", "").await);
    }
    assert_eq!(server.taken(), [0, CALLS, CALLS, 0]);
    drop(open);
    assert_eq!(server.taken(), [0; 4]);
}

#[tokio::test]
async fn a_response_that_is_whole_in_memory_holds_nothing() {
    let server = Server::new();
    let response = server.send(Method::POST, "/whole", "four").await;
    assert_eq!((server.taken(), server.middleware.body_limits.held()), ([0; 4], 0));
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "done");
}

#[tokio::test]
async fn only_routes_without_a_database_are_served_where_there_is_none() {
    let server = Server::with(Settings { artifacts_only: true, ..Settings::for_tests() });
    let accept = ("accept", "*/*");
    for (method, path, status) in [
        (Method::GET, "/ending", 503),
        (Method::DELETE, "/ending", 503),
        (Method::GET, "/info", 200),
        (Method::GET, "/health", 200),
        // What no route has is not found, and a method that a route does not have is not allowed.
        (Method::GET, "/nothing", 404),
        (Method::DELETE, "/info", 405),
    ] {
        assert_eq!(server.status(method, path, accept).await, status, "{path}");
    }
}

#[tokio::test]
async fn a_workspace_is_refused_but_where_it_does_not_matter() {
    let refuse = |headers: &HeaderMap| {
        headers.contains_key("x-workspace").then(|| StatusCode::FORBIDDEN.into_response())
    };
    let server = Server::with(Settings { workspace_refusal: refuse, ..Settings::for_tests() });
    for (path, status) in [("/ending", 403), ("/nothing", 403), ("/info", 200), ("/health", 200)] {
        let named = server.status(Method::GET, path, ("x-workspace", "a")).await;
        assert_eq!(named, status, "{path}");
    }
}

#[tokio::test]
async fn a_grpc_call_of_an_unknown_method_never_reaches_a_route() {
    let server = Server::with(Settings { artifacts_only: true, ..Settings::for_tests() });
    let grpc = ("content-type", "application/grpc");
    let response = server.send_with(Method::POST, "/ending", "", grpc).await;
    assert_eq!(
        (response.status().as_u16(), response.headers()["grpc-status"].to_str().unwrap()),
        (200, "12")
    );
}
