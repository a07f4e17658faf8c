//! The handlers of a run's inputs and outputs.

use std::collections::HashSet;

use app::{ApiError, App, Call, Caller, Code, Ids, Reply, Shared, required};
use axum::Json;
use axum::extract::State;

use super::store::{self, InputEntry, Inputs, OutputEntry};
use super::wire::{
    Dataset, LogInputs, LogOutputs, LoggedDataset, LoggedDatasetInput, LoggedModelInput,
    LoggedModelOutput, SearchDatasets, SearchDatasetsResponse,
};
use crate::experiments::wire::Empty;
use crate::tags::KeyValue;
use crate::validation;

/// Characters.
const MAX_NAME: usize = 500;
const MAX_DIGEST: usize = 36;
const MAX_SOURCE: usize = 65_535;
const MAX_SCHEMA: usize = 1_048_575;
const MAX_PROFILE: usize = 16_777_215;
const MAX_TAG_KEY: usize = 255;
const MAX_TAG_VALUE: usize = 500;

const MAX_EXPERIMENTS: usize = 20;

fn check_dataset(dataset: LoggedDataset) -> Result<Dataset, ApiError> {
    let dataset = Dataset {
        name: dataset.name.unwrap_or_default(),
        digest: dataset.digest.unwrap_or_default(),
        source_type: dataset.source_type.unwrap_or_default(),
        source: dataset.source.unwrap_or_default(),
        schema: dataset.schema,
        profile: dataset.profile,
    };
    validation::length("name", MAX_NAME, &dataset.name)?;
    validation::length("digest", MAX_DIGEST, &dataset.digest)?;
    validation::length("source", MAX_SOURCE, &dataset.source)?;
    validation::length("schema", MAX_SCHEMA, dataset.schema.as_deref().unwrap_or_default())?;
    validation::length("profile", MAX_PROFILE, dataset.profile.as_deref().unwrap_or_default())?;
    Ok(dataset)
}

fn check_tags(tags: &[KeyValue]) -> Result<(), ApiError> {
    for tag in tags {
        validation::length("key", MAX_TAG_KEY, &tag.key)?;
        validation::length("value", MAX_TAG_VALUE, &tag.value)?;
    }
    Ok(())
}

/// The data sets of a request, checked. Of those with the same name and digest, the first counts.
fn check_inputs(inputs: Vec<LoggedDatasetInput>, ids: &Ids) -> Result<Vec<InputEntry>, ApiError> {
    let mut entries = Vec::with_capacity(inputs.len());
    let mut seen = HashSet::new();
    for input in inputs {
        let dataset = check_dataset(input.dataset.unwrap_or_default())?;
        let tags = input.tags.unwrap_or_default();
        check_tags(&tags)?;
        if !seen.insert((dataset.name.clone(), dataset.digest.clone())) {
            continue;
        }
        let mut keys = HashSet::new();
        if let Some(again) = tags.iter().find(|tag| !keys.insert(tag.key.as_str())) {
            let key = python::repr_text(&again.key);
            return Err(ApiError::new(
                Code::BadRequest,
                format!("A dataset input has more than one tag with key {key}."),
            ));
        }
        entries.push(InputEntry { dataset_uuid: ids.hex(), input_uuid: ids.hex(), dataset, tags });
    }
    Ok(entries)
}

/// The models of a request with a fresh id for each link; each model once.
fn check_model_inputs(models: Vec<LoggedModelInput>, ids: &Ids) -> Vec<(String, String)> {
    let mut seen = HashSet::new();
    models
        .into_iter()
        .map(|model| model.model_id.unwrap_or_default())
        .filter(|model_id| seen.insert(model_id.clone()))
        .map(|model_id| (ids.hex(), model_id))
        .collect()
}

pub(super) async fn log_inputs(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<LogInputs>,
) -> Reply<Empty> {
    let run_id = request.run_id.filter(|id| !id.is_empty()).or(request.run_uuid);
    let run_id = required(run_id, "run_id")?;
    validation::run_id(&run_id)?;
    let inputs = Inputs {
        run_id,
        datasets: check_inputs(request.datasets.unwrap_or_default(), &app.ids)?,
        models: check_model_inputs(request.models.unwrap_or_default(), &app.ids),
    };
    app.write(&caller, store::log_inputs, (inputs,)).await?;
    Ok(Json(Empty {}))
}

