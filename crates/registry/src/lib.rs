//! The model registry: registered models, their versions, prompts, and the webhooks that tell
//! other systems about changes.

use app::{App, Routes};

/// The routes of the registry.
pub fn routes(_app: &App) -> Routes {
    Routes::v2("mlflow")
}
