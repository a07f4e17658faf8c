//! The SQL of data sets and of a run's inputs and outputs.
//!
//! The table `inputs` links what goes in with what it goes into: `DATASET` → `RUN`, `RUN_INPUT` →
//! `MODEL_INPUT`, `RUN_OUTPUT` → `MODEL_OUTPUT`. In the last two, the run is the source.

use std::collections::{HashMap, HashSet};

use app::{ApiError, Code, Unit};
use db::{Bulk, ColumnType, DbError, Value};

use super::wire::{
    Dataset, DatasetInput, DatasetSummary, ModelInput, ModelOutput, RunInputs, RunOutputs,
};
use crate::runs::store::active_run;
use crate::tags::KeyValue;

/// The tag that says what a run used a data set for.
const CONTEXT: &str = "mlflow.data.context";
const MAX_SUMMARIES: i64 = 1000;

static DATASETS: Bulk<8> = Bulk::new(
    "datasets",
    [
        ("dataset_uuid", ColumnType::Text),
        ("experiment_id", ColumnType::Int),
        ("name", ColumnType::Text),
        ("digest", ColumnType::Text),
        ("dataset_source_type", ColumnType::Text),
        ("dataset_source", ColumnType::Text),
        ("dataset_schema", ColumnType::Text),
        ("dataset_profile", ColumnType::Text),
    ],
    "ON CONFLICT (experiment_id, name, digest) DO NOTHING",
);

static LINKS: Bulk<6> = Bulk::new(
    "inputs",
    [
        ("input_uuid", ColumnType::Text),
        ("source_type", ColumnType::Text),
        ("source_id", ColumnType::Text),
        ("destination_type", ColumnType::Text),
        ("destination_id", ColumnType::Text),
        ("step", ColumnType::Int),
    ],
    "ON CONFLICT (source_type, source_id, destination_type, destination_id) DO NOTHING",
);

static TAGS: Bulk<3> = Bulk::new(
    "input_tags",
    [("input_uuid", ColumnType::Text), ("name", ColumnType::Text), ("value", ColumnType::Text)],
    "",
);

/// A data set to log, with fresh ids in case that it, or its link with the run, is new.
#[derive(Clone, Debug)]
pub struct InputEntry {
    pub dataset_uuid: String,
    pub input_uuid: String,
    pub dataset: Dataset,
    /// At most one of each key.
    pub tags: Vec<KeyValue>,
}

/// What to log as inputs of a run.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub run_id: String,
    /// At most one of each name and digest.
    pub datasets: Vec<InputEntry>,
    /// Pairs of a fresh id for the link and a model's id.
    pub models: Vec<(String, String)>,
}

app::lend!(Inputs);

/// A model to log as a run's output.
#[derive(Clone, Debug)]
pub struct OutputEntry {
    /// A fresh id for the link.
    pub input_uuid: String,
    pub model_id: String,
    pub step: i64,
}

/// Logs inputs of a run. What was logged before stays as it is, tags included.
pub async fn log_inputs(tx: &mut Unit<'_>, inputs: &Inputs) -> Result<(), ApiError> {
    let run = active_run(tx, &inputs.run_id).await?;
    if !inputs.datasets.is_empty() {
        log_datasets(tx, &run.run_id, run.experiment_id, &inputs.datasets).await?;
    }
    let links: Vec<[Value<'_>; 6]> = (inputs.models.iter())
        .map(|(input_uuid, model_id)| {
            let run_id = run.run_id.as_str();
            link(input_uuid, ("RUN_INPUT", run_id), ("MODEL_INPUT", model_id), 0)
        })
        .collect();
    tx.insert_rows(&LINKS, &links).await?;
    Ok(())
}

fn link<'l>(
    input_uuid: &'l str,
    (source_type, source_id): (&'static str, &'l str),
    (destination_type, destination_id): (&'static str, &'l str),
    step: i64,
) -> [Value<'l>; 6] {
    [
        input_uuid.into(),
        source_type.into(),
        source_id.into(),
        destination_type.into(),
        destination_id.into(),
        step.into(),
    ]
}

