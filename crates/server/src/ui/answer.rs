//! Sending a file: packed if the browser can unpack it, and not at all if it has it already.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::asset::{Asset, Caching};

/// The answer that carries a file.
pub fn send(asset: &Asset, request: &HeaderMap) -> Response {
    let mut response = Response::default();
    let headers = response.headers_mut();
    let caching = match asset.caching {
        Caching::Immutable => "public, max-age=31536000, immutable",
        Caching::Revalidate => "no-cache",
        Caching::Weeks => "public, max-age=2419200",
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    if asset.gzip.is_some() {
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if let Some(etag) = &asset.etag {
        headers.insert(header::ETAG, etag.clone());
        if has_already(request, etag) {
            headers.remove(header::CONTENT_TYPE);
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
    }
    let packed = asset.gzip.as_ref().filter(|_| takes_gzip(request));
    if packed.is_some() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    *response.body_mut() = Body::from(packed.unwrap_or(&asset.raw).clone());
    response
}

fn has_already(request: &HeaderMap, etag: &HeaderValue) -> bool {
    let known = request.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let Some(etag) = etag.to_str().ok() else { return false };
    known.is_some_and(|known| {
        known.split(',').map(str::trim).any(|one| one.strip_prefix("W/").unwrap_or(one) == etag)
    })
}

fn takes_gzip(request: &HeaderMap) -> bool {
    let mut accepted = request.get_all(header::ACCEPT_ENCODING).iter();
    accepted.any(|value| {
        value.to_str().is_ok_and(|value| value.split(',').any(|coding| is_gzip(coding.trim())))
    })
}

/// Whether one item of `Accept-Encoding` allows gzip: `gzip;q=0` forbids it.
fn is_gzip(coding: &str) -> bool {
    let (name, quality) = coding.split_once(';').unwrap_or((coding, "q=1"));
    let quality = quality.trim().strip_prefix("q=").and_then(|quality| quality.parse::<f32>().ok());
    matches!(name.trim(), "gzip" | "*") && quality.is_none_or(|quality| quality > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(pairs: &[(&'static str, &str)]) -> Response {
        let asset = Asset::new("a.js", b"let a = 1;".repeat(100), Caching::Immutable);
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        send(&asset, &headers)
    }

    #[test]
    fn files_are_packed_for_those_who_can_unpack_them() {
        for (accepted, packed) in
            [("gzip, br", true), ("br;q=1, gzip;q=0.5", true), ("gzip;q=0", false), ("br", false)]
        {
            let response = ask(&[("accept-encoding", accepted)]);
            let encoded = response.headers().contains_key("content-encoding");
            assert_eq!(encoded, packed, "{accepted}");
            assert_eq!(response.headers()["vary"], "Accept-Encoding");
            assert_eq!(response.headers()["content-type"], "text/javascript; charset=utf-8");
        }
    }

    #[test]
    fn a_file_that_the_browser_has_is_not_sent_again() {
        let etag = ask(&[]).headers()["etag"].to_str().unwrap().to_owned();
        for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}")] {
            assert_eq!(ask(&[("if-none-match", &known)]).status(), StatusCode::NOT_MODIFIED);
        }
        assert_eq!(ask(&[("if-none-match", "\"x\"")]).status(), StatusCode::OK);
    }
}
