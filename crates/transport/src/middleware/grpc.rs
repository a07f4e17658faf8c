//! gRPC calls, as OpenTelemetry's exporters make them by default. Each is translated to the plain request that its route
//! takes, and the response back. Only unary calls are known.
//!
//! Source: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>.

use std::fmt::Write;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::response::Response;
use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::{BodyExt, Collected, Full, Limited};

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// How requests may be compressed.
const ENCODINGS: HeaderValue = HeaderValue::from_static("identity,gzip,deflate,zstd");

/// Bytes before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;

const NO_METHOD: &str = "There is no such method.";

/// Bytes of a response at most. A method responds with a count and a sentence.
const LONGEST_RESPONSE: usize = 1 << 20;

/// gRPC's codes, as far as they are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Ok = 0,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    Aborted = 10,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

impl Code {
    fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            200 => Self::Ok,
            401 => Self::Unauthenticated,
            403 => Self::PermissionDenied,
            404 => Self::NotFound,
            405 | 415 | 501 => Self::Unimplemented,
            408 | 504 => Self::DeadlineExceeded,
            409 => Self::Aborted,
            413 => Self::ResourceExhausted,
            // Clients try these again.
            429 | 502 | 503 => Self::Unavailable,
            400..=499 => Self::InvalidArgument,
            _ => Self::Internal,
        }
    }
}

/// The response to a call of an unknown method. `known`: the path of the only known one; `None`: that one is called.
pub fn refusal(known: &str, method: &Method, path: &str) -> Option<Response> {
    if method == Method::POST && path == known {
        return None;
    }
    let mut response = Response::new(Body::empty());
    frame(response.headers_mut());
    say(response.headers_mut(), Code::Unimplemented, NO_METHOD);
    Some(response)
}

/// Whether a request is a gRPC call.
pub fn is_call(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.strip_prefix("application/grpc"))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

/// The one message of a body, and whether it is compressed. `None` if the body is something else.
pub fn message(body: &Bytes) -> Option<(bool, Bytes)> {
    let [compressed, length @ ..] = *body.first_chunk::<PREFIX>()?;
    let message = body.slice(PREFIX..);
    let whole = u32::from_be_bytes(length) as usize == message.len();
    (whole && compressed <= 1).then_some((compressed == 1, message))
}

/// Translates a call's headers to those of a plain request.
pub fn plain(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::ACCEPT_ENCODING);
    headers.remove(header::CONTENT_ENCODING);
    match headers.remove(ENCODING) {
        Some(encoding) if encoding != "identity" => {
            headers.insert(header::CONTENT_ENCODING, encoding);
        }
        _ => {}
    }
}

/// The response to a call, made of the response to its plain request.
pub async fn translated(response: Response) -> Response {
    // It was refused as a gRPC call already.
    if response.headers().contains_key(STATUS) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let code = Code::of(head.status);
    let body = Limited::new(body, LONGEST_RESPONSE).collect().await.map(Collected::to_bytes);
    let is_page = head
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/html")));
    head.status = StatusCode::OK;
    head.version = Version::HTTP_2;
    head.headers.remove(header::CONTENT_LENGTH);
    frame(&mut head.headers);
    let refusal = match (&body, code) {
        // A page means that the method is not served.
        _ if is_page => Some((Code::Unimplemented, NO_METHOD.to_owned())),
        (Ok(_), Code::Ok) => None,
        (Ok(body), code) => Some((code, sentence(body))),
        (Err(_), _) => Some((Code::Internal, "The response is too long.".to_owned())),
    };
    if let Some((code, said)) = refusal {
        say(&mut head.headers, code, &said);
        return Response::from_parts(head, Body::empty());
    }
    let body = body.unwrap_or_default();
    let mut framed = BytesMut::with_capacity(PREFIX + body.len());
    framed.put_u8(0);
    framed.put_u32(body.len() as u32);
    framed.put(body);
    let trailers = HeaderMap::from_iter([(STATUS, number(Code::Ok))]);
    let body = Full::new(framed.freeze()).with_trailers(std::future::ready(Some(Ok(trailers))));
    Response::from_parts(head, Body::new(body))
}

/// The headers of every response to a call.
fn frame(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(ACCEPT_ENCODING, ENCODINGS);
}

/// Sets the status of a call that ends without a message.
fn say(headers: &mut HeaderMap, code: Code, sentence: &str) {
    headers.insert(STATUS, number(code));
    if let Ok(said) = HeaderValue::try_from(escaped(sentence)) {
        headers.insert(MESSAGE, said);
    }
}

