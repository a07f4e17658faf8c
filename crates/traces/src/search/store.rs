//! Running a search for traces.

use app::{ApiError, Unit};
use db::Engine;

use super::search::Search;
use super::wire::SearchTracesResponse;
use crate::info::store::{TraceRow, fill};

/// One page: one query for the rows and three for what belongs to them.
pub async fn search(tx: &mut Unit<'_>, search: &Search) -> Result<SearchTracesResponse, ApiError> {
    let mut statement = &search.statement;
    if let Some(walk) = &search.walk
        && tx.engine() == Engine::Postgres
        && walk.is_short.query(tx, |row| row.get::<i64>(0)).await?.first() == Some(&1)
    {
        statement = &walk.statement;
    }
    let found = statement.query(tx, |row| Ok((TraceRow::read(row)?, search.keys(row)?))).await?;
    let more = found.len() > search.size;
    let mut last_keys = Vec::new();
    let mut rows = Vec::with_capacity(found.len());
    for (row, keys) in found.into_iter().take(search.size) {
        rows.push(row);
        last_keys = keys;
    }
    let traces = fill(tx, rows).await?;
    let next_page_token = more.then(|| Search::token(last_keys));
    Ok(SearchTracesResponse { traces, next_page_token })
}
