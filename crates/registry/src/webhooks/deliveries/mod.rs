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

use app::{Need, Routes};

pub use worker::Worker;

pub(super) fn routes() -> Routes {
    let admin = [Need::Admin];
    Routes::v2("mlflow/webhooks/{webhook_id}/deliveries")
        .get("", api::list, admin)
        .summary("List the deliveries of a webhook")
        .get("{event_id}", api::get, admin)
        .summary("Get a delivery with its payload and the response to it")
        .post("{event_id}/resend", api::resend, admin)
        .summary("Send a delivery again")
}
