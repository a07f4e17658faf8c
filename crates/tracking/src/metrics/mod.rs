//! Metrics: the points that a run logs over its steps, and their history.

pub mod api;
pub mod history;
pub mod store;
pub mod store_history;
pub mod wire;
mod writer;

use app::Routes;
use app::needs::Action::Read;
use app::needs::run;

pub use writer::{MetricWriter, start as start_writer};

use crate::runs;

pub fn routes(writer: MetricWriter) -> Routes {
    let log = move |caller, call| api::log(writer.clone(), caller, call);
    let log = Routes::v2("mlflow")
        .post("runs/log-metric", log, runs::WITH_MODELS)
        .summary("Log one point of a metric");
    let history = Routes::v2("mlflow/metrics")
        .get("get-history", history::get, [run(Read)])
        .summary("Get all points of a metric")
        .answers::<wire::MetricsResponse>()
        .get("get-history-bulk-interval", history::interval, [run(Read)])
        .summary("Get a metric of several runs, thinned out")
        .ajax_only()
        .get("get-history-bulk", history::bulk, [run(Read)])
        .summary("Get a metric of several runs");
    log.merge(history)
}
