//! The JSON of `runs/create-promptlab-run`. The answer is a run's.

use std::borrow::Cow;

use app::needs::{Scope, Touch};
use app::{Int64, Message};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::tags::KeyValue;

/// A param whose value may be anything: it is kept as a text.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FreeParam {
    pub key: Option<String>,
    pub value: Value,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CreatePromptlabRun {
    /// A text, or a number.
    pub experiment_id: Value,
    pub run_name: Option<String>,
    pub tags: Option<Vec<KeyValue>>,
    pub prompt_template: Option<String>,
    pub prompt_parameters: Option<Vec<FreeParam>>,
    pub model_route: Option<String>,
    pub model_parameters: Option<Vec<FreeParam>>,
    /// The prompt as it was sent, with the parameters filled in.
    pub model_input: Option<String>,
    /// The answer.
    pub model_output: Value,
    pub model_output_parameters: Option<Vec<FreeParam>>,
    /// Of the web page. It must be there, and nothing is made of it.
    pub mlflow_version: Option<String>,
    pub user_id: Option<String>,
    /// Milliseconds since 1970; now, if it is missing.
    pub start_time: Option<Int64>,
}

impl Message for CreatePromptlabRun {
    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::each(Scope::Experiment, |m| m.experiment().into_iter().collect())];
}

impl CreatePromptlabRun {
    /// The id of the experiment, which clients send as a string or as a number.
    pub fn experiment(&self) -> Option<Cow<'_, str>> {
        match &self.experiment_id {
            Value::String(text) if !text.is_empty() => Some(text.into()),
            Value::Number(number) => Some(number.to_string().into()),
            _ => None,
        }
    }
}
