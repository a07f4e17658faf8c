//! Experiments, runs and what they hold.

mod broken;
mod experiments;
mod live;
mod runs;
