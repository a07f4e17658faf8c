//! Any text through every filter and order-by parser: no panic, no endless work, no deep stack.

#![no_main]

use filter::{
    evaluation_datasets, experiments, logged_models, model_versions, registered_models, runs,
    traces,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    drop(evaluation_datasets::parse(text));
    drop(experiments::parse(text));
    drop(logged_models::parse(text));
    drop(model_versions::parse(text));
    drop(registered_models::parse(text));
    drop(runs::parse(text));
    drop(traces::parse(text));
    drop(evaluation_datasets::parse_order_by(&[text]));
    drop(experiments::parse_order_by(&[text]));
    drop(logged_models::parse_order_by_field(text));
    drop(model_versions::parse_order_by(&[text]));
    drop(registered_models::parse_order_by(&[text]));
    drop(runs::parse_order_by(&[text]));
    drop(traces::parse_order_by(&[text]));
});
