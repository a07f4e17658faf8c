//! The web page: the one inside this binary, or another one from a folder.

mod answer;
mod asset;
mod embedded;
mod folder;
mod index;
mod media_type;
mod policy;

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;

use transport::middleware::headers::{DOCUMENT_FRAME, NOTEBOOK_RENDERER};
use transport::middleware::pages;

use crate::config::Config;
use asset::Asset;
use folder::Folder;
use index::Index;
use policy::Policies;

/// Where MLflow's page expects its files.
const STATIC_FILES: &str = "static-files/";

/// Beginnings of paths that never are a place in the web page.
const NOT_PAGES: [&str; 4] = ["api/", "ajax-api/", "assets/", STATIC_FILES];

/// Why a page cannot be served: one plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    #[error("the web page of --ui-dir cannot be read at {path}: {error}")]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("the folder of --ui-dir, {0}, contains no index.html: it is not a built web page")]
    NoIndex(PathBuf),
}

/// A built web page.
#[derive(Debug)]
pub struct Ui {
    index: Index,
    /// What the page may do, where the server says so.
    policies: Option<Policies>,
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
        let (files, index) = match &config.operation.ui_folder {
            None => (Files::Embedded, embedded::index().to_vec()),
            Some(path) => {
                let folder = Folder::scan(path)?;
                let index = folder.index()?;
                (Files::Folder(folder), index)
            }
        };
        let index = Index::new(&String::from_utf8_lossy(&index));
        let frame_options = config.security.as_ref().map(|security| security.frame_options);
        let policies = match files {
            Files::Embedded => frame_options.map(|options| Policies::new(options, &index.scripts)),
            // Another page's needs are not known here.
            Files::Folder(_) => None,
        };
        Ok(Self { index, policies, files })
    }

    async fn file(&self, name: &str) -> Option<Asset> {
        match &self.files {
            Files::Embedded => embedded::find(name),
            Files::Folder(folder) => {
                folder.find(name.strip_prefix(STATIC_FILES).unwrap_or(name)).await
            }
        }
    }

    /// The page, for a browser that asked for `path`.
    fn page(&self, path: &str, headers: &HeaderMap) -> Response {
        let policy = self.policies.as_ref().map(|policies| &policies.page);
        with_policy(answer::send(&self.index.at(path), headers), policy)
    }

    /// The same page inside a cell of a notebook, on whatever site that is.
    fn notebook_page(&self, path: &str, headers: &HeaderMap) -> Response {
        let policy = self.policies.as_ref().map(|policies| &policies.notebook);
        with_policy(answer::send(&self.index.at(path), headers), policy)
    }
}

fn with_policy(mut response: Response, policy: Option<&HeaderValue>) -> Response {
    if let Some(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    response
}

/// Answers what no route of the API takes: a file of the page, a place in it, or "not found".
pub async fn serve(ui: Arc<Ui>, request: Request) -> Response {
    let full = request.uri().path();
    let path = full.trim_start_matches('/');
    let headers = request.headers();
    if path.is_empty() || path == "index.html" {
        return only_read(request.method(), || ui.page(full, headers));
    }
    if let Some(file) = ui.file(path).await {
        let policy = (path == DOCUMENT_FRAME).then(|| policy::document(request.uri().query()));
        return only_read(request.method(), || {
            with_policy(answer::send(&file, headers), policy.as_ref())
        });
    }
    if ui.index.has_places() && is_notebook_renderer(path) {
        return only_read(request.method(), || ui.notebook_page(full, headers));
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let place = !NOT_PAGES.iter().any(|begin| path.starts_with(begin));
    if reads && place && ui.index.has_places() && wants_page(headers) {
        return ui.page(full, headers);
    }
    pages::not_found()
}

/// Whether this is the address that MLflow's client puts into a cell of a notebook.
fn is_notebook_renderer(path: &str) -> bool {
    path.strip_prefix(NOTEBOOK_RENDERER)
        .is_some_and(|rest| matches!(rest, "" | "/" | "/index.html"))
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

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;
    use http_body_util::BodyExt;

    use super::*;
    use transport::middleware::headers::FrameOptions;

    const BASED: &str = r#"<base href="/" /><p>home</p>"#;

    fn ui(index: &str) -> Arc<Ui> {
        let policies = Some(Policies::new(FrameOptions::Deny, &[]));
        Arc::new(Ui { index: Index::new(index), policies, files: Files::Embedded })
    }

    async fn answer(ui: &Arc<Ui>, method: Method, path: &str, accept: &str) -> Response {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, accept)
            .body(Body::empty())
            .unwrap();
        serve(Arc::clone(ui), request).await
    }

    async fn ask(ui: &Arc<Ui>, method: Method, path: &str, accept: &str) -> (u16, String) {
        let response = answer(ui, method, path, accept).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn deep_links_lead_to_the_page_and_nothing_else_does() {
        let ui = ui(BASED);
        for path in ["/", "/runs/1", "/experiments/0?tab=x", "/index.html"] {
            let (status, body) = ask(&ui, Method::GET, path, "text/html,*/*").await;
            assert_eq!(status, 200, "{path}");
            assert!(body.ends_with("<p>home</p>"), "{path}");
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
        let ui = ui("<p>home</p>");
        assert_eq!(ask(&ui, Method::GET, "/runs/1", "text/html").await.0, 404);
        assert_eq!(ask(&ui, Method::GET, "/", "text/html").await.0, 200);
    }

    #[tokio::test]
    async fn the_page_carries_its_policy_and_a_notebook_may_frame_it() {
        let ui = ui(BASED);
        let policy = async |path: String| {
            let response = answer(&ui, Method::GET, &path, "*/*").await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            response.headers()["content-security-policy"].to_str().unwrap().to_owned()
        };
        assert!(policy("/".to_owned()).await.ends_with("frame-ancestors 'none'"));
        for rest in ["", "/", "/index.html", "/index.html?trace_id=tr-1&version=3.17.2"] {
            let policy = policy(format!("/{NOTEBOOK_RENDERER}{rest}")).await;
            assert!(policy.contains("script-src 'self'"), "{rest}");
            assert!(!policy.contains("frame-ancestors"), "{rest}");
        }
        let other = format!("/{NOTEBOOK_RENDERER}/js/main.js");
        assert_eq!(ask(&ui, Method::GET, &other, "*/*").await.0, 404);
    }
}
