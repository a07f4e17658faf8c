//! An alias: a name of a model's own for one of its versions, such as `champion`.

mod api;
pub mod store;
mod wire;

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    let model = Scope::RegisteredModel("name");
    Routes::v2("mlflow/registered-models")
        .get("alias", api::get, Guard::read(model))
        .post("alias", api::set, Guard::edit(model))
        .delete("alias", api::delete, Guard::edit(model))
}
