//! What agents and models are evaluated with: data sets and their records, scorers, label schemas,
//! review queues, issues.

pub mod datasets;
mod digest;
mod experiments;
pub mod issues;
pub mod label_schemas;
mod paging;
pub mod records;
pub mod review_queues;
pub mod scorers;
mod telemetry;

use app::{App, Routes};
use schemars::JsonSchema;
use serde::Serialize;

/// The routes of all evaluation features.
pub fn routes(_app: &App) -> Routes {
    datasets::routes()
        .merge(records::routes())
        .merge(scorers::routes())
        .merge(issues::routes())
        .merge(label_schemas::routes())
        .merge(review_queues::routes())
        .merge(telemetry::routes())
}

/// The answer of a call that has nothing to tell.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Empty {}
