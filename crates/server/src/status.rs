//! What the server says about itself: whether it lives, which version it speaks, what it can do.

use std::time::Duration;

use app::{App, Need, Routes, Shared};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schema::Standing;
use schemars::JsonSchema;
use serde::Serialize;

use app::MLFLOW_VERSION;

/// How long the database may take to respond before this server counts as not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// `gateway`: whether clients are to be shown the gateway (`MLFLOW_ENABLE_AI_GATEWAY`); `direct`: whether they
/// may move large files straight to and from the artifact store; `archival`: whether traces are archived.
pub fn routes(gateway: bool, direct: bool, archival: bool) -> Routes {
    let info = move || std::future::ready(Json(server_info(gateway, direct, archival)));
    Routes::root()
        .get("/health", health, [Need::Public])
        .summary("Say that the process lives")
        .probe()
        .get("/ready", ready, [Need::Public])
        .summary("Say whether the database answers")
        .answers::<Readiness>()
        .probe()
        .get("/version", version, [Need::Caller])
        .summary("Say which version of MLflow this server speaks")
        .probe()
        .merge(
            Routes::v3("mlflow")
                .get("server-info", info, [Need::Public])
                .summary("Say what this server can do")
                .without_database()
                .outside_workspaces(),
        )
}

/// The process lives. Says nothing of the database: restarting the process would not mend that.
async fn health() -> &'static str {
    "OK"
}

type Typed = ([(HeaderName, &'static str); 1], &'static str);

async fn version() -> Typed {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], MLFLOW_VERSION)
}

#[derive(Debug, Serialize, JsonSchema)]
struct Readiness {
    status: &'static str,
    database: &'static str,
    schema: &'static str,
}

/// The process can serve calls: the database responds.
async fn ready(State(app): Shared) -> Response {
    let (usable, schema) = schema(&app);
    let database = match app.backend.db().ping(PATIENCE).await {
        Ok(()) => "reachable",
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not respond");
            "unreachable"
        }
    };
    if usable && database == "reachable" {
        return Json(Readiness { status: "ready", database, schema }).into_response();
    }
    let body = Json(Readiness { status: "unavailable", database, schema });
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], body).into_response()
}

/// Whether both databases have a schema that can be served, and what is to be said of it.
fn schema(app: &App) -> (bool, &'static str) {
    let standings = [&app.backend, &app.registry].map(|backend| backend.schema().state().1);
    if standings.iter().any(|standing| matches!(standing, Standing::Unusable(_))) {
        (false, "unusable")
    } else if standings.contains(&Standing::Newer) {
        (true, "newer, served as far as it is known")
    } else {
        (true, "known")
    }
}

/// What clients ask before they log in: no secret, no address, nothing of any user.
#[derive(Debug, Serialize, JsonSchema)]
struct ServerInfo {
    store_type: &'static str,
    workspaces_enabled: bool,
    trace_archival_enabled: bool,
    multipart_uploads_enabled: bool,
    multipart_downloads_enabled: bool,
    presigned_upload_run_id_supported: bool,
    presigned_upload_model_id_supported: bool,
    features_enabled: Features,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Features {
    gateway: bool,
}

fn server_info(gateway: bool, direct: bool, archival: bool) -> ServerInfo {
    ServerInfo {
        store_type: "SqlStore",
        workspaces_enabled: false,
        trace_archival_enabled: archival,
        multipart_uploads_enabled: direct,
        multipart_downloads_enabled: direct,
        // Compat: the requests are understood. Each response says whether its place takes such uploads.
        presigned_upload_run_id_supported: true,
        presigned_upload_model_id_supported: true,
        features_enabled: Features { gateway },
    }
}
