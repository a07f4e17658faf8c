//! What a search for traces may be ordered by, and the statement that it becomes.

use app::{ApiError, page};
use db::{DbError, Row, Statement};
use filter::traces::{Attribute, OrderBy, OrderField};
use serde::{Deserialize, Serialize};
use tracking::keyset::{self, Key, SortKey};

use super::search_condition::{self, SLOWNESS, Way};
use crate::info::store::{COLUMN_COUNT, COLUMNS};

/// A search, ready to run.
#[derive(Debug)]
pub struct Search {
    pub statement: Statement,
    pub walk: Option<Walk>,
    /// Traces on a page.
    pub size: usize,
    order: Vec<SortKey<Sort>>,
}

app::lend!(Search);

/// Another way to the same page: along the order of time, with a look at the tags of each trace. It is
/// the shorter way where the values asked for are common, and PostgreSQL cannot tell that they are.
#[derive(Debug)]
pub struct Walk {
    /// Whether all values are common: 1 or 0.
    pub is_short: Statement,
    pub statement: Statement,
}

/// What a search asks for.
pub struct Request<'r> {
    pub experiment_ids: Vec<i64>,
    pub filter: &'r str,
    pub order_by: &'r [String],
    pub size: usize,
    pub token: Option<&'r str>,
}

/// Where a page begins: after the trace with these sort keys.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    keys: Vec<Key>,
}

/// A sort key. Those of tags and metadata come from a table joined for them: its number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sort {
    RequestId,
    Status,
    Timestamp,
    EndTime,
    ExperimentId,
    /// 1 where the duration is unknown, else 0.
    DurationRank,
    Duration,
    /// The duration, for the order in which those without one are last by themselves.
    Slowness,
    NameRank,
    Name,
    SessionRank,
    Session,
    /// 1 where there is no such tag or metadata, else 0.
    EntryRank(usize),
    Entry(usize),
}

impl Sort {
    fn is_text(self) -> bool {
        use Sort::{Entry, Name, RequestId, Session, Status};
        matches!(self, RequestId | Status | Name | Session | Entry(_))
    }
}

/// # Errors
/// When the filter, the order or the token is refused.
pub fn plan(request: Request<'_>) -> Result<Search, ApiError> {
    let clauses = filter::traces::parse(request.filter)?;
    let asked = filter::traces::parse_order_by(request.order_by)?;
    let after = request.token.map(page::decode::<Position>).transpose()?;
    let order = order(&asked);
    let by_time = matches!(order.first(), Some(SortKey { field: Sort::Timestamp, .. }));
    let is_short = if by_time { search_condition::are_common(&clauses) } else { None };
    let build = |way: Way| {
        let mut statement = Statement::new("SELECT ");
        statement.text(COLUMNS);
        for key in &order {
            statement.text(", ");
            column(&mut statement, key.field);
        }
        statement.text(" FROM trace_info t");
        for (index, order_by) in asked.iter().enumerate() {
            join(&mut statement, index, order_by.field.clone());
        }
        statement.text(" WHERE t.experiment_id");
        keyset::one_of_ints(&mut statement, request.experiment_ids.clone());
        search_condition::conditions(&mut statement, clauses.clone(), &request.experiment_ids, way);
        if let Some(after) = &after {
            statement.text(" AND ");
            keyset::after(&mut statement, &order, after.keys.clone(), &mut column)?;
        }
        statement.text(" ORDER BY ");
        keyset::order_by(&mut statement, &order, &mut column);
        let limit = i64::try_from(request.size).unwrap_or(i64::MAX).saturating_add(1);
        statement.text(" LIMIT ").bind(limit);
        Ok::<_, ApiError>(statement)
    };
    let statement = build(Way::Any)?;
    let walk = match is_short {
        Some(is_short) => Some(Walk { is_short, statement: build(Way::TraceByTrace)? }),
        None => None,
    };
    Ok(Search { statement, walk, size: request.size, order })
}

