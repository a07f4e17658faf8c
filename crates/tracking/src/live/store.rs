//! The SQL of live updates: the rows in which a change shows.

use app::Unit;
use std::collections::HashSet;

use db::DbError;

use super::wire::LiveRun;
use crate::metrics::store_history::Sample;

/// The newest runs of an experiment are watched, whatever their status, and the newest that run.
pub(super) const NEWEST: i64 = 100;
const RUNNING: i64 = 200;

/// A run's row, and numbers that differ once its params or tags do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Watched {
    pub run: LiveRun,
    pub entries: (i64, i64, i64),
}

/// Each half is answered by an index of its own (`hw_runs_newest_first`, `hw_runs_running`).
const WATCHED: &str = "WITH watched AS (\
     SELECT * FROM (SELECT run_uuid, name, status, start_time, end_time FROM runs \
     WHERE experiment_id = $1 AND lifecycle_stage = 'active' \
     ORDER BY COALESCE(start_time, 0) DESC, run_uuid LIMIT $2) AS newest \
     UNION \
     SELECT * FROM (SELECT run_uuid, name, status, start_time, end_time FROM runs \
     WHERE experiment_id = $1 AND status = 'RUNNING' AND lifecycle_stage = 'active' \
     ORDER BY COALESCE(start_time, 0) DESC, run_uuid LIMIT $3) AS running) \
     SELECT w.run_uuid, w.name, w.status, w.start_time, w.end_time, \
     (SELECT COUNT(*) FROM params p WHERE p.run_uuid = w.run_uuid), \
     (SELECT COUNT(*) FROM tags t WHERE t.run_uuid = w.run_uuid), \
     (SELECT COALESCE(SUM(LENGTH(t.value)), 0) FROM tags t WHERE t.run_uuid = w.run_uuid) \
     FROM watched w ORDER BY COALESCE(w.start_time, 0) DESC, w.run_uuid";

async fn watched(tx: &mut Unit<'_>, experiment_id: i64) -> Result<Vec<Watched>, DbError> {
    tx.query(WATCHED, &[experiment_id.into(), NEWEST.into(), RUNNING.into()], |row| {
        Ok(Watched {
            run: LiveRun {
                run_id: row.get(0)?,
                run_name: row.get(1)?,
                status: row.get::<Option<String>>(2)?.unwrap_or_default(),
                start_time: row.get::<Option<i64>>(3)?.unwrap_or_default(),
                end_time: row.get::<Option<i64>>(4)?.filter(|time| *time != 0),
            },
            entries: (row.get(5)?, row.get(6)?, row.get(7)?),
        })
    })
    .await
}

/// One latest point: of which run and metric, and the point.
pub(super) type Latest = (String, String, Sample);

async fn latest(tx: &mut Unit<'_>, run_ids: &[String]) -> Result<Vec<Latest>, DbError> {
    tx.query(
        "SELECT value, is_nan, timestamp, step, run_uuid, key FROM latest_metrics \
         WHERE run_uuid = ANY($1)",
        &[run_ids.into()],
        |row| {
            let sample = Sample {
                value: row.get(0)?,
                is_nan: row.get(1)?,
                timestamp: row.get::<Option<i64>>(2)?.unwrap_or_default(),
                step: row.get(3)?,
            };
            Ok((row.get(4)?, row.get(5)?, sample))
        },
    )
    .await
}

/// What is watched of an experiment, newest first, and the latest points of the runs that run or
/// ran at the last look: one that has just ended may have logged its last points meanwhile.
pub(super) async fn look(
    tx: &mut Unit<'_>,
    experiment_id: i64,
    ran: &HashSet<String>,
) -> Result<(Vec<Watched>, Vec<Latest>), DbError> {
    let watched = watched(tx, experiment_id).await?;
    let moving: Vec<String> = watched
        .iter()
        .filter(|each| each.run.status == "RUNNING" || ran.contains(&each.run.run_id))
        .map(|each| each.run.run_id.clone())
        .collect();
    let latest = if moving.is_empty() { Vec::new() } else { latest(tx, &moving).await? };
    Ok((watched, latest))
}
