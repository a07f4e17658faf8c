//! The model registry: registered models, their versions, prompts, and the webhooks that tell
//! other systems about changes.
//!
//! A prompt is a registered model with the tag [`prompts::TAG`], and a prompt's version is a model
//! version whose text is a tag. Searches leave prompts out unless they ask for them.
//!
//! All of it lives in `App::registry`, which may be another database than the one of experiments.

pub mod aliases;
pub mod model_versions;
mod names;
mod prompts;
pub mod registered_models;

use app::Routes;
use artifacts::Stores;

/// The routes of the registry. `stores` are where the artifacts of model versions are read.
pub fn routes(stores: &Stores) -> Routes {
    registered_models::routes().merge(aliases::routes()).merge(model_versions::routes(stores))
}
