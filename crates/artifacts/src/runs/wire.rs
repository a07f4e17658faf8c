//! The messages about a run's artifacts.

use app::call::{Check, Message, Shape};
use app::needs::{Scope, Touch};
use schemars::JsonSchema;
use serde::Deserialize;

/// Asks for a listing. Compat: MLflow takes a `page_token` and never gives one out.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ListArtifacts {
    pub run_id: Option<String>,
    pub run_uuid: Option<String>,
    pub path: Option<String>,
}

impl Message for ListArtifacts {
    const CHECKS: &'static [Check] = &[
        Check::required("run_id", Shape::Text),
        Check::optional("path", Shape::Text),
        Check::optional("page_token", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::either(Scope::Run, |m| [m.run_id.as_deref(), m.run_uuid.as_deref()])];
}
