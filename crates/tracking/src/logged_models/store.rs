//! The SQL of logged models.

use std::collections::{BTreeMap, HashMap};

use app::{ApiError, Code, Double, Unit};
use db::{Bulk, ColumnType, DbError, Kind, Row, Statement, Value};

use super::search::Search;
use super::wire::{
    LoggedModel, LoggedModelData, LoggedModelInfo, LoggedModelStatus, SearchLoggedModelsResponse,
};
use crate::experiments::store::active_experiment;
use crate::location;
use crate::metrics::store::Point;
use crate::metrics::wire::Metric;
use crate::tags::{KeyValue, last_of_each_key};

/// What [`read_model`] reads, in its order.
pub(super) const COLUMNS: &str = "model_id, experiment_id, name, creation_timestamp_ms, \
     last_updated_timestamp_ms, artifact_location, status, model_type, source_run_id, \
     status_message";
pub(super) const COLUMN_COUNT: usize = 10;

static PARAMS: Bulk<4> = Bulk::new(
    "logged_model_params",
    [
        ("model_id", ColumnType::Text),
        ("experiment_id", ColumnType::Int),
        ("param_key", ColumnType::Text),
        ("param_value", ColumnType::Text),
    ],
    "ON CONFLICT (model_id, param_key) DO NOTHING",
);

static TAGS: Bulk<4> = Bulk::new(
    "logged_model_tags",
    [
        ("model_id", ColumnType::Text),
        ("experiment_id", ColumnType::Int),
        ("tag_key", ColumnType::Text),
        ("tag_value", ColumnType::Text),
    ],
    "ON CONFLICT (model_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value",
);

static METRICS: Bulk<9> = Bulk::new(
    "logged_model_metrics",
    [
        ("model_id", ColumnType::Text),
        ("metric_name", ColumnType::Text),
        ("metric_timestamp_ms", ColumnType::Int),
        ("metric_step", ColumnType::Int),
        ("metric_value", ColumnType::Float),
        ("experiment_id", ColumnType::Int),
        ("run_id", ColumnType::Text),
        ("dataset_name", ColumnType::Text),
        ("dataset_digest", ColumnType::Text),
    ],
    "ON CONFLICT (model_id, metric_name, metric_timestamp_ms, metric_step, run_id) DO NOTHING",
);

/// What a new logged model is made of.
#[derive(Clone, Debug, Default)]
pub struct NewModel {
    pub model_id: String,
    pub experiment_id: i64,
    pub name: String,
    pub model_type: String,
    pub source_run_id: String,
    /// At most one of each key, sorted by key, as [`distinct_pairs`] leaves them.
    pub params: Vec<KeyValue>,
    /// As `params`.
    pub tags: Vec<KeyValue>,
    /// Milliseconds since 1970.
    pub now: i64,
}

app::lend!(NewModel);

pub(super) fn not_found(model_id: &str) -> ApiError {
    ApiError::missing(format!("Logged model with ID '{model_id}' not found."))
}

fn changed(what: &str, key: &str) -> ApiError {
    ApiError::new(
        Code::BadRequest,
        format!("The {what} '{key}' of the logged model has another value, which cannot change."),
    )
}

/// The params or tags sorted by key, repetitions dropped. `what` they are, for the message.
///
/// # Errors
/// When a key comes with two values.
pub fn distinct_pairs(what: &str, pairs: Vec<KeyValue>) -> Result<Vec<KeyValue>, ApiError> {
    let mut by_key = BTreeMap::new();
    for KeyValue { key, value } in pairs {
        if by_key.get(&key).is_some_and(|known| *known != value) {
            return Err(changed(what, &key));
        }
        by_key.insert(key, value);
    }
    Ok(by_key.into_iter().map(|(key, value)| KeyValue { key, value }).collect())
}

fn pair_rows<'p>(
    model_id: &'p str,
    experiment_id: i64,
    pairs: impl IntoIterator<Item = &'p KeyValue>,
) -> Vec<[Value<'p>; 4]> {
    let row = |pair: &'p KeyValue| {
        [model_id.into(), experiment_id.into(), (&pair.key).into(), (&pair.value).into()]
    };
    pairs.into_iter().map(row).collect()
}

