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

/// What clients are told that depends on the configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offers {
    /// Whether clients are to be shown the gateway (`MLFLOW_ENABLE_AI_GATEWAY`).
    pub gateway: bool,
    /// Whether they may move large files straight to the artifact store.
    pub uploads: bool,
    /// Whether they may move large files straight from the artifact store.
    pub downloads: bool,
    /// Whether traces are archived.
    pub archival: bool,
}

pub fn routes(offers: Offers) -> Routes {
    let info = async move |State(app): Shared| Json(server_info(&app, offers));
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
    /// None if the server only serves artifacts.
    store_type: Option<&'static str>,
    workspaces_enabled: bool,
    trace_archival_enabled: bool,
    multipart_uploads_enabled: bool,
    multipart_downloads_enabled: bool,
    artifact_serving_enabled: bool,
    /// How large the content of a skill may be when it is unpacked, in bytes.
    skill_content_max_size: u64,
    /// How many files the content of a skill may have.
    skill_content_max_files: u32,
    presigned_upload_run_id_supported: bool,
    presigned_upload_model_id_supported: bool,
    model_artifact_presigned_downloads_supported: bool,
    features_enabled: Features,
    /// How clients log in, if the operator says so.
    tracking_auth: &'static str,
    artifacts_presigned_only: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Features {
    gateway: bool,
    scheduled_issue_detection: bool,
}

/// Compat: as many as MLflow allows. Clients ask before they send a folder.
const SKILL_FILES: u32 = 10_000;

fn server_info(app: &App, offers: Offers) -> ServerInfo {
    ServerInfo {
        store_type: (!app.settings.artifacts_only).then_some("SqlStore"),
        workspaces_enabled: false,
        trace_archival_enabled: offers.archival,
        multipart_uploads_enabled: offers.uploads,
        multipart_downloads_enabled: offers.downloads,
        artifact_serving_enabled: app.settings.serve_artifacts,
        skill_content_max_size: app.settings.skill_content_max_size,
        skill_content_max_files: SKILL_FILES,
        // Compat: the requests are understood. Each response says whether its place takes such uploads.
        presigned_upload_run_id_supported: true,
        presigned_upload_model_id_supported: true,
        model_artifact_presigned_downloads_supported: false,
        features_enabled: Features { gateway: offers.gateway, scheduled_issue_detection: false },
        tracking_auth: "",
        artifacts_presigned_only: false,
    }
}
