//! Spans and the traces that they make up: how they are stored, whatever way they came.

mod attributes;
pub mod batch;
mod cost;
pub mod ids;
pub mod json;
pub mod keys;
mod preview;
pub mod python_json;
pub mod record;
pub mod store;
mod store_sums;
mod store_traces;
mod translation;
pub mod usage;
