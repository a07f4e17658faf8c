//! Security headers of every response.

use std::str::FromStr;

use axum::http::{HeaderMap, HeaderValue, header};

/// The page in which notebooks show traces, in a frame. MLflow's client knows its path.
pub const NOTEBOOK_RENDERER: &str = "static-files/lib/notebook-trace-renderer";

/// The frame in which the web page shows users' documents. It may be in a frame of a frame itself: what it shows comes only
/// from a page of this server, and has an origin of its own.
pub const DOCUMENT_FRAME: &str = "document-frame.html";

/// Who may show this server's pages in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameOptions {
    SameOrigin,
    Deny,
    /// Anyone: the header is not sent.
    None,
}

impl FromStr for FrameOptions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_uppercase().as_str() {
            "SAMEORIGIN" => Ok(Self::SameOrigin),
            "DENY" => Ok(Self::Deny),
            "NONE" | "" => Ok(Self::None),
            _ => Err(format!("'{text}' is not SAMEORIGIN, DENY or NONE")),
        }
    }
}

impl FrameOptions {
    fn header(self) -> Option<HeaderValue> {
        match self {
            Self::SameOrigin => Some(HeaderValue::from_static("SAMEORIGIN")),
            Self::Deny => Some(HeaderValue::from_static("DENY")),
            Self::None => None,
        }
    }

    /// The same as a source of `frame-ancestors` in a Content-Security-Policy.
    pub fn ancestors(self) -> &'static str {
        match self {
            Self::SameOrigin => "'self'",
            Self::Deny => "'none'",
            Self::None => "*",
        }
    }
}

/// Adds the headers. `path` is without the static prefix.
pub fn secure(frame_options: FrameOptions, path: &str, headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let path = path.trim_start_matches('/');
    let framed = path.starts_with(NOTEBOOK_RENDERER) || path == DOCUMENT_FRAME;
    if let Some(value) = frame_options.header()
        && !framed
    {
        headers.insert(header::X_FRAME_OPTIONS, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_for_those_whom_the_flag_names() {
        let header = |value: &str, path| {
            let mut headers = HeaderMap::new();
            secure(value.parse().unwrap(), path, &mut headers);
            assert_eq!(headers["x-content-type-options"], "nosniff");
            headers.get("x-frame-options").map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(header("SAMEORIGIN", "/").as_deref(), Some("SAMEORIGIN"));
        assert_eq!(header("deny", "/x").as_deref(), Some("DENY"));
        assert_eq!(header("none", "/"), None);
        assert_eq!(header("DENY", "/static-files/lib/notebook-trace-renderer/a.js"), None);
        assert_eq!(header("DENY", "/document-frame.html"), None);
        assert_eq!(header("DENY", "/document-frame.html/x").as_deref(), Some("DENY"));
        assert!("ALLOW-FROM x".parse::<FrameOptions>().is_err());
    }
}
