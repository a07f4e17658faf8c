//! An alias: a name of a model's own for one of its versions, such as `champion`.

mod api;
pub mod store;
mod wire;

use app::Routes;
use app::needs::Action::{Delete, NotDenied, Read, Update};
use app::needs::{model_version, registered_model};

pub fn routes() -> Routes {
    Routes::v2("mlflow/registered-models")
        .get("alias", api::get, [registered_model(Read), model_version(NotDenied)])
        .summary("Get the version that an alias stands for")
        .post("alias", api::set, [registered_model(Update), model_version(Read)])
        .summary("Let an alias stand for a version")
        .delete("alias", api::delete, [registered_model(Delete), model_version(Read)])
        .summary("Delete an alias")
}
