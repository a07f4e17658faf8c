//! The JSON of live updates.

use app::call::Shape;
use app::needs::{Scope, Touch};
use app::{Check, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::metrics::wire::Metric;

/// `runs/watch`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WatchRuns {
    pub experiment_id: Option<String>,
}

impl Message for WatchRuns {
    const CHECKS: &'static [Check] = &[Check::required("experiment_id", Shape::Text)];

    const TOUCHES: &'static [Touch<Self>] =
        &[Touch::one(Scope::Experiment, |m| m.experiment_id.as_deref())];
}

/// A run's row, as far as it moves.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LiveRun {
    pub run_id: String,
    pub run_name: Option<String>,
    pub status: String,
    pub start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<i64>,
}

/// The data of the events `snapshot` and `change`. A snapshot lists what is running; a change what
/// is new since the event before it.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Update {
    pub runs: Vec<LiveRun>,
    /// Runs whose params or tags changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub touched: Vec<String>,
    /// Runs that were deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
    /// Latest points.
    pub metrics: Vec<Metric>,
    /// That there are more latest points than an event carries.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

impl Update {
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
            && self.touched.is_empty()
            && self.gone.is_empty()
            && self.metrics.is_empty()
    }
}
