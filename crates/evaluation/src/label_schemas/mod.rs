//! A label schema: a question that reviewers answer about traces, and the kind of answer. An answer
//! is an assessment with the schema's name. Every experiment has one schema of its own, which cannot
//! be changed and is made when schemas are first listed.

mod api;
mod checks;
mod input;
pub mod store;
pub mod wire;

use app::Routes;
use app::needs::Action::{Manage, Read};
use app::needs::{Scope, experiment};

pub fn routes() -> Routes {
    let of_schema = |action| [experiment(action).of(Scope::LabelSchema)];
    Routes::v3("mlflow/label-schemas")
        .post("create", api::create, [experiment(Manage)])
        .summary("Create a label schema")
        .get("get", api::get, of_schema(Read))
        .summary("Get a label schema by its id")
        .get("get-by-name", api::get_by_name, [experiment(Read)])
        .summary("Get a label schema by its name")
        .get("list", api::list, [experiment(Read)])
        .summary("List the label schemas of an experiment")
        .patch("update", api::update, of_schema(Manage))
        .summary("Change a label schema")
        .delete("delete", api::delete, of_schema(Manage))
        .summary("Delete a label schema")
}
