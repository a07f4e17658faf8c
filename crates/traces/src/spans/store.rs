//! The SQL of spans: one transaction for all spans of a request.

use app::rollups::{Changed, Family};
use app::{ApiError, Code, Unit};
use db::{Bulk, ColumnType, DbError, Value};
use tracking::{experiments, location};

use super::batch::Batch;
use super::keys::{metadata, tag};
use super::record::SpanRow;
use super::store_traces::{self, TraceRow, Traces};
use crate::rollups::store_changed;
use crate::start::store::of_another_experiment;
use crate::{changes, links};

static SPANS: Bulk<15> = Bulk::new(
    "spans",
    [
        ("trace_id", ColumnType::Text),
        ("experiment_id", ColumnType::Int),
        ("span_id", ColumnType::Text),
        ("parent_span_id", ColumnType::Text),
        ("name", ColumnType::Text),
        ("type", ColumnType::Text),
        ("status", ColumnType::Text),
        ("start_time_unix_nano", ColumnType::Int),
        ("end_time_unix_nano", ColumnType::Int),
        ("content", ColumnType::Text),
        ("input_cost", ColumnType::Float),
        ("output_cost", ColumnType::Float),
        ("total_cost", ColumnType::Float),
        ("model_name", ColumnType::Text),
        ("model_provider", ColumnType::Text),
    ],
    "ON CONFLICT (trace_id, span_id) DO UPDATE SET experiment_id = excluded.experiment_id, \
     parent_span_id = excluded.parent_span_id, name = excluded.name, type = excluded.type, \
     status = excluded.status, start_time_unix_nano = excluded.start_time_unix_nano, \
     end_time_unix_nano = excluded.end_time_unix_nano, content = excluded.content, \
     input_cost = excluded.input_cost, output_cost = excluded.output_cost, \
     total_cost = excluded.total_cost, model_name = excluded.model_name, \
     model_provider = excluded.model_provider",
);

/// Tags, of at most one trace and key each. One that has its value already is not written again.
pub static TAGS: Bulk<3> = Bulk::new(
    "trace_tags",
    [("request_id", ColumnType::Text), ("key", ColumnType::Text), ("value", ColumnType::Text)],
    "ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value \
     WHERE trace_tags.value IS DISTINCT FROM excluded.value",
);

static USERS: Bulk<3> = Bulk::new(
    "trace_request_metadata",
    [("request_id", ColumnType::Text), ("key", ColumnType::Text), ("value", ColumnType::Text)],
    "ON CONFLICT (key, request_id) DO NOTHING",
);

/// Where the artifacts of a trace are.
pub fn artifact_location(experiment_location: &str, trace_id: &str) -> String {
    location::join(experiment_location, &format!("traces/{trace_id}/artifacts"))
}

/// What could not be done of a batch that was stored.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Traces whose spans were left out, because they are in the archive, and how many of each.
    pub archived: Vec<(String, usize)>,
    /// Whether the traces were to be linked to a run that the experiment does not have.
    pub run_is_missing: bool,
}

/// Stores spans, all of them or, after an error, none.
pub async fn log_spans(tx: &mut Unit<'_>, batch: &Batch) -> Result<Written, ApiError> {
    let experiment = experiments::store::experiment_row(tx, batch.experiment_id).await?;
    let (traces, locked) =
        store_traces::make_or_lock(tx, batch.experiment_id, &batch.traces).await?;
    // Rows are in the order of their ids.
    if let Some(row) = locked.iter().find(|row| row.experiment_id != batch.experiment_id) {
        return Err(of_another_experiment(&row.trace_id));
    }
    let known = if locked.is_empty() {
        store_traces::Known::default()
    } else {
        store_traces::known(tx, &locked, &batch.traces).await?
    };
    if known.elsewhere.len() == batch.traces.len() {
        let list: Vec<String> = known.elsewhere.keys().map(|id| format!("'{id}'")).collect();
        let message = format!("Cannot log spans to archived traces: {}.", list.join(", "));
        return Err(ApiError::new(Code::InvalidState, message));
    }
    let here = |id: &str| !known.elsewhere.contains_key(id);
    let old: Vec<TraceRow> = locked.into_iter().filter(|row| here(&row.trace_id)).collect();
    let mut days = Changed::new(tx);
    let may_move = outdated(tx, batch, &traces, &old, &mut days).await?;
    insert_spans(tx, batch, &traces, here).await?;
    let changed = store_traces::update(tx, old, &batch.traces, &known).await?;
    write_tags(tx, batch, &traces, &experiment.artifact_location, here).await?;
    let linked = links::store::link_to_run_of(tx, batch.experiment_id, &batch.links).await?;
    for (row, _) in &changed {
        days.add(Family::Trace, row.experiment_id, row.start_ms);
        // Assessments follow a trace that moves.
        if may_move.contains(&row.trace_id) {
            days.add(Family::Assessment, row.experiment_id, row.start_ms);
        }
    }
    let made = traces.made.iter().map(|row| (row.event(), None));
    let changed = changed.iter().map(|(row, before)| (row.event(), Some(before.as_str())));
    changes::traces_written(tx, made.chain(changed)).await?;
    days.note(tx).await?;
    let left_out = batch.traces.iter().filter(|(id, _)| !here(id));
    let archived = left_out.map(|(id, draft)| (id.clone(), draft.spans.len())).collect();
    Ok(Written { archived, run_is_missing: !linked })
}

