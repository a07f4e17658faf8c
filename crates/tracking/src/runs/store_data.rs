//! The SQL that reads back what runs logged: all of it in one statement, and one more for the data
//! sets that some of them used.

use std::collections::HashMap;

use app::{Double, Unit};
use db::{DbError, Row};

use super::wire::RunData;
use crate::datasets::store::{Link, LinkKind};
use crate::metrics::wire::Metric;
use crate::tags::KeyValue;

/// The kinds of rows that come back, by their number.
const METRIC: i64 = 0;
const PARAM: i64 = 1;
const TAG: i64 = 2;
const DATASET: i64 = 3;
const MODEL_INPUT: i64 = 4;

/// The latest metrics, the params and the tags of each of these runs, in the order of the runs, and
/// what links any of them with data sets and models.
pub(super) async fn logged(
    tx: &mut Unit<'_>,
    run_ids: &[String],
) -> Result<(Vec<RunData>, Vec<Link>), DbError> {
    let mut data: Vec<RunData> = run_ids.iter().map(|_| RunData::default()).collect();
    let mut links = Vec::new();
    let places: HashMap<&str, usize> =
        run_ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    // Compat: without an order of ours, inputs come as they were logged, like MLflow's.
    tx.query(
        "SELECT 0 AS kind, run_uuid, key, NULL::text AS text, value, timestamp, step, is_nan \
         FROM latest_metrics WHERE run_uuid = ANY($1) \
         UNION ALL SELECT 1, run_uuid, key, value, NULL::float8, NULL::bigint, NULL::bigint, \
         NULL::boolean FROM params WHERE run_uuid = ANY($1) \
         UNION ALL SELECT 2, run_uuid, key, value, NULL::float8, NULL::bigint, NULL::bigint, \
         NULL::boolean FROM tags WHERE run_uuid = ANY($1) \
         UNION ALL SELECT 3, destination_id, source_id, input_uuid, NULL::float8, NULL::bigint, \
         step, NULL::boolean FROM inputs WHERE destination_type = 'RUN' \
         AND destination_id = ANY($1) AND source_type = 'DATASET' \
         UNION ALL SELECT 4, source_id, destination_id, input_uuid, NULL::float8, NULL::bigint, \
         step, NULL::boolean FROM inputs WHERE source_type = 'RUN_INPUT' \
         AND source_id = ANY($1) AND destination_type = 'MODEL_INPUT' \
         UNION ALL SELECT 5, source_id, destination_id, input_uuid, NULL::float8, NULL::bigint, \
         step, NULL::boolean FROM inputs WHERE source_type = 'RUN_OUTPUT' \
         AND source_id = ANY($1) AND destination_type = 'MODEL_OUTPUT'",
        &[run_ids.into()],
        |row| {
            let run: &str = row.get(1)?;
            let Some(place) = places.get(run) else { return Ok(()) };
            let data = &mut data[*place];
            match row.get(0)? {
                METRIC => data.metrics.push(read_metric(row)?),
                PARAM => data.params.push(read_pair(row)?),
                TAG => data.tags.push(read_pair(row)?),
                kind => links.push(read_link(kind, run, row)?),
            }
            Ok(())
        },
    )
    .await?;
    Ok((data, links))
}

fn read_metric(row: Row<'_>) -> Result<Metric, DbError> {
    let is_nan: bool = row.get(7)?;
    Ok(Metric {
        key: row.get(2)?,
        value: Double(if is_nan { f64::NAN } else { row.get(4)? }),
        timestamp: row.get::<Option<i64>>(5)?.unwrap_or_default(),
        step: row.get(6)?,
        model_id: None,
        dataset_name: None,
        dataset_digest: None,
        run_id: None,
    })
}

fn read_pair(row: Row<'_>) -> Result<KeyValue, DbError> {
    let value = row.get::<Option<String>>(3)?.unwrap_or_default();
    Ok(KeyValue { key: row.get(2)?, value })
}

fn read_link(kind: i64, run: &str, row: Row<'_>) -> Result<Link, DbError> {
    Ok(Link {
        run_id: run.to_owned(),
        kind: match kind {
            DATASET => LinkKind::Dataset,
            MODEL_INPUT => LinkKind::ModelInput,
            _ => LinkKind::ModelOutput,
        },
        other_id: row.get(2)?,
        input_uuid: row.get(3)?,
        step: row.get(6)?,
    })
}
