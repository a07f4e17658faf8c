//! The web page: the one inside this binary, or another one from a folder.

mod answer;
mod asset;
mod embedded;
mod folder;
mod media_type;

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;

use crate::config::Config;
use crate::front::headers::FrameOptions;
use crate::front::pages;
use asset::{Asset, Caching};
use folder::Folder;

/// Where MLflow's page expects its files.
const STATIC_FILES: &str = "static-files/";

/// Beginnings of paths that never are a place in the web page.
const NOT_PAGES: [&str; 4] = ["api/", "ajax-api/", "assets/", STATIC_FILES];

/// Why a page cannot be served: one plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    #[error("the web page of --ui-dir cannot be read at {path}: {error}")]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("the folder of --ui-dir, {0}, holds no index.html: it is not a built web page")]
    NoIndex(PathBuf),
}

/// A built web page.
#[derive(Debug)]
pub struct Ui {
    index: Asset,
    /// Whether the page's own paths are in the address bar, so that any of them may be asked for.
    deep_links: bool,
    policy: Option<HeaderValue>,
    files: Files,
}

#[derive(Debug)]
enum Files {
    Embedded,
    Folder(Folder),
}

impl Ui {
    /// # Errors
    /// When the folder that the command line names holds no built page.
    pub fn new(config: &Config) -> Result<Self, UiError> {
        let prefix = &config.static_prefix;
        let (files, index) = match &config.ui_folder {
            None => (Files::Embedded, embedded::index().to_vec()),
            Some(path) => {
                let folder = Folder::scan(path)?;
                let index = folder.index()?;
                (Files::Folder(folder), index)
            }
        };
        let text = String::from_utf8_lossy(&index);
        let based = with_base(&text, prefix);
        let index = based.clone().unwrap_or_else(|| text.into_owned());
        let frame_options = config.security.as_ref().map(|security| security.frame_options);
        let policy = match files {
            Files::Embedded => frame_options.map(policy),
            // Another page's needs are not known here.
            Files::Folder(_) => None,
        };
        Ok(Self {
            index: Asset::new("index.html", index.into_bytes(), Caching::Revalidate),
            deep_links: based.is_some(),
            policy,
            files,
        })
    }

    async fn file(&self, name: &str) -> Option<Asset> {
        match &self.files {
            Files::Embedded => embedded::find(name),
            Files::Folder(folder) => {
                folder.find(name.strip_prefix(STATIC_FILES).unwrap_or(name)).await
            }
        }
    }

    fn page(&self, headers: &HeaderMap) -> Response {
        let mut response = answer::send(&self.index, headers);
        if let Some(policy) = &self.policy {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        }
        response
    }
}

/// Answers what no route of the API takes: a file of the page, a place in it, or "not found".
pub async fn serve(ui: Arc<Ui>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let headers = request.headers();
    if path.is_empty() || path == "index.html" {
        return only_read(request.method(), || ui.page(headers));
    }
    if let Some(file) = ui.file(path).await {
        return only_read(request.method(), || answer::send(&file, headers));
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let place = !NOT_PAGES.iter().any(|begin| path.starts_with(begin));
    if reads && place && ui.deep_links && wants_page(headers) {
        return ui.page(headers);
    }
    pages::not_found()
}

fn only_read(method: &Method, answer: impl FnOnce() -> Response) -> Response {
    if matches!(*method, Method::GET | Method::HEAD) {
        return answer();
    }
    let mut response = match *method {
        Method::OPTIONS => Response::default(),
        _ => pages::method_not_allowed(),
    };
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    response
}

/// Whether a browser asks for a page, not a script for data.
fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The page with its base address below the prefix; `None` if it has none.
fn with_base(page: &str, prefix: &str) -> Option<String> {
    const OPEN: &str = "<base href=\"";
    let start = page.find(OPEN)? + OPEN.len();
    let end = start + page[start..].find('"')?;
    Some(format!("{}{prefix}/{}", &page[..start], &page[end..]))
}

/// What our own page may do. It needs no script and no data from elsewhere.
fn policy(frame_options: FrameOptions) -> HeaderValue {
    let policy = format!(
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; \
         connect-src 'self'; frame-src 'self' blob:; worker-src 'self' blob:; object-src 'none'; \
         base-uri 'self'; form-action 'self'; frame-ancestors {}",
        frame_options.ancestors()
    );
    HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'self'"))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;
    use http_body_util::BodyExt;

    use super::*;

    fn ui(index: &str, deep_links: bool) -> Arc<Ui> {
        Arc::new(Ui {
            index: Asset::new("index.html", index.as_bytes().to_vec(), Caching::Revalidate),
            deep_links,
            policy: Some(policy(FrameOptions::Deny)),
            files: Files::Embedded,
        })
    }

    async fn ask(ui: &Arc<Ui>, method: Method, path: &str, accept: &str) -> (u16, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, accept)
            .body(Body::empty())
            .unwrap();
        let response = serve(Arc::clone(ui), request).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn deep_links_lead_to_the_page_and_nothing_else_does() {
        let ui = ui("<p>home</p>", true);
        for path in ["/", "/runs/1", "/experiments/0?tab=x", "/index.html"] {
            let (status, body) = ask(&ui, Method::GET, path, "text/html,*/*").await;
            assert_eq!((status, body.as_str()), (200, "<p>home</p>"), "{path}");
        }
        for path in ["/api/2.0/nothing", "/ajax-api/x", "/assets/gone-12345678.js"] {
            assert_eq!(ask(&ui, Method::GET, path, "text/html").await.0, 404, "{path}");
        }
        assert_eq!(ask(&ui, Method::GET, "/runs/1", "application/json").await.0, 404);
        assert_eq!(ask(&ui, Method::POST, "/runs/1", "text/html").await.0, 404);
        assert_eq!(ask(&ui, Method::POST, "/", "text/html").await.0, 405);
    }

    #[tokio::test]
    async fn a_page_without_a_base_takes_no_deep_links() {
        let ui = ui("<p>home</p>", false);
        assert_eq!(ask(&ui, Method::GET, "/runs/1", "text/html").await.0, 404);
        assert_eq!(ask(&ui, Method::GET, "/", "text/html").await.0, 200);
    }

    #[test]
    fn the_page_carries_its_policy() {
        let response = ui("x", true).page(&HeaderMap::new());
        assert_eq!(response.status(), StatusCode::OK);
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("script-src 'self';") && policy.ends_with("frame-ancestors 'none'")
        );
    }

    #[test]
    fn the_base_is_put_below_the_prefix() {
        let page = r#"<head><base href="/" /></head>"#;
        assert_eq!(with_base(page, "/x").unwrap(), r#"<head><base href="/x/" /></head>"#);
        assert_eq!(with_base(page, "").unwrap(), page);
        assert_eq!(with_base("<head></head>", "/x"), None);
    }
}
