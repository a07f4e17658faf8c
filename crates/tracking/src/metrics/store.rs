//! The SQL that logs metrics.

use std::collections::BTreeMap;
use std::fmt::Display;

use app::{ApiError, Unit};
use db::{Bulk, ColumnType, DbError, Value};

use super::wire::LoggedMetric;
use crate::validation::{self, invalid};

static METRICS: Bulk<6> = Bulk::new(
    "metrics",
    [
        ("key", ColumnType::Text),
        ("value", ColumnType::Float),
        ("timestamp", ColumnType::Int),
        ("run_uuid", ColumnType::Text),
        ("step", ColumnType::Int),
        ("is_nan", ColumnType::Bool),
    ],
    // The key holds every column: a conflict is the same point logged again.
    "ON CONFLICT DO NOTHING",
);

static LATEST: Bulk<6> = Bulk::new(
    "latest_metrics",
    [
        ("key", ColumnType::Text),
        ("value", ColumnType::Float),
        ("timestamp", ColumnType::Int),
        ("run_uuid", ColumnType::Text),
        ("step", ColumnType::Int),
        ("is_nan", ColumnType::Bool),
    ],
    "ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value, \
     timestamp = excluded.timestamp, step = excluded.step, is_nan = excluded.is_nan \
     WHERE (excluded.step, excluded.timestamp, excluded.value) > \
     (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)",
);

/// A checked point, as it is stored: NaN as 0 with a mark, an infinity as the largest double.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub key: String,
    pub value: f64,
    pub is_nan: bool,
    pub timestamp: i64,
    pub step: i64,
    pub model_id: Option<String>,
    pub dataset_name: Option<String>,
    pub dataset_digest: Option<String>,
}

impl Point {
    /// Checks a point of a request. `path` says where it stands in it: `metrics[3].`, or nothing.
    pub fn check(metric: LoggedMetric, path: impl Display) -> Result<Self, ApiError> {
        let key = metric.key.unwrap_or_default();
        let value = metric.value.map_or(0.0, f64::from);
        let timestamp = metric.timestamp.map_or(0, i64::from);
        validation::entity_name(&key, format_args!("{path}name"))?;
        if timestamp < 0 {
            let why = format!(
                "metric '{key}' (value={value:?}). Timestamp must be a nonnegative long \
                 (64-bit integer) "
            );
            return Err(invalid(&format!("{path}timestamp"), &timestamp.into(), &why));
        }
        validation::length("Metric name", validation::MAX_ENTITY_KEY_LENGTH, &key)?;
        let present = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (dataset_name, dataset_digest) =
            (present(metric.dataset_name), present(metric.dataset_digest));
        if dataset_name.is_some() != dataset_digest.is_some() {
            return Err(ApiError::invalid(
                "Both dataset_name and dataset_digest must be provided if one is provided",
            ));
        }
        Ok(Self {
            key,
            value: if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) },
            is_nan: value.is_nan(),
            timestamp,
            step: metric.step.map_or(0, i64::from),
            model_id: present(metric.model_id),
            dataset_name,
            dataset_digest,
        })
    }

    fn row<'p>(&'p self, run_id: &'p str) -> [Value<'p>; 6] {
        [
            (&self.key).into(),
            self.value.into(),
            self.timestamp.into(),
            run_id.into(),
            self.step.into(),
            self.is_nan.into(),
        ]
    }

    fn is_later_than(&self, other: &Point) -> bool {
        (self.step, self.timestamp, self.value) > (other.step, other.timestamp, other.value)
    }
}

/// Adds points to the history of runs and moves the latest values on. The runs must exist and be
/// active. Latest values are locked in the order of (run, key), the same in every transaction, so
/// that concurrent writers wait for each other instead of deadlocking.
pub async fn insert(tx: &mut Unit<'_>, points: &[(&str, &Point)]) -> Result<(), DbError> {
    let mut history = points.to_vec();
    // In the order of the primary key: neighbours go to the same page of its index.
    history.sort_unstable_by(|(run, a), (other, b)| {
        (&a.key, a.timestamp, a.step, run).cmp(&(&b.key, b.timestamp, b.step, other))
    });
    let history: Vec<[Value<'_>; 6]> = history.iter().map(|(run, point)| point.row(run)).collect();
    let mut latest: BTreeMap<(&str, &str), &Point> = BTreeMap::new();
    for (run, point) in points {
        latest
            .entry((run, point.key.as_str()))
            .and_modify(|best| {
                if point.is_later_than(best) {
                    *best = point;
                }
            })
            .or_insert(point);
    }
    let latest: Vec<[Value<'_>; 6]> =
        latest.iter().map(|((run, _), point)| point.row(run)).collect();
    tx.insert_both((&METRICS, &history), (&LATEST, &latest)).await
}

/// Logs points of one run, which was found to be active in this transaction: its history, its
/// latest values and those of the logged models that they name.
pub async fn log_to(
    tx: &mut Unit<'_>,
    run: &crate::runs::store::RunRow,
    points: &[Point],
) -> Result<(), ApiError> {
    let all: Vec<(&str, &Point)> =
        points.iter().map(|point| (run.run_id.as_str(), point)).collect();
    insert(tx, &all).await?;
    if points.iter().any(|point| point.model_id.is_some()) {
        crate::logged_models::store::record_metrics(tx, &run.run_id, run.experiment_id, points)
            .await?;
    }
    Ok(())
}
