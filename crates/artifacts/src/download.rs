//! How a file leaves: streamed, whole or in part, and not at all if the caller has it already.

use std::convert::Infallible;
use std::ops::Range;
use std::time::{Duration, SystemTime};

use app::ApiError;
use app::messages::Argument;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use blob::{ArtifactPath, BlobError, ByteRange, Download, Head, Store};
use futures_util::TryStreamExt;

use crate::direct::Direct;
use crate::error::failed;

/// What the request's headers say about the file that it asks for.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Only the headers of the answer.
    head_only: bool,
    /// A browser asks: it says so in a header that no page can forge.
    by_browser: bool,
    range: Option<ByteRange>,
    /// The part is wanted only if the file still is this one.
    if_range: Option<String>,
    if_none_match: Option<String>,
    if_modified_since: Option<SystemTime>,
}

impl Argument for Wanted {}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let text = |name: HeaderName| {
            parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let head_only = parts.method == Method::HEAD;
        // A range is defined for GET alone.
        let range = text(header::RANGE).filter(|_| !head_only);
        let date = text(header::IF_MODIFIED_SINCE);
        Ok(Self {
            head_only,
            by_browser: parts.headers.contains_key("sec-fetch-mode"),
            range: range.as_deref().and_then(ByteRange::parse_header),
            if_range: text(header::IF_RANGE),
            if_none_match: text(header::IF_NONE_MATCH),
            if_modified_since: date.and_then(|date| httpdate::parse_http_date(&date).ok()),
        })
    }
}

impl Wanted {
    /// Whether the caller has this very file already. A tag counts more than a date.
    fn has_already(&self, head: &Head) -> bool {
        match (&self.if_none_match, &self.if_modified_since) {
            (Some(tags), _) => tags_name(tags, head.etag.as_deref()),
            (None, Some(since)) => head.last_modified.is_some_and(|at| whole_seconds(at) <= *since),
            (None, None) => false,
        }
    }

    /// Whether the file is the one of which a part is wanted.
    fn part_of(&self, etag: Option<&str>, last_modified: Option<SystemTime>) -> bool {
        let Some(wanted) = &self.if_range else { return true };
        if let Ok(date) = httpdate::parse_http_date(wanted) {
            return last_modified.is_some_and(|at| whole_seconds(at) == date);
        }
        // A weak tag does not say that the bytes are the same.
        etag.is_some_and(|etag| etag == wanted && !etag.starts_with("W/"))
    }

    fn asks_first(&self) -> bool {
        self.head_only || self.if_none_match.is_some() || self.if_modified_since.is_some()
    }
}

/// The size of the file at `path`.
pub(crate) async fn file_size(store: &Store, path: &ArtifactPath) -> Result<u64, ApiError> {
    Ok(head(store, path).await?.size)
}

async fn head(store: &Store, path: &ArtifactPath) -> Result<Head, ApiError> {
    let head = store.head(path).await.map_err(failed)?;
    if head.is_dir {
        return Err(failed(BlobError::IsDirectory { path: path.to_string() }));
    }
    Ok(head)
}

