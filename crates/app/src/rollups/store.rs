//! The SQL of the queue of days to be summed up anew.

use db::{Bulk, ColumnType, DbError, Tx, Value};

use super::{Partition, date};

static QUEUE: Bulk<3> = Bulk::new(
    "sql_trace_rollup_rebuild_queue",
    [
        ("experiment_id", ColumnType::Int),
        ("rollup_day", ColumnType::Date),
        ("rollup_family", ColumnType::Text),
    ],
    // Locks a row that is there and changes nothing.
    "ON CONFLICT (experiment_id, rollup_day, rollup_family) \
     DO UPDATE SET rollup_family = excluded.rollup_family WHERE FALSE",
);

/// Makes the rows that are not there yet, and locks all until the end of the transaction. They come in
/// the order in which every caller locks them.
pub(super) async fn lock(
    tx: &mut Tx,
    partitions: impl Iterator<Item = Partition>,
) -> Result<(), DbError> {
    let rows: Vec<[Value<'_>; 3]> = partitions
        .map(|Partition { experiment_id, day, family }| {
            [experiment_id.into(), date(day).into(), family.text().into()]
        })
        .collect();
    tx.insert_rows(&QUEUE, &rows).await.map(drop)
}
