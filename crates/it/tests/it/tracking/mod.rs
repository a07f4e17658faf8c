//! Experiments, runs and what they hold.

mod experiments;
mod runs;
