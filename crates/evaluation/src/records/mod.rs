//! The records of an evaluation data set: inputs, with outputs, expectations, tags and where they
//! come from. A record is known by its inputs: writing the same inputs again updates it.

mod api;
pub mod incoming;
pub mod store;
mod upsert;
pub mod wire;

use app::{Guard, Routes, Scope};

pub use upsert::{Counts, upsert};

pub fn routes() -> Routes {
    let dataset = Scope::EvaluationDataset("dataset_id");
    Routes::v3("mlflow/datasets/{dataset_id}")
        .get("records", api::list, Guard::read(dataset))
        .post("records", api::upsert, Guard::edit(dataset))
        .delete("records", api::delete, Guard::edit(dataset))
}
