//! The JSON of a trace's links.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Message};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LinkTracesToRun {
    #[serde(alias = "traceIds")]
    pub trace_ids: Option<Vec<String>>,
    #[serde(alias = "runId")]
    pub run_id: Option<String>,
}

impl Message for LinkTracesToRun {
    const CHECKS: &'static [Check] =
        &[Check::required("trace_ids", Shape::List), Check::required("run_id", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] = &[
        Touch::list(Scope::Trace, |m| m.trace_ids.as_deref()),
        Touch::one(Scope::Run, |m| m.run_id.as_deref()),
    ];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PromptVersion {
    pub name: String,
    pub version: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LinkPrompts {
    #[serde(alias = "traceId")]
    pub trace_id: Option<String>,
    #[serde(alias = "promptVersions")]
    pub prompt_versions: Option<Vec<PromptVersion>>,
}

impl Message for LinkPrompts {
    const CHECKS: &'static [Check] = &[
        Check::required("trace_id", Shape::Text),
        Check::required("prompt_versions", Shape::List),
    ];

    const TOUCHES: &'static [Touch<Self>] = &[Touch::one(Scope::Trace, |m| m.trace_id.as_deref())];
}
