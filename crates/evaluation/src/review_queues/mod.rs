//! A review queue: traces that people are to look at, with the questions to answer. A user's own
//! queue has the user's name and asks all of the experiment's questions; any other has a name of its
//! own, up to ten users and the questions that were chosen for it.

mod api;
mod checks;
mod items;
pub mod store;
pub mod store_items;
pub mod wire;

use app::needs::Action::{Manage, NotDenied, Read, Update};
use app::needs::{Scope, Tier, experiment, review_queue};
use app::{Need, Routes};

pub fn routes() -> Routes {
    let new = [experiment(Update), review_queue(NotDenied).of(Scope::Experiment)];
    let readable = experiment(Read).of(Scope::ReviewQueue);
    let read = [readable, review_queue(Read).as_member()];
    let rows = [experiment(Read), Need::Rows(Tier::ReviewQueue)];
    let manage = [readable, review_queue(Manage).or_owner()];
    let add = [experiment(Update).of(Scope::ReviewQueue), review_queue(NotDenied)];
    Routes::v3("mlflow/review-queues")
        .post("create", api::create, new)
        .summary("Create a review queue")
        .post("get-or-create-user", api::get_or_create_user, new)
        .summary("Get a user's own review queue, making it if need be")
        .get("get", api::get, read)
        .summary("Get a review queue by its id")
        .get("get-by-name", api::get_by_name, rows)
        .summary("Get a review queue by its name")
        .get("list", api::list, rows)
        .summary("List the review queues of an experiment")
        .post("update", api::update, manage)
        .summary("Change a review queue")
        .post("delete", api::delete, manage)
        .summary("Delete a review queue")
        .post("items/add", items::add, add)
        .summary("Add traces to a review queue")
        .post("items/remove", items::remove, manage)
        .summary("Remove traces from a review queue")
        .get("items/list", items::list, read)
        .summary("List the traces of a review queue")
        .post("items/set-status", items::set_status, [readable, review_queue(Update).as_member()])
        .summary("Set how far the review of a trace has come")
}
