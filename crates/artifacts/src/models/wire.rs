//! The messages about a logged model's artifacts.

use app::call::{Check, Message, Shape};
use schemars::JsonSchema;
use serde::Deserialize;

/// Asks for a listing. Compat: MLflow takes a `page_token` and never gives one out.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ListLoggedModelArtifacts {
    pub artifact_directory_path: Option<String>,
}

impl Message for ListLoggedModelArtifacts {
    const CHECKS: &'static [Check] = &[Check::optional("artifact_directory_path", Shape::Text)];
}
