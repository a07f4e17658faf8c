//! The database without a server: what the same rows cost when they are inserted by hand.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures::future::try_join_all;

use crate::Result;
use crate::case::Bare;
use crate::database::{Database, Engine};
use crate::load::Load;
use crate::process::Usage;
use crate::stage::Stage;

/// Every connection runs statement after statement, each as a transaction, until `time` is over.
/// SQLite has one writer: there, one connection stands for all.
pub async fn drive(stage: &Stage, bare: &Bare, connections: usize, time: Duration) -> Result<Load> {
    let writers = if stage.engine == Engine::Sqlite { 1 } else { connections };
    let open = try_join_all((0..writers).map(|_| stage.connect())).await?;
    let latencies = Cell::new(Vec::new());
    let database = stage.database_usage();
    let start = Instant::now();
    let end = start + time;
    let write = async |connection: &Database| -> Result<()> {
        while Instant::now() < end {
            let sql = bare(stage.next_number());
            let start = Instant::now();
            connection.run(&sql).await?;
            let mut all = latencies.take();
            all.push(start.elapsed());
            latencies.set(all);
        }
        Ok(())
    };
    try_join_all(open.iter().map(write)).await?;
    let mut latencies = latencies.take();
    latencies.sort_unstable();
    Ok(Load {
        elapsed: start.elapsed(),
        latencies,
        server: Usage::default(),
        database: match (stage.database_usage(), database) {
            (Some(after), Some(before)) => Some(after.since(&before)),
            _ => None,
        },
        generator: Duration::ZERO,
    })
}
