//! The SQL of the traces that spans belong to: made if new, locked and kept up to date if not.

use app::Unit;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use db::{Bulk, ColumnType, DbError, Value};

use super::batch::TraceDraft;
use super::keys::{self, state, tag};
use super::store_sums::{self, Stale};
use super::usage::{Cost, TokenUsage};
use crate::changes::TraceEvent;

const COLUMNS: [(&str, ColumnType); 19] = [
    ("request_id", ColumnType::Text),
    ("experiment_id", ColumnType::Int),
    ("timestamp_ms", ColumnType::Int),
    ("execution_time_ms", ColumnType::Int),
    ("status", ColumnType::Text),
    ("request_preview", ColumnType::Text),
    ("response_preview", ColumnType::Text),
    ("db_payload_generation", ColumnType::Int),
    ("trace_name", ColumnType::Text),
    ("session_id", ColumnType::Text),
    ("input_tokens", ColumnType::Int),
    ("output_tokens", ColumnType::Int),
    ("total_tokens", ColumnType::Int),
    ("cache_read_input_tokens", ColumnType::Int),
    ("cache_creation_input_tokens", ColumnType::Int),
    ("cache_creation_input_tokens_above_1hr", ColumnType::Int),
    ("input_cost", ColumnType::Float),
    ("output_cost", ColumnType::Float),
    ("total_cost", ColumnType::Float),
];

/// Waits for a transaction that is making the same trace; rows come in the order of ids, so that two
/// such transactions never wait for each other.
static NEW: Bulk<19> =
    Bulk::new("trace_info", COLUMNS, "ON CONFLICT (request_id) DO NOTHING RETURNING request_id");

static CHANGED: Bulk<19> = Bulk::new(
    "trace_info",
    COLUMNS,
    "ON CONFLICT (request_id) DO UPDATE SET timestamp_ms = excluded.timestamp_ms, \
     execution_time_ms = excluded.execution_time_ms, status = excluded.status, \
     request_preview = excluded.request_preview, response_preview = excluded.response_preview, \
     db_payload_generation = excluded.db_payload_generation, trace_name = excluded.trace_name, \
     session_id = excluded.session_id, input_tokens = excluded.input_tokens, \
     output_tokens = excluded.output_tokens, total_tokens = excluded.total_tokens, \
     cache_read_input_tokens = excluded.cache_read_input_tokens, \
     cache_creation_input_tokens = excluded.cache_creation_input_tokens, \
     cache_creation_input_tokens_above_1hr = excluded.cache_creation_input_tokens_above_1hr, \
     input_cost = excluded.input_cost, output_cost = excluded.output_cost, \
     total_cost = excluded.total_cost",
);

/// A row of `trace_info`, as far as spans can change it.
#[derive(Clone, Debug, Default)]
pub struct TraceRow {
    pub trace_id: String,
    pub experiment_id: i64,
    /// Milliseconds since 1970.
    pub start_ms: i64,
    pub duration_ms: Option<i64>,
    pub state: String,
    pub request_preview: Option<String>,
    pub response_preview: Option<String>,
    /// Counts the writes of spans, so that archiving notices one in between.
    pub generation: i64,
    pub name: Option<String>,
    pub session_id: Option<String>,
    pub usage: TokenUsage,
    pub cost: Cost,
}

impl TraceRow {
    fn new(trace_id: &str, experiment_id: i64, draft: &TraceDraft) -> Self {
        let start_ms = draft.start_ms();
        Self {
            trace_id: trace_id.to_owned(),
            experiment_id,
            start_ms,
            duration_ms: draft.end_ms().map(|end| end - start_ms),
            state: draft.root_state.unwrap_or(state::IN_PROGRESS).to_owned(),
            request_preview: draft.request_preview.clone(),
            response_preview: draft.response_preview.clone(),
            generation: 1,
            name: draft.name.clone(),
            session_id: draft.session_id.clone(),
            usage: draft.usage().unwrap_or_default(),
            cost: draft.cost().unwrap_or_default(),
        }
    }

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

