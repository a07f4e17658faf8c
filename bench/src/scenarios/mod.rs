//! The scenarios, one file each. To add one: a file with a `SCENARIO`, and its line in [`all`].

mod artifacts;
mod create_run;
mod log_batch;
mod log_metric;
mod metric_history;
mod otlp_ingest;
mod search_prompts;
mod search_runs;
mod search_traces;
mod start;
mod upsert_records;

use std::pin::Pin;

use crate::Result;
use crate::case::Case;
use crate::stage::Stage;

/// A subject to measure: its data, and the kinds of requests made on it.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub name: &'static str,
    /// One or two sentences above its table.
    pub about: &'static str,
    /// Fills the new database and says what is measured on it.
    pub prepare: for<'s> fn(&'s Stage) -> Cases<'s>,
}

pub type Cases<'s> = Pin<Box<dyn Future<Output = Result<Vec<Case>>> + 's>>;

impl Scenario {
    /// Whether servers are started only.
    pub fn is_start(&self) -> bool {
        self.name == start::SCENARIO.name
    }

    /// Whether `wanted`, `name` or `name/case`, names this scenario.
    pub fn matches(&self, wanted: &str) -> bool {
        let name = wanted.split('/').next().unwrap_or_default();
        name.is_empty() || name == self.name
    }
}

pub fn all() -> Vec<Scenario> {
    vec![
        start::SCENARIO,
        create_run::SCENARIO,
        log_metric::SCENARIO,
        log_batch::SCENARIO,
        search_runs::SCENARIO,
        search_runs::MILLION,
        search_prompts::SCENARIO,
        metric_history::SCENARIO,
        artifacts::SCENARIO,
        otlp_ingest::SCENARIO,
        search_traces::SCENARIO,
        search_traces::MILLION,
        search_traces::READ,
        upsert_records::SCENARIO,
    ]
}
