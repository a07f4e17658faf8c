//! Bodies pass through in bounded memory, and one that breaks off leaves nothing.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Method;
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;

use it::Engine::{self, Postgres, Sqlite};
use it::{Server, files_below, proxied, request};
use rstest::rstest;

const MEGABYTE: usize = 1024 * 1024;
const SIZE: usize = 100 * MEGABYTE;
/// What a transfer may hold besides what the test itself holds, in bytes.
const HELD: u64 = 8 * MEGABYTE as u64;

/// A body of `SIZE` bytes in pieces that are made when they are asked for.
fn large_body() -> Body {
    let pieces = stream::iter(0..SIZE / 65536);
    Body::from_stream(
        pieces.map(|index| Ok::<_, Infallible>(Bytes::from(vec![index as u8; 65536]))),
    )
}

/// The largest resident memory that this process ever had, in bytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[rstest]
#[tokio::test]
async fn a_large_file_passes_in_little_memory(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    server.put("warm", "up").await;
    server.get(&proxied("warm")).await;
    let before = peak_memory();
    let answer = server.call(Method::PUT, &proxied("large"), large_body()).await;
    assert_eq!(answer.status, 200);
    let answer = server.open(request(Method::GET, &proxied("large"), Body::empty())).await;
    assert_eq!(answer.headers()["content-length"], SIZE.to_string());
    let mut body = answer.into_body();
    let mut offset = 0;
    while let Some(frame) = body.frame().await {
        let bytes = frame.unwrap().into_data().unwrap();
        let right = |(index, byte): (usize, &u8)| *byte == ((offset + index) / 65536) as u8;
        assert!(bytes.iter().enumerate().step_by(4096).all(right));
        offset += bytes.len();
    }
    assert_eq!(offset, SIZE);
    // Other tests share the process under some runners, so the bound is well above what is held.
    let grown = peak_memory() - before;
    assert!(grown < 40 * MEGABYTE as u64, "{grown}");
}

#[rstest]
#[tokio::test]
async fn a_slow_store_holds_the_sender_back(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let sent = Arc::new(AtomicU64::new(0));
    let counted = sent.clone();
    let pieces = stream::repeat(Bytes::from(vec![0_u8; 65536])).take(SIZE / 65536);
    let body = Body::from_stream(pieces.map(move |bytes| {
        counted.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok::<_, Infallible>(bytes)
    }));
    // One poll of a stream that is always ready must not drain it.
    let upload = server.open(request(Method::PUT, &proxied("large"), body));
    tokio::select! {
        biased;
        _ = upload => panic!("the upload ended at once"),
        () = std::future::ready(()) => {}
    }
    assert!(sent.load(Ordering::Relaxed) <= HELD, "{sent:?}");
}

#[rstest]
#[tokio::test]
async fn a_slow_reader_holds_the_store_back(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    server.call(Method::PUT, &proxied("large"), large_body()).await;
    let before = peak_memory();
    let request = || request(Method::GET, &proxied("large"), Body::empty());
    let mut open = Vec::new();
    for _ in 0..20 {
        let mut body = server.open(request()).await.into_body();
        body.frame().await.unwrap().unwrap();
        open.push(body);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let grown = peak_memory() - before;
    assert!(grown < 60 * MEGABYTE as u64, "20 readers hold {grown}");
}

/// A body of 3 MiB that then goes on as `end` says.
fn unfinished(
    end: impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
) -> Body {
    let pieces = (0..48).map(|_| Ok(Bytes::from(vec![1_u8; 65536])));
    Body::from_stream(stream::iter(pieces).chain(end))
}

async fn nothing_is_left(server: &Server) {
    for _ in 0..100 {
        let left = files_below(&server.path("art"));
        if left.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("left: {:?}", files_below(&server.path("art")));
}

#[rstest]
#[tokio::test]
async fn a_dropped_upload_leaves_nothing(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    let (run, _) = server.run("0").await;
    let by_run = format!("/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=deep/a");
    for (method, path) in [(Method::PUT, proxied("deep/a")), (Method::POST, by_run)] {
        let upload = server.open(request(method, &path, unfinished(stream::pending())));
        let stopped = tokio::time::timeout(Duration::from_millis(500), upload).await;
        assert!(stopped.is_err(), "the upload must still wait for its body");
        nothing_is_left(&server).await;
        assert!(!server.path("art/deep").exists());
    }
}

#[rstest]
#[tokio::test]
async fn a_broken_upload_leaves_nothing_and_says_so(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    server.put("kept", "before").await;
    let broken = || stream::iter([Err(std::io::Error::other("the line is dead"))]);
    let answer = server.call(Method::PUT, &proxied("kept"), unfinished(broken())).await;
    answer.is_error(400, "BAD_REQUEST", "The upload of 'kept' did not finish.");
    assert_eq!(server.get(&proxied("kept")).await.text(), "before");
    assert_eq!(files_below(&server.path("art")), ["kept"]);
}

#[rstest]
#[tokio::test]
async fn a_dropped_download_closes_its_file(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    server.call(Method::PUT, &proxied("large"), large_body()).await;
    let large = server.path("art/large").canonicalize().unwrap();
    let open = || {
        let handles = std::fs::read_dir("/proc/self/fd").unwrap();
        let targets = handles.filter_map(|handle| std::fs::read_link(handle.ok()?.path()).ok());
        targets.filter(|target| *target == large).count()
    };
    let mut body =
        server.open(request(Method::GET, &proxied("large"), Body::empty())).await.into_body();
    body.frame().await.unwrap().unwrap();
    assert_eq!(open(), 1);
    drop(body);
    for _ in 0..100 {
        if open() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the file is still open");
}

#[rstest]
#[tokio::test]
async fn a_file_that_is_replaced_while_it_is_read_is_read_to_its_end(
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let server = Server::new(engine).await;
    server.call(Method::PUT, &proxied("large"), large_body()).await;
    let mut body =
        server.open(request(Method::GET, &proxied("large"), Body::empty())).await.into_body();
    let mut size = body.frame().await.unwrap().unwrap().into_data().unwrap().len();
    server.put("large", "new").await;
    while let Some(frame) = body.frame().await {
        size += frame.unwrap().into_data().unwrap().len();
    }
    assert_eq!(size, SIZE);
    assert_eq!(server.get(&proxied("large")).await.text(), "new");
}
