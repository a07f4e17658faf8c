//! Which web pages may call this server: the response to CORS preflights, the headers that let a page read a response, and
//! the refusal of writes from pages that are not allowed.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use super::{hosts, pattern};

/// MLflow's response to a write from a page that is not allowed.
pub const REFUSAL: &str = "Cross-origin request blocked";

const METHODS: &str = "GET, POST, PUT, DELETE, OPTIONS, PATCH";
const ALL_METHODS: &str = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY";
const PREFLIGHT_VARY: &str = "Origin, Access-Control-Request-Method, \
                              Access-Control-Request-Headers, Access-Control-Request-Private-Network";

/// The origins, besides this server's own pages, that may call.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    all: bool,
    listed: Vec<String>,
}

/// The web page that sent a request, as far as is known.
#[derive(Clone, Copy, Debug)]
pub struct Initiator<'r> {
    pub origin: &'r str,
    /// `Sec-Fetch-Site`, which a page cannot forge.
    site: Option<&'r str>,
    host: Option<&'r str>,
}

impl<'r> Initiator<'r> {
    /// `None`: no web page sent this, or it came straight from the address bar.
    pub fn new(headers: &'r HeaderMap, host: Option<&'r str>) -> Option<Self> {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let origin = origins.next()?;
        // Several origins, or one that is not a string, are nobody's.
        let origin = if origins.next().is_some() { "" } else { origin.to_str().unwrap_or("") };
        let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
        Some(Self { origin: if origin.is_empty() { "null" } else { origin }, site, host })
    }

    /// Whether the page is this server's own. Behind an ingress the scheme and the port may differ,
    /// so what the browser says comes first.
    fn is_same_origin(&self) -> bool {
        if let Some(site) = self.site {
            return site == "same-origin";
        }
        let page =
            self.origin.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
        let of_origin = page.and_then(|(_, host)| hosts::split(host));
        let of_host = self.host.and_then(hosts::split);
        let (Some((name, port)), Some((host, host_port))) = (of_origin, of_host) else {
            return false;
        };
        let standard = |port: Option<&str>| matches!(port, None | Some("80" | "443"));
        name.eq_ignore_ascii_case(host)
            && (port == host_port || (standard(port) && standard(host_port)))
    }
}

