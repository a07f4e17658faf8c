//! The load generator: a number of connections, each of which asks again once it was answered.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use futures::stream::FuturesUnordered;
use http::StatusCode;

use crate::Result;
use crate::case::Case;
use crate::http_client::Connection;
use crate::process::Usage;
use crate::stage::Stage;

/// Driven before the clock starts, for caches and connections.
const WARM_UP: Duration = Duration::from_millis(700);

/// What driving a case showed.
#[derive(Clone, Debug)]
pub struct Load {
    pub elapsed: Duration,
    /// How long each answer took, the quickest first.
    pub latencies: Vec<Duration>,
    pub server: Usage,
    /// None where the database lives in the server.
    pub database: Option<Usage>,
    /// Processor time of this generator: near `elapsed`, it is what was measured.
    pub generator: Duration,
}

impl Load {
    pub fn requests(&self) -> usize {
        self.latencies.len()
    }

    /// The answer time that `share` of all requests kept below.
    pub fn quantile(&self, share: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        let index = (last as f64 * share).round() as usize;
        self.latencies.get(index).copied().unwrap_or_default()
    }
}

/// Drives a case and checks that all that was acknowledged is stored.
pub async fn drive(stage: &Stage, case: &Case, connections: usize, time: Duration) -> Result<Load> {
    let stored_before = stored(stage, case).await?;
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(&stage.server.address).await?);
    }
    let warmed = ask_until(stage, case, &mut open, WARM_UP).await?;
    let server = stage.server.usage();
    let database = stage.database_usage();
    let generator = Usage::of_myself();
    let start = Instant::now();
    let mut latencies = ask_until(stage, case, &mut open, time).await?;
    let elapsed = start.elapsed();
    let load = Load {
        elapsed,
        server: stage.server.usage().since(&server),
        database: match (stage.database_usage(), database) {
            (Some(after), Some(before)) => Some(after.since(&before)),
            _ => None,
        },
        generator: Usage::of_myself().since(&generator).cpu,
        latencies: {
            latencies.sort_unstable();
            latencies
        },
    };
    if let Some(rows) = case.stored.as_ref().map(|stored| stored.rows) {
        let acknowledged = (warmed.len() + load.requests()) as u64 * rows;
        let written = stored(stage, case).await? - stored_before;
        if written != acknowledged {
            return Err(format!("{acknowledged} rows acknowledged, {written} stored").into());
        }
    }
    Ok(load)
}

async fn stored(stage: &Stage, case: &Case) -> Result<u64> {
    match &case.stored {
        Some(stored) => stage.count(&stored.count).await,
        None => Ok(0),
    }
}

/// Every connection asks until `time` is over and then finishes what it asked last. A request that
/// is refused ends the measurement: figures of refusals would mean nothing.
async fn ask_until(
    stage: &Stage,
    case: &Case,
    connections: &mut [Connection],
    time: Duration,
) -> Result<Vec<Duration>> {
    let end = Instant::now() + time;
    let latencies = Cell::new(Vec::new());
    let ask = async |connection: &mut Connection| -> Result<()> {
        let mut seen = false;
        while Instant::now() < end {
            let request = (case.make)(stage.next_number());
            let start = Instant::now();
            let (status, body) = connection.call(&request).await?;
            let took = start.elapsed();
            if status != StatusCode::OK {
                let text = String::from_utf8_lossy(&body);
                return Err(format!("answered {status}: {text:.300}").into());
            }
            if let Some(expects) = case.expects.filter(|_| !seen) {
                expects(&body)?;
                seen = true;
            }
            let mut all = latencies.take();
            all.push(took);
            latencies.set(all);
        }
        Ok(())
    };
    // Unlike a join, this looks only at the connections that were answered.
    let asking: FuturesUnordered<_> = connections.iter_mut().map(ask).collect();
    asking.try_collect::<()>().await?;
    Ok(latencies.take())
}
