//! The handler of live updates.

use app::{ApiError, Call, Caller, Shared, required};
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream};

use super::topic::{Topics, Watcher};
use super::wire::WatchRuns;
use crate::{experiments, validation};

/// Streams the changes of one experiment until the client goes, or the server stops. A client that
/// comes back starts with a snapshot, on whichever replica: nothing is remembered of it.
pub(super) async fn watch(
    topics: Topics,
    State(app): Shared,
    caller: Caller,
    Call(request): Call<WatchRuns>,
) -> Result<Response, ApiError> {
    let id = validation::experiment_id(&required(request.experiment_id, "experiment_id")?)?;
    app.read(&caller, experiments::store::get, (id,)).await?;
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        // For proxies that would collect events before they pass them on.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let events = Sse::new(events(topics.watch(id))).keep_alive(KeepAlive::default());
    Ok((headers, events).into_response())
}

fn events(watcher: Watcher) -> impl Stream<Item = Result<Event, axum::Error>> {
    stream::unfold(watcher, async |mut watcher| {
        let (kind, data) = watcher.next().await?;
        Some((Ok(Event::default().event(kind).data(&*data)), watcher))
    })
}
