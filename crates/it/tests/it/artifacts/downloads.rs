//! The headers of a download: type, name, ranges, and asking again.

use axum::body::Body;
use axum::http::Method;

use it::Engine::{self, Postgres, Sqlite};
use it::{Server, proxied};
use rstest::rstest;

async fn digits(engine: Engine) -> Server {
    let server = Server::new(engine).await;
    server.put("d", "0123456789").await;
    server
}

#[rstest]
#[tokio::test]
async fn a_download_is_an_attachment_with_its_length(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    for (path, kind, name) in [
        ("a.json", "text/plain", "a.json"),
        ("model/MLmodel", "text/plain", "MLmodel"),
        ("a.html", "text/html", "a.html"),
        ("a.png", "image/png", "a.png"),
        ("a.pkl", "application/octet-stream", "a.pkl"),
        ("a%20b.bin", "application/octet-stream", "\"a b.bin\""),
        ("%C3%BC.csv", "text/plain", "u.csv; filename*=UTF-8''%C3%BC.csv"),
        ("a%22%0d%0aX:%07", "application/octet-stream", "\"a\\\"X:%07\""),
    ] {
        assert_eq!(server.put(path, "{}").await.status, 200);
        let answer = server.get(&proxied(path)).await;
        assert_eq!(answer.header("content-type"), kind);
        let disposition = format!("attachment; filename={name}");
        assert_eq!(answer.header("content-disposition"), disposition);
        assert_eq!(answer.header("content-length"), "2");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(
            answer.header("content-security-policy").starts_with("sandbox; default-src 'none'")
        );
        assert_eq!(answer.header("accept-ranges"), "bytes");
        assert!(answer.header("last-modified").ends_with(" GMT"));
    }
}

#[rstest]
#[tokio::test]
async fn ranges(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = digits(engine).await;
    for (range, status, body, content_range) in [
        ("bytes=2-5", 206, "2345", "bytes 2-5/10"),
        ("bytes=0-0", 206, "0", "bytes 0-0/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=0-", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=8-99", 206, "89", "bytes 8-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
        ("bytes=50-60", 416, "", "bytes */10"),
        ("bytes=-0", 416, "", "bytes */10"),
        // Ignored, as HTTP wants it.
        ("bytes=5-2", 200, "0123456789", ""),
        ("bytes=0-1,4-5", 200, "0123456789", ""),
        ("lines=0-1", 200, "0123456789", ""),
        ("nonsense", 200, "0123456789", ""),
    ] {
        let answer = server.get_with(&proxied("d"), &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (status, body), "{range}");
        assert_eq!(answer.header("content-range"), content_range, "{range}");
        if status != 416 {
            assert_eq!(answer.header("content-length"), body.len().to_string());
        }
    }
    server.put("empty", "").await;
    assert_eq!(server.get_with(&proxied("empty"), &[("range", "bytes=0-")]).await.status, 416);
    assert_eq!(server.get(&proxied("empty")).await.header("content-length"), "0");
}

#[rstest]
#[tokio::test]
async fn a_range_of_another_version_is_the_whole_file(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = digits(engine).await;
    let first = server.get(&proxied("d")).await;
    let (etag, date) = (first.header("etag"), first.header("last-modified"));
    for (if_range, range, status, body) in [
        (etag, "bytes=2-5", 206, "2345"),
        (date, "bytes=2-5", 206, "2345"),
        ("\"other\"", "bytes=2-5", 200, "0123456789"),
        ("Sun, 06 Nov 1994 08:49:37 GMT", "bytes=2-5", 200, "0123456789"),
        (etag, "bytes=50-", 416, ""),
        ("\"other\"", "bytes=50-", 200, "0123456789"),
    ] {
        let headers = [("range", range), ("if-range", if_range)];
        let answer = server.get_with(&proxied("d"), &headers).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (status, body), "{if_range} {range}");
    }
}

#[rstest]
#[tokio::test]
async fn who_has_the_file_is_not_sent_it(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = digits(engine).await;
    let first = server.get(&proxied("d")).await;
    let (etag, date) = (first.header("etag"), first.header("last-modified"));
    assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    for headers in
        [[("if-none-match", etag)], [("if-none-match", "*")], [("if-modified-since", date)]]
    {
        let answer = server.get_with(&proxied("d"), &headers).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{headers:?}");
        assert_eq!(answer.header("etag"), etag);
        assert_eq!(answer.header("content-disposition"), "");
    }
    let answer = server.get_with(&proxied("d"), &[("if-none-match", "\"other\"")]).await;
    assert_eq!(answer.text(), "0123456789");
    server.put("d", "9876543210").await;
    let answer = server.get_with(&proxied("d"), &[("if-none-match", etag)]).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, "9876543210"));
    let none = server.get_with(&proxied("none"), &[("if-none-match", "*")]).await;
    assert_eq!(none.status, 404);
}

#[rstest]
#[tokio::test]
async fn a_head_tells_and_sends_nothing(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = digits(engine).await;
    let whole = server.get(&proxied("d")).await;
    let head = server.call(Method::HEAD, &proxied("d"), Body::empty()).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.headers, whole.headers);
    assert_eq!(server.call(Method::HEAD, &proxied("none"), Body::empty()).await.status, 404);
    server.put("folder/file", "x").await;
    assert_eq!(server.call(Method::HEAD, &proxied("folder"), Body::empty()).await.status, 400);
}
