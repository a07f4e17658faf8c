//! Live updates: what changes in an experiment, as server-sent events.
//!
//! Changes are read from the database, so it does not matter which replica, or which program, made
//! them, and writers pay nothing. One task a watched experiment reads for all who watch it here.

mod api;
mod store;
mod topic;
mod wire;

use app::needs::Action::Read;
use app::needs::{Scope, experiment, run};
use app::{Backend, Limit, Routes};

/// Headwater's own: MLflow has no such route.
pub fn routes(backend: Backend) -> Routes {
    let topics = topic::Topics::new(backend);
    let watch = move |state, caller, call| api::watch(topics.clone(), state, caller, call);
    Routes::v3("headwater")
        .ajax_only()
        .get("runs/watch", watch, [experiment(Read), run(Read).of(Scope::Experiment)])
        .summary("Stream what changes in an experiment, as server-sent events")
        .limited_as(Limit::Watchers)
        .cut_at_shutdown()
}
