//! Writing many records at once: three statements, however many there are.
//!
//! Nobody holds a lock meanwhile. Who writes last finds out, by the time in the data set's row, that
//! someone else wrote since it was read, and starts again.

use std::collections::HashMap;

use app::{ApiError, App, Caller, Unit};

use super::incoming::Incoming;
use super::store::{self, Existing, RecordRow};
use crate::datasets::store::{digest, not_found};
use python::{Json, Map};

/// How often a call that others got ahead of is tried.
const ATTEMPTS: usize = 20;

/// The key below which outputs are stored, because they need not be a map.
pub(super) const WRAPPED: &str = "mlflow_wrapped";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub inserted: usize,
    pub updated: usize,
}

/// Why an attempt came to nothing.
enum Failed {
    /// Someone else wrote to the data set meanwhile.
    Stale,
    Api(ApiError),
}

impl From<db::DbError> for Failed {
    fn from(error: db::DbError) -> Self {
        Failed::Api(error.into())
    }
}

struct Call {
    dataset_id: String,
    records: Vec<Incoming>,
    /// A fresh id for each record, in case that it is new. Sorted: records that were made in the
    /// same call are listed by id, and so in their own order.
    ids: Vec<String>,
    now: i64,
}

app::lend!(Call);

/// Inserts the records whose inputs the data set does not know and updates the others.
///
/// # Errors
/// When the data set does not exist or the database fails.
pub async fn upsert(
    app: &App,
    caller: &Caller,
    dataset_id: String,
    records: Vec<Incoming>,
) -> Result<Counts, ApiError> {
    let mut ids: Vec<String> = records.iter().map(|_| format!("dr-{}", app.ids.hex())).collect();
    ids.sort_unstable();
    let call = std::sync::Arc::new(Call { dataset_id, records, ids, now: app.clock.now_ms() });
    for _ in 0..ATTEMPTS {
        let work = std::sync::Arc::clone(&call);
        match app.write(caller, attempt, (work,)).await {
            Ok(counts) => return Ok(counts),
            Err(Failed::Stale) => {}
            Err(Failed::Api(error)) => return Err(error),
        }
    }
    Err(ApiError::unavailable(
        "Too many clients write to this data set at the moment. Try again shortly.",
    ))
}

async fn attempt(tx: &mut Unit<'_>, call: &Call) -> Result<Counts, Failed> {
    let hashes: Vec<&str> = call.records.iter().map(|r| r.input_hash.as_str()).collect();
    let found = store::for_upsert(tx, &call.dataset_id, hashes).await?;
    let Some((dataset, existing)) = found else {
        return Err(Failed::Api(not_found(&call.dataset_id)));
    };
    // Strictly later, so that it tells every state of the data set apart.
    let now = call.now.max(dataset.last_update_time.saturating_add(1));
    let existing = existing.into_iter().map(|row| (row.input_hash.clone(), row)).collect();
    let (rows, counts) = merge(call, existing, now);
    store::write(tx, &call.dataset_id, &rows).await?;
    let total = dataset.records + i64::try_from(counts.inserted).unwrap_or(i64::MAX);
    let change = store::DatasetChange {
        expected_update_time: dataset.last_update_time,
        now,
        digest: digest(&dataset.name, now),
        // Compat: a call that names no user forgets who wrote last.
        user: call.records.iter().filter_map(Incoming::user).next_back(),
        schema: schema(dataset.schema.as_deref(), &call.records),
        profile: (total > 0).then(|| format!("{{\"num_records\": {total}}}")),
    };
    if store::update_dataset(tx, &call.dataset_id, &change).await? {
        Ok(counts)
    } else {
        Err(Failed::Stale)
    }
}

/// The rows to write: each record merged into the one with the same inputs, be it stored already or
/// an earlier one of the same call.
fn merge(
    call: &Call,
    mut existing: HashMap<String, Existing>,
    now: i64,
) -> (Vec<RecordRow>, Counts) {
    let mut counts = Counts::default();
    let mut rows: Vec<RecordRow> = Vec::with_capacity(call.records.len());
    let mut row_of: HashMap<&str, usize> = HashMap::with_capacity(call.records.len());
    for (record, id) in call.records.iter().zip(&call.ids) {
        if let Some(&at) = row_of.get(record.input_hash.as_str()) {
            rows[at].merge(record);
            counts.updated += 1;
            continue;
        }
        row_of.insert(&record.input_hash, rows.len());
        if let Some(stored) = existing.remove(&record.input_hash) {
            let mut row = RecordRow::from_existing(record, stored, now);
            row.merge(record);
            rows.push(row);
            counts.updated += 1;
        } else {
            rows.push(RecordRow::new(record, id.clone(), now));
            counts.inserted += 1;
        }
    }
    // One order for every caller, so that two calls wait for each other and do not deadlock.
    rows.sort_unstable_by(|a, b| a.input_hash.cmp(&b.input_hash));
    (rows, counts)
}

impl RecordRow {
    fn new(record: &Incoming, record_id: String, now: i64) -> Self {
        let source = record.source.as_ref();
        Self {
            record_id,
            inputs: Json::Map(record.inputs.clone()).dump(),
            // Compat: a new record that says nothing about outputs has an empty map of them.
            outputs: match &record.outputs {
                None => Some(wrap(&Json::Map(Map::new()))),
                Some(outputs) => wrapped(outputs),
            },
            expectations: (record.has_expectations)
                .then(|| Json::Map(record.expectations.clone()).dump()),
            tags: Some(Json::Map(record.tags.clone()).dump()),
            source: source.map(super::incoming::Source::dump),
            source_id: source.and_then(super::incoming::Source::id),
            source_type: source.map(|source| source.kind.clone()),
            now,
            created_by: record.user(),
            last_updated_by: record.user(),
            input_hash: record.input_hash.clone(),
        }
    }

