//! A scorer: what gives traces and records marks, registered in an experiment under a name, with
//! versions. What it does is the client's: the server keeps its serialized form and looks only at
//! what would be unsafe to keep, and at the model that it asks.

mod api;
mod online;
pub mod serialized;
pub mod store;
pub mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    let experiment = Scope::Experiment("experiment_id");
    let routes = Routes::v3("mlflow/scorers")
        .post("register", api::register, Guard::edit(experiment))
        .get("list", api::list, Guard::read(Scope::Experiments("experiment_ids")))
        .get("versions", api::versions, Guard::read(experiment))
        .get("get", api::get, Guard::read(experiment))
        .delete("delete", api::delete, Guard::manage(experiment));
    routes.merge(
        Routes::v3("mlflow/scorers")
            .get("online-configs", online::list, Guard::read(Scope::Workspace))
            .put("online-config", online::upsert, Guard::edit(experiment)),
    )
}
