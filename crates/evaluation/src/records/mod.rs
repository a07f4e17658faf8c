//! The records of an evaluation data set: inputs, with outputs, expectations, tags and where they
//! come from. A record is known by its inputs: writing the same inputs again updates it.

mod api;
pub mod incoming;
pub mod store;
mod upsert;
pub mod wire;

use app::Routes;
use app::needs::Action::{Read, Update};
use app::needs::{Scope, experiment};

pub use upsert::{Counts, upsert};

pub fn routes() -> Routes {
    let of_dataset =
        |action| [experiment(action).of(Scope::EvaluationDataset).in_path(&["dataset_id"])];
    Routes::v3("mlflow/datasets/{dataset_id}")
        .get("records", api::list, of_dataset(Read))
        .summary("List records of an evaluation data set")
        .post("records", api::upsert, of_dataset(Update))
        .summary("Insert records, or update those with the same inputs")
        .delete("records", api::delete, of_dataset(Update))
        .summary("Delete records of an evaluation data set")
}