    fn values(&self) -> [Value<'_>; 19] {
        let [input, output, total, cache_read, cache_write, cache_long] = self.usage.0;
        let [input_cost, output_cost, total_cost] = self.cost.0;
        [
            (&self.trace_id).into(),
            self.experiment_id.into(),
            self.start_ms.into(),
            self.duration_ms.into(),
            (&self.state).into(),
            (&self.request_preview).into(),
            (&self.response_preview).into(),
            self.generation.into(),
            (&self.name).into(),
            (&self.session_id).into(),
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

    /// Takes in what more spans say. `finalized`: a client has said what the trace as a whole is.
    fn learn(&mut self, draft: &TraceDraft, finalized: bool) {
        self.generation += 1;
        if !finalized {
            let end = [self.duration_ms.map(|duration| self.start_ms + duration), draft.end_ms()];
            self.start_ms = self.start_ms.min(draft.start_ms());
            self.duration_ms = end.into_iter().flatten().max().map(|end| end - self.start_ms);
        }
        if let Some(root_state) = draft.root_state
            && [state::IN_PROGRESS, state::UNSPECIFIED].contains(&self.state.as_str())
        {
            root_state.clone_into(&mut self.state);
        }
        let keep = |old: &mut Option<String>, new: &Option<String>| {
            if old.is_none() {
                old.clone_from(new);
            }
        };
        keep(&mut self.request_preview, &draft.request_preview);
        keep(&mut self.response_preview, &draft.response_preview);
        keep(&mut self.session_id, &draft.session_id);
        if draft.name.is_some() {
            self.name.clone_from(&draft.name);
        }
    }

    /// Adds what more spans used, where none of them repeats what is counted already.
    fn add(&mut self, usage: Option<TokenUsage>, cost: Option<Cost>) {
        if let Some(more) = usage {
            self.usage = self.usage.plus(more);
        }
        if let Some(more) = cost {
            self.cost = self.cost.plus(more);
        }
    }
}

/// The traces as they are after a write of spans.
#[derive(Debug, Default)]
pub struct Traces {
    /// The experiment of each trace.
    pub experiments: HashMap<String, i64>,
    pub new: BTreeSet<String>,
    /// The rows of the new ones.
    pub made: Vec<TraceRow>,
}

/// Makes the traces that are new and locks the others.
pub async fn make_or_lock(
    tx: &mut Unit<'_>,
    experiment_id: i64,
    drafts: &BTreeMap<String, TraceDraft>,
) -> Result<(Traces, Vec<TraceRow>), DbError> {
    let rows: Vec<TraceRow> =
        drafts.iter().map(|(id, draft)| TraceRow::new(id, experiment_id, draft)).collect();
    let values: Vec<_> = rows.iter().map(TraceRow::values).collect();
    let new: BTreeSet<String> =
        tx.insert_returning(&NEW, &values, |row| row.get(0)).await?.into_iter().collect();
    drop(values);
    let experiments = rows.iter().map(|row| (row.trace_id.clone(), experiment_id)).collect();
    let made = rows.into_iter().filter(|row| new.contains(&row.trace_id)).collect();
    let mut traces = Traces { experiments, new, made };
    let old: Vec<&str> =
        drafts.keys().map(String::as_str).filter(|id| !traces.new.contains(*id)).collect();
    if old.is_empty() {
        return Ok((traces, Vec::new()));
    }
    let locked = tx
        .query(
            "SELECT request_id, experiment_id, timestamp_ms, execution_time_ms, status, \
             request_preview, response_preview, db_payload_generation, trace_name, session_id, \
             input_tokens, output_tokens, total_tokens, cache_read_input_tokens, \
             cache_creation_input_tokens, cache_creation_input_tokens_above_1hr, input_cost, \
             output_cost, total_cost FROM trace_info WHERE request_id = ANY($1) \
             ORDER BY request_id FOR UPDATE",
            &[old.into()],
            |row| {
                let mut usage = TokenUsage::default();
                for (place, count) in usage.0.iter_mut().enumerate() {
                    *count = row.get(10 + place)?;
                }
                Ok(TraceRow {
                    trace_id: row.get(0)?,
                    experiment_id: row.get(1)?,
                    start_ms: row.get(2)?,
                    duration_ms: row.get(3)?,
                    state: row.get(4)?,
                    request_preview: row.get(5)?,
                    response_preview: row.get(6)?,
                    generation: row.get(7)?,
                    name: row.get(8)?,
                    session_id: row.get(9)?,
                    usage,
                    cost: Cost([row.get(16)?, row.get(17)?, row.get(18)?]),
                })
            },
        )
        .await?;
    for row in &locked {
        traces.experiments.insert(row.trace_id.clone(), row.experiment_id);
    }
    Ok((traces, locked))
}

/// What is known of locked traces beside their rows. Asked after they are locked, so that it is what
/// the last writer left.
#[derive(Debug, Default)]
pub struct Known {
    finalized: HashSet<String>,
    /// Where the spans are, if not here.
    pub elsewhere: BTreeMap<String, String>,
    /// Those whose sums have to be made anew.
    entangled: HashSet<String>,
}

/// To be called before the new spans are stored.
pub async fn known(
    tx: &mut Unit<'_>,
    locked: &[TraceRow],
    drafts: &BTreeMap<String, TraceDraft>,
) -> Result<Known, DbError> {
    let ids: Vec<&str> = locked.iter().map(|row| row.trace_id.as_str()).collect();
    let found: Vec<(String, bool, String)> = tx
        .query(
            "SELECT request_id, 1, value FROM trace_request_metadata \
             WHERE request_id = ANY($1) AND key = $2 \
             UNION ALL SELECT request_id, 0, value FROM trace_tags \
             WHERE request_id = ANY($1) AND key = $3 AND value <> $4",
            &[
                ids.into(),
                keys::metadata::FINALIZED.into(),
                tag::SPANS_LOCATION.into(),
                tag::IN_DATABASE.into(),
            ],
            |row| {
                let value = row.get::<Option<String>>(2)?.unwrap_or_default();
                Ok((row.get(0)?, row.get::<i64>(1)? == 1, value))
            },
        )
        .await?;
    let mut known = Known::default();
    for (trace_id, is_metadata, value) in found {
        if is_metadata {
            known.finalized.insert(trace_id);
        } else {
            known.elsewhere.insert(trace_id, value);
        }
    }
    known.entangled = store_sums::entangled(tx, locked, drafts).await?;
    Ok(known)
}

/// Brings locked traces up to date, and returns each with the state that it was in. Their new spans
/// are stored already.
pub async fn update(
    tx: &mut Unit<'_>,
    mut rows: Vec<TraceRow>,
    drafts: &BTreeMap<String, TraceDraft>,
    known: &Known,
) -> Result<Vec<(TraceRow, String)>, DbError> {
    let before: Vec<String> = rows.iter().map(|row| row.state.clone()).collect();
    let mut moved = Vec::new();
    let mut stale = Vec::new();
    for row in &mut rows {
        let Some(draft) = drafts.get(&row.trace_id) else { continue };
        let start = row.start_ms;
        let finalized = known.finalized.contains(&row.trace_id);
        row.learn(draft, finalized);
        if row.start_ms != start {
            moved.push(row.trace_id.clone());
        }
        let may_say = |told: bool| !(finalized && told);
        let (usage, cost) = (draft.usage(), draft.cost());
        let usage = usage.filter(|_| may_say(row.usage.0.iter().any(Option::is_some)));
        let cost = cost.filter(|_| may_say(row.cost.0.iter().any(Option::is_some)));
        if usage.is_none() && cost.is_none() {
            continue;
        }
        if known.entangled.contains(&row.trace_id) {
            let (usage, cost) = (usage.is_some(), cost.is_some());
            stale.push(Stale { trace_id: row.trace_id.clone(), usage, cost });
        } else {
            row.add(usage, cost);
        }
    }
    store_sums::recount(tx, &mut rows, &stale).await?;
    let values: Vec<_> = rows.iter().map(TraceRow::values).collect();
    tx.insert_rows(&CHANGED, &values).await?;
    drop(values);
    if !moved.is_empty() {
        tx.execute(
            "UPDATE assessments SET trace_timestamp_ms = (SELECT timestamp_ms FROM trace_info \
             WHERE request_id = assessments.trace_id) WHERE trace_id = ANY($1)",
            &[moved.into()],
        )
        .await?;
    }
    Ok(rows.into_iter().zip(before).collect())
}
