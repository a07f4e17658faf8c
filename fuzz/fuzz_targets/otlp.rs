//! Any bytes through both readers of OTLP and through what sorts their spans: no panic, no deep stack.

#![no_main]

use libfuzzer_sys::fuzz_target;
use traces::otlp::{json, protobuf};
use traces::spans::batch;

fuzz_target!(|body: &[u8]| {
    if let Ok(export) = protobuf::decode(body) {
        drop(batch::sort(1, &export));
    }
    if let Ok(export) = json::decode(body) {
        drop(batch::sort(1, &export));
    }
});
