//! A server without a socket, and the requests that tests send to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::{App, Caller, Clock, Ids, Routes, Settings};
use artifacts::Stores;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::{Extension, Router};
use db::{DatabaseUrl, Db, Engine, Options};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use server::Parts;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::postgres;

/// What the clock says at the start of every test, in milliseconds since 1970.
pub const NOW: i64 = 1_700_000_000_000;

/// Below it: the database, the artifacts in `art`, the default root in `root` if that is local, and
/// a file `secret` that no request may see.
pub struct Server {
    pub app: Arc<App>,
    pub folder: TempDir,
    pub stores: Stores,
    pub registry: registry::Registry,
    pub routes: Routes,
    router: Router,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks an error of MLflow's form.
    #[track_caller]
    pub fn is_error(&self, status: u16, code: &str, message: &str) {
        let json = self.json();
        let found = (self.status.as_u16(), json["error_code"].as_str(), json["message"].as_str());
        assert_eq!(found, (status, Some(code), Some(message)));
    }

    #[track_caller]
    pub fn is_invalid(&self, message: &str) {
        self.is_error(400, "INVALID_PARAMETER_VALUE", message);
    }
}

/// What a server is started with.
pub struct Start {
    pub serve_artifacts: bool,
    /// The default root; a name without a slash is a folder beside the artifacts.
    pub default_root: &'static str,
    /// Names of further folders that may be served.
    pub more_folders: &'static [&'static str],
    pub registry: registry::Settings,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            serve_artifacts: true,
            default_root: "mlflow-artifacts:/",
            more_folders: &[],
            registry: registry::Settings::default(),
        }
    }
}

/// An empty database, in memory on SQLite.
pub async fn create_database(engine: Engine) -> DatabaseUrl {
    match engine {
        Engine::Sqlite => DatabaseUrl::Sqlite { path: None },
        Engine::Postgres => postgres::create_database().await,
    }
}

impl Server {
    pub async fn new(engine: Engine) -> Self {
        Self::start(engine, Start::default()).await
    }

    pub async fn start(engine: Engine, start: Start) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(folder.path().join("secret"), "the secret").unwrap();
        let root = start.default_root;
        let settings = Settings {
            default_artifact_root: if root.contains(['/', ':']) { root.into() } else { at(root) },
            serve_artifacts: start.serve_artifacts,
            artifacts_destination: at("art"),
            artifacts_only: false,
            allowed_artifact_schemes: Vec::new(),
            custom_scorers: false,
            trace_archival: None,
            trace_rollups: false,
            skill_content_max_size: 1 << 20,
        };
        let more: Vec<String> = start.more_folders.iter().map(|name| at(name)).collect();
        let stores = Stores::open(&settings, &more, blob::Settings::default()).unwrap();
        let url = match engine {
            Engine::Sqlite => DatabaseUrl::Sqlite { path: Some(folder.path().join("test.db")) },
            Engine::Postgres => postgres::create_database().await,
        };
        let options = Options { max_connections: 4, ..Options::default() };
        let db = Db::connect(&url, &options).await.unwrap();
        let app = App::new(db.clone(), db, Clock::fixed(NOW), Ids::counting(), settings);
        let schema = app.backend.schema();
        schema::prepare(app.backend.db(), schema::Newer::Check, schema).await.unwrap();
        let app = Arc::new(app);
        tracking::experiments::ensure_default(&app, Caller::server()).await.unwrap();
        let registry = registry::Registry::new(start.registry).unwrap();
        let parts = Parts {
            app: Arc::clone(&app),
            stores: stores.clone(),
            registry: registry.clone(),
            graphql: graphql::Limits::default(),
            offers: server::Offers::default(),
        };
        let routes = server::routes(&parts);
        let router = routes.clone().into_router().with_state(Arc::clone(&app));
        let router = router.layer(Extension(Caller::everybody().clone()));
        Self { app, folder, stores, registry, routes, router }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sends a request and gives the answer before its body is read.
    pub async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.open(request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn call(&self, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        self.send(request(method, path, body)).await
    }

    /// The route tables of this server.
    pub fn routes(&self) -> app::Routes {
        server::routes(&Parts {
            app: Arc::clone(&self.app),
            stores: self.stores.clone(),
            registry: self.registry.clone(),
            graphql: graphql::Limits::default(),
            offers: server::Offers::default(),
        })
    }

    /// This server as it answers to one caller.
    pub fn router_for(&self, caller: Caller) -> Router {
        self.routes().into_router().with_state(Arc::clone(&self.app)).layer(Extension(caller))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Body::empty()).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = request(Method::GET, path, Body::empty());
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(axum::http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        self.send(request).await
    }

    /// Posts JSON to a route of `/api/2.0/mlflow/`, or to a path that starts with a slash.
    pub async fn post(&self, route: &str, message: Value) -> Answer {
        let path = match route.strip_prefix('/') {
            Some(_) => route.to_owned(),
            None => format!("/api/2.0/mlflow/{route}"),
        };
        let mut request = request(Method::POST, &path, message.to_string());
        request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        self.send(request).await
    }

    pub async fn put(&self, path: &str, body: &'static str) -> Answer {
        self.call(Method::PUT, &proxied(path), body).await
    }

    /// A new experiment at a location, the server's own unless one is given.
    pub async fn experiment(&self, name: &str, location: Option<&str>) -> String {
        let message = json!({"name": name, "artifact_location": location});
        let answer = self.post("experiments/create", message).await;
        text(&answer.json()["experiment_id"])
    }

    /// A new run's id and its artifact URI.
    pub async fn run(&self, experiment_id: &str) -> (String, String) {
        let answer = self.post("runs/create", json!({"experiment_id": experiment_id})).await;
        let info = &answer.json()["run"]["info"];
        (text(&info["run_id"]), text(&info["artifact_uri"]))
    }

    /// A new logged model's id.
    pub async fn model(&self, experiment_id: &str) -> String {
        let answer = self.post("logged-models", json!({"experiment_id": experiment_id})).await;
        text(&answer.json()["model"]["info"]["model_id"])
    }

    /// Sends a file of a run as the web page does.
    pub async fn upload(&self, run_id: &str, path: &str, body: impl Into<Body>) -> Answer {
        let path = format!("/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run_id}&path={path}");
        self.call(Method::POST, &path, body).await
    }

    pub async fn list(&self, run_id: &str, path: &str) -> Answer {
        self.get(&format!("/api/2.0/mlflow/artifacts/list?run_id={run_id}&path={path}")).await
    }
}

pub fn request(method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder().method(method).uri(path).body(body.into()).unwrap()
}

/// The route of a proxied artifact.
pub fn proxied(path: &str) -> String {
    format!("/api/2.0/mlflow-artifacts/artifacts/{path}")
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Every file below a folder, hidden ones included; links are not followed.
pub fn files_below(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let entry = entry.unwrap();
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                walk(&path, root, found);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}
