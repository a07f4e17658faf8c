//! A label schema: a question that reviewers answer about traces, and the kind of answer. An answer
//! is an assessment with the schema's name. Every experiment has one schema of its own, which cannot
//! be changed and is made when schemas are first listed.

mod api;
mod checks;
mod input;
pub mod store;
pub mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    let experiment = Scope::Experiment("experiment_id");
    let schema = Scope::LabelSchema("schema_id");
    Routes::v3("mlflow/label-schemas")
        .post("create", api::create, Guard::edit(experiment))
        .get("get", api::get, Guard::read(schema))
        .get("get-by-name", api::get_by_name, Guard::read(experiment))
        .get("list", api::list, Guard::read(experiment))
        .patch("update", api::update, Guard::edit(schema))
        .delete("delete", api::delete, Guard::edit(schema))
}
