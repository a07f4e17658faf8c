//! The JSON of scorers and of their online configurations.

use std::borrow::Cow;

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Int64, Message};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A version of a scorer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Scorer {
    /// Compat: a number here, unlike everywhere else.
    pub experiment_id: i64,
    pub scorer_name: String,
    pub scorer_version: i64,
    pub serialized_scorer: String,
    /// Milliseconds since 1970.
    pub creation_time: i64,
    pub scorer_id: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RegisterScorer {
    #[serde(alias = "experimentId")]
    pub experiment_id: Option<String>,
    pub name: Option<String>,
    #[serde(alias = "serializedScorer")]
    pub serialized_scorer: Option<String>,
}

impl Message for RegisterScorer {
    const CHECKS: &'static [Check] = &[
        Check::required("experiment_id", Shape::Text),
        Check::required("name", Shape::Text),
        Check::required("serialized_scorer", Shape::Text),
    ];

    const TOUCHES: &'static [Touch<Self>] = &[
        Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref()),
        Touch::each(Scope::Scorer, |m| scorer_id(m.experiment_id.as_deref(), m.name.as_deref())),
    ];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct RegisterScorerResponse {
    pub version: i64,
    pub scorer_id: String,
    pub experiment_id: String,
    pub name: String,
    pub serialized_scorer: String,
    /// Milliseconds since 1970.
    pub creation_time: i64,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListScorers {
    pub experiment_id: Option<String>,
    pub experiment_ids: Option<Vec<String>>,
}

impl Message for ListScorers {
    const CHECKS: &'static [Check] = &[
        Check::optional("experiment_id", Shape::Text),
        Check::optional("experiment_ids", Shape::List),
    ];

    const TOUCHES: &'static [Touch<Self>] = &[
        Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref()),
        Touch::list(Scope::Experiment, |m| m.experiment_ids.as_deref()),
    ];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ListScorersResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scorers: Vec<Scorer>,
}

/// The requests that name a scorer, and perhaps one of its versions.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ScorerByName {
    #[serde(alias = "experimentId")]
    pub experiment_id: Option<String>,
    pub name: Option<String>,
    pub version: Option<Int64>,
}

impl Message for ScorerByName {
    const CHECKS: &'static [Check] = &[
        Check::required("experiment_id", Shape::Text),
        Check::required("name", Shape::Text),
        Check::optional("version", Shape::Int),
    ];

    const TOUCHES: &'static [Touch<Self>] = &[
        Touch::each(Scope::Scorer, |m| scorer_id(m.experiment_id.as_deref(), m.name.as_deref())),
        Touch::each(Scope::WholeScorer, |m| match m.version {
            Some(_) => Vec::new(),
            None => scorer_id(m.experiment_id.as_deref(), m.name.as_deref()),
        }),
    ];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ScorerResponse {
    pub scorer: Scorer,
}

/// How a scorer is applied to traces as they come.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OnlineConfig {
    pub online_scoring_config_id: String,
    pub scorer_id: String,
    /// From 0 (off) to 1 (every trace).
    pub sample_rate: f64,
    pub experiment_id: String,
    /// Compat: an empty one is kept apart from none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_string: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListOnlineConfigs {
    pub scorer_ids: Option<Vec<String>>,
}

impl Message for ListOnlineConfigs {
    const CHECKS: &'static [Check] = &[Check::required("scorer_ids", Shape::List)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::list(Scope::ScorerId, |m| m.scorer_ids.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ListOnlineConfigsResponse {
    pub configs: Vec<OnlineConfig>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpsertOnlineConfig {
    pub experiment_id: Option<String>,
    pub name: Option<String>,
    /// A number, or a text that is one.
    pub sample_rate: Option<Value>,
    pub filter_string: Option<Value>,
}

impl Message for UpsertOnlineConfig {
    const CHECKS: &'static [Check] = &[
        Check::required("experiment_id", Shape::Text),
        Check::required("name", Shape::Text),
        Check::required("sample_rate", Shape::Any),
    ];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct UpsertOnlineConfigResponse {
    pub config: OnlineConfig,
}

/// A scorer as grants name it: the experiment's id and the scorer's name, percent-encoded.
fn scorer_id(experiment_id: Option<&str>, name: Option<&str>) -> Vec<Cow<'static, str>> {
    let (Some(experiment_id), Some(name)) = (experiment_id, name) else { return Vec::new() };
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    vec![format!("{experiment_id}/{name}").into()]
}
