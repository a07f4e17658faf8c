//! Group commit for single points: training loops log them one by one, from hundreds of workers.
//!
//! Points that arrive while groups are being committed form the next group, which waits for nothing
//! but that one of [`GROUPS`] has ended. Each caller is answered only after its group has committed,
//! and a point that cannot be logged fails alone.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use app::ApiError;
use db::{Db, Tx};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::store::{self, Point};
use crate::runs::store as runs;

/// Points of one group at most.
const GROUP: usize = 1000;

/// Groups that are committed at once: while the database flushes one, it runs the statements of the
/// others. All take their locks in one order, see [`store::insert`].
const GROUPS: usize = 3;

/// Points that may wait; beyond it callers are told to come back later.
const QUEUE: usize = 20_000;

/// A point, and who waits for it.
struct Entry {
    run_id: String,
    point: Point,
    answer: oneshot::Sender<Result<(), ApiError>>,
}

/// Where handlers hand in single points.
#[derive(Clone)]
pub struct MetricWriter {
    queue: mpsc::Sender<Entry>,
}

impl MetricWriter {
    /// Starts the task that commits the groups. It ends with the last handle.
    pub fn start(db: Db) -> Self {
        let (queue, entries) = mpsc::channel(QUEUE);
        tokio::spawn(run(db, entries));
        Self { queue }
    }

    /// Logs one point of a run.
    ///
    /// # Errors
    /// When the run does not exist or is deleted, or the database is not available.
    pub async fn log(&self, run_id: String, point: Point) -> Result<(), ApiError> {
        let (answer, answered) = oneshot::channel();
        let full = |_| ApiError::unavailable("Too many metrics wait to be written. Try again.");
        self.queue.try_send(Entry { run_id, point, answer }).map_err(full)?;
        let gone = |_| ApiError::internal("the group of this point was lost");
        answered.await.map_err(gone)?
    }
}

async fn run(db: Db, mut entries: mpsc::Receiver<Entry>) {
    let places = Arc::new(Semaphore::new(GROUPS));
    let mut group = Vec::new();
    // The semaphore is never closed.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        if entries.recv_many(&mut group, GROUP).await == 0 {
            return;
        }
        let group = std::mem::take(&mut group);
        let db = db.clone();
        // Whatever becomes of the task: its place is free again, and its callers learn that it ended.
        tokio::spawn(async move {
            let _place = place;
            commit(db, group).await;
        });
    }
}

/// The points of a group, without those who wait for them.
type Points = Arc<Vec<(String, Point)>>;

async fn commit(db: Db, group: Vec<Entry>) {
    let (points, answers): (Vec<_>, Vec<_>) =
        group.into_iter().map(|entry| ((entry.run_id, entry.point), entry.answer)).unzip();
    let points: Points = Arc::new(points);
    let results = match log_group(&db, Arc::clone(&points)).await {
        Ok(results) => results,
        Err(error) if points.len() == 1 => vec![Err(error)],
        // One of them may be what the database cannot store: each alone shows which.
        Err(_) => one_by_one(&db, &points).await,
    };
    for (answer, result) in answers.into_iter().zip(results) {
        // A caller that went away needs no answer.
        let _ = answer.send(result);
    }
}

async fn log_group(db: &Db, points: Points) -> Result<Vec<Result<(), ApiError>>, ApiError> {
    db.write(points, |tx, points| Box::pin(log_in(tx, points))).await
}

async fn one_by_one(db: &Db, points: &Points) -> Vec<Result<(), ApiError>> {
    let mut results = Vec::with_capacity(points.len());
    for point in points.iter() {
        let alone = log_group(db, Arc::new(vec![point.clone()])).await;
        let result = alone.map(|mut results| results.pop().unwrap_or(Ok(())));
        results.push(result.and_then(|result| result));
    }
    results
}

/// Writes all points of active runs; says of each point how it went.
async fn log_in(
    tx: &mut Tx,
    points: &[(String, Point)],
) -> Result<Vec<Result<(), ApiError>>, ApiError> {
    let run_ids: HashSet<&str> = points.iter().map(|(run, _)| run.as_str()).collect();
    let rows = runs::run_rows(tx, run_ids.into_iter().collect()).await?;
    let results: Vec<Result<(), ApiError>> = points
        .iter()
        .map(|(run, _)| rows.get(run).ok_or_else(|| runs::not_found(run))?.check_active())
        .collect();
    let good: Vec<(&str, &Point)> = (points.iter().zip(&results))
        .filter(|(_, result)| result.is_ok())
        .map(|((run, point), _)| (run.as_str(), point))
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
    Ok(results)
}