/// The models of a request. One that comes twice must come with the same step.
fn check_outputs(models: Vec<LoggedModelOutput>, ids: &Ids) -> Result<Vec<OutputEntry>, ApiError> {
    let mut entries: Vec<OutputEntry> = Vec::with_capacity(models.len());
    let mut steps = std::collections::HashMap::new();
    for model in models {
        let model_id = model.model_id.unwrap_or_default();
        let step = model.step.map_or(0, i64::from);
        match steps.insert(model_id.clone(), step) {
            None => entries.push(OutputEntry { input_uuid: ids.hex(), model_id, step }),
            Some(known) if known == step => {}
            Some(_) => return Err(store::is_output_already(&model_id)),
        }
    }
    Ok(entries)
}

pub(super) async fn log_outputs(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<LogOutputs>,
) -> Reply<Empty> {
    let run_id = request.run_id.filter(|id| !id.is_empty()).or(request.run_uuid);
    let run_id = required(run_id, "run_id")?;
    let outputs = check_outputs(required(request.models, "models")?, &app.ids)?;
    app.write(&caller, store::log_outputs, (run_id, outputs)).await?;
    Ok(Json(Empty {}))
}

/// The data sets of experiments, as both the REST route and GraphQL answer it.
pub async fn search_summaries(
    app: &App,
    caller: &Caller,
    request: SearchDatasets,
) -> Result<SearchDatasetsResponse, ApiError> {
    let ids = request.experiment_ids.unwrap_or_default();
    if ids.is_empty() {
        return Err(ApiError::invalid(
            "SearchDatasets request must specify at least one experiment_id.",
        ));
    }
    if ids.len() > MAX_EXPERIMENTS {
        return Err(ApiError::invalid(format!(
            "SearchDatasets request cannot specify more than {MAX_EXPERIMENTS} experiment_ids. \
             Received {} experiment_ids.",
            ids.len()
        )));
    }
    let ids: Vec<i64> =
        ids.iter().map(|id| validation::experiment_id(id)).collect::<Result<_, _>>()?;
    let dataset_summaries = app.search(caller, store::search, (ids,)).await?;
    Ok(SearchDatasetsResponse { dataset_summaries })
}

pub(super) async fn search(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SearchDatasets>,
) -> Reply<SearchDatasetsResponse> {
    search_summaries(&app, &caller, request).await.map(Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> LoggedDatasetInput {
        let dataset = LoggedDataset { name: Some(name.to_owned()), ..LoggedDataset::default() };
        LoggedDatasetInput { dataset: Some(dataset), tags: None }
    }

    fn tagged(keys: &[&str]) -> LoggedDatasetInput {
        let tag = |key: &&str| KeyValue { key: (*key).to_owned(), value: "v".to_owned() };
        LoggedDatasetInput { tags: Some(keys.iter().map(tag).collect()), ..named("tagged") }
    }

    #[test]
    fn the_first_data_set_of_a_name_and_digest_counts() {
        let mut again = named("a");
        again.dataset.as_mut().unwrap().source = Some("other".to_owned());
        let entries = check_inputs(vec![named("a"), named("b"), again], &Ids::counting()).unwrap();
        let kept: Vec<_> =
            entries.iter().map(|e| (e.dataset.name.as_str(), e.dataset.source.as_str())).collect();
        assert_eq!(kept, [("a", ""), ("b", "")]);
        assert_ne!(entries[0].dataset_uuid, entries[1].dataset_uuid);
    }

    #[test]
    fn lengths_are_bounded() {
        let message = |input| check_inputs(vec![input], &Ids::counting()).unwrap_err().message;
        assert_eq!(
            message(named(&"n".repeat(501))),
            "'name' exceeds the maximum length of 500 characters"
        );
        assert_eq!(
            message(tagged(&["k".repeat(256).as_str()])),
            "'key' exceeds the maximum length of 255 characters"
        );
        assert!(check_inputs(vec![named(&"ä".repeat(500))], &Ids::counting()).is_ok());
    }

    #[test]
    fn a_tag_comes_once() {
        assert!(check_inputs(vec![tagged(&["a", "b"])], &Ids::counting()).is_ok());
        let error = check_inputs(vec![tagged(&["a", "a"])], &Ids::counting()).unwrap_err();
        assert_eq!(error.code, Code::BadRequest);
    }

    #[test]
    fn an_output_comes_at_one_step() {
        let output = |step: i64| LoggedModelOutput {
            model_id: Some("m-1".to_owned()),
            step: Some(app::Int64(step)),
        };
        assert_eq!(check_outputs(vec![output(1), output(1)], &Ids::counting()).unwrap().len(), 1);
        assert!(check_outputs(vec![output(1), output(2)], &Ids::counting()).is_err());
    }
}
