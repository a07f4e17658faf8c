//! An issue: a problem of quality that was found in an experiment's traces. Traces are linked with
//! it by assessments that have its id for a name.

mod api;
mod checks;
mod order;
mod search;
pub mod store;
pub mod wire;

use app::Routes;
use app::needs::Action::{Read, Update};
use app::needs::{Scope, experiment};

pub fn routes() -> Routes {
    let of_issue = |action| [experiment(action).of(Scope::Issue).in_path(&["issue_id"])];
    Routes::v3("mlflow/issues")
        .post("", api::create, [experiment(Update)])
        .summary("Create an issue")
        .post("search", api::search, [experiment(Read)])
        .summary("Search issues")
        .get("{issue_id}", api::get, of_issue(Read))
        .summary("Get an issue")
        .patch("{issue_id}", api::update, of_issue(Update))
        .summary("Change an issue")
}