async fn log_datasets(
    tx: &mut Unit<'_>,
    run_id: &str,
    experiment_id: i64,
    entries: &[InputEntry],
) -> Result<(), ApiError> {
    let uuids = ensure_datasets(tx, experiment_id, entries).await?;
    let mut links = Vec::with_capacity(entries.len());
    for entry in entries {
        let key = (entry.dataset.name.clone(), entry.dataset.digest.clone());
        let dataset_uuid = uuids.get(&key).map_or(entry.dataset_uuid.as_str(), String::as_str);
        links.push(link(&entry.input_uuid, ("DATASET", dataset_uuid), ("RUN", run_id), 0));
    }
    let added = tx.insert_rows(&LINKS, &links).await?;
    let is_new: HashSet<String> = if added == links.len() as u64 {
        entries.iter().map(|entry| entry.input_uuid.clone()).collect()
    } else if added == 0 {
        HashSet::new()
    } else {
        let fresh: Vec<&str> = entries.iter().map(|entry| entry.input_uuid.as_str()).collect();
        let found = tx
            .query(
                "SELECT input_uuid FROM inputs WHERE input_uuid = ANY($1)",
                &[fresh.into()],
                |row| row.get(0),
            )
            .await?;
        found.into_iter().collect()
    };
    let mut tags: Vec<[Value<'_>; 3]> = Vec::new();
    for entry in entries.iter().filter(|entry| is_new.contains(&entry.input_uuid)) {
        for KeyValue { key, value } in &entry.tags {
            tags.push([(&entry.input_uuid).into(), key.into(), value.into()]);
        }
    }
    tx.insert_rows(&TAGS, &tags).await?;
    Ok(())
}

/// Adds the data sets that the experiment does not know yet. Returns the id of each by its name
/// and digest.
async fn ensure_datasets(
    tx: &mut Unit<'_>,
    experiment_id: i64,
    entries: &[InputEntry],
) -> Result<HashMap<(String, String), String>, DbError> {
    // Sorted, so that two runs that log the same data sets wait for each other and do not deadlock.
    let mut sorted: Vec<&InputEntry> = entries.iter().collect();
    sorted.sort_by_key(|entry| (&entry.dataset.name, &entry.dataset.digest));
    let rows: Vec<[Value<'_>; 8]> = sorted
        .into_iter()
        .map(|InputEntry { dataset_uuid, dataset, .. }| {
            [
                dataset_uuid.into(),
                experiment_id.into(),
                (&dataset.name).into(),
                (&dataset.digest).into(),
                (&dataset.source_type).into(),
                (&dataset.source).into(),
                (&dataset.schema).into(),
                (&dataset.profile).into(),
            ]
        })
        .collect();
    let added = tx.insert_rows(&DATASETS, &rows).await?;
    if added == rows.len() as u64 {
        return Ok(HashMap::new());
    }
    let names: Vec<&str> = entries.iter().map(|entry| entry.dataset.name.as_str()).collect();
    let digests: Vec<&str> = entries.iter().map(|entry| entry.dataset.digest.as_str()).collect();
    let found = tx
        .query(
            "SELECT name, digest, dataset_uuid FROM datasets \
             WHERE experiment_id = $1 AND name = ANY($2) AND digest = ANY($3)",
            &[experiment_id.into(), names.into(), digests.into()],
            |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)),
        )
        .await?;
    Ok(found.into_iter().collect())
}

/// Compat: MLflow answers a broken key of the table with this code.
pub(super) fn is_output_already(model_id: &str) -> ApiError {
    ApiError::new(
        Code::BadRequest,
        format!("The model '{model_id}' is an output of the run already, at another step."),
    )
}

