//! Real sockets: what becomes of streamed responses when their client leaves, or the server stops.

use std::sync::Mutex;

use app::{Ids, Limit, Need, Routes};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::*;
use crate::middleware::{Handlings, Middleware, Settings};

type Pieces = mpsc::UnboundedReceiver<&'static str>;

/// The pieces that a test sends, one after the other.
fn streamed(pieces: Pieces) -> Body {
    Body::from_stream(stream::unfold(pieces, |mut pieces| async move {
        let piece = pieces.recv().await?;
        Some((Ok::<_, Infallible>(Bytes::from(piece)), pieces))
    }))
}

struct Server {
    middleware: Arc<Middleware>,
    context: Context,
    listener: TcpListener,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Answers `/stream` and `/watch` once each, with these pieces.
    async fn new(streams: Pieces, watches: Pieces) -> Self {
        let routes = Routes::root()
            .get("/stream", async || "", [Need::Public])
            .get("/watch", async || "", [Need::Public])
            .limited_as(Limit::Watchers)
            .cut_at_shutdown();
        let once = |pieces: Pieces| {
            let pieces = Arc::new(Mutex::new(Some(pieces)));
            get(async move || streamed(pieces.lock().unwrap().take().unwrap()))
        };
        let router = Router::new().route("/stream", once(streams)).route("/watch", once(watches));
        let handlings = Handlings::new(routes.iter());
        let middleware =
            Arc::new(Middleware::new(Settings::for_tests(), handlings, &Ids::counting()));
        let mount = Mount::new("", router, Router::new(), &middleware);
        let context = Context::new(Arc::new(mount), None);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { middleware, context, listener, stop: watch::channel(false).0 }
    }

    /// Asks for a path, on a connection of its own, and reads until something of the response is there.
    async fn ask(&self, path: &str, something: &str) -> (TcpStream, JoinHandle<()>) {
        let mut client = TcpStream::connect(self.listener.local_addr().unwrap()).await.unwrap();
        let (socket, _) = self.listener.accept().await.unwrap();
        let served = serve(self.context.clone(), socket, self.stop.subscribe());
        let served = tokio::spawn(served);
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        while !response.contains(something) {
            let mut buffer = [0; 1024];
            let count = client.read(&mut buffer).await.unwrap();
            assert!(count > 0, "{response}");
            response.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        }
        (client, served)
    }
}

async fn rest(mut client: TcpStream) -> String {
    let mut rest = String::new();
    client.read_to_string(&mut rest).await.unwrap();
    rest
}

#[tokio::test]
async fn a_place_is_given_back_when_the_client_leaves() {
    let (send, streams) = mpsc::unbounded_channel();
    let server = Server::new(streams, mpsc::unbounded_channel().1).await;
    send.send("first").unwrap();
    let (client, served) = server.ask("/stream", "first\r\n").await;
    assert_eq!(server.middleware.streamed_responses(), 1);
    drop(client);
    served.await.unwrap();
    assert_eq!(server.middleware.streamed_responses(), 0);
    assert!(send.is_closed());
}

#[tokio::test]
async fn a_stopping_server_waits_for_a_stream_and_cuts_a_watcher() {
    let (send, streams) = mpsc::unbounded_channel();
    let (events, watches) = mpsc::unbounded_channel();
    let server = Server::new(streams, watches).await;
    send.send("first").unwrap();
    events.send("snapshot").unwrap();
    let (stream, stream_served) = server.ask("/stream", "first\r\n").await;
    let (watcher, watcher_served) = server.ask("/watch", "snapshot\r\n").await;
    server.stop.send_replace(true);
    assert_eq!(rest(watcher).await, "0\r\n\r\n");
    watcher_served.await.unwrap();
    assert!(!stream_served.is_finished());
    send.send("last").unwrap();
    drop(send);
    assert_eq!(rest(stream).await, "4\r\nlast\r\n0\r\n\r\n");
    stream_served.await.unwrap();
}
