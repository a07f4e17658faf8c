//! One pass over all experiments: which traces are due, and moving them.

use std::collections::{BTreeMap, HashSet};

use app::{ApiError, App, Caller};
use artifacts::Stores;
use jobs::Stop;
use serde_json::{Map, Value};
use tracking::experiments::archival::{Config, duration_ms};

use super::store::{self, Wishes};
use super::{FILE, payload};

/// Traces that are looked up at once.
const BATCH: usize = 500;

/// A wish to archive an experiment's traces at once: all, or those that are older than this.
#[derive(Clone, Debug, PartialEq)]
struct ArchiveNow {
    text: String,
    older_than_ms: Option<i64>,
}

/// What is due: experiments by the time of the newest trace that is, of all if there is none.
#[derive(Debug, Default, PartialEq)]
struct Plan {
    due: BTreeMap<Option<i64>, Vec<i64>>,
    wishes: Vec<(i64, ArchiveNow)>,
}

/// Archives what is due, and returns how many traces that were. Once the server stops, no trace more is moved.
///
/// # Errors
/// When the database fails. A trace that cannot be moved is tried again in the next pass.
pub(super) async fn run(
    app: &App,
    stores: &Stores,
    config: &Config,
    stop: &Stop,
) -> Result<usize, ApiError> {
    let experiments = app.read(Caller::server(), store::experiments, ()).await?;
    let now_ms = app.clock.now_ms();
    let plan = plan(config, &experiments, now_ms);
    let mut left = config.max_traces.unwrap_or(usize::MAX);
    let mut archived = 0;
    let mut failed: HashSet<i64> = HashSet::new();
    for (until_ms, ids) in &plan.due {
        loop {
            let input = (ids.clone(), *until_ms, left.min(BATCH));
            let found = app.read(Caller::server(), store::candidates, input);
            let mut moved = 0;
            for (trace_id, experiment) in found.await? {
                if stop.is_cancelled() {
                    return Ok(archived + moved);
                }
                match move_trace(app, stores, config, &trace_id, experiment).await {
                    Ok(true) => moved += 1,
                    Ok(false) => {}
                    Err(error) => {
                        let error = error.message;
                        tracing::warn!(
                            trace_id,
                            error,
                            "a trace was not archived: try again later"
                        );
                        failed.insert(experiment);
                    }
                }
            }
            archived += moved;
            left -= moved;
            if moved == 0 || left == 0 {
                break;
            }
        }
    }
    for (experiment, wish) in plan.wishes.into_iter().filter(|(id, _)| !failed.contains(id)) {
        let until_ms = wish.older_than_ms.map(|age| now_ms.saturating_sub(age));
        let input = (experiment, wish.text, until_ms);
        app.write(Caller::server(), store::clear_archive_now, input).await?;
    }
    Ok(archived)
}

fn plan(config: &Config, experiments: &BTreeMap<i64, Wishes>, now_ms: i64) -> Plan {
    let mut plan = Plan::default();
    for (id, wishes) in experiments {
        let retention = config.retention_of(*id, wishes.retention.as_deref());
        let retention = duration_ms(&retention).unwrap_or(config.retention_ms);
        let mut until = Some(now_ms.saturating_sub(retention));
        if let Some(now) = wishes.archive_now.as_deref().and_then(archive_now) {
            // What is asked for at once may be less than what is due anyway.
            until = now.older_than_ms.map(|age| now_ms.saturating_sub(age.min(retention)));
            plan.wishes.push((*id, now));
        }
        plan.due.entry(until).or_default().push(*id);
    }
    plan
}

fn archive_now(text: &str) -> Option<ArchiveNow> {
    let wish: Map<String, Value> = serde_json::from_str(text).ok()?;
    let older_than_ms = match wish.get("older_than") {
        None | Some(Value::Null) => None,
        Some(value) => Some(duration_ms(value.as_str()?)?),
    };
    Some(ArchiveNow { text: text.to_owned(), older_than_ms })
}

/// Writes the file, then lets it stand for the spans: a crash in between leaves a file too many and
/// no trace without its spans. False if there is nothing to move any more.
async fn move_trace(
    app: &App,
    stores: &Stores,
    config: &Config,
    trace_id: &str,
    experiment: i64,
) -> Result<bool, ApiError> {
    let id = trace_id.to_owned();
    let found = app.read(Caller::server(), store::payload, (id.clone(),)).await?;
    let Some(store::Payload { generation, contents }) = found else { return Ok(false) };
    let bytes = match payload::bytes(&contents) {
        Ok(bytes) => bytes,
        Err(reason) => {
            tracing::warn!(trace_id, reason, "a trace is malformed and stays in the database");
            let input = (id, generation, "MALFORMED_TRACE".to_owned());
            app.write(Caller::server(), store::mark_failure, input).await?;
            return Ok(false);
        }
    };
    let location = format!("{}/{}", config.location, super::folder(experiment, trace_id));
    stores.write_file(&location, FILE, bytes.into()).await?;
    let input = (id.clone(), generation, location.clone());
    let finalized = app.write(Caller::server(), store::finalize, input);
    let finalized = finalized.await;
    if !matches!(finalized, Ok(true)) {
        let input = (id, location.clone());
        let in_use = app.read(Caller::server(), store::refers_to, input);
        // Another replica may have moved the trace meanwhile, to the same place.
        if !in_use.await? {
            stores.delete_file(&location, FILE).await?;
        }
    }
    finalized
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn experiments_have_their_own_wishes() {
        let config = Config {
            enabled: true,
            location: "file:///a".to_owned(),
            retention: "1m".to_owned(),
            retention_ms: 60_000,
            long_retention: HashSet::from([3]),
            interval_seconds: 300,
            max_traces: None,
        };
        let keeps = |text: &str| Wishes {
            retention: Some(format!("{{\"type\": \"duration\", \"value\": \"{text}\"}}")),
            archive_now: None,
        };
        let at_once = |text: &str| Wishes { retention: None, archive_now: Some(text.to_owned()) };
        let experiments = BTreeMap::from([
            (1, Wishes::default()),
            (2, keeps("1h")),
            (3, keeps("1h")),
            (4, at_once("{}")),
            (5, at_once("{\"older_than\": \"1m\"}")),
            (6, at_once("nonsense")),
        ]);
        let plan = plan(&config, &experiments, 10_000_000);
        let due = BTreeMap::from([
            (None, vec![4]),
            (Some(10_000_000 - 3_600_000), vec![3]),
            (Some(10_000_000 - 60_000), vec![1, 2, 5, 6]),
        ]);
        assert_eq!(plan.due, due);
        assert_eq!(plan.wishes.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [4, 5]);
    }
}
