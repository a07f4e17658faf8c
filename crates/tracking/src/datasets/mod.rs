//! What went into a run and what came out of it: data sets, logged models as inputs, logged models
//! as outputs. A data set belongs to an experiment, where its name and digest identify it.

mod api;
pub mod store;
pub mod wire;

use app::{Guard, Routes, Scope};

pub use api::search_summaries;

pub fn routes() -> Routes {
    let run = Guard::edit(Scope::Run("run_id"));
    let experiments = Guard::read(Scope::Experiments("experiment_ids"));
    Routes::v2("mlflow/runs")
        .post("log-inputs", api::log_inputs, run)
        .post("outputs", api::log_outputs, run)
        .merge(Routes::v2("mlflow/experiments").ajax_only().post(
            "search-datasets",
            api::search,
            experiments,
        ))
        .merge(
            // Compat: MLflow declares the route without a slash, and answers 404 there.
            Routes::root()
                .post("/api/2.0mlflow/experiments/search-datasets", api::search, experiments)
                .post("/ajax-api/2.0mlflow/experiments/search-datasets", api::search, experiments),
        )
}