pub async fn create(tx: &mut Unit<'_>, new: &NewModel) -> Result<LoggedModel, ApiError> {
    let experiment = active_experiment(tx, new.experiment_id).await?;
    let folder = format!("models/{}/artifacts", new.model_id);
    let artifact_uri = location::join(&experiment.artifact_location, &folder);
    tx.execute(
        "INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, \
         creation_timestamp_ms, last_updated_timestamp_ms, status, lifecycle_stage, model_type, \
         source_run_id) VALUES ($1, $2, $3, $4, $5, $5, $6, 'active', $7, $8)",
        &[
            (&new.model_id).into(),
            new.experiment_id.into(),
            (&new.name).into(),
            (&artifact_uri).into(),
            new.now.into(),
            LoggedModelStatus::Pending.number().into(),
            (&new.model_type).into(),
            (&new.source_run_id).into(),
        ],
    )
    .await?;
    let params = pair_rows(&new.model_id, new.experiment_id, &new.params);
    tx.insert_rows(&PARAMS, &params).await?;
    let tags = pair_rows(&new.model_id, new.experiment_id, &new.tags);
    tx.insert_rows(&TAGS, &tags).await?;
    Ok(LoggedModel {
        info: LoggedModelInfo {
            model_id: new.model_id.clone(),
            experiment_id: new.experiment_id.to_string(),
            name: new.name.clone(),
            creation_timestamp_ms: new.now,
            last_updated_timestamp_ms: new.now,
            artifact_uri,
            status: LoggedModelStatus::Pending,
            model_type: Some(new.model_type.clone()),
            source_run_id: Some(new.source_run_id.clone()),
            status_message: None,
            tags: new.tags.clone(),
        },
        data: LoggedModelData { params: new.params.clone(), metrics: Vec::new() },
    })
}

fn read_model(row: Row<'_>) -> Result<LoggedModel, DbError> {
    let info = LoggedModelInfo {
        model_id: row.get(0)?,
        experiment_id: row.get::<i64>(1)?.to_string(),
        name: row.get(2)?,
        creation_timestamp_ms: row.get(3)?,
        last_updated_timestamp_ms: row.get(4)?,
        artifact_uri: row.get(5)?,
        status: LoggedModelStatus::from_number(row.get(6)?),
        model_type: row.get(7)?,
        source_run_id: row.get(8)?,
        status_message: row.get(9)?,
        tags: Vec::new(),
    };
    Ok(LoggedModel { info, data: LoggedModelData::default() })
}

fn read_metric(row: Row<'_>) -> Result<(String, Metric), DbError> {
    let model_id: String = row.get(0)?;
    let metric = Metric {
        key: row.get(1)?,
        value: Double(row.get::<Option<f64>>(2)?.unwrap_or_default()),
        timestamp: row.get(3)?,
        step: row.get(4)?,
        model_id: Some(model_id.clone()),
        dataset_name: row.get(5)?,
        dataset_digest: row.get(6)?,
        run_id: Some(row.get(7)?),
    };
    Ok((model_id, metric))
}

fn read_pair(row: Row<'_>) -> Result<(String, KeyValue), DbError> {
    Ok((row.get(0)?, KeyValue { key: row.get(1)?, value: row.get(2)? }))
}

fn grouped<T>(rows: Vec<(String, T)>) -> HashMap<String, Vec<T>> {
    let mut groups: HashMap<String, Vec<T>> = HashMap::new();
    for (id, row) in rows {
        groups.entry(id).or_default().push(row);
    }
    groups
}

/// Reads the tags, params and metrics of all `models`.
async fn add_details(tx: &mut Unit<'_>, models: &mut [LoggedModel]) -> Result<(), DbError> {
    if models.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = models.iter().map(|model| model.info.model_id.clone()).collect();
    let tags = tx
        .query(
            "SELECT model_id, tag_key, tag_value FROM logged_model_tags \
             WHERE model_id = ANY($1) ORDER BY model_id, tag_key",
            &[(&ids).into()],
            read_pair,
        )
        .await?;
    let params = tx
        .query(
            "SELECT model_id, param_key, param_value FROM logged_model_params \
             WHERE model_id = ANY($1) ORDER BY model_id, param_key",
            &[(&ids).into()],
            read_pair,
        )
        .await?;
    // Compat: MLflow names no order, and its points come as they were logged.
    let metrics = tx
        .query(
            "SELECT model_id, metric_name, metric_value, metric_timestamp_ms, metric_step, \
             dataset_name, dataset_digest, run_id FROM logged_model_metrics \
             WHERE model_id = ANY($1) ORDER BY metric_timestamp_ms, metric_step",
            &[(&ids).into()],
            read_metric,
        )
        .await?;
    let (mut tags, mut params, mut metrics) = (grouped(tags), grouped(params), grouped(metrics));
    for model in models {
        let id = &model.info.model_id;
        model.info.tags = tags.remove(id).unwrap_or_default();
        model.data.params = params.remove(id).unwrap_or_default();
        model.data.metrics = metrics.remove(id).unwrap_or_default();
    }
    Ok(())
}

