//! The fields of the roots: what can be asked, and what answers it.

use std::collections::HashMap;

use app::call::missing;
use app::needs::Action::Read;
use app::needs::{Scope, Tier, Touch, asked_of, experiment, permit_all, run};
use app::{ApiError, App, Caller, Message, Need, required};
use artifacts::Stores;
use registry::model_versions;
use registry::model_versions::wire::SearchModelVersions;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use tracking::datasets::wire::SearchDatasets;
use tracking::experiments::wire::ExperimentById;
use tracking::metrics::wire::GetMetricHistoryBulkInterval;
use tracking::runs::wire::{RunById, SearchRuns};
use tracking::validation;
use tracking::{datasets, experiments, metrics, runs};

use super::introspect::{describe_schema, name_of_type};
use super::plan::{Planned, asks_for};

/// The most runs that one search returns.
const MAX_RUNS: i64 = 50_000;

/// What a caller needs for a field of the root: what its REST twin asks for. A field whose needs the
/// caller does not meet is null.
///
/// Every field has a line here: one that is added without is an administrator's.
pub(crate) fn needs(name: &str) -> &'static [Need] {
    const EXPERIMENT: [Need; 1] = [experiment(Read)];
    const RUN: [Need; 1] = [run(Read)];
    match name {
        "mlflowGetExperiment" | "mlflowSearchDatasets" => &EXPERIMENT,
        "mlflowGetRun" | "mlflowListArtifacts" | "mlflowGetMetricHistoryBulkInterval" => &RUN,
        "mlflowSearchRuns" => &[Need::Rows(Tier::Run)],
        "mlflowSearchModelVersions" => &[Need::Rows(Tier::ModelVersion)],
        "test" | "testMutation" | "__schema" | "__type" | "__typename" => &[Need::Caller],
        _ => &[Need::Admin],
    }
}

/// What the fields are answered from.
pub(crate) struct Source<'s> {
    pub app: &'s App,
    pub caller: &'s Caller,
    pub stores: &'s Stores,
}

impl Source<'_> {
    /// The message that answers a field.
    ///
    /// # Errors
    /// As the field's REST twin.
    pub(crate) async fn resolve(
        &self,
        field: &Planned<'_, '_>,
        arguments: Map<String, Json>,
    ) -> Result<Json, ApiError> {
        match field.name {
            "mlflowGetExperiment" => self.get_experiment(self.input(field, arguments).await?).await,
            "mlflowGetRun" => self.get_run(field, self.input(field, arguments).await?).await,
            "mlflowSearchRuns" => {
                self.search_runs(field, self.input(field, arguments).await?).await
            }
            "mlflowGetMetricHistoryBulkInterval" => {
                self.history(self.input(field, arguments).await?).await
            }
            "mlflowListArtifacts" => self.list_artifacts(self.input(field, arguments).await?).await,
            "mlflowSearchDatasets" => {
                let request: SearchDatasets = self.input(field, arguments).await?;
                message(datasets::search_summaries(self.app, self.caller, request).await?)
            }
            "mlflowSearchModelVersions" => {
                let request: SearchModelVersions = self.input(field, arguments).await?;
                message(model_versions::search_page(self.app, self.caller, request).await?)
            }
            "test" => {
                let given = arguments.get("input_string").ok_or_else(|| missing("inputString"))?;
                Ok(json!({"output": given}))
            }
            "__schema" => Ok(describe_schema()),
            "__type" => Ok(name_of_type(&arguments)),
            // Compat: MLflow's `testMutation` is null whatever it is given.
            _ => Ok(Json::Null),
        }
    }

    /// The message in a field's `input`, once the caller is found to meet the field's needs.
    async fn input<M: Message>(
        &self,
        field: &Planned<'_, '_>,
        arguments: Map<String, Json>,
    ) -> Result<M, ApiError> {
        let message = input(arguments)?;
        let asked = asked_of(self.caller, needs(field.name), &message);
        permit_all(self.caller, asked).await?;
        Ok(message)
    }
}

