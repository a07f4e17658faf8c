//! The two calls by which the web page makes and deletes the demo.

use std::sync::{Arc, LazyLock};

use app::{ApiError, App, Call, Code, Message, Need, Reply, Routes, Shared};
use axum::extract::State;
use axum::{Json, Router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::{Door, DoorError, FEATURES, Made};

/// One demo at a time: two at once would make everything twice.
static TURN: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Generate {
    /// The parts to make; all of them if there are none.
    features: Option<Vec<String>>,
}

impl Message for Generate {
    const HAS_CONTENT_TYPE: bool = false;
}

#[derive(Debug, Serialize, JsonSchema)]
struct Generated {
    status: &'static str,
    experiment_id: String,
    features_generated: Vec<&'static str>,
    navigation_url: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
struct Delete {}

impl Message for Delete {
    const HAS_CONTENT_TYPE: bool = false;
}

#[derive(Debug, Serialize, JsonSchema)]
struct Deleted {
    status: &'static str,
    features_deleted: Vec<&'static str>,
}

/// `features` makes the router that the demo is made through.
pub fn routes(features: impl Fn() -> Router + Clone + Send + Sync + 'static) -> Routes {
    let make = features.clone();
    let generate = move |State(app): Shared, Call(request): Call<Generate>| {
        let router = make();
        async move { generate(&app, router, request).await }
    };
    let delete = move |State(app): Shared, Call(_): Call<Delete>| {
        let router = features();
        async move { delete(&app, router).await }
    };
    Routes::v3("mlflow/demo")
        .ajax_only()
        .post("generate", generate, [Need::Caller])
        .summary("Make the demo")
        .post("delete", delete, [Need::Admin])
        .summary("Delete the demo")
}

fn door(app: &Arc<App>, router: Router) -> Door {
    Door::inside(router, app.clock.clone(), app.ids.clone())
}

fn failed(error: DoorError) -> ApiError {
    let mut failed = ApiError::new(Code::InternalError, format!("The demo is incomplete: {error}"));
    failed.source = Some(Box::new(error));
    failed
}

async fn generate(app: &Arc<App>, router: Router, request: Generate) -> Reply<Generated> {
    let wanted = request.features.unwrap_or_default();
    if let Some(unknown) = wanted.iter().find(|name| !FEATURES.contains(&name.as_str())) {
        return Err(ApiError::invalid(format!(
            "Unknown feature '{unknown}'. The demo has {}",
            FEATURES.join(", ")
        )));
    }
    let _turn = TURN.lock().await;
    let Made { experiment_id, features } =
        super::generate(&door(app, router), &wanted).await.map_err(failed)?;
    Ok(Json(Generated {
        status: if features.is_empty() { "exists" } else { "created" },
        navigation_url: format!("/experiments/{experiment_id}"),
        experiment_id,
        features_generated: features,
    }))
}

async fn delete(app: &Arc<App>, router: Router) -> Reply<Deleted> {
    let _turn = TURN.lock().await;
    let features_deleted = super::delete(&door(app, router)).await.map_err(failed)?;
    Ok(Json(Deleted { status: "deleted", features_deleted }))
}
