//! An issue: a problem of quality that was found in an experiment's traces. Traces are linked with
//! it by assessments that have its id for a name.

mod api;
pub mod store;
pub mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    let experiment = Scope::Experiment("experiment_id");
    let issue = Scope::Issue("issue_id");
    Routes::v3("mlflow/issues")
        .post("", api::create, Guard::edit(experiment))
        .post("search", api::search, Guard::read(experiment))
        .get("{issue_id}", api::get, Guard::read(issue))
        .patch("{issue_id}", api::update, Guard::edit(issue))
}