/// Answers with the file at `path`, or with where to fetch it if it is a large one.
///
/// A web page is never sent elsewhere: it could not read the answer of another origin.
pub(crate) async fn serve_or_redirect(
    store: &Store,
    path: &ArtifactPath,
    wanted: &Wanted,
    direct: &Direct,
) -> Result<Response, ApiError> {
    let from = direct.redirects_from.filter(|_| direct.offered);
    if let Some(from) = from
        && !wanted.asks_first()
        && !wanted.by_browser
        && file_size(store, path).await? >= from
    {
        match store.sign_get(path, direct.download_lives).await {
            Ok(signed) => return Ok(redirect(signed.url)),
            // A name that cannot be signed.
            Err(BlobError::Unsupported(_)) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    serve(store, path, wanted).await
}

fn redirect(url: String) -> Response {
    let headers = [(header::LOCATION, url), (header::CACHE_CONTROL, "no-store".to_owned())];
    (StatusCode::TEMPORARY_REDIRECT, headers).into_response()
}

/// Answers with the file at `path`.
pub(crate) async fn serve(
    store: &Store,
    path: &ArtifactPath,
    wanted: &Wanted,
) -> Result<Response, ApiError> {
    if wanted.asks_first() {
        let head = head(store, path).await?;
        if wanted.has_already(&head) {
            let headers = validators(head.etag.as_deref(), head.last_modified);
            return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        if wanted.head_only {
            let mut headers = validators(head.etag.as_deref(), head.last_modified);
            describe(&mut headers, path, head.size);
            return Ok((headers, Body::empty()).into_response());
        }
    }
    match open(store, path, wanted).await {
        Ok((download, status)) => Ok(stream(path, download, status)),
        Err(BlobError::Range { size }) => Ok(unsatisfiable(size)),
        Err(error) => Err(failed(error)),
    }
}

/// Opens the wanted part, or the whole file when the part was wanted of another version of it.
async fn open(
    store: &Store,
    path: &ArtifactPath,
    wanted: &Wanted,
) -> Result<(Download, StatusCode), BlobError> {
    if wanted.range.is_none() {
        return Ok((store.get(path, None).await?, StatusCode::OK));
    }
    let beyond = match store.get(path, wanted.range).await {
        Ok(part) if wanted.part_of(part.etag.as_deref(), part.last_modified) => {
            return Ok((part, StatusCode::PARTIAL_CONTENT));
        }
        Ok(_) => None,
        Err(BlobError::Range { size }) if wanted.if_range.is_some() => Some(size),
        Err(error) => return Err(error),
    };
    let whole = store.get(path, None).await?;
    match beyond {
        Some(size) if wanted.part_of(whole.etag.as_deref(), whole.last_modified) => {
            Err(BlobError::Range { size })
        }
        _ => Ok((whole, StatusCode::OK)),
    }
}

fn stream(path: &ArtifactPath, download: Download, status: StatusCode) -> Response {
    let Download { size, range, etag, last_modified, stream } = download;
    let mut headers = validators(etag.as_deref(), last_modified);
    describe(&mut headers, path, range.end - range.start);
    if status == StatusCode::PARTIAL_CONTENT {
        insert(&mut headers, header::CONTENT_RANGE, &content_range(&range, size));
    }
    let name = path.to_string();
    // The status is long sent; all that is left is to break off, which the body's error does.
    let stream = stream.inspect_err(move |error| {
        tracing::error!(
            path = name,
            error = error as &dyn std::error::Error,
            "a download broke off"
        );
    });
    (status, headers, Body::from_stream(stream)).into_response()
}

fn content_range(range: &Range<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", range.start, range.end - 1)
}

fn unsatisfiable(size: u64) -> Response {
    let mut headers = HeaderMap::new();
    insert(&mut headers, header::CONTENT_RANGE, &format!("bytes */{size}"));
    (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response()
}

/// What a caller asks again by. `no-cache` lets it keep the file, but never use it unasked.
fn validators(etag: Option<&str>, last_modified: Option<SystemTime>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(etag) = etag {
        insert(&mut headers, header::ETAG, etag);
    }
    if let Some(at) = last_modified {
        insert(&mut headers, header::LAST_MODIFIED, &httpdate::fmt_http_date(at));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers
}

/// Says what is sent, so that a browser saves it and never shows it as a page of this server.
fn describe(headers: &mut HeaderMap, path: &ArtifactPath, length: u64) {
    let content_type = HeaderValue::from_static(blob::content_type(path.as_str()));
    headers.insert(header::CONTENT_TYPE, content_type);
    insert(headers, header::CONTENT_DISPOSITION, &blob::content_disposition(path.name()));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Should it be shown all the same, by a proxy that drops the line before last: not as one of us.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'"),
    );
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
}

/// Leaves a header out rather than failing for a value that no header can carry.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Whether a list of entity tags names this one, by the weak comparison.
fn tags_name(tags: &str, etag: Option<&str>) -> bool {
    let Some(etag) = etag else { return false };
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    tags.split(',').map(str::trim).any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

/// Dates in headers know no fractions.
fn whole_seconds(at: SystemTime) -> SystemTime {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(etag: &str, millis: u64) -> Head {
        let last_modified = Some(SystemTime::UNIX_EPOCH + Duration::from_millis(millis));
        Head { is_dir: false, size: 1, etag: Some(etag.to_owned()), last_modified }
    }

    #[test]
    fn tags() {
        for (tags, named) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
            ("", false),
        ] {
            let wanted = Wanted { if_none_match: Some(tags.to_owned()), ..Wanted::default() };
            assert_eq!(wanted.has_already(&head("\"a\"", 0)), named, "{tags}");
        }
    }

    #[test]
    fn dates_count_without_a_tag() {
        let since = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let wanted = Wanted { if_modified_since: since(5), ..Wanted::default() };
        assert!(wanted.has_already(&head("\"a\"", 5900)));
        assert!(!wanted.has_already(&head("\"a\"", 6000)));
        let tagged = Wanted { if_none_match: Some("\"b\"".to_owned()), ..wanted };
        assert!(!tagged.has_already(&head("\"a\"", 5900)));
    }

    #[test]
    fn a_part_is_of_one_version() {
        let at = Some(SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_500));
        for (if_range, part_of) in [
            ("\"a\"", true),
            ("W/\"a\"", false),
            ("\"b\"", false),
            ("Sun, 06 Nov 1994 08:49:37 GMT", true),
            ("Sun, 06 Nov 1994 08:49:38 GMT", false),
            ("nonsense", false),
        ] {
            let wanted = Wanted { if_range: Some(if_range.to_owned()), ..Wanted::default() };
            assert_eq!(wanted.part_of(Some("\"a\""), at), part_of, "{if_range}");
        }
        assert!(Wanted::default().part_of(None, None));
    }
}