/// Adds the days of what a batch changes, but for those to which traces move. `old` are traces that were
/// there, as they were; returns those that spans with an earlier start may move.
async fn outdated(
    tx: &mut Unit<'_>,
    batch: &Batch,
    traces: &Traces,
    old: &[TraceRow],
    days: &mut Changed,
) -> Result<Vec<String>, DbError> {
    let mut may_move = Vec::new();
    if days.until_ms().is_none() {
        return Ok(may_move);
    }
    for row in traces.made.iter().chain(old) {
        days.add(Family::Trace, row.experiment_id, row.start_ms);
        let Some(draft) = batch.traces.get(&row.trace_id) else { continue };
        for span in draft.spans.iter().filter(|span| span.cost.is_some()) {
            days.add(Family::SpanCost, row.experiment_id, span.start.div_euclid(1_000_000));
        }
        if draft.start_ms() < row.start_ms {
            may_move.push(row.trace_id.clone());
        }
    }
    store_changed::traces(tx, days, &may_move).await?;
    let drafts = old.iter().filter_map(|row| batch.traces.get(&row.trace_id));
    let spans = drafts.flat_map(|draft| &draft.spans).map(|span| span.span_id.as_str()).collect();
    let old = old.iter().map(|row| row.trace_id.as_str()).collect();
    store_changed::spans(tx, days, old, spans).await?;
    Ok(may_move)
}

async fn insert_spans(
    tx: &mut Unit<'_>,
    batch: &Batch,
    traces: &Traces,
    here: impl Fn(&str) -> bool,
) -> Result<(), DbError> {
    let mut rows = Vec::new();
    for (trace_id, draft) in batch.traces.iter().filter(|(id, _)| here(id)) {
        let experiment_id = traces.experiments.get(trace_id).copied();
        let experiment_id = experiment_id.unwrap_or(batch.experiment_id);
        rows.extend(draft.spans.iter().map(|span| values(span, experiment_id)));
    }
    tx.insert_rows(&SPANS, &rows).await?;
    Ok(())
}

fn values(span: &SpanRow, experiment_id: i64) -> [Value<'_>; 15] {
    let [input_cost, output_cost, total_cost] = span.cost.unwrap_or_default().0;
    [
        (&span.trace_id).into(),
        experiment_id.into(),
        (&span.span_id).into(),
        (&span.parent_span_id).into(),
        (&span.name).into(),
        (&span.kind).into(),
        span.status.into(),
        span.start.into(),
        span.end.into(),
        (&span.content).into(),
        input_cost.into(),
        output_cost.into(),
        total_cost.into(),
        (&span.model_name).into(),
        (&span.model_provider).into(),
    ]
}

async fn write_tags(
    tx: &mut Unit<'_>,
    batch: &Batch,
    traces: &Traces,
    experiment_location: &str,
    here: impl Fn(&str) -> bool,
) -> Result<(), DbError> {
    let mut tags: Vec<[Value<'_>; 3]> = Vec::new();
    let mut users: Vec<[Value<'_>; 3]> = Vec::new();
    for (trace_id, draft) in batch.traces.iter().filter(|(id, _)| here(id)) {
        if traces.new.contains(trace_id) {
            let location = artifact_location(experiment_location, trace_id);
            tags.push([trace_id.into(), tag::ARTIFACT_LOCATION.into(), location.into()]);
        }
        tags.push([trace_id.into(), tag::SPANS_LOCATION.into(), tag::IN_DATABASE.into()]);
        for (key, value) in draft.tags.iter().filter(|(key, _)| !tag::is_immutable(key)) {
            tags.push([trace_id.into(), key.into(), value.into()]);
        }
        if let Some(user) = &draft.user {
            users.push([trace_id.into(), metadata::USER.into(), user.into()]);
        }
    }
    tx.insert_rows(&TAGS, &tags).await?;
    tx.insert_rows(&USERS, &users).await?;
    Ok(())
}
