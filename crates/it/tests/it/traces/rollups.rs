//! Daily sums of traces, kept beside requests.

use std::sync::Arc;

use it::Engine::{self, Postgres, Sqlite};
use it::Server;
use jobs::{Next, Stop};
use rstest::rstest;
use traces::rollups::Settings;

use crate::access::contents;

const DAY_MS: i64 = 86_400_000;

async fn sums(server: &Server) -> usize {
    contents::of(server).await["sql_trace_metric_daily_rollups"].len()
}

#[rstest]
#[tokio::test]
async fn a_stopping_server_sums_up_no_day(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::new(engine).await;
    super::export(&server).await;
    server.app.clock.advance(3 * DAY_MS);
    let settings = Settings { schedule: "0 3 * * *".parse().unwrap(), at_most: 100 };
    let job = traces::jobs(&server.app, &server.stores, Some(settings)).remove(0);
    let stopping = Stop::new();
    stopping.cancel();
    Arc::clone(&job).run(stopping).await;
    assert_eq!(sums(&server).await, 0);
    Arc::clone(&job).run(Stop::new()).await;
    assert_ne!(sums(&server).await, 0);
    assert_eq!(job.next(DAY_MS), Next::AtMs(DAY_MS + 3 * 3_600_000));
}
