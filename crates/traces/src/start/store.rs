//! The SQL of what clients say of whole traces.

use std::collections::{BTreeMap, HashMap};

use app::rollups::{Changed, Family};
use app::{ApiError, Code, Unit};
use db::{Bulk, ColumnType, DbError, Value};
use serde_json::{Map, Value as Json};
use tracking::experiments;

use crate::assessments;
use crate::assessments::store::NewAssessment;
use crate::assessments::wire::Assessment;
use crate::changes::{self, TraceEvent};
use crate::rollups::store_changed;
use crate::spans::json;
use crate::spans::keys::{metadata, tag};
use crate::spans::store::{TAGS, artifact_location};
use crate::spans::usage::{Cost, TokenUsage};

pub static METADATA: Bulk<3> = Bulk::new(
    "trace_request_metadata",
    [("request_id", ColumnType::Text), ("key", ColumnType::Text), ("value", ColumnType::Text)],
    "ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value \
     WHERE trace_request_metadata.value IS DISTINCT FROM excluded.value",
);

/// What a client says of a trace, checked.
#[derive(Debug, Default)]
pub struct Told {
    pub trace_id: String,
    pub experiment_id: i64,
    pub client_request_id: Option<String>,
    pub request_preview: Option<String>,
    pub response_preview: Option<String>,
    /// Milliseconds since 1970.
    pub start_ms: i64,
    pub duration_ms: Option<i64>,
    pub state: &'static str,
    pub name: Option<String>,
    pub analytics: Analytics,
    pub metadata: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub assessments: Vec<NewAssessment>,
}

app::lend!(Told);

/// Metadata that have columns of their own.
#[derive(Clone, Debug, Default)]
pub struct Analytics {
    pub session_id: Option<String>,
    pub usage: TokenUsage,
    pub cost: Cost,
}

impl Analytics {
    /// Takes the metadata that have columns out of the others.
    pub fn take(all: &mut BTreeMap<String, String>) -> Self {
        let mut object = |key| match all.remove(key).map(|text| serde_json::from_str(&text)) {
            Some(Ok(Json::Object(fields))) => fields,
            _ => Map::new(),
        };
        let usage = TokenUsage::from_json(&object(metadata::TOKEN_USAGE));
        let cost = Cost::from_json(&object(metadata::COST));
        Self { session_id: all.remove(metadata::SESSION), usage, cost }
    }
}

fn analytics(told: &Analytics) -> [Value<'_>; 10] {
    let [input, output, total, cache_read, cache_write, cache_long] = told.usage.0;
    let [input_cost, output_cost, total_cost] = told.cost.0;
    [
        (&told.session_id).into(),
        input.into(),
        output.into(),
        total.into(),
        cache_read.into(),
        cache_write.into(),
        cache_long.into(),
        input_cost.into(),
        output_cost.into(),
        total_cost.into(),
    ]
}

/// Makes a trace, or says of one that its spans have made already what it is as a whole.
pub async fn start(tx: &mut Unit<'_>, told: &Told) -> Result<StoredTrace, ApiError> {
    let experiment = experiments::store::active_experiment(tx, told.experiment_id).await?;
    let mut values: Vec<Value<'_>> = vec![
        (&told.trace_id).into(),
        told.experiment_id.into(),
        told.start_ms.into(),
        told.duration_ms.into(),
        told.state.into(),
        (&told.client_request_id).into(),
        (&told.request_preview).into(),
        (&told.response_preview).into(),
        (&told.name).into(),
    ];
    values.extend(analytics(&told.analytics));
    let made = tx
        .execute(
            "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, execution_time_ms, \
             status, client_request_id, request_preview, response_preview, trace_name, session_id, \
             input_tokens, output_tokens, total_tokens, cache_read_input_tokens, \
             cache_creation_input_tokens, cache_creation_input_tokens_above_1hr, input_cost, \
             output_cost, total_cost) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
             $13, $14, $15, $16, $17, $18, $19) ON CONFLICT (request_id) DO NOTHING",
            &values,
        )
        .await?;
    let mut changed = Changed::new(tx);
    let before = if made == 0 { Some(merge(tx, told, &values, &mut changed).await?) } else { None };
    let location = artifact_location(&experiment.artifact_location, &told.trace_id);
    let own = [(tag::ARTIFACT_LOCATION, location.as_str())];
    let others = told.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let tags = others.chain(own);
    write_pairs(tx, &TAGS, &told.trace_id, tags.collect()).await?;
    let finalized = [(metadata::FINALIZED, "true")];
    let metadata = told.metadata.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    write_pairs(tx, &METADATA, &told.trace_id, metadata.chain(finalized).collect()).await?;
    own_assessments(tx, told).await?;
    for assessment in &told.assessments {
        // A client that sends a trace again sends the same assessments: the last word counts.
        tx.execute(
            "DELETE FROM assessments WHERE assessment_id = $1 AND trace_id = $2",
            &[(&assessment.id).into(), (&told.trace_id).into()],
        )
        .await?;
        assessments::store::insert(tx, assessment, (told.experiment_id, told.start_ms)).await?;
    }
    changed.add(Family::Trace, told.experiment_id, told.start_ms);
    if !told.assessments.is_empty() {
        changed.add(Family::Assessment, told.experiment_id, told.start_ms);
    }
    let mut trace = stored(tx, &told.trace_id).await?;
    let places = HashMap::from([(told.trace_id.as_str(), 0)]);
    let ids = std::slice::from_ref(&told.trace_id);
    trace.assessments = assessments::store::of_traces(tx, ids, &places).await?.remove(0);
    changes::traces_written(tx, [(trace.event(), before.as_deref())]).await?;
    changes::assessments_created(tx, &told.assessments).await?;
    changed.note(tx).await?;
    Ok(trace)
}

