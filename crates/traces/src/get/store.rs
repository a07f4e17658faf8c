//! The SQL of spans.

use std::collections::HashMap;

use app::{ApiError, Unit};

use super::spans::{Form, Spans};
use crate::info;
use crate::info::wire::TraceInfo;
use crate::spans::keys::tag;

/// Spans that are read in one piece; traces of more are sent as they are read.
pub const PIECE: usize = 500;

/// Where the spans of a trace are.
#[derive(Debug)]
pub enum Held {
    /// In the database, and here they are.
    Here(Spans),
    /// In the database: so many, by their ids in the order in which they are shown.
    Many(Vec<String>),
    /// In a file of the archive, below this location.
    Archived(String),
    /// In a file that the client wrote, if at all.
    Elsewhere,
}

/// Where a trace says that its spans are.
#[derive(Debug)]
enum Place {
    Database,
    Archive(String),
    Elsewhere,
}

fn place_of(info: &TraceInfo) -> Result<Place, ApiError> {
    match info.tags.get(tag::SPANS_LOCATION) {
        Some(tag::IN_DATABASE) => Ok(Place::Database),
        Some(tag::IN_ARCHIVE) => match info.tags.get(tag::ARCHIVE_LOCATION) {
            Some(location) => Ok(Place::Archive(location.to_owned())),
            None => Err(corrupted(&info.trace_id)),
        },
        _ => Ok(Place::Elsewhere),
    }
}

/// MLflow's complaint about a trace whose spans only its client can read.
pub fn elsewhere() -> ApiError {
    ApiError::missing("Trace data not stored in tracking store")
}

/// MLflow's complaint about a trace that does not say where its data are.
pub fn corrupted(trace_id: &str) -> ApiError {
    ApiError::new(
        app::Code::InvalidState,
        format!("Trace data is corrupted for request_id={trace_id}"),
    )
}

/// Roots first, then by start.
const FIRST_SPANS: &str = "SELECT content FROM spans WHERE trace_id = $1 \
     ORDER BY CASE WHEN parent_span_id IS NULL THEN 0 ELSE 1 END, start_time_unix_nano, span_id \
     LIMIT $2";
const SPAN_IDS: &str = "SELECT span_id FROM spans WHERE trace_id = $1 AND content <> '' \
     ORDER BY CASE WHEN parent_span_id IS NULL THEN 0 ELSE 1 END, start_time_unix_nano, span_id";
const SPANS_OF_TRACES: &str = "SELECT trace_id, content FROM spans WHERE trace_id = ANY($1) \
     ORDER BY CASE WHEN parent_span_id IS NULL THEN 0 ELSE 1 END, start_time_unix_nano, span_id";

pub async fn get(
    tx: &mut Unit<'_>,
    id: &str,
    form: Form,
) -> Result<Option<(TraceInfo, Held)>, ApiError> {
    let Some(info) = info::store::find(tx, id).await? else { return Ok(None) };
    match place_of(&info)? {
        Place::Database => {}
        Place::Archive(location) => return Ok(Some((info, Held::Archived(location)))),
        Place::Elsewhere => return Ok(Some((info, Held::Elsewhere))),
    }
    let mut spans = Spans::new(form);
    let mut rows = 0;
    let limit = i64::try_from(PIECE + 1).unwrap_or(i64::MAX);
    tx.query(FIRST_SPANS, &[id.into(), limit.into()], |row| {
        rows += 1;
        if rows <= PIECE {
            spans.push_stored(row.get(0)?);
        }
        Ok(())
    })
    .await?;
    if rows <= PIECE {
        return Ok(Some((info, Held::Here(spans))));
    }
    let ids = tx.query(SPAN_IDS, &[id.into()], |row| row.get(0)).await?;
    Ok(Some((info, Held::Many(ids))))
}

/// These spans of a trace, in their order.
pub async fn piece(
    tx: &mut Unit<'_>,
    trace_id: &str,
    ids: &[String],
    form: Form,
) -> Result<Spans, ApiError> {
    let sql = "SELECT span_id, content FROM spans WHERE trace_id = $1 AND span_id = ANY($2)";
    let place: HashMap<&str, usize> =
        ids.iter().enumerate().map(|(index, id)| (id.as_str(), index)).collect();
    let mut found = tx
        .query(sql, &[trace_id.into(), ids.into()], |row| {
            let index = place.get(row.get::<&str>(0)?).copied();
            Ok((index, row.get::<String>(1)?))
        })
        .await?;
    found.sort_unstable_by_key(|(index, _)| *index);
    let mut spans = Spans::new(form);
    for (_, content) in found {
        spans.push_stored(&content);
    }
    Ok(spans)
}

/// Those of these traces that exist.
pub async fn batch(
    tx: &mut Unit<'_>,
    ids: &[String],
    experiments: Option<&[i64]>,
) -> Result<Vec<(TraceInfo, Held)>, ApiError> {
    let infos = info::store::batch(tx, ids, experiments).await?;
    let places = infos.iter().map(place_of).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<&str> = infos.iter().map(|info| info.trace_id.as_str()).collect();
    let index_of: HashMap<&str, usize> =
        ids.iter().enumerate().map(|(index, id)| (*id, index)).collect();
    let mut of_trace: Vec<Spans> = infos.iter().map(|_| Spans::new(Form::OpenTelemetry)).collect();
    tx.query(SPANS_OF_TRACES, &[ids.clone().into()], |row| {
        if let Some(index) = index_of.get(row.get::<&str>(0)?) {
            of_trace[*index].push_stored(row.get(1)?);
        }
        Ok(())
    })
    .await?;
    let held = of_trace.into_iter().zip(places).map(|(spans, place)| match place {
        Place::Database => Held::Here(spans),
        Place::Archive(location) => Held::Archived(location),
        Place::Elsewhere => Held::Elsewhere,
    });
    Ok(infos.into_iter().zip(held.collect::<Vec<_>>()).collect())
}
