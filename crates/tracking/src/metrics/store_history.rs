//! The SQL that reads the history of metrics.

use app::{ApiError, Double, Unit};
use db::{DbError, Row, Statement};
use serde::{Deserialize, Serialize};

use super::wire::Metric;

/// A point without the name of its metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub value: f64,
    pub is_nan: bool,
    pub timestamp: i64,
    pub step: i64,
}

impl Sample {
    fn read(row: Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            value: row.get(0)?,
            is_nan: row.get(1)?,
            timestamp: row.get(2)?,
            step: row.get(3)?,
        })
    }

    /// The value as it was logged: infinities are stored, and come back, as the largest doubles.
    pub fn shown(self) -> Double {
        Double(if self.is_nan { f64::NAN } else { self.value })
    }

    pub fn into_metric(self, key: &str, run_id: Option<&str>) -> Metric {
        Metric {
            key: key.to_owned(),
            value: self.shown(),
            timestamp: self.timestamp,
            step: self.step,
            model_id: None,
            dataset_name: None,
            dataset_digest: None,
            run_id: run_id.map(str::to_owned),
        }
    }
}

/// Where a page of a history begins: after this point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct After {
    pub timestamp: i64,
    pub step: i64,
    /// The bits of the value: JSON would lose some of them.
    pub value: u64,
    pub is_nan: bool,
}

app::lend!(After);

impl From<Sample> for After {
    fn from(sample: Sample) -> Self {
        let Sample { value, is_nan, timestamp, step } = sample;
        Self { timestamp, step, value: value.to_bits(), is_nan }
    }
}

/// The steps of a part of a history, both included.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    pub first: i64,
    pub last: i64,
}

app::lend!(copy Steps);

/// Up to `limit` points in the order of (timestamp, step, value).
pub async fn page(
    tx: &mut Unit<'_>,
    run_id: &str,
    key: &str,
    after: Option<&After>,
    limit: i64,
) -> Result<Vec<Sample>, ApiError> {
    let mut statement =
        Statement::new("SELECT value, is_nan, timestamp, step FROM metrics WHERE run_uuid = ");
    statement.bind(run_id.to_owned()).text(" AND key = ").bind(key.to_owned());
    if let Some(after) = after {
        statement.text(" AND (timestamp, step, value, is_nan) > (").bind(after.timestamp);
        statement.text(", ").bind(after.step);
        statement.text(", ").bind(f64::from_bits(after.value));
        statement.text(", ").bind(after.is_nan).text(")");
    }
    statement.text(" ORDER BY timestamp, step, value, is_nan LIMIT ").bind(limit);
    Ok(statement.query(tx, Sample::read).await?)
}

/// The histories of several runs, one after the other, `limit` points in all.
pub async fn bulk(
    tx: &mut Unit<'_>,
    run_ids: &[String],
    key: &str,
    limit: i64,
) -> Result<Vec<(String, Sample)>, ApiError> {
    let found = tx
        .query(
            "SELECT value, is_nan, timestamp, step, run_uuid FROM metrics \
         WHERE run_uuid = ANY($1) AND key = $2 \
         ORDER BY run_uuid, timestamp, step, value, is_nan LIMIT $3",
            &[run_ids.into(), key.into(), limit.into()],
            |row| Ok((row.get(4)?, Sample::read(row)?)),
        )
        .await?;
    Ok(found)
}

/// At most `size` points of each of several runs, as [`sample`] picks them.
///
/// Compat: runs that do not exist have no points.
pub async fn samples(
    tx: &mut Unit<'_>,
    run_ids: &[String],
    key: &str,
    steps: Option<Steps>,
    size: i64,
) -> Result<Vec<Metric>, ApiError> {
    let mut metrics = Vec::new();
    for run_id in run_ids {
        let samples = sample(tx, run_id, key, steps, size).await?;
        metrics.extend(samples.into_iter().map(|sample| sample.into_metric(key, Some(run_id))));
    }
    Ok(metrics)
}

/// At most `size` points of one run, spread evenly over the points in the order of (step,
/// timestamp, value) and always with the last: each bucket of the window function gives its first.
async fn sample(
    tx: &mut Unit<'_>,
    run_id: &str,
    key: &str,
    steps: Option<Steps>,
    size: i64,
) -> Result<Vec<Sample>, ApiError> {
    let (first, last) = steps.map_or((i64::MIN, i64::MAX), |Steps { first, last }| (first, last));
    let mut samples = tx
        .query(
            "WITH numbered AS (SELECT value, is_nan, timestamp, step, \
             ntile($5::integer) OVER (ORDER BY step, timestamp, value, is_nan) AS bucket \
             FROM metrics WHERE run_uuid = $1 AND key = $2 AND step BETWEEN $3 AND $4), \
             ranked AS (SELECT value, is_nan, timestamp, step, row_number() OVER \
             (PARTITION BY bucket ORDER BY step, timestamp, value, is_nan) AS place FROM numbered) \
             SELECT value, is_nan, timestamp, step FROM ranked WHERE place = 1 \
             ORDER BY step, timestamp, value, is_nan",
            &[run_id.into(), key.into(), first.into(), last.into(), size.into()],
            Sample::read,
        )
        .await?;
    let end = tx
        .query_opt(
            "SELECT value, is_nan, timestamp, step FROM metrics WHERE run_uuid = $1 AND key = $2 \
             AND step BETWEEN $3 AND $4 \
             ORDER BY step DESC, timestamp DESC, value DESC, is_nan DESC LIMIT 1",
            &[run_id.into(), key.into(), first.into(), last.into()],
            Sample::read,
        )
        .await?;
    if let Some(end) = end.filter(|end| samples.last() != Some(end)) {
        if samples.len() >= usize::try_from(size).unwrap_or(usize::MAX) {
            samples.pop();
        }
        samples.push(end);
    }
    Ok(samples)
}
