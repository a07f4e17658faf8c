//! The JSON of a trace's tags.

use app::call::Shape;
use app::{Check, Message};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TraceTag {
    pub key: Option<String>,
    pub value: Option<String>,
}

impl Message for TraceTag {
    const CHECKS: &'static [Check] =
        &[Check::required("key", Shape::Text), Check::optional("value", Shape::Text)];
}