/// Refuses to write into a trace from an experiment that it does not belong to.
pub fn of_another_experiment(trace_id: &str) -> ApiError {
    ApiError::invalid(format!("Trace with ID '{trace_id}' already exists in another experiment."))
}

/// Refuses assessments that another trace has already: an id would move them.
async fn own_assessments(tx: &mut Unit<'_>, told: &Told) -> Result<(), ApiError> {
    if told.assessments.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = told.assessments.iter().map(|assessment| &*assessment.id).collect();
    let foreign = tx
        .query_opt(
            "SELECT assessment_id FROM assessments WHERE assessment_id = ANY($1) AND trace_id <> $2 \
             ORDER BY assessment_id LIMIT 1",
            &[ids.into(), (&told.trace_id).into()],
            |row| row.get::<String>(0),
        )
        .await?;
    match foreign {
        None => Ok(()),
        Some(id) => {
            Err(ApiError::invalid(format!("Assessment with ID '{id}' belongs to another trace.")))
        }
    }
}

/// Writes tags or metadata of one trace, in the order of keys.
pub async fn write_pairs(
    tx: &mut Unit<'_>,
    bulk: &Bulk<3>,
    trace_id: &str,
    pairs: BTreeMap<&str, &str>,
) -> Result<(), DbError> {
    let rows: Vec<[Value<'_>; 3]> = (pairs.into_iter())
        .map(|(key, value)| [trace_id.into(), key.into(), value.into()])
        .collect();
    tx.insert_rows(bulk, &rows).await.map(drop)
}

/// Says of a trace that is there what it is as a whole, and returns the state that it was in.
/// `values` are those of a new one.
async fn merge(
    tx: &mut Unit<'_>,
    told: &Told,
    values: &[Value<'_>],
    changed: &mut Changed,
) -> Result<String, ApiError> {
    let trace_id = &told.trace_id;
    let locked = tx
        .query_opt(
            "SELECT status, experiment_id FROM trace_info WHERE request_id = $1 FOR UPDATE",
            &[trace_id.into()],
            |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)),
        )
        .await?;
    let Some((before, experiment_id)) = locked else {
        return Err(ApiError::missing(format!("Trace with ID '{trace_id}' no longer exists.")));
    };
    if experiment_id != told.experiment_id {
        return Err(of_another_experiment(trace_id));
    }
    let elsewhere = tx
        .query_opt(
            "SELECT 1 FROM trace_tags WHERE request_id = $1 AND key = $2 AND value <> $3",
            &[trace_id.into(), tag::SPANS_LOCATION.into(), tag::IN_DATABASE.into()],
            |_| Ok(()),
        )
        .await?;
    if elsewhere.is_some() {
        let message = format!("Cannot update traces that are no longer DB-backed: '{trace_id}'.");
        return Err(ApiError::new(Code::InvalidState, message));
    }
    // The trace may move to another day, and its assessments with it.
    let ids = std::slice::from_ref(trace_id);
    store_changed::traces(tx, changed, ids).await?;
    // What the client leaves out stays as the spans have said it.
    tx.execute(
        "UPDATE trace_info SET experiment_id = $2, timestamp_ms = $3, execution_time_ms = $4, \
         status = $5, client_request_id = $6, request_preview = COALESCE($7, request_preview), \
         response_preview = COALESCE($8, response_preview), trace_name = COALESCE($9, trace_name), \
         session_id = COALESCE($10, session_id), input_tokens = COALESCE($11, input_tokens), \
         output_tokens = COALESCE($12, output_tokens), total_tokens = COALESCE($13, total_tokens), \
         cache_read_input_tokens = COALESCE($14, cache_read_input_tokens), \
         cache_creation_input_tokens = COALESCE($15, cache_creation_input_tokens), \
         cache_creation_input_tokens_above_1hr = \
         COALESCE($16, cache_creation_input_tokens_above_1hr), \
         input_cost = COALESCE($17, input_cost), output_cost = COALESCE($18, output_cost), \
         total_cost = COALESCE($19, total_cost), \
         db_payload_generation = db_payload_generation + 1 WHERE request_id = $1",
        values,
    )
    .await?;
    tx.execute(
        "UPDATE assessments SET trace_timestamp_ms = $2 WHERE trace_id = $1",
        &[trace_id.into(), told.start_ms.into()],
    )
    .await?;
    store_changed::traces(tx, changed, ids).await?;
    Ok(before)
}

