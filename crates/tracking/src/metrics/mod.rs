//! Metrics: the points that a run logs over its steps, and their history.

pub mod api;
pub mod history;
pub mod store;
pub mod store_history;
pub mod wire;
mod writer;

use app::{Guard, Routes, Scope};

pub use writer::{MetricWriter, start as start_writer};

pub fn routes(writer: MetricWriter) -> Routes {
    use Scope::{Run, Runs};
    let log = move |caller, call| api::log(writer.clone(), caller, call);
    let log = Routes::v2("mlflow").post("runs/log-metric", log, Guard::edit(Run("run_id")));
    let history = Routes::v2("mlflow/metrics")
        .get("get-history", history::get, Guard::read(Run("run_id")))
        .answers::<wire::MetricsResponse>()
        .get("get-history-bulk-interval", history::interval, Guard::read(Runs("run_ids")))
        .ajax_only()
        .get("get-history-bulk", history::bulk, Guard::read(Runs("run_id")));
    log.merge(history)
}
