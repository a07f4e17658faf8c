//! The handlers of a trace's links.

use app::{ApiError, App, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use tracking::experiments::wire::Empty;

use super::store::{self, Link};
use super::wire::{LinkPrompts, LinkTracesToRun};

const MAX_TRACES: usize = 100;

fn links(
    app: &App,
    pairs: impl Iterator<Item = (String, String)>,
    kind: &'static str,
) -> Vec<Link> {
    pairs.map(|(trace_id, target)| Link { id: app.ids.hex(), trace_id, kind, target }).collect()
}

pub(super) async fn to_run(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<LinkTracesToRun>,
) -> Reply<Empty> {
    let ids = required(request.trace_ids, "trace_ids")?;
    let run_id = required(request.run_id, "run_id")?;
    if ids.len() > MAX_TRACES {
        return Err(ApiError::invalid(format!(
            "Cannot link more than {MAX_TRACES} traces to a run in a single request. Provided {} \
             traces.",
            ids.len()
        )));
    }
    let links = links(&app, ids.into_iter().map(|id| (id, run_id.clone())), "run");
    app.write(&caller, store::link, (links,)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn prompts(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<LinkPrompts>,
) -> Reply<Empty> {
    let trace_id = required(request.trace_id, "trace_id")?;
    let mut targets = Vec::new();
    for prompt in required(request.prompt_versions, "prompt_versions")? {
        let version: i64 = prompt.version.trim().parse().map_err(|_| {
            ApiError::invalid(format!("Invalid prompt version '{}'.", prompt.version))
        })?;
        targets.push(format!("{}/{version}", prompt.name));
    }
    if !targets.is_empty() {
        let pairs = targets.into_iter().map(|target| (trace_id.clone(), target));
        let input = (links(&app, pairs, "prompt_version"), trace_id.clone());
        app.write(&caller, store::link_prompts, input).await?;
    }
    Ok(Json(Empty {}))
}