async fn with_details(tx: &mut Unit<'_>, model: LoggedModel) -> Result<LoggedModel, ApiError> {
    let mut models = [model];
    add_details(tx, &mut models).await?;
    let [model] = models;
    Ok(model)
}

/// The model with this id; a deleted one only if `allow_deleted` says so.
pub async fn get(
    tx: &mut Unit<'_>,
    model_id: &str,
    allow_deleted: bool,
) -> Result<LoggedModel, ApiError> {
    let mut statement = Statement::new("SELECT ");
    statement.text(COLUMNS).text(" FROM logged_models WHERE model_id = ").bind(model_id.to_owned());
    if !allow_deleted {
        statement.text(" AND lifecycle_stage <> 'deleted'");
    }
    let found = statement.query(tx, read_model).await?.pop();
    with_details(tx, found.ok_or_else(|| not_found(model_id))?).await
}

/// Where the artifacts of a model that is not deleted are kept.
pub async fn artifact_location(tx: &mut Unit<'_>, model_id: &str) -> Result<String, ApiError> {
    let found = tx
        .query_opt(
            "SELECT artifact_location FROM logged_models \
             WHERE model_id = $1 AND lifecycle_stage <> 'deleted'",
            &[model_id.into()],
            |row| row.get(0),
        )
        .await?;
    found.ok_or_else(|| not_found(model_id))
}

/// Ends the upload of a model, deleted or not, and answers with it.
pub async fn finalize(
    tx: &mut Unit<'_>,
    model_id: &str,
    status: LoggedModelStatus,
) -> Result<LoggedModel, ApiError> {
    let now = tx.now_ms();
    let mut statement = Statement::new("UPDATE logged_models SET status = ");
    statement.bind(status.number()).text(", last_updated_timestamp_ms = ").bind(now);
    statement.text(" WHERE model_id = ").bind(model_id.to_owned());
    statement.text(" RETURNING ").text(COLUMNS);
    let found = statement.query(tx, read_model).await?.pop();
    with_details(tx, found.ok_or_else(|| not_found(model_id))?).await
}

pub async fn delete(tx: &mut Unit<'_>, model_id: &str) -> Result<(), ApiError> {
    let now = tx.now_ms();
    let deleted = tx
        .execute(
            "UPDATE logged_models SET lifecycle_stage = 'deleted', last_updated_timestamp_ms = $2 \
             WHERE model_id = $1",
            &[model_id.into(), now.into()],
        )
        .await?;
    if deleted == 0 { Err(not_found(model_id)) } else { Ok(()) }
}

/// The experiment of a model, deleted or not.
async fn experiment_of(tx: &mut Unit<'_>, model_id: &str) -> Result<i64, ApiError> {
    let found = tx
        .query_opt(
            "SELECT experiment_id FROM logged_models WHERE model_id = $1",
            &[model_id.into()],
            |row| row.get(0),
        )
        .await?;
    found.ok_or_else(|| not_found(model_id))
}

pub async fn set_tags(
    tx: &mut Unit<'_>,
    model_id: &str,
    tags: &[KeyValue],
) -> Result<(), ApiError> {
    let experiment_id = experiment_of(tx, model_id).await?;
    let rows = pair_rows(model_id, experiment_id, last_of_each_key(tags));
    tx.insert_rows(&TAGS, &rows).await?;
    Ok(())
}

pub async fn delete_tag(tx: &mut Unit<'_>, model_id: &str, key: &str) -> Result<(), ApiError> {
    experiment_of(tx, model_id).await?;
    let deleted = tx
        .execute(
            "DELETE FROM logged_model_tags WHERE model_id = $1 AND tag_key = $2",
            &[model_id.into(), key.into()],
        )
        .await?;
    if deleted > 0 {
        return Ok(());
    }
    let [key, model_id] = [key, model_id].map(python::repr_text);
    Err(ApiError::missing(format!("No tag with key {key} found for model with ID {model_id}.")))
}