/// A trace as it is stored.
#[derive(Clone, Debug, Default)]
pub struct StoredTrace {
    pub trace_id: String,
    pub experiment_id: i64,
    pub start_ms: i64,
    pub duration_ms: Option<i64>,
    pub state: String,
    pub client_request_id: Option<String>,
    pub request_preview: Option<String>,
    pub response_preview: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub assessments: Vec<Assessment>,
}

impl StoredTrace {
    /// The trace as an event tells of it.
    pub fn event(&self) -> TraceEvent {
        TraceEvent {
            trace_id: self.trace_id.clone(),
            experiment_id: self.experiment_id.to_string(),
            state: self.state.clone(),
            request_time: self.start_ms,
            execution_duration_ms: self.duration_ms,
        }
    }
}

/// The trace with all its tags and metadata.
pub async fn stored(tx: &mut Unit<'_>, trace_id: &str) -> Result<StoredTrace, ApiError> {
    let found = tx
        .query_opt(
            "SELECT experiment_id, timestamp_ms, execution_time_ms, status, client_request_id, \
             request_preview, response_preview, trace_name, session_id, input_tokens, \
             output_tokens, total_tokens, cache_read_input_tokens, cache_creation_input_tokens, \
             cache_creation_input_tokens_above_1hr, input_cost, output_cost, total_cost \
             FROM trace_info WHERE request_id = $1",
            &[trace_id.into()],
            |row| {
                let mut trace = StoredTrace {
                    trace_id: trace_id.to_owned(),
                    experiment_id: row.get(0)?,
                    start_ms: row.get(1)?,
                    duration_ms: row.get(2)?,
                    state: row.get(3)?,
                    client_request_id: row.get(4)?,
                    request_preview: row.get(5)?,
                    response_preview: row.get(6)?,
                    ..StoredTrace::default()
                };
                if let Some(name) = row.get::<Option<String>>(7)? {
                    trace.tags.insert(tag::NAME.to_owned(), name);
                }
                if let Some(session) = row.get::<Option<String>>(8)? {
                    trace.metadata.insert(metadata::SESSION.to_owned(), session);
                }
                let mut usage = Map::new();
                for (place, key) in TokenUsage::KEYS.into_iter().enumerate() {
                    if let Some(count) = row.get::<Option<i64>>(9 + place)? {
                        usage.insert(key.to_owned(), count.into());
                    }
                }
                let mut cost = Map::new();
                for (place, key) in Cost::KEYS.into_iter().enumerate() {
                    if let Some(dollars) = row.get::<Option<f64>>(15 + place)? {
                        cost.insert(key.to_owned(), dollars.into());
                    }
                }
                for (key, fields) in [(metadata::TOKEN_USAGE, usage), (metadata::COST, cost)] {
                    if !fields.is_empty() {
                        trace.metadata.insert(key.to_owned(), json::to_text(&fields.into()));
                    }
                }
                Ok(trace)
            },
        )
        .await?;
    let missing = || ApiError::missing(format!("Trace with ID '{trace_id}' not found."));
    let mut trace = found.ok_or_else(missing)?;
    let pairs = tx
        .query(
            "SELECT 0, key, value FROM trace_tags WHERE request_id = $1 \
             UNION ALL SELECT 1, key, value FROM trace_request_metadata WHERE request_id = $1",
            &[trace_id.into()],
            |row| {
                let value = row.get::<Option<String>>(2)?.unwrap_or_default();
                Ok((row.get::<i64>(0)?, row.get::<String>(1)?, value))
            },
        )
        .await?;
    for (kind, key, value) in pairs {
        let into = if kind == 0 { &mut trace.tags } else { &mut trace.metadata };
        into.entry(key).or_insert(value);
    }
    Ok(trace)
}