    /// A row that stands for a stored one: what is not merged stays as it is.
    fn from_existing(record: &Incoming, stored: Existing, now: i64) -> Self {
        Self {
            outputs: stored.outputs,
            expectations: stored.expectations,
            tags: stored.tags,
            last_updated_by: stored.last_updated_by,
            ..Self::new(record, stored.record_id, now)
        }
    }

    /// Outputs are replaced, expectations and tags added to.
    fn merge(&mut self, record: &Incoming) {
        if let Some(outputs) = &record.outputs {
            self.outputs = wrapped(outputs);
        }
        add(&mut self.expectations, &record.expectations);
        add(&mut self.tags, &record.tags);
        if let Some(user) = record.user() {
            self.last_updated_by = Some(user);
        }
    }
}

fn wrap(outputs: &Json) -> String {
    format!("{{\"{WRAPPED}\": {}}}", outputs.dump())
}

fn wrapped(outputs: &Json) -> Option<String> {
    (*outputs != Json::Null).then(|| wrap(outputs))
}

/// Adds to a stored map, whose text may be missing or `null`.
fn add(stored: &mut Option<String>, more: &Map) {
    if more.is_empty() {
        return;
    }
    let mut map = match stored.as_deref().map(Json::parse) {
        Some(Ok(Json::Map(map))) => map,
        _ => Map::new(),
    };
    map.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
    *stored = Some(Json::Map(map).dump());
}

/// The schema with the fields of the records added: the first value of a field decides its type.
fn schema(stored: Option<&str>, records: &[Incoming]) -> Option<String> {
    let stored = stored.filter(|text| !text.is_empty());
    if records.is_empty() && stored.is_none() {
        return None;
    }
    let mut schema = match stored.map(Json::parse) {
        Some(Ok(Json::Map(schema))) => schema,
        _ => Map::new(),
    };
    for part in ["inputs", "outputs", "expectations"] {
        schema.entry(part.to_owned()).or_insert_with(|| Json::Map(Map::new()));
    }
    schema.entry("version".to_owned()).or_insert_with(|| "1.0".into());
    for record in records {
        add_fields(&mut schema, "inputs", &record.inputs);
        match &record.outputs {
            None | Some(Json::Null) => {}
            Some(Json::Map(outputs)) => add_fields(&mut schema, "outputs", outputs),
            Some(other) => {
                if let Some(outputs) = schema.get_mut("outputs").filter(|part| part.is_falsy()) {
                    *outputs = kind(other).into();
                }
            }
        }
        add_fields(&mut schema, "expectations", &record.expectations);
    }
    Some(Json::Map(schema).dump())
}

fn add_fields(schema: &mut Map, part: &str, fields: &Map) {
    // Outputs that were no map at first stay described as that.
    if let Some(Json::Map(known)) = schema.get_mut(part) {
        for (name, value) in fields {
            if !known.contains_key(name) {
                known.insert(name.clone(), kind(value).into());
            }
        }
    }
}

/// A type's name in a schema.
fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Integer(_) => "integer",
        Json::Float(_) => "float",
        Json::Text(_) => "string",
        Json::List(_) => "array",
        Json::Map(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::super::incoming::read;
    use super::*;

    fn call(records: &str) -> Call {
        let records = read(records).unwrap();
        let ids = (0..records.len()).map(|index| format!("dr-{index}")).collect();
        Call { dataset_id: "d".to_owned(), records, ids, now: 5 }
    }

    #[test]
    fn the_same_inputs_are_one_record() {
        let call = call(
            r#"[{"inputs": {"a": 1}}, {"inputs": {"a": 1}, "outputs": "x", "tags": {"t": "1"}},
                {"inputs": {"a": 2}, "expectations": {"e": 1}}]"#,
        );
        let stored = Existing {
            input_hash: call.records[2].input_hash.clone(),
            record_id: "dr-old".to_owned(),
            outputs: Some(wrap(&1.into())),
            expectations: Some(r#"{"old": true}"#.to_owned()),
            tags: Some("null".to_owned()),
            last_updated_by: Some("me".to_owned()),
        };
        let existing = HashMap::from([(stored.input_hash.clone(), stored)]);
        let (mut rows, counts) = merge(&call, existing, 6);
        assert_eq!(counts, Counts { inserted: 1, updated: 2 });
        rows.sort_by(|a, b| a.record_id.cmp(&b.record_id));
        assert_eq!(rows[0].outputs.as_deref(), Some(r#"{"mlflow_wrapped": "x"}"#));
        assert_eq!(rows[0].tags.as_deref(), Some(r#"{"t": "1"}"#));
        assert_eq!(rows[1].record_id, "dr-old");
        assert_eq!(rows[1].outputs.as_deref(), Some(r#"{"mlflow_wrapped": 1}"#));
        assert_eq!(rows[1].expectations.as_deref(), Some(r#"{"old": true, "e": 1}"#));
        assert_eq!(rows[1].last_updated_by.as_deref(), Some("me"));
    }

    #[test]
    fn the_schema_grows() {
        let first = schema(None, &call(r#"[{"inputs": {"a": 1}, "outputs": "x"}]"#).records);
        let first = first.unwrap();
        assert_eq!(
            first,
            r#"{"inputs": {"a": "integer"}, "outputs": "string", "expectations": {}, "version": "1.0"}"#
        );
        let more = call(r#"[{"inputs": {"a": "x", "b": [1]}, "expectations": {"e": 1.5}}]"#);
        assert_eq!(
            schema(Some(&first), &more.records).unwrap(),
            r#"{"inputs": {"a": "integer", "b": "array"}, "outputs": "string", "expectations": {"e": "float"}, "version": "1.0"}"#
        );
    }
}
