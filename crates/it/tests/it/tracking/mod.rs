//! Experiments, runs and what they hold.

mod experiments;
mod live;
mod runs;
