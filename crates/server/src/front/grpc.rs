//! Calls of gRPC, as OpenTelemetry's exporters make them by default: each is turned into the plain call
//! that its route answers, and the answer into gRPC's. Only calls of one message each way are known.
//!
//! Source: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>.

use std::fmt::Write;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header};
use axum::response::Response;
use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::{BodyExt, Full, Limited};

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// What requests may be packed with.
const PACKINGS: HeaderValue = HeaderValue::from_static("identity,gzip,deflate,zstd");

/// Bytes before a message: whether it is packed, and its length.
const PREFIX: usize = 5;

/// The most that is read of an answer that says what went wrong.
const LONGEST_REFUSAL: usize = 64 << 10;

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
            // What clients try again.
            429 | 502 | 503 => Self::Unavailable,
            400..=499 => Self::InvalidArgument,
            _ => Self::Internal,
        }
    }
}

/// Whether a request is a call of gRPC.
pub fn is_call(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.strip_prefix("application/grpc"))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

/// The one message of a body, and whether it is packed. None if the body is something else.
pub fn message(body: &Bytes) -> Option<(bool, Bytes)> {
    let [packed, length @ ..] = *body.first_chunk::<PREFIX>()?;
    let message = body.slice(PREFIX..);
    let whole = u32::from_be_bytes(length) as usize == message.len();
    (whole && packed <= 1).then_some((packed == 1, message))
}

/// Makes a call's headers those of a plain request.
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

/// The answer to a call, made of the answer to its plain request.
pub async fn answer(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let code = Code::of(head.status);
    let limit = if code == Code::Ok { usize::MAX } else { LONGEST_REFUSAL };
    let body = match Limited::new(body, limit).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let is_page = head
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/html")));
    head.status = StatusCode::OK;
    head.version = Version::HTTP_2;
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    head.headers.insert(ACCEPT_ENCODING, PACKINGS);
    // Pages of the web UI stand where no route does.
    let code = if is_page { Code::Unimplemented } else { code };
    if code != Code::Ok {
        head.headers.insert(STATUS, number(code));
        let said = if is_page { "There is no such method.".to_owned() } else { sentence(&body) };
        if let Ok(said) = HeaderValue::try_from(escaped(&said)) {
            head.headers.insert(MESSAGE, said);
        }
        return Response::from_parts(head, Body::empty());
    }
    let mut framed = BytesMut::with_capacity(PREFIX + body.len());
    framed.put_u8(0);
    framed.put_u32(body.len() as u32);
    framed.put(body);
    let trailers = HeaderMap::from_iter([(STATUS, number(Code::Ok))]);
    let body = Full::new(framed.freeze()).with_trailers(std::future::ready(Some(Ok(trailers))));
    Response::from_parts(head, Body::new(body))
}

fn number(code: Code) -> HeaderValue {
    HeaderValue::from(code as u16)
}

/// What an answer in JSON says went wrong.
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

/// A text as gRPC's headers hold it.
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
    fn calls_are_told_from_requests() {
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

    #[tokio::test]
    async fn answers_are_framed_and_end_with_a_status() {
        let answered =
            answer(([(header::CONTENT_TYPE, "application/x-protobuf")], "ab").into_response());
        let answered = answered.await;
        assert_eq!(answered.headers()[header::CONTENT_TYPE], "application/grpc");
        let body = answered.into_body().collect().await.unwrap();
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
            let answered = answer((status, axum::Json(body)).into_response()).await;
            assert_eq!(answered.status(), StatusCode::OK);
            assert_eq!(
                (&answered.headers()[STATUS], &answered.headers()[MESSAGE]),
                (&HeaderValue::from_static(code), &HeaderValue::from_static(said))
            );
        }
    }
}
