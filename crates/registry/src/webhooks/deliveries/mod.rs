//! The deliveries of webhooks: the log of what was sent, and what is still to be sent.
//!
//! A delivery is written in the transaction of the change that it tells about (see [`app::events`]).
//! From then on it belongs to whichever replica claims it: a claim moves its due time past the longest
//! that sending can take, so that a replica that dies gives it up by itself. A receiver may therefore
//! hear of an event twice, always under the same id, but never not at all.

mod api;
mod store;
mod wire;
mod worker;

use app::{Guard, Routes, Scope};

pub use worker::Worker;

pub(super) fn routes() -> Routes {
    let guard = Guard::manage(Scope::Server);
    Routes::v2("mlflow/webhooks/{webhook_id}/deliveries")
        .get("", api::list, guard)
        .get("{event_id}", api::get, guard)
        .post("{event_id}/resend", api::resend, guard)
}