fn number(code: Code) -> HeaderValue {
    HeaderValue::from(code as u16)
}

/// The error message of a JSON response.
fn sentence(body: &[u8]) -> String {
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    match (&json["message"], &json["detail"]) {
        (serde_json::Value::String(said), _) | (_, serde_json::Value::String(said)) => said.clone(),
        (_, serde_json::Value::Array(list)) => {
            let field = |fault: &serde_json::Value| {
                let place = fault["loc"].as_array().and_then(|loc| loc.last()).cloned();
                let said = fault["msg"].as_str().unwrap_or_default();
                format!("{}: {said}", place.as_ref().and_then(|at| at.as_str()).unwrap_or_default())
            };
            list.iter().map(field).collect::<Vec<_>>().join("; ")
        }
        _ => String::from_utf8_lossy(body).into_owned(),
    }
}

/// A string as gRPC's headers hold it: percent-encoded.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if (b' '..=b'~').contains(&byte) && byte != b'%' {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_are_recognised_by_their_content_type() {
        let headers = |kind: &'static str| {
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))])
        };
        assert!(
            is_call(&headers("application/grpc")) && is_call(&headers("application/grpc+proto"))
        );
        assert!(
            !is_call(&headers("application/grpc-web")) && !is_call(&headers("application/json"))
        );
        assert!(!is_call(&HeaderMap::new()));
    }

    #[test]
    fn a_body_holds_one_whole_message() {
        let of = |bytes: &'static [u8]| message(&Bytes::from_static(bytes));
        assert_eq!(of(b"\0\0\0\0\x02ab"), Some((false, Bytes::from_static(b"ab"))));
        assert_eq!(of(b"\x01\0\0\0\0"), Some((true, Bytes::new())));
        for bad in [&b""[..], b"\0\0\0\0", b"\0\0\0\0\x03ab", b"\0\0\0\0\x01ab", b"\x02\0\0\0\0"] {
            assert_eq!(of(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn only_the_method_that_is_known_is_called() {
        const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
        assert!(refusal(METHOD, &Method::POST, METHOD).is_none());
        for (method, path) in [
            (Method::GET, METHOD),
            (Method::POST, "/opentelemetry.proto.collector.trace.v1.TraceService/Import"),
            (Method::GET, "/api/2.0/mlflow-artifacts/artifacts/big.bin"),
            (Method::POST, "/api/2.0/mlflow/runs/create"),
        ] {
            let refused = refusal(METHOD, &method, path).unwrap();
            assert_eq!(refused.status(), StatusCode::OK);
            assert_eq!(refused.headers()[STATUS], "12", "{method} {path}");
        }
    }

    #[tokio::test]
    async fn no_response_is_read_without_end() {
        let polled = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&polled);
        let endless = futures_util::stream::repeat_with(move || {
            counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from_static(&[0; 1024]))
        });
        let translated_response = translated(Response::new(Body::from_stream(endless))).await;
        assert_eq!(translated_response.headers()[STATUS], "13");
        assert!(polled.load(std::sync::atomic::Ordering::Relaxed) <= LONGEST_RESPONSE / 1024 + 1);
    }

    #[tokio::test]
    async fn responses_are_framed_and_end_with_a_status() {
        let translated_response =
            translated(([(header::CONTENT_TYPE, "application/x-protobuf")], "ab").into_response());
        let translated_response = translated_response.await;
        assert_eq!(translated_response.headers()[header::CONTENT_TYPE], "application/grpc");
        let body = translated_response.into_body().collect().await.unwrap();
        assert_eq!(body.trailers().unwrap()[STATUS], "0");
        assert_eq!(body.to_bytes(), &b"\0\0\0\0\x02ab"[..]);
    }

    #[tokio::test]
    async fn refusals_keep_their_sentence() {
        for (status, body, code, said) in [
            (404, json!({"message": "No \u{e4} 5%"}), "5", "No %C3%A4 5%25"),
            (422, json!({"detail": "bad"}), "3", "bad"),
            (
                422,
                json!({"detail": [{"loc": ["header", "x"], "msg": "Field required"}]}),
                "3",
                "x: Field required",
            ),
            (503, json!({}), "14", "{}"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let translated_response = translated((status, axum::Json(body)).into_response()).await;
            assert_eq!(translated_response.status(), StatusCode::OK);
            assert_eq!(
                (&translated_response.headers()[STATUS], &translated_response.headers()[MESSAGE]),
                (&HeaderValue::from_static(code), &HeaderValue::from_static(said))
            );
        }
    }
}
