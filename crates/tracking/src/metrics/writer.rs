//! Single points, which training loops log one by one: all that arrive together share a commit.

use std::collections::{HashMap, HashSet};

use app::{ApiError, Backend, Unit};
use db::Engine;

use super::store::{self, Point};
use crate::group::{GroupWriter, Member, Outcomes};
use crate::runs::store as runs;

/// Takes a run's id and a point of it.
pub type MetricWriter = GroupWriter<(String, Point), ()>;

pub fn start(backend: Backend) -> MetricWriter {
    GroupWriter::start(backend, storable, log_all)
}

/// Refuses texts that the engine cannot store; a metric's name never has such.
fn storable((run_id, point): &(String, Point), engine: Engine) -> Result<(), ApiError> {
    let texts = [
        ("run_id", Some(run_id)),
        ("model_id", point.model_id.as_ref()),
        ("dataset_name", point.dataset_name.as_ref()),
        ("dataset_digest", point.dataset_digest.as_ref()),
    ];
    let mut given = texts.iter().filter_map(|(name, text)| Some((name, (*text)?)));
    given.try_for_each(|(name, text)| ApiError::refuse_nul(engine, name, text))
}

/// Writes all points of active runs; says of each point how it went.
async fn log_all(
    tx: &mut Unit<'_>,
    points: &[Member<(String, Point)>],
) -> Result<Outcomes<()>, ApiError> {
    let run_ids: HashSet<&str> = points.iter().map(|member| member.input.0.as_str()).collect();
    let rows = runs::run_rows(tx, run_ids.into_iter().collect()).await?;
    let outcomes: Outcomes<()> = points
        .iter()
        .map(|Member { input: (run, _), .. }| {
            rows.get(run).ok_or_else(|| runs::not_found(run))?.check_active()
        })
        .collect();
    let good: Vec<(&str, &Point)> = (points.iter().zip(&outcomes))
        .filter(|(_, outcome)| outcome.is_ok())
        .map(|(Member { input: (run, point), .. }, _)| (run.as_str(), point))
        .collect();
    store::insert(tx, &good).await?;
    let mut of_models: HashMap<&str, Vec<Point>> = HashMap::new();
    for (run, point) in good.iter().filter(|(_, point)| point.model_id.is_some()) {
        of_models.entry(run).or_default().push((*point).clone());
    }
    for (run, points) in of_models {
        if let Some(row) = rows.get(run) {
            crate::logged_models::store::record_metrics(tx, run, row.experiment_id, &points)
                .await?;
        }
    }
    Ok(outcomes)
}
