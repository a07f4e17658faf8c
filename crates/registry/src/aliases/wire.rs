//! The JSON of aliases.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Message};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AliasByName {
    pub name: Option<String>,
    pub alias: Option<String>,
}

impl Message for AliasByName {
    const CHECKS: &'static [Check] =
        &[Check::required("name", Shape::Text), Check::required("alias", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| m.name.as_deref())];
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SetAlias {
    pub name: Option<String>,
    pub alias: Option<String>,
    pub version: Option<String>,
}

impl Message for SetAlias {
    const CHECKS: &'static [Check] = &[
        Check::required("name", Shape::Text),
        Check::required("alias", Shape::Text),
        Check::required("version", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::RegisteredModel, |m| m.name.as_deref())];
}
