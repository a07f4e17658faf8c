//! The SQL of a queue's items.

use std::collections::{HashMap, HashSet};

use app::{ApiError, Unit};
use db::{Bulk, ColumnType, DbError, Row, Statement, Value};

use super::store;
use super::wire::{ListItemsResponse, QueueItem, Status};
use crate::paging;

static ITEMS: Bulk<6> = Bulk::new(
    "review_queue_items",
    [
        ("queue_id", ColumnType::Text),
        ("item_type", ColumnType::Text),
        ("item_id", ColumnType::Text),
        ("status", ColumnType::Text),
        ("creation_time_ms", ColumnType::Int),
        ("last_update_time_ms", ColumnType::Int),
    ],
    "ON CONFLICT (queue_id, item_id) DO NOTHING",
);

const SELECT: &str = "SELECT queue_id, item_id, status, completed_by, completed_time_ms, \
    creation_time_ms, last_update_time_ms FROM review_queue_items WHERE queue_id = ";

fn read_item(row: Row<'_>) -> Result<QueueItem, DbError> {
    Ok(QueueItem {
        queue_id: row.get(0)?,
        item_type: "TRACE",
        item_id: row.get(1)?,
        status: Status::read(row.get(2)?),
        completed_by: row.get(3)?,
        completed_time_ms: row.get(4)?,
        creation_time_ms: row.get(5)?,
        last_update_time_ms: row.get(6)?,
    })
}

/// Adds traces of the queue's experiment. Those that it has keep their status.
pub async fn add(
    tx: &mut Unit<'_>,
    queue_id: &str,
    item_ids: &[String],
    now: i64,
) -> Result<Vec<QueueItem>, ApiError> {
    let queue = store::locked(tx, queue_id).await?;
    let experiment_id: i64 = queue.experiment_id.parse().unwrap_or_default();
    let known: HashSet<String> = tx
        .query(
            "SELECT request_id FROM trace_info WHERE request_id = ANY($1) AND experiment_id = $2",
            &[item_ids.into(), experiment_id.into()],
            |row| row.get(0),
        )
        .await?
        .into_iter()
        .collect();
    let unknown: Vec<&String> = item_ids.iter().filter(|id| !known.contains(*id)).collect();
    if !unknown.is_empty() {
        return Err(ApiError::missing(format!(
            "Cannot attach trace(s) {} to review queue '{queue_id}': they do not exist in \
             experiment '{experiment_id}'.",
            python::repr_list(&unknown)
        )));
    }
    let rows: Vec<[Value<'_>; 6]> = item_ids
        .iter()
        .map(|id| {
            [
                queue_id.into(),
                "trace".into(),
                id.into(),
                Status::Pending.stored().into(),
                now.into(),
                now.into(),
            ]
        })
        .collect();
    tx.insert_rows(&ITEMS, &rows).await?;
    let mut statement = Statement::new(SELECT);
    statement.bind(queue_id.to_owned()).text(" AND item_id = ANY(");
    statement.bind(item_ids.to_vec()).text(")");
    let found = statement.query(tx, read_item).await?;
    let mut items: HashMap<String, QueueItem> =
        found.into_iter().map(|item| (item.item_id.clone(), item)).collect();
    Ok(item_ids.iter().filter_map(|id| items.remove(id)).collect())
}

/// Removes items; those that the queue does not have are no error.
pub async fn remove(
    tx: &mut Unit<'_>,
    queue_id: &str,
    item_ids: &[String],
) -> Result<(), ApiError> {
    store::get(tx, queue_id).await?;
    tx.execute(
        "DELETE FROM review_queue_items WHERE queue_id = $1 AND item_id = ANY($2)",
        &[queue_id.into(), item_ids.into()],
    )
    .await?;
    Ok(())
}

/// A page of a queue's items.
#[derive(Clone, Debug)]
pub struct Listing {
    pub queue_id: String,
    pub status: Option<Status>,
    pub size: usize,
    pub offset: i64,
}

app::lend!(Listing);

pub async fn list(tx: &mut Unit<'_>, listing: &Listing) -> Result<ListItemsResponse, ApiError> {
    store::get(tx, &listing.queue_id).await?;
    let mut statement = Statement::new(SELECT);
    statement.bind(listing.queue_id.clone());
    if let Some(status) = listing.status {
        statement.text(" AND status = ").bind(status.stored());
    }
    statement.text(" ORDER BY creation_time_ms DESC, item_id LIMIT ");
    statement.bind(paging::limit(listing.size)).text(" OFFSET ").bind(listing.offset);
    let mut items = statement.query(tx, read_item).await?;
    let next_page_token = paging::cut(&mut items, listing.size, listing.offset);
    Ok(ListItemsResponse { items, next_page_token })
}

/// A status to set.
#[derive(Clone, Debug)]
pub struct Change {
    pub queue_id: String,
    pub item_id: String,
    pub status: Status,
    /// Who is done with it; nobody if it is to be reviewed again.
    pub completed_by: Option<String>,
    /// Milliseconds since 1970.
    pub now: i64,
}

app::lend!(Change);

/// Sets the status. Whoever sets one that is set already changes nothing: the first to be done with
/// an item stays the one who is named.
pub async fn set_status(tx: &mut Unit<'_>, change: &Change) -> Result<QueueItem, ApiError> {
    store::get(tx, &change.queue_id).await?;
    let done = (change.status != Status::Pending).then_some(change.now);
    tx.execute(
        "UPDATE review_queue_items SET status = $3, completed_by = $4, completed_time_ms = $5, \
         last_update_time_ms = $6 WHERE queue_id = $1 AND item_id = $2 AND status <> $3",
        &[
            (&change.queue_id).into(),
            (&change.item_id).into(),
            change.status.stored().into(),
            (&change.completed_by).into(),
            done.into(),
            change.now.into(),
        ],
    )
    .await?;
    let mut statement = Statement::new(SELECT);
    statement.bind(change.queue_id.clone()).text(" AND item_id = ").bind(change.item_id.clone());
    statement.query(tx, read_item).await?.pop().ok_or_else(|| {
        ApiError::missing(format!(
            "Item '{}' is not attached to review queue '{}'.",
            change.item_id, change.queue_id
        ))
    })
}
