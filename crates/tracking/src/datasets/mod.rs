//! What went into a run and what came out of it: data sets, logged models as inputs, logged models
//! as outputs. A data set belongs to an experiment, where its name and digest identify it.

mod api;
pub mod store;
pub mod wire;

use app::Routes;
use app::needs::Action::Read;
use app::needs::experiment;

pub use api::search_summaries;

use crate::runs;

pub fn routes() -> Routes {
    Routes::v2("mlflow/runs")
        .post("log-inputs", api::log_inputs, runs::WITH_MODELS)
        .summary("Log the data sets and models that a run takes in")
        .post("outputs", api::log_outputs, runs::WITH_MODELS)
        .summary("Log the models that a run makes")
        .merge(search("search-datasets", Routes::v2("mlflow/experiments").ajax_only()))
        // Compat: MLflow declares the route without a slash, and answers 404 there.
        .merge(search("/api/2.0mlflow/experiments/search-datasets", Routes::root()))
        .merge(search("/ajax-api/2.0mlflow/experiments/search-datasets", Routes::root()))
}

fn search(path: &str, routes: Routes) -> Routes {
    routes.post(path, api::search, [experiment(Read)]).summary("List the data sets of experiments")
}
