//! The SQL of correlations of filters.

use app::{ApiError, Unit};
use db::Statement;
use filter::traces::Clause;
use tracking::keyset;

use super::wire::Counts;
use crate::search::search_condition::{Way, conditions};

/// What is counted.
#[derive(Debug)]
pub struct Filters {
    pub experiment_ids: Vec<i64>,
    pub first: Vec<Clause>,
    pub second: Vec<Clause>,
    /// What all traces that are looked at fit.
    pub base: Vec<Clause>,
}

app::lend!(Filters);

pub async fn count(tx: &mut Unit<'_>, filters: &Filters) -> Result<Counts, ApiError> {
    let ids = &filters.experiment_ids;
    let mut statement = Statement::new(
        "SELECT count(*), COALESCE(sum(f.one), 0), COALESCE(sum(f.other), 0), \
         COALESCE(sum(f.one * f.other), 0) FROM (SELECT CASE WHEN TRUE",
    );
    conditions(&mut statement, filters.first.clone(), ids, Way::Any);
    statement.text(" THEN 1 ELSE 0 END AS one, CASE WHEN TRUE");
    conditions(&mut statement, filters.second.clone(), ids, Way::Any);
    statement.text(" THEN 1 ELSE 0 END AS other FROM trace_info t WHERE t.experiment_id");
    keyset::one_of_ints(&mut statement, ids.clone());
    conditions(&mut statement, filters.base.clone(), ids, Way::Any);
    statement.text(") f");
    let counts = statement.query(tx, |row| {
        Ok(Counts {
            total_count: row.get(0)?,
            filter1_count: row.get(1)?,
            filter2_count: row.get(2)?,
            joint_count: row.get(3)?,
        })
    });
    Ok(counts.await?.pop().unwrap_or_default())
}
