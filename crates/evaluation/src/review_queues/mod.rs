//! A review queue: traces that people are to look at, with the questions to answer. A user's own
//! queue has the user's name and asks all of the experiment's questions; any other has a name of its
//! own, up to ten users and the questions that were chosen for it.

mod api;
mod checks;
mod items;
pub mod store;
pub mod store_items;
pub mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    let experiment = Scope::Experiment("experiment_id");
    let queue = Scope::ReviewQueue("queue_id");
    Routes::v3("mlflow/review-queues")
        .post("create", api::create, Guard::edit(experiment))
        .post("get-or-create-user", api::get_or_create_user, Guard::edit(experiment))
        .get("get", api::get, Guard::read(queue))
        .get("get-by-name", api::get_by_name, Guard::read(experiment))
        .get("list", api::list, Guard::read(experiment))
        .post("update", api::update, Guard::edit(queue))
        .post("delete", api::delete, Guard::edit(queue))
        .post("items/add", items::add, Guard::edit(queue))
        .post("items/remove", items::remove, Guard::edit(queue))
        .get("items/list", items::list, Guard::read(queue))
        .post("items/set-status", items::set_status, Guard::edit(queue))
}
