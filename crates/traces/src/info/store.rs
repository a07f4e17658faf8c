//! The SQL of traces without their spans.

use std::collections::{HashMap, HashSet};

use app::rollups::Changed;
use app::{ApiError, Unit};
use const_format::concatcp;
use db::{DbError, Row, Statement};
use serde_json::Map;
use tracking::tags::KeyValue;

use super::wire::{Pairs, TraceInfo, TraceLocation};
use crate::rollups::store_changed;
use crate::spans::keys::tag;
use crate::time::{Duration, Timestamp};
use crate::{assessments, changes};

/// The columns of a trace's row, in the order in which [`TraceRow::read`] reads them.
pub const COLUMNS: &str = "t.request_id, t.experiment_id, t.timestamp_ms, t.execution_time_ms, \
     t.status, t.client_request_id, t.request_preview, t.response_preview, t.trace_name, \
     t.session_id, t.input_tokens, t.output_tokens, t.total_tokens, t.cache_read_input_tokens, \
     t.cache_creation_input_tokens, t.cache_creation_input_tokens_above_1hr, t.input_cost, \
     t.output_cost, t.total_cost";
/// How many columns [`COLUMNS`] names.
pub const COLUMN_COUNT: usize = 19;

const TOKENS: [&str; 6] = [
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation_input_tokens_above_1hr",
];
const COSTS: [&str; 3] = ["input_cost", "output_cost", "total_cost"];

const NAME_TAG: &str = "mlflow.traceName";
const SESSION: &str = "mlflow.trace.session";
const TOKEN_USAGE: &str = "mlflow.trace.tokenUsage";
const COST: &str = "mlflow.trace.cost";

/// At which place of a page each trace stands.
pub type Places<'i> = HashMap<&'i str, usize>;

pub fn not_found(trace_id: &str) -> ApiError {
    ApiError::missing(format!("Trace with ID '{trace_id}' not found."))
}

/// A trace's row. Its name, session, usage and cost have columns, and are shown as a tag and as
/// metadata.
#[derive(Debug)]
pub struct TraceRow {
    info: TraceInfo,
    name: Option<String>,
    columns: Vec<KeyValue>,
}

impl TraceRow {
    pub fn read(row: Row<'_>) -> Result<Self, DbError> {
        let mut columns = Vec::new();
        let mut push = |key: &str, value: String| {
            columns.push(KeyValue { key: key.to_owned(), value });
        };
        if let Some(session) = row.get::<Option<String>>(9)? {
            push(SESSION, session);
        }
        let mut usage = Map::new();
        for (index, key) in TOKENS.into_iter().enumerate() {
            if let Some(count) = row.get::<Option<i64>>(10 + index)? {
                usage.insert(key.to_owned(), count.into());
            }
        }
        if !usage.is_empty() {
            push(TOKEN_USAGE, python::dumps(&usage));
        }
        let mut cost = Map::new();
        for (index, key) in COSTS.into_iter().enumerate() {
            if let Some(amount) = row.get::<Option<f64>>(16 + index)? {
                cost.insert(key.to_owned(), amount.into());
            }
        }
        if !cost.is_empty() {
            push(COST, python::dumps(&cost));
        }
        let info = TraceInfo {
            trace_id: row.get(0)?,
            client_request_id: row.get(5)?,
            trace_location: TraceLocation::experiment(row.get(1)?),
            request_time: Timestamp(row.get(2)?),
            execution_duration: row.get::<Option<i64>>(3)?.map(Duration),
            state: row.get(4)?,
            trace_metadata: Pairs::default(),
            assessments: Vec::new(),
            tags: Pairs::default(),
            request_preview: row.get(6)?,
            response_preview: row.get(7)?,
        };
        Ok(Self { info, name: row.get(8)?, columns })
    }
}

/// The traces of these rows with their tags, metadata and assessments: three queries for any
/// number of them.
pub async fn fill(tx: &mut Unit<'_>, rows: Vec<TraceRow>) -> Result<Vec<TraceInfo>, DbError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = rows.iter().map(|row| row.info.trace_id.clone()).collect();
    let place: Places<'_> =
        ids.iter().enumerate().map(|(index, id)| (id.as_str(), index)).collect();
    let mut tags = pairs(
        tx,
        "SELECT request_id, key, value FROM trace_tags WHERE request_id = ANY($1)",
        &ids,
        &place,
        &[NAME_TAG],
    )
    .await?;
    let mut metadata = pairs(
        tx,
        "SELECT request_id, key, value FROM trace_request_metadata WHERE request_id = ANY($1)",
        &ids,
        &place,
        &[SESSION, TOKEN_USAGE, COST],
    )
    .await?;
    let mut assessed = assessments::store::of_traces(tx, &ids, &place).await?;
    let infos = rows.into_iter().enumerate().map(|(index, row)| {
        let TraceRow { mut info, name, columns } = row;
        info.tags.0 = std::mem::take(&mut tags[index]);
        info.tags.0.extend(name.map(|value| KeyValue { key: NAME_TAG.to_owned(), value }));
        info.trace_metadata.0 = std::mem::take(&mut metadata[index]);
        info.trace_metadata.0.extend(columns);
        info.assessments = std::mem::take(&mut assessed[index]);
        info.cut();
        info
    });
    Ok(infos.collect())
}

