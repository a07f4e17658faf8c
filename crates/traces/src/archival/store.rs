//! The SQL of archiving traces.

use std::collections::BTreeMap;

use app::{ApiError, Unit};
use const_format::concatcp;
use db::Statement;
use tracking::experiments::archival::{NOW, RETENTION};
use tracking::keyset;

use crate::spans::keys::tag;

/// What an experiment says about its archive.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    pub retention: Option<String>,
    pub archive_now: Option<String>,
}

/// The active experiments.
pub async fn experiments(tx: &mut Unit<'_>) -> Result<BTreeMap<i64, Wishes>, ApiError> {
    let mut found: BTreeMap<i64, Wishes> = BTreeMap::new();
    tx.query(
        concatcp!(
            "SELECT e.experiment_id, t.key, t.value FROM experiments e \
             LEFT JOIN experiment_tags t ON t.experiment_id = e.experiment_id AND t.key IN ('",
            RETENTION,
            "', '",
            NOW,
            "') WHERE e.lifecycle_stage = 'active'"
        ),
        &[],
        |row| {
            let wishes = found.entry(row.get(0)?).or_default();
            let value = row.get::<Option<String>>(2)?;
            match row.get::<Option<&str>>(1)? {
                Some(RETENTION) => wishes.retention = value,
                Some(NOW) => wishes.archive_now = value,
                _ => {}
            }
            Ok(())
        },
    )
    .await?;
    Ok(found)
}

/// Traces of these experiments whose spans are in this database.
fn of_database(statement: &mut Statement, experiments: &[i64], until_ms: Option<i64>) {
    statement.text(" FROM trace_info t WHERE t.experiment_id");
    keyset::one_of_ints(statement, experiments.to_vec());
    if let Some(until) = until_ms {
        statement.text(" AND t.timestamp_ms <= ").bind(until);
    }
    statement.text(concatcp!(
        " AND NOT EXISTS (SELECT 1 FROM trace_tags l WHERE l.request_id = t.request_id AND l.key = '",
        tag::SPANS_LOCATION,
        "' AND l.value <> '",
        tag::IN_DATABASE,
        "')"
    ));
}

const NOT_MARKED: &str = concatcp!(
    " AND NOT EXISTS (SELECT 1 FROM trace_tags l WHERE l.request_id = t.request_id AND l.key = '",
    tag::ARCHIVAL_FAILURE,
    "')"
);
const CAN_BE_ARCHIVED: &str = concatcp!(
    " AND t.status <> 'IN_PROGRESS' AND EXISTS (SELECT 1 FROM spans s \
     WHERE s.trace_id = t.request_id AND s.content <> '')",
    NOT_MARKED
);

/// The oldest traces that can be archived, with their experiments.
pub async fn candidates(
    tx: &mut Unit<'_>,
    experiments: &[i64],
    until_ms: Option<i64>,
    limit: usize,
) -> Result<Vec<(String, i64)>, ApiError> {
    let mut statement = Statement::new("SELECT t.request_id, t.experiment_id");
    of_database(&mut statement, experiments, until_ms);
    statement.text(CAN_BE_ARCHIVED).text(" ORDER BY t.timestamp_ms, t.request_id LIMIT ");
    statement.bind(i64::try_from(limit).unwrap_or(i64::MAX));
    Ok(statement.query(tx, |row| Ok((row.get(0)?, row.get(1)?))).await?)
}

/// The spans of a trace, and the count of changes that they are at.
#[derive(Debug)]
pub struct Payload {
    pub generation: i64,
    pub contents: Vec<String>,
}

pub async fn payload(tx: &mut Unit<'_>, trace_id: &str) -> Result<Option<Payload>, ApiError> {
    // Read first: spans that arrive in between make the trace too new to be archived.
    let sql = "SELECT db_payload_generation FROM trace_info WHERE request_id = $1";
    let generation = tx.query_opt(sql, &[trace_id.into()], |row| row.get(0)).await?;
    let Some(generation) = generation else { return Ok(None) };
    let sql = "SELECT content FROM spans WHERE trace_id = $1 ORDER BY span_id";
    let contents = tx.query(sql, &[trace_id.into()], |row| row.get(0)).await?;
    Ok(Some(Payload { generation, contents }))
}

