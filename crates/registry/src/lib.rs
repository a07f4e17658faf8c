//! The model registry: registered models, their versions, prompts, and the webhooks that tell
//! other systems about changes.
//!
//! A prompt is a registered model with the tag [`prompts::TAG`], and a prompt's version is a model
//! version whose text is a tag. Searches leave prompts out unless they ask for them.
//!
//! All of it lives in `App::registry`, which may be another database than the one of experiments.

mod addresses;
pub mod aliases;
mod changes;
pub mod mcp_servers;
pub mod model_versions;
mod names;
mod prompts;
pub mod registered_models;
mod settings;
pub mod webhooks;

use std::sync::Arc;

use app::{App, Routes};
use artifacts::Stores;
use jobs::Job;
use regex::Regex;

pub use settings::{Settings, SettingsError};
use webhooks::Webhooks;

/// What the registry is made with.
#[derive(Clone)]
pub struct Registry {
    source_pattern: Option<Regex>,
    pub webhooks: Webhooks,
}

impl Registry {
    /// # Errors
    /// When webhooks cannot be sent from this machine.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let webhooks = Webhooks::new(settings.webhooks).map_err(|error| {
            SettingsError(format!("webhooks cannot be sent from this machine: {error}"))
        })?;
        Ok(Self { source_pattern: settings.source_pattern, webhooks })
    }
}

/// The routes of the registry. `stores` are where the artifacts of model versions are read.
pub fn routes(stores: &Stores, registry: &Registry) -> Routes {
    registered_models::routes()
        .merge(mcp_servers::routes())
        .merge(aliases::routes())
        .merge(model_versions::routes(stores, registry.source_pattern.clone()))
        .merge(webhooks::routes(&registry.webhooks))
}

/// What the registry does beside requests.
pub fn jobs(registry: &Registry, app: &Arc<App>) -> Vec<Arc<dyn Job>> {
    webhooks::jobs(&registry.webhooks, app)
}
