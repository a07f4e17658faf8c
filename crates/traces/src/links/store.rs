//! The SQL of a trace's links.

use app::{ApiError, Unit};
use db::{Bulk, ColumnType, DbError, Value};

use crate::info::store::not_found;

/// From a trace to a run or a prompt version.
#[derive(Clone, Debug)]
pub struct Link {
    pub id: String,
    pub trace_id: String,
    pub kind: &'static str,
    pub target: String,
}

impl Link {
    pub fn to_run(id: String, trace_id: String, run_id: String) -> Self {
        Self { id, trace_id, kind: "run", target: run_id }
    }
}

static ASSOCIATIONS: Bulk<5> = Bulk::new(
    "entity_associations",
    [
        ("association_id", ColumnType::Text),
        ("source_type", ColumnType::Text),
        ("source_id", ColumnType::Text),
        ("destination_type", ColumnType::Text),
        ("destination_id", ColumnType::Text),
    ],
    "ON CONFLICT (source_type, source_id, destination_type, destination_id) DO NOTHING",
);

/// Adds links; those that are there already stay.
pub async fn link(tx: &mut Unit<'_>, links: &[Link]) -> Result<(), DbError> {
    let rows: Vec<[Value<'_>; 5]> = (links.iter())
        .map(|link| {
            let (trace, target) = ((&link.trace_id).into(), (&link.target).into());
            [(&link.id).into(), "trace".into(), trace, link.kind.into(), target]
        })
        .collect();
    tx.insert_rows(&ASSOCIATIONS, &rows).await?;
    Ok(())
}

/// Adds links to a run, if the experiment has it. Returns whether it has.
pub async fn link_to_run_of(
    tx: &mut Unit<'_>,
    experiment_id: i64,
    links: &[Link],
) -> Result<bool, DbError> {
    let Some(first) = links.first() else { return Ok(true) };
    let exists = "SELECT 1 FROM runs WHERE run_uuid = $1 AND experiment_id = $2";
    let run = [(&first.target).into(), experiment_id.into()];
    if tx.query_opt(exists, &run, |_| Ok(())).await?.is_none() {
        return Ok(false);
    }
    link(tx, links).await?;
    Ok(true)
}

pub async fn link_prompts(
    tx: &mut Unit<'_>,
    links: &[Link],
    trace_id: &str,
) -> Result<(), ApiError> {
    let exists = "SELECT 1 FROM trace_info WHERE request_id = $1";
    if tx.query_opt(exists, &[trace_id.into()], |_| Ok(())).await?.is_none() {
        return Err(not_found(trace_id));
    }
    Ok(link(tx, links).await?)
}
