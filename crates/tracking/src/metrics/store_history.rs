//! The SQL that reads the history of metrics.

use app::Double;
use db::{DbError, Row, Statement, Tx};
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

impl From<Sample> for After {
    fn from(sample: Sample) -> Self {
        let Sample { value, is_nan, timestamp, step } = sample;
        Self { timestamp, step, value: value.to_bits(), is_nan }
    }
}

/// Up to `limit` points in the order of (timestamp, step, value).
pub async fn page(
    tx: &mut Tx,
    run_id: &str,
    key: &str,
    after: Option<&After>,
    limit: i64,
) -> Result<Vec<Sample>, DbError> {
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
    statement.query(tx, Sample::read).await
}

/// The histories of several runs, one after the other, `limit` points in all.
pub async fn bulk(
    tx: &mut Tx,
    run_ids: &[String],
    key: &str,
    limit: i64,
) -> Result<Vec<(String, Sample)>, DbError> {
    tx.query(
        "SELECT value, is_nan, timestamp, step, run_uuid FROM metrics \
         WHERE run_uuid = ANY($1) AND key = $2 \
         ORDER BY run_uuid, timestamp, step, value, is_nan LIMIT $3",
        &[run_ids.into(), key.into(), limit.into()],
        |row| Ok((row.get(4)?, Sample::read(row)?)),
    )
    .await
}

/// At most `size` points of one run, spread evenly over the points in the order of (step,
/// timestamp, value) and always with the last: each bucket of the window function gives its first.
pub async fn sample(
    tx: &mut Tx,
    run_id: &str,
    key: &str,
    steps: Option<(i64, i64)>,
    size: i64,
) -> Result<Vec<Sample>, DbError> {
    let (first, last) = steps.unwrap_or((i64::MIN, i64::MAX));
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