impl Search {
    /// The sort keys of a row.
    pub fn keys(&self, row: Row<'_>) -> Result<Vec<Key>, DbError> {
        keyset::read(row, COLUMN_COUNT, &self.order)
    }

    /// The token for the page after the row with these keys.
    pub fn token(keys: Vec<Key>) -> String {
        page::encode(&Position { keys })
    }
}

/// The order asked for, then the newest first, then by id.
fn order(asked: &[OrderBy]) -> Vec<SortKey<Sort>> {
    let mut order: Vec<SortKey<Sort>> = Vec::new();
    let mut push = |field: Sort, ascending: bool| {
        if !order.iter().any(|key| key.field == field) {
            order.push(SortKey { field, ascending, text: field.is_text() });
        }
    };
    for (index, OrderBy { field, ascending }) in asked.iter().enumerate() {
        let (rank, value) = match field {
            OrderField::ExperimentId => (None, Sort::ExperimentId),
            OrderField::Name => (Some(Sort::NameRank), Sort::Name),
            OrderField::Session => (Some(Sort::SessionRank), Sort::Session),
            OrderField::Tag(_) | OrderField::Metadata(_) => {
                (Some(Sort::EntryRank(index)), Sort::Entry(index))
            }
            OrderField::Attribute(attribute) => match attribute {
                Attribute::Status => (None, Sort::Status),
                Attribute::TimestampMs => (None, Sort::Timestamp),
                Attribute::EndTimeMs => (None, Sort::EndTime),
                Attribute::ExecutionTimeMs if *ascending => {
                    (Some(Sort::DurationRank), Sort::Duration)
                }
                Attribute::ExecutionTimeMs => (None, Sort::Slowness),
                // The client's id is no key of an order.
                Attribute::RequestId | Attribute::ClientRequestId => (None, Sort::RequestId),
            },
        };
        if let Some(rank) = rank {
            push(rank, true);
        }
        push(value, *ascending);
    }
    push(Sort::Timestamp, false);
    push(Sort::RequestId, true);
    order
}

fn column(statement: &mut Statement, sort: Sort) {
    match sort {
        Sort::RequestId => statement.text("t.request_id"),
        Sort::Status => statement.text("t.status"),
        Sort::Timestamp => statement.text("t.timestamp_ms"),
        Sort::EndTime => statement.text("(t.timestamp_ms + COALESCE(t.execution_time_ms, 0))"),
        Sort::ExperimentId => statement.text("t.experiment_id"),
        Sort::DurationRank => {
            statement.text("CASE WHEN t.execution_time_ms IS NULL THEN 1 ELSE 0 END")
        }
        Sort::Duration => statement.text("COALESCE(t.execution_time_ms, 0)"),
        Sort::Slowness => statement.text(SLOWNESS),
        Sort::NameRank => statement.text("CASE WHEN t.trace_name IS NULL THEN 1 ELSE 0 END"),
        Sort::Name => statement.text("COALESCE(t.trace_name, '')"),
        Sort::SessionRank => statement.text("CASE WHEN t.session_id IS NULL THEN 1 ELSE 0 END"),
        Sort::Session => statement.text("COALESCE(t.session_id, '')"),
        Sort::EntryRank(index) => {
            statement.text("CASE WHEN o").index(index).text(".value IS NULL THEN 1 ELSE 0 END")
        }
        Sort::Entry(index) => statement.text("COALESCE(o").index(index).text(".value, '')"),
    };
}

/// Joins the table that a sort key reads, without losing traces that have no row in it.
fn join(statement: &mut Statement, index: usize, field: OrderField) {
    let (table, key) = match field {
        OrderField::Tag(key) => (" LEFT JOIN trace_tags o", key),
        OrderField::Metadata(key) => (" LEFT JOIN trace_request_metadata o", key),
        _ => return,
    };
    statement.text(table).index(index).text(" ON o").index(index);
    statement.text(".request_id = t.request_id AND o").index(index).text(".key = ").bind(key);
}
