//! A run: one execution of a training script, with its params, tags and latest metrics.

mod api;
pub mod name;
pub mod search;
pub mod store;
mod store_data;
mod store_entries;
pub mod wire;

use app::{Guard, Routes, Scope};

pub use api::{get_by_id, search_page};

pub fn routes() -> Routes {
    use Scope::{Experiment, Experiments, Run};
    let run = Run("run_id");
    Routes::v2("mlflow/runs")
        .post("create", api::create, Guard::edit(Experiment("experiment_id")))
        .get("get", api::get, Guard::read(run))
        .post("search", api::search, Guard::read(Experiments("experiment_ids")))
        .post("update", api::update, Guard::edit(run))
        .post("delete", api::delete, Guard::manage(run))
        .post("restore", api::restore, Guard::manage(run))
        .post("log-parameter", api::log_param, Guard::edit(run))
        .post("set-tag", api::set_tag, Guard::edit(run))
        .post("delete-tag", api::delete_tag, Guard::edit(run))
        .post("log-batch", api::log_batch, Guard::edit(run))
}