/// Adds params, which never change: one that is there already must have the same value. `params`
/// are distinct by key.
pub async fn log_params(
    tx: &mut Unit<'_>,
    model_id: &str,
    params: &[KeyValue],
) -> Result<(), ApiError> {
    let experiment_id = experiment_of(tx, model_id).await?;
    let rows = pair_rows(model_id, experiment_id, params);
    let added = tx.insert_rows(&PARAMS, &rows).await?;
    if added == rows.len() as u64 {
        return Ok(());
    }
    let keys: Vec<&str> = params.iter().map(|param| param.key.as_str()).collect();
    let stored: HashMap<String, String> = tx
        .query(
            "SELECT param_key, param_value FROM logged_model_params \
             WHERE model_id = $1 AND param_key = ANY($2)",
            &[model_id.into(), keys.into()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .await?
        .into_iter()
        .collect();
    match params.iter().find(|param| stored.get(&param.key) != Some(&param.value)) {
        Some(param) => Err(changed("param", &param.key)),
        None => Ok(()),
    }
}

/// The part of a model's metric that identifies it within a run: model, name, time and step.
type MetricKey = (String, String, i64, i64);
/// The rest of it: value, data set's name and digest.
type MetricValue = (f64, Option<String>, Option<String>);

fn identified(point: &Point) -> Option<(MetricKey, MetricValue)> {
    let model_id = point.model_id.clone()?;
    Some((
        (model_id, point.key.clone(), point.timestamp, point.step),
        (point.value, point.dataset_name.clone(), point.dataset_digest.clone()),
    ))
}

/// Adds those `points` of a run that name a logged model to the model's metrics. Logging a point
/// again changes nothing.
///
/// # Errors
/// When a model does not exist, or has another value at the same time and step of the same run.
pub async fn record_metrics(
    tx: &mut Unit<'_>,
    run_id: &str,
    experiment_id: i64,
    points: &[Point],
) -> Result<(), ApiError> {
    let mut wanted: HashMap<MetricKey, MetricValue> = HashMap::new();
    let mut rows: Vec<[Value<'_>; 9]> = Vec::new();
    for point in points {
        let Some((key, value)) = identified(point) else { continue };
        match wanted.get(&key) {
            Some(known) if *known == value => continue,
            Some(_) => return Err(changed("metric", &point.key)),
            None => wanted.insert(key, value),
        };
        rows.push([
            (&point.model_id).into(),
            (&point.key).into(),
            point.timestamp.into(),
            point.step.into(),
            point.value.into(),
            experiment_id.into(),
            run_id.into(),
            (&point.dataset_name).into(),
            (&point.dataset_digest).into(),
        ]);
    }
    let added = match tx.insert_rows(&METRICS, &rows).await {
        Err(error) if error.kind == Kind::ForeignKey => return Err(no_model(&wanted)),
        other => other?,
    };
    if added == rows.len() as u64 { Ok(()) } else { check_stored(tx, run_id, wanted).await }
}

/// Compat: MLflow takes a metric of an unknown model for a malformed request.
fn no_model(wanted: &HashMap<MetricKey, MetricValue>) -> ApiError {
    let ids: std::collections::BTreeSet<&str> = wanted.keys().map(|key| key.0.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    ApiError::new(
        Code::BadRequest,
        format!("Logged model with ID '{}' not found.", ids.join("' or '")),
    )
}

async fn check_stored(
    tx: &mut Unit<'_>,
    run_id: &str,
    mut wanted: HashMap<MetricKey, MetricValue>,
) -> Result<(), ApiError> {
    let models: Vec<&str> = wanted.keys().map(|key| key.0.as_str()).collect();
    let names: Vec<&str> = wanted.keys().map(|key| key.1.as_str()).collect();
    let stored: Vec<(MetricKey, MetricValue)> = tx
        .query(
            "SELECT model_id, metric_name, metric_timestamp_ms, metric_step, metric_value, \
             dataset_name, dataset_digest FROM logged_model_metrics \
             WHERE model_id = ANY($1) AND metric_name = ANY($2) AND run_id = $3",
            &[models.into(), names.into(), run_id.into()],
            |row| {
                let value = row.get::<Option<f64>>(4)?.unwrap_or_default();
                Ok((
                    (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?),
                    (value, row.get(5)?, row.get(6)?),
                ))
            },
        )
        .await?;
    for (key, value) in stored {
        if wanted.remove(&key).is_some_and(|wanted| wanted != value) {
            return Err(changed("metric", &key.1));
        }
    }
    Ok(())
}

/// One page of a search.
pub async fn search(
    tx: &mut Unit<'_>,
    search: &Search,
) -> Result<SearchLoggedModelsResponse, ApiError> {
    let rows = search.statement.query(tx, |row| Ok((read_model(row)?, search.keys(row)?))).await?;
    let more = rows.len() > search.size;
    let mut last_keys = Vec::new();
    let mut models = Vec::with_capacity(rows.len());
    for (model, keys) in rows.into_iter().take(search.size) {
        models.push(model);
        last_keys = keys;
    }
    add_details(tx, &mut models).await?;
    let next_page_token = more.then(|| search.token(last_keys));
    Ok(SearchLoggedModelsResponse { models, next_page_token })
}