/// Logs models as outputs of a run, each once. To log one again at its step changes nothing.
pub async fn log_outputs(
    tx: &mut Unit<'_>,
    run_id: &str,
    outputs: &[OutputEntry],
) -> Result<(), ApiError> {
    active_run(tx, run_id).await?;
    let links: Vec<[Value<'_>; 6]> = (outputs.iter())
        .map(|output| {
            let destination = ("MODEL_OUTPUT", output.model_id.as_str());
            link(&output.input_uuid, ("RUN_OUTPUT", run_id), destination, output.step)
        })
        .collect();
    let added = tx.insert_rows(&LINKS, &links).await?;
    if added == links.len() as u64 {
        return Ok(());
    }
    let stored: HashMap<String, i64> = tx
        .query(
            "SELECT destination_id, step FROM inputs WHERE source_type = 'RUN_OUTPUT' \
             AND source_id = $1 AND destination_type = 'MODEL_OUTPUT'",
            &[run_id.into()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .await?
        .into_iter()
        .collect();
    match outputs.iter().find(|output| stored.get(&output.model_id) != Some(&output.step)) {
        Some(output) => Err(is_output_already(&output.model_id)),
        None => Ok(()),
    }
}

/// A row of `inputs`, seen from its run.
pub struct Link {
    pub run_id: String,
    pub kind: LinkKind,
    /// A data set's or a model's.
    pub other_id: String,
    pub input_uuid: String,
    pub step: i64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    Dataset,
    ModelInput,
    ModelOutput,
}

/// What went into a run, and what came out of it.
#[derive(Clone, Debug, Default)]
pub struct InputsAndOutputs {
    pub inputs: RunInputs,
    pub outputs: RunOutputs,
}

/// Turns links into inputs and outputs, by run; runs without any are left out. At most one
/// statement, and none if there are no data sets.
pub async fn resolve(
    tx: &mut Unit<'_>,
    links: Vec<Link>,
) -> Result<HashMap<String, InputsAndOutputs>, DbError> {
    let (datasets, mut tags) = details(tx, &links).await?;
    let mut by_run: HashMap<String, InputsAndOutputs> = HashMap::new();
    for Link { run_id, kind, other_id, input_uuid, step } in links {
        let of_run = by_run.entry(run_id).or_default();
        match kind {
            LinkKind::ModelInput => {
                of_run.inputs.model_inputs.push(ModelInput { model_id: other_id });
            }
            LinkKind::ModelOutput => {
                of_run.outputs.model_outputs.push(ModelOutput { model_id: other_id, step });
            }
            LinkKind::Dataset => {
                if let Some(dataset) = datasets.get(&other_id) {
                    let tags = tags.remove(&input_uuid).unwrap_or_default();
                    let dataset = dataset.clone();
                    of_run.inputs.dataset_inputs.push(DatasetInput { tags, dataset });
                }
            }
        }
    }
    Ok(by_run)
}

type Details = (HashMap<String, Dataset>, HashMap<String, Vec<KeyValue>>);

/// The data sets behind the links, by id, and the tags of each link, by the link's id.
async fn details(tx: &mut Unit<'_>, links: &[Link]) -> Result<Details, DbError> {
    let linked = || links.iter().filter(|link| link.kind == LinkKind::Dataset);
    // A data set may be large, and the input of many runs: it is read once.
    let dataset_uuids: HashSet<&str> = linked().map(|link| link.other_id.as_str()).collect();
    if dataset_uuids.is_empty() {
        return Ok(Details::default());
    }
    let dataset_uuids: Vec<&str> = dataset_uuids.into_iter().collect();
    let input_uuids: Vec<&str> = linked().map(|link| link.input_uuid.as_str()).collect();
    let present = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (mut datasets, mut tags) = Details::default();
    tx.query(
        "SELECT 0 AS kind, dataset_uuid, name, digest, dataset_source_type, dataset_source, \
         dataset_schema, dataset_profile FROM datasets WHERE dataset_uuid = ANY($1) \
         UNION ALL SELECT 1, input_uuid, name, value, NULL::text, NULL::text, NULL::text, \
         NULL::text FROM input_tags WHERE input_uuid = ANY($2) ORDER BY 1, 2, 3",
        &[dataset_uuids.into(), input_uuids.into()],
        |row| {
            let id: String = row.get(1)?;
            if row.get::<i64>(0)? == 1 {
                let tag = KeyValue { key: row.get(2)?, value: row.get(3)? };
                tags.entry(id).or_default().push(tag);
                return Ok(());
            }
            let dataset = Dataset {
                name: row.get(2)?,
                digest: row.get(3)?,
                source_type: row.get(4)?,
                source: row.get(5)?,
                schema: present(row.get(6)?),
                profile: present(row.get(7)?),
            };
            datasets.insert(id, dataset);
            Ok(())
        },
    )
    .await?;
    Ok((datasets, tags))
}

/// The data sets that runs of these experiments used, once for each context that they used them in.
pub async fn search(
    tx: &mut Unit<'_>,
    experiment_ids: &[i64],
) -> Result<Vec<DatasetSummary>, ApiError> {
    let found = tx
        .query(
            "SELECT DISTINCT d.experiment_id, d.name, d.digest, t.value FROM datasets d \
             JOIN inputs i ON i.source_type = 'DATASET' AND i.source_id = d.dataset_uuid \
             LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid AND t.name = $2 \
             WHERE d.experiment_id = ANY($1) \
             ORDER BY d.experiment_id, d.name, d.digest, t.value LIMIT $3",
            &[experiment_ids.to_vec().into(), CONTEXT.into(), MAX_SUMMARIES.into()],
            |row| {
                Ok(DatasetSummary {
                    experiment_id: row.get::<i64>(0)?.to_string(),
                    name: row.get(1)?,
                    digest: row.get(2)?,
                    context: row.get::<Option<String>>(3)?.filter(|text| !text.is_empty()),
                })
            },
        )
        .await?;
    Ok(found)
}