impl Source<'_> {
    async fn get_experiment(&self, request: ExperimentById) -> Result<Json, ApiError> {
        let id = required(request.experiment_id, "experiment_id")?;
        let experiment = experiments::get_by_id(self.app, self.caller, &id).await?;
        Ok(json!({"experiment": message(experiment)?}))
    }

    async fn get_run(&self, field: &Planned<'_, '_>, request: RunById) -> Result<Json, ApiError> {
        let run_id = run_id(request);
        let mut found = [message(runs::get_by_id(self.app, self.caller, run_id).await?)?];
        self.complete(&mut found, &field.children, "run").await?;
        let [run] = found;
        Ok(json!({"run": run}))
    }

    async fn search_runs(
        &self,
        field: &Planned<'_, '_>,
        request: SearchRuns,
    ) -> Result<Json, ApiError> {
        if let Some(count) = request.max_results {
            validation::max_results(count.into(), Some(MAX_RUNS))?;
        }
        let page = runs::search_page(self.app, self.caller, request).await?;
        let mut found = page.runs.into_iter().map(message).collect::<Result<Vec<_>, _>>()?;
        self.complete(&mut found, &field.children, "runs").await?;
        Ok(json!({
            "runs": found,
            "next_page_token": page.next_page_token.unwrap_or_default(),
        }))
    }

    /// Adds to runs what their messages do not hold, if it is asked for below the field `name`.
    async fn complete(
        &self,
        runs: &mut [Json],
        planned: &[Planned<'_, '_>],
        name: &str,
    ) -> Result<(), ApiError> {
        if asks_for(planned, &[name, "experiment"]) {
            let mut known = HashMap::new();
            for run in &mut *runs {
                let id = run["info"]["experiment_id"].as_str().unwrap_or_default().to_owned();
                if !known.contains_key(&id) {
                    let experiment = experiments::get_by_id(self.app, self.caller, &id).await?;
                    known.insert(id.clone(), message(experiment)?);
                }
                run["experiment"] = known[&id].clone();
            }
        }
        if asks_for(planned, &[name, "modelVersions"]) {
            let id = |run: &Json| run["info"]["run_id"].as_str().unwrap_or_default().to_owned();
            let ids = runs.iter().map(id).collect();
            let mut versions = model_versions::of_runs(self.app, self.caller, ids).await?;
            for run in runs {
                run["model_versions"] = message(versions.remove(&id(run)).unwrap_or_default())?;
            }
        }
        Ok(())
    }

    async fn history(&self, request: GetMetricHistoryBulkInterval) -> Result<Json, ApiError> {
        // Compat: unlike the REST route, this answers a question about nothing.
        let is_empty = |text: &Option<String>| text.as_deref().is_none_or(str::is_empty);
        if request.run_ids.as_deref().is_none_or(<[_]>::is_empty) || is_empty(&request.metric_key) {
            return Ok(json!({}));
        }
        message(metrics::history::history_interval(self.app, self.caller, request).await?)
    }

    async fn list_artifacts(&self, request: ListArtifacts) -> Result<Json, ApiError> {
        let run_id = run_id(RunById { run_id: request.run_id, run_uuid: request.run_uuid });
        let path = request.path.as_deref();
        message(
            artifacts::runs::list_by_id(self.app, self.caller, self.stores, run_id, path).await?,
        )
    }
}

/// What lists artifacts. Compat: a page token is taken and means nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ListArtifacts {
    run_id: Option<String>,
    run_uuid: Option<String>,
    path: Option<String>,
}

impl Message for ListArtifacts {
    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::either(Scope::Run, |m| [m.run_id.as_deref(), m.run_uuid.as_deref()])];
}

/// The run that a request names, under either of its names.
fn run_id(request: RunById) -> String {
    let run_id = request.run_id.filter(|id| !id.is_empty());
    run_id.or(request.run_uuid).unwrap_or_default()
}

/// The message in a field's `input`.
fn input<T: DeserializeOwned>(mut arguments: Map<String, Json>) -> Result<T, ApiError> {
    let input = arguments.remove("input").filter(|input| !input.is_null());
    let input = input.ok_or_else(|| missing("input"))?;
    serde_json::from_value(input).map_err(|error| {
        ApiError::invalid(format!("Invalid value for parameter 'input' supplied: {error}"))
    })
}

fn message<T: Serialize>(of: T) -> Result<Json, ApiError> {
    serde_json::to_value(of).map_err(ApiError::internal)
}
