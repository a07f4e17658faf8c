//! The tokens and the money of whole traces, whose spans come in several requests.

use app::Unit;
use std::collections::{BTreeMap, HashMap, HashSet};

use db::{DbError, Engine};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::batch::TraceDraft;
use super::store_traces::TraceRow;
use super::usage::{Cost, Node, TokenUsage, total_cost, total_usage};
use super::{keys, python_json};

/// As much of a stored span as says what it used.
#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    attributes: Map<String, Json>,
}

/// A trace whose sums have to be made anew.
pub struct Stale {
    pub trace_id: String,
    pub usage: bool,
    pub cost: bool,
}

/// The traces to which a batch's sums cannot just be added, because what it says of them may be said
/// already: by a span that it replaces, by one below its own, or by one above them. To be asked before
/// the batch is stored.
pub async fn entangled(
    tx: &mut Unit<'_>,
    locked: &[TraceRow],
    drafts: &BTreeMap<String, TraceDraft>,
) -> Result<HashSet<String>, DbError> {
    let mut ids = Vec::new();
    let mut own = HashSet::new();
    let mut parents = HashSet::new();
    for row in locked {
        let Some(draft) = drafts.get(&row.trace_id) else { continue };
        if draft.spans.iter().any(|span| span.usage.is_some() || span.cost.is_some()) {
            ids.push(row.trace_id.as_str());
            own.extend(draft.spans.iter().map(|span| span.span_id.as_str()));
            parents.extend(draft.spans.iter().filter_map(|span| span.parent_span_id.as_deref()));
        }
    }
    // SQLite guesses badly how many spans a trace has, and looks through all spans of all traces for
    // this; to sum up one trace anew is cheaper there.
    if ids.is_empty() || tx.engine() == Engine::Sqlite {
        return Ok(ids.into_iter().map(str::to_owned).collect());
    }
    let above: Vec<&str> = parents.difference(&own).copied().collect();
    let own: Vec<&str> = own.into_iter().collect();
    let found: Vec<String> = tx
        .query(
            "WITH RECURSIVE above (trace_id, span_id, parent_span_id) AS (\
             SELECT trace_id, span_id, parent_span_id FROM spans \
             WHERE trace_id = ANY($1) AND span_id = ANY($3) \
             UNION SELECT parent.trace_id, parent.span_id, parent.parent_span_id FROM above \
             JOIN spans AS parent ON parent.trace_id = above.trace_id \
             AND parent.span_id = above.parent_span_id) \
             SELECT trace_id FROM spans WHERE trace_id = ANY($1) \
             AND (span_id = ANY($2) OR parent_span_id = ANY($2)) \
             UNION SELECT spans.trace_id FROM above \
             JOIN spans ON spans.trace_id = above.trace_id AND spans.span_id = above.span_id \
             WHERE spans.content LIKE '%\"mlflow.chat.tokenUsage\"%' \
             OR spans.content LIKE '%\"mlflow.llm.cost\"%'",
            &[ids.into(), own.into(), above.into()],
            |row| row.get(0),
        )
        .await?;
    Ok(found.into_iter().collect())
}

/// A stored span, as far as sums look at it.
struct StoredSpan {
    span_id: String,
    parent_id: Option<String>,
    usage: Option<TokenUsage>,
    cost: Option<Cost>,
}

/// Sums up tokens and cost of whole traces anew: a parent may repeat what its children, who came in
/// another request, have used.
pub async fn recount(
    tx: &mut Unit<'_>,
    rows: &mut [TraceRow],
    stale: &[Stale],
) -> Result<(), DbError> {
    if stale.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = stale.iter().map(|each| each.trace_id.as_str()).collect();
    let stored = tx
        .query(
            "SELECT trace_id, span_id, parent_span_id, \
             CASE WHEN content LIKE '%\"mlflow.chat.tokenUsage\"%' \
             OR content LIKE '%\"mlflow.llm.cost\"%' THEN content END \
             FROM spans WHERE trace_id = ANY($1)",
            &[ids.into()],
            |row| {
                let content: Option<&str> = row.get(3)?;
                let content = content.and_then(python_json::read::<Content>);
                let data = |key| {
                    let text = content.as_ref()?.attributes.get(key)?.as_str()?;
                    match python_json::tree(text)? {
                        Json::Object(fields) => Some(fields),
                        _ => None,
                    }
                };
                let usage = data(keys::span::TOKEN_USAGE);
                let span = StoredSpan {
                    span_id: row.get(1)?,
                    parent_id: row.get(2)?,
                    usage: usage.map(|fields| TokenUsage::from_json(&fields)),
                    cost: data(keys::span::COST).map(|fields| Cost::from_json(&fields)),
                };
                Ok((row.get::<String>(0)?, span))
            },
        )
        .await?;
    let mut by_trace: HashMap<String, Vec<StoredSpan>> = HashMap::new();
    for (trace_id, span) in stored {
        by_trace.entry(trace_id).or_default().push(span);
    }
    for Stale { trace_id, usage, cost } in stale {
        let spans = by_trace.remove(trace_id).unwrap_or_default();
        let Some(row) = rows.iter_mut().find(|row| row.trace_id == *trace_id) else { continue };
        if *usage && let Some(total) = total_usage(&nodes(&spans, |span| span.usage)) {
            let merged = row.usage.0.iter_mut().zip(total.0);
            merged.for_each(|(old, new)| *old = new.or(*old));
        }
        if *cost && let Some(total) = total_cost(&nodes(&spans, |span| span.cost)) {
            row.cost = total;
        }
    }
    Ok(())
}

fn nodes<T>(spans: &[StoredSpan], data: impl Fn(&StoredSpan) -> Option<T>) -> Vec<Node<'_, T>> {
    let nodes = spans.iter().map(|span| Node {
        span_id: &span.span_id,
        parent_id: span.parent_id.as_deref(),
        data: data(span),
    });
    nodes.collect()
}
