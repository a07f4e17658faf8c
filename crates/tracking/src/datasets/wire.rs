//! The JSON of data sets, and of a run's inputs and outputs.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Int64, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tags::KeyValue;

/// A data set as a run saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dataset {
    pub name: String,
    pub digest: String,
    pub source_type: String,
    pub source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct DatasetInput {
    /// What the run used it for: `mlflow.data.context`, among others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<KeyValue>,
    pub dataset: Dataset,
}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ModelInput {
    pub model_id: String,
}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ModelOutput {
    pub model_id: String,
    pub step: i64,
}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct RunInputs {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dataset_inputs: Vec<DatasetInput>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub model_inputs: Vec<ModelInput>,
}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct RunOutputs {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub model_outputs: Vec<ModelOutput>,
}

/// A data set in a request. What is missing counts as empty.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LoggedDataset {
    pub name: Option<String>,
    pub digest: Option<String>,
    #[serde(alias = "sourceType")]
    pub source_type: Option<String>,
    pub source: Option<String>,
    pub schema: Option<String>,
    pub profile: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LoggedDatasetInput {
    pub tags: Option<Vec<KeyValue>>,
    pub dataset: Option<LoggedDataset>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LoggedModelInput {
    #[serde(alias = "modelId")]
    pub model_id: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LoggedModelOutput {
    #[serde(alias = "modelId")]
    pub model_id: Option<String>,
    pub step: Option<Int64>,
}

/// `runs/log-inputs`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LogInputs {
    pub run_id: Option<String>,
    pub run_uuid: Option<String>,
    pub datasets: Option<Vec<LoggedDatasetInput>>,
    pub models: Option<Vec<LoggedModelInput>>,
}

impl Message for LogInputs {
    const CHECKS: &'static [Check] = &[
        Check::required("run_id", Shape::Text),
        Check::optional("datasets", Shape::List),
        Check::optional("models", Shape::List),
    ];

    const TOUCHES: &'static [Touch<Self>] = &[
        Touch::either(Scope::Run, |m| [m.run_id.as_deref(), m.run_uuid.as_deref()]),
        Touch::each(Scope::LoggedModel, |m| {
            let models = m.models.iter().flatten();
            models.filter_map(|model| Some(model.model_id.as_deref()?.into())).collect()
        }),
    ];
}

/// `runs/outputs`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LogOutputs {
    pub run_id: Option<String>,
    pub run_uuid: Option<String>,
    pub models: Option<Vec<LoggedModelOutput>>,
}

impl Message for LogOutputs {
    const CHECKS: &'static [Check] =
        &[Check::required("run_id", Shape::Text), Check::required("models", Shape::List)];

    const TOUCHES: &'static [Touch<Self>] = &[
        Touch::either(Scope::Run, |m| [m.run_id.as_deref(), m.run_uuid.as_deref()]),
        Touch::each(Scope::LoggedModel, |m| {
            let models = m.models.iter().flatten();
            models.filter_map(|model| Some(model.model_id.as_deref()?.into())).collect()
        }),
    ];
}

/// `experiments/search-datasets`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SearchDatasets {
    #[serde(alias = "experimentIds")]
    pub experiment_ids: Option<Vec<String>>,
}

impl Message for SearchDatasets {
    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::list(Scope::Experiment, |m| m.experiment_ids.as_deref())];
}

/// A data set in one of the contexts that runs used it in.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DatasetSummary {
    pub experiment_id: String,
    pub name: String,
    pub digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchDatasetsResponse {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dataset_summaries: Vec<DatasetSummary>,
}
