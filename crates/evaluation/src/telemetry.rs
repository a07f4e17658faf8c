//! Usage reports of the reference web page. Headwater collects none and says so.

use app::{Need, Reply, Routes};
use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;

/// What a page may report: nothing.
#[derive(Debug, Serialize, JsonSchema)]
struct Configuration {
    disable_ui_telemetry: bool,
    disable_ui_events: [String; 0],
    ui_rollout_percentage: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Received {
    status: &'static str,
}

pub fn routes() -> Routes {
    Routes::v3("mlflow")
        .ajax_only()
        .get("ui-telemetry", configuration, [Need::Caller])
        .summary("Tell a web page to report nothing")
        .post("ui-telemetry", receive, [Need::Caller])
        .summary("Drop what a web page reports")
}

async fn configuration() -> Reply<Configuration> {
    Ok(Json(Configuration {
        disable_ui_telemetry: true,
        disable_ui_events: [],
        ui_rollout_percentage: 0,
    }))
}

/// Drops what a page reports, and tells it to stop.
async fn receive() -> Reply<Received> {
    Ok(Json(Received { status: "disabled" }))
}