impl Origins {
    /// Reads the value of `--cors-allowed-origins`.
    pub fn new(list: Option<&str>) -> Self {
        let listed: Vec<String> = list
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|origin| !origin.is_empty())
            .map(str::to_owned)
            .collect();
        Self { all: listed.iter().any(|origin| origin == "*"), listed }
    }

    pub fn allows_all(&self) -> bool {
        self.all
    }

    /// Whether a page of this origin may not change anything here. `trusts_host`: the host that the
    /// request names is known to be ours, so that a page of that very host is ours too.
    pub fn refuses(&self, initiator: Initiator<'_>, method: &Method, trusts_host: bool) -> bool {
        let writes = [Method::POST, Method::PUT, Method::DELETE, Method::PATCH].contains(method);
        let allowed = self.all
            || is_local(initiator.origin)
            || self.lists(initiator.origin)
            || (trusts_host && initiator.is_same_origin());
        writes && !allowed
    }

    fn lists(&self, origin: &str) -> bool {
        self.listed.iter().any(|allowed| {
            if allowed.contains('*') {
                pattern::matches(allowed, origin)
            } else {
                allowed == origin
            }
        })
    }

    /// Whether the browser may let a page of this origin read responses.
    fn may_read(&self, origin: &str) -> bool {
        self.lists(origin) || is_local_http(origin)
    }

    /// The response to a preflight; `None` if the request is not one.
    pub fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        if method != Method::OPTIONS {
            return None;
        }
        let origin = headers.get(header::ORIGIN)?;
        let wanted = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
        let mut answer = HeaderMap::new();
        let mut put = |name, value| answer.insert(name, value);
        put(header::VARY, HeaderValue::from_static(PREFLIGHT_VARY));
        put(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        let mut failures = Vec::new();
        let methods = if self.all { ALL_METHODS } else { METHODS };
        put(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        if self.all {
            put(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        } else {
            put(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            if origin.to_str().is_ok_and(|origin| self.may_read(origin)) {
                put(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            } else {
                failures.push("origin");
            }
        }
        if !methods.split(", ").any(|method| method.as_bytes() == wanted.as_bytes()) {
            failures.push("method");
        }
        if let Some(wanted) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            put(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
        if headers.contains_key("access-control-request-private-network") {
            failures.push("private-network");
        }
        put(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        let (status, text) = if failures.is_empty() {
            (StatusCode::OK, "OK".to_owned())
        } else {
            (StatusCode::BAD_REQUEST, format!("Disallowed CORS {}", failures.join(", ")))
        };
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        *response.headers_mut() = answer;
        Some(response)
    }

    /// Adds the headers that say who may read a response.
    pub fn mark(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = origin else { return };
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
        if self.all {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            return;
        }
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        if origin.to_str().is_ok_and(|origin| self.may_read(origin)) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
    }
}

fn is_local_name(name: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|local| name.eq_ignore_ascii_case(local))
}

/// Whether a page comes from this machine. Only what a web server sends is a page: a browser extension, or a
/// program's window, has a scheme of its own and may call its "host" what it likes.
fn is_local(origin: &str) -> bool {
    let page = origin.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
    let host = page.map(|(_, host)| host);
    host.and_then(hosts::split).is_some_and(|(name, _)| is_local_name(name))
}

/// Compat: with `http` only, although a page at `https://localhost` may write.
fn is_local_http(origin: &str) -> bool {
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    origin
        .strip_prefix("http://")
        .and_then(hosts::split)
        .is_some_and(|(name, port)| is_local_name(name) && port.is_none_or(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn refuses(list: Option<&str>, host: &str, pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = headers(pairs);
        Initiator::new(&headers, Some(host))
            .is_some_and(|initiator| Origins::new(list).refuses(initiator, &Method::POST, true))
    }

    #[test]
    fn writes_from_foreign_pages_are_refused() {
        for origin in [
            "https://evil.com",
            "null",
            "http://localhost.evil.com",
            "https://localhost@evil.com",
            "chrome-extension://localhost",
            "file://localhost",
            "app://127.0.0.1",
        ] {
            assert!(refuses(None, "mlflow.corp", &[("origin", origin)]), "{origin}");
        }
        for origin in ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:8"] {
            assert!(!refuses(None, "mlflow.corp", &[("origin", origin)]), "{origin}");
        }
        assert!(!refuses(None, "mlflow.corp", &[]));
        let twice = [("origin", "http://localhost"), ("origin", "https://evil.com")];
        assert!(refuses(None, "mlflow.corp", &twice));
    }

    #[test]
    fn reading_is_never_refused() {
        let headers = headers(&[("origin", "https://evil.com")]);
        let initiator = Initiator::new(&headers, None).unwrap();
        assert!(!Origins::new(None).refuses(initiator, &Method::GET, true));
        assert!(Origins::new(None).refuses(initiator, &Method::DELETE, true));
    }

    #[test]
    fn listed_origins_may_write() {
        let list = Some("https://app.example.com, https://*.wild.org");
        for (origin, refused) in [
            ("https://app.example.com", false),
            ("https://a.wild.org", false),
            ("http://app.example.com", true),
            ("https://app.example.com:8443", true),
            ("https://wild.org.evil.com", true),
        ] {
            assert_eq!(refuses(list, "h", &[("origin", origin)]), refused, "{origin}");
        }
        assert!(!refuses(Some("*"), "h", &[("origin", "https://evil.com")]));
    }

    #[test]
    fn this_servers_own_pages_may_write_from_behind_an_ingress() {
        let own = [("origin", "https://mlflow.corp")];
        assert!(!refuses(None, "mlflow.corp", &own));
        assert!(!refuses(None, "MLFLOW.corp:443", &own));
        assert!(refuses(None, "mlflow.corp:5000", &own));
        assert!(refuses(None, "other.corp", &own));
        let told = [("origin", "https://mlflow.corp:8443"), ("sec-fetch-site", "same-origin")];
        assert!(!refuses(None, "mlflow.corp", &told));
        let foreign = [("origin", "https://mlflow.corp"), ("sec-fetch-site", "cross-site")];
        assert!(refuses(None, "mlflow.corp", &foreign));
        let headers = headers(&own);
        let initiator = Initiator::new(&headers, Some("mlflow.corp")).unwrap();
        assert!(Origins::new(None).refuses(initiator, &Method::POST, false));
    }

    #[test]
    fn preflights_are_answered_as_mlflow_answers_them() {
        let ask = |list, pairs: &[(&'static str, &'static str)]| {
            Origins::new(list).preflight(&Method::OPTIONS, &headers(pairs)).unwrap()
        };
        let local = [
            ("origin", "http://localhost:3000"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type,x-foo"),
        ];
        let answer = ask(None, &local);
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["access-control-allow-origin"], "http://localhost:3000");
        assert_eq!(answer.headers()["access-control-allow-credentials"], "true");
        assert_eq!(answer.headers()["access-control-allow-headers"], "content-type,x-foo");
        let evil = [("origin", "https://evil.com"), ("access-control-request-method", "TRACE")];
        let answer = ask(None, &evil);
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(!answer.headers().contains_key("access-control-allow-origin"));
        let answer = ask(Some("*"), &[evil[0], ("access-control-request-method", "PUT")]);
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert!(!answer.headers().contains_key("access-control-allow-credentials"));
        assert!(Origins::new(None).preflight(&Method::POST, &headers(&local)).is_none());
        assert!(Origins::new(None).preflight(&Method::OPTIONS, &headers(&local[..1])).is_none());
    }

    #[test]
    fn only_allowed_pages_may_read() {
        let marked = |list, origin: &'static str| {
            let mut headers = HeaderMap::new();
            Origins::new(list).mark(Some(&HeaderValue::from_static(origin)), &mut headers);
            headers
                .get("access-control-allow-origin")
                .map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(marked(None, "http://localhost:1").as_deref(), Some("http://localhost:1"));
        assert_eq!(marked(None, "https://localhost:1"), None);
        assert_eq!(marked(None, "http://localhost.evil"), None);
        assert_eq!(marked(None, "null"), None);
        assert_eq!(marked(Some("https://a"), "https://a").as_deref(), Some("https://a"));
        assert_eq!(marked(Some("*"), "https://a").as_deref(), Some("*"));
    }
}
