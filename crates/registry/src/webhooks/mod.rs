//! A webhook: a URL that is told about events. What it was told, and what is still to be sent, is in
//! [`deliveries`].
//!
//! Webhooks that subscribe to MLflow's events only are in MLflow's tables, where MLflow finds them
//! too. One that also, or only, subscribes to events of Headwater's own is in tables of Headwater's
//! own ([`store::Home`]), since MLflow fails on an event that it does not know.

mod api;
pub mod deliveries;
mod examples;
mod secrets;
mod sender;
mod signature;
mod store;
mod store_changes;
mod store_keys;
mod target;
mod wire;

use std::sync::Arc;

use app::{App, Backend, Need, Routes};
use axum::Extension;
use axum::handler::Handler;
use jobs::Job;

use crate::settings::Webhooks as Settings;
use deliveries::Worker;
use sender::Sender;

/// What handlers and workers of webhooks share.
#[derive(Clone)]
pub struct Webhooks {
    settings: Arc<Settings>,
    sender: Sender,
}

impl Webhooks {
    /// # Errors
    /// When nothing can be sent from this machine.
    pub fn new(settings: Settings) -> Result<Self, reqwest::Error> {
        let settings = Arc::new(settings);
        Ok(Self { sender: Sender::new(Arc::clone(&settings))?, settings })
    }
}

/// What sends the deliveries, one job for each database.
pub fn jobs(webhooks: &Webhooks, app: &Arc<App>) -> Vec<Arc<dyn Job>> {
    let worker = |name, backend: &Backend| -> Arc<dyn Job> {
        Arc::new(Worker::new(name, backend.clone(), Arc::clone(app), webhooks.clone()))
    };
    let mut jobs = vec![worker("webhook deliveries", &app.backend)];
    if !app.registry.db().is_same(app.backend.db()) {
        jobs.push(worker("webhook deliveries of the registry", &app.registry));
    }
    jobs
}

pub fn routes(webhooks: &Webhooks) -> Routes {
    // What a webhook is sent is not limited to what its maker may read.
    let admin = [Need::Admin];
    let shared = Extension(webhooks.clone());
    Routes::v2("mlflow/webhooks")
        .post("", api::create.layer(shared.clone()), admin)
        .summary("Create a webhook")
        .get("", api::list, admin)
        .summary("List webhooks")
        .get("{webhook_id}", api::get, admin)
        .summary("Get a webhook")
        .patch("{webhook_id}", api::update.layer(shared.clone()), admin)
        .summary("Change a webhook")
        .delete("{webhook_id}", api::delete, admin)
        .summary("Delete a webhook")
        .post("{webhook_id}/test", api::test.layer(shared), admin)
        .summary("Send an example of an event to a webhook")
        .merge(deliveries::routes())
}
