//! What agents and models are evaluated with: datasets, scorers, label schemas, review queues,
//! issues.

use app::{App, Routes};

/// The routes of all evaluation features.
pub fn routes(_app: &App) -> Routes {
    Routes::v3("mlflow")
}
