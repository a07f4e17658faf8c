//! A run: one execution of a training script, with its params, tags and latest metrics.

mod api;
pub mod name;
pub mod search;
pub mod store;
mod store_create;
mod store_data;
mod store_entries;
pub mod wire;

use app::{Guard, Routes, Scope};

pub use api::{get_by_id, search_page};
pub use store_create::{RunWriter, start as start_writer};

pub fn routes(writer: RunWriter) -> Routes {
    use Scope::{Experiment, Experiments, Run};
    let run = Run("run_id");
    let create = move |app, caller, call| api::create(app, writer.clone(), caller, call);
    Routes::v2("mlflow/runs")
        .post("create", create, Guard::edit(Experiment("experiment_id")))
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