/// The pairs of each trace but those of which a column tells.
async fn pairs(
    tx: &mut Unit<'_>,
    sql: &'static str,
    ids: &[String],
    place: &Places<'_>,
    hidden: &[&str],
) -> Result<Vec<Vec<KeyValue>>, DbError> {
    let mut of_trace: Vec<Vec<KeyValue>> = vec![Vec::new(); ids.len()];
    tx.query(sql, &[ids.into()], |row| {
        let key: &str = row.get(1)?;
        if let Some(index) = place.get(row.get::<&str>(0)?)
            && !hidden.contains(&key)
        {
            let value = row.get::<Option<String>>(2)?.unwrap_or_default();
            of_trace[*index].push(KeyValue { key: key.to_owned(), value });
        }
        Ok(())
    })
    .await?;
    Ok(of_trace)
}

pub async fn get(tx: &mut Unit<'_>, trace_id: &str) -> Result<TraceInfo, ApiError> {
    find(tx, trace_id).await?.ok_or_else(|| not_found(trace_id))
}

pub async fn find(tx: &mut Unit<'_>, trace_id: &str) -> Result<Option<TraceInfo>, ApiError> {
    let sql = concatcp!("SELECT ", COLUMNS, " FROM trace_info t WHERE t.request_id = $1");
    let rows = tx.query(sql, &[trace_id.into()], TraceRow::read).await?;
    Ok(fill(tx, rows).await?.pop())
}

/// Those of these traces that exist, in the order asked for, each once.
pub async fn batch(
    tx: &mut Unit<'_>,
    ids: &[String],
    experiments: Option<&[i64]>,
) -> Result<Vec<TraceInfo>, ApiError> {
    let mut statement = Statement::new("SELECT ");
    statement.text(COLUMNS).text(" FROM trace_info t WHERE t.request_id = ANY(");
    statement.bind(ids.to_vec()).text(")");
    if let Some(experiments) = experiments {
        statement.text(" AND t.experiment_id = ANY(").bind(experiments.to_vec()).text(")");
    }
    let mut rows = statement.query(tx, TraceRow::read).await?;
    let last_place: HashMap<&str, usize> =
        ids.iter().enumerate().map(|(index, id)| (id.as_str(), index)).collect();
    rows.sort_by_key(|row| last_place.get(row.info.trace_id.as_str()).copied());
    Ok(fill(tx, rows).await?)
}

/// Which traces to delete: those that fit everything that is given.
#[derive(Debug)]
pub struct Deletion {
    pub experiment_id: i64,
    /// Started at this time or before.
    pub until_ms: Option<i64>,
    /// The oldest of them.
    pub at_most: Option<i64>,
    /// All, if empty.
    pub ids: Vec<String>,
}

app::lend!(Deletion);

/// What a deletion has come to.
#[derive(Debug, Default)]
pub struct Deleted {
    /// Traces that are gone.
    pub count: u64,
    /// Traces that are still there, because their file in the archive must go first: their ids and
    /// its location, if they have one.
    pub archived: Vec<(String, Option<String>)>,
}

/// Deletes traces with all that belongs to them, but for those whose spans are in the archive.
pub async fn delete(tx: &mut Unit<'_>, deletion: &Deletion) -> Result<Deleted, ApiError> {
    let mut statement =
        Statement::new("SELECT t.request_id FROM trace_info t WHERE t.experiment_id = ");
    statement.bind(deletion.experiment_id);
    if let Some(until) = deletion.until_ms {
        statement.text(" AND t.timestamp_ms <= ").bind(until);
    }
    if !deletion.ids.is_empty() {
        statement.text(" AND t.request_id = ANY(").bind(deletion.ids.clone()).text(")");
    }
    // In an order that every caller shares, so that two cannot wait for each other.
    statement.text(" ORDER BY t.timestamp_ms, t.request_id");
    if let Some(at_most) = deletion.at_most {
        statement.text(" LIMIT ").bind(at_most.max(0));
    }
    statement.text(" FOR UPDATE");
    let ids: Vec<String> = statement.query(tx, |row| row.get(0)).await?;
    let archived = archived(tx, &ids).await?;
    let stay: HashSet<&str> = archived.iter().map(|(id, _)| id.as_str()).collect();
    let ids: Vec<String> = ids.into_iter().filter(|id| !stay.contains(id.as_str())).collect();
    let count = delete_rows(tx, deletion.experiment_id, &ids).await?;
    Ok(Deleted { count, archived })
}

/// Those of these traces whose spans are in the archive.
async fn archived(
    tx: &mut Unit<'_>,
    ids: &[String],
) -> Result<Vec<(String, Option<String>)>, ApiError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT s.request_id, l.value FROM trace_tags s \
               LEFT JOIN trace_tags l ON l.request_id = s.request_id AND l.key = $2 \
               WHERE s.request_id = ANY($1) AND s.key = $3 AND s.value = $4";
    let found = tx
        .query(
            sql,
            &[
                ids.into(),
                tag::ARCHIVE_LOCATION.into(),
                tag::SPANS_LOCATION.into(),
                tag::IN_ARCHIVE.into(),
            ],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .await?;
    Ok(found)
}

/// Deletes these traces, wherever their spans are.
pub async fn delete_rows(
    tx: &mut Unit<'_>,
    experiment_id: i64,
    ids: &[String],
) -> Result<u64, ApiError> {
    if ids.is_empty() {
        return Ok(0);
    }
    let mut changed = Changed::new(tx);
    store_changed::lock_traces(tx, &changed, ids).await?;
    store_changed::traces(tx, &mut changed, ids).await?;
    changes::traces_deleted(tx, experiment_id, ids).await?;
    tx.execute(
        "DELETE FROM review_queue_items WHERE item_type = 'trace' AND item_id = ANY($1)",
        &[ids.into()],
    )
    .await?;
    let sql = "DELETE FROM trace_info WHERE request_id = ANY($1)";
    let count = tx.execute(sql, &[ids.into()]).await?;
    changed.note(tx).await?;
    Ok(count)
}
