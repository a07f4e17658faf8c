//! Any text as the path of an artifact: what is taken stays below its root.

#![no_main]

use blob::ArtifactPath;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for taken in [ArtifactPath::parse(text), ArtifactPath::parse_destination(text)].iter().flatten() {
        let path = taken.as_str();
        assert!(!path.contains('\0') && !path.starts_with(['/', '\\']));
        assert!(path.split(['/', '\\']).all(|name| name != ".."));
    }
});