/// Whether the trace is still as it was, locked until the end of the transaction.
async fn unchanged(tx: &mut Unit<'_>, trace_id: &str, generation: i64) -> Result<bool, ApiError> {
    let mut statement = Statement::new(
        "SELECT t.db_payload_generation, t.experiment_id \
                                        FROM trace_info t WHERE t.request_id = ",
    );
    statement.bind(trace_id.to_owned()).text(" FOR UPDATE");
    let found = statement.query(tx, |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?))).await?;
    let Some((now, experiment)) = found.into_iter().next() else { return Ok(false) };
    if now != generation {
        return Ok(false);
    }
    let mut statement = Statement::new("SELECT 1");
    of_database(&mut statement, &[experiment], None);
    statement.text(CAN_BE_ARCHIVED).text(" AND t.request_id = ").bind(trace_id.to_owned());
    Ok(!statement.query(tx, |_| Ok(())).await?.is_empty())
}

async fn set_tag(
    tx: &mut Unit<'_>,
    trace_id: &str,
    key: &str,
    value: &str,
) -> Result<(), ApiError> {
    let sql = "INSERT INTO trace_tags (request_id, key, value) VALUES ($1, $2, $3) \
               ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value";
    tx.execute(sql, &[trace_id.into(), key.into(), value.into()]).await?;
    Ok(())
}

/// Lets the file stand for the spans. False if the trace has changed since it was read.
pub async fn finalize(
    tx: &mut Unit<'_>,
    trace_id: &str,
    generation: i64,
    location: &str,
) -> Result<bool, ApiError> {
    if !unchanged(tx, trace_id, generation).await? {
        return Ok(false);
    }
    tx.execute("UPDATE spans SET content = '' WHERE trace_id = $1", &[trace_id.into()]).await?;
    set_tag(tx, trace_id, tag::SPANS_LOCATION, tag::IN_ARCHIVE).await?;
    set_tag(tx, trace_id, tag::ARCHIVE_LOCATION, location).await?;
    Ok(true)
}

/// Marks a trace that cannot be archived, so that it is not tried again.
pub async fn mark_failure(
    tx: &mut Unit<'_>,
    trace_id: &str,
    generation: i64,
    reason: &str,
) -> Result<(), ApiError> {
    if unchanged(tx, trace_id, generation).await? {
        set_tag(tx, trace_id, tag::ARCHIVAL_FAILURE, reason).await?;
    }
    Ok(())
}

/// Whether the file at this location is what the trace refers to.
pub async fn refers_to(
    tx: &mut Unit<'_>,
    trace_id: &str,
    location: &str,
) -> Result<bool, ApiError> {
    let sql = "SELECT 1 FROM trace_tags WHERE request_id = $1 AND key = $2 AND value = $3";
    let found = tx
        .query_opt(sql, &[trace_id.into(), tag::ARCHIVE_LOCATION.into(), location.into()], |_| {
            Ok(())
        })
        .await?;
    Ok(found.is_some())
}

/// Takes back the wish to archive at once, unless there is still something to wait for.
pub async fn clear_archive_now(
    tx: &mut Unit<'_>,
    experiment: i64,
    wish: &str,
    until_ms: Option<i64>,
) -> Result<(), ApiError> {
    for condition in [CAN_BE_ARCHIVED, concatcp!(" AND t.status = 'IN_PROGRESS'", NOT_MARKED)] {
        let mut statement = Statement::new("SELECT 1");
        of_database(&mut statement, &[experiment], until_ms);
        statement.text(condition).text(" LIMIT 1");
        if !statement.query(tx, |_| Ok(())).await?.is_empty() {
            return Ok(());
        }
    }
    // A newer wish stays.
    let sql = "DELETE FROM experiment_tags WHERE experiment_id = $1 AND key = $2 AND value = $3";
    tx.execute(sql, &[experiment.into(), NOW.into(), wish.into()]).await?;
    Ok(())
}
