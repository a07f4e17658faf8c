//! A crate may depend only on crates of lower layers, and a feature only on earlier features.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The crates from the lowest to the highest. Features stand in the order in which they may use
/// each other; crates of the base know nothing of each other.
const VOCABULARY: &[&str] = &["python", "trust"];
const BASE: &[&str] = &["db", "filter", "blob", "llm"];
const APP: &[&str] = &["jobs", "schema", "app", "transport"];
const FEATURES: &[&str] = &[
    "access",
    "tracking",
    "artifacts",
    "traces",
    "registry",
    "gateway",
    "evaluation",
    "graphql",
    "gc",
    "demo",
];
const TOP: &[&str] = &["server"];
/// Crates that nothing that ships depends on.
const DEVELOPMENT: &[&str] = &["it", "xtask", "bench"];

/// (layer, place in it), or none for a crate that the plan does not know.
fn place(name: &str) -> Option<(usize, usize)> {
    [VOCABULARY, BASE, APP, FEATURES, TOP, DEVELOPMENT].iter().enumerate().find_map(
        |(layer, crates)| {
            crates.iter().position(|known| *known == name).map(|place| (layer, place))
        },
    )
}

fn may_use(user: (usize, usize), used: (usize, usize)) -> bool {
    let same_layer_in_order = user.0 == used.0 && matches!(user.0, 2 | 3) && used.1 < user.1;
    used.0 < user.0 || same_layer_in_order
}

/// Complaints about forbidden edges between the workspace's crates.
pub fn check(root: &Path) -> Vec<String> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root)
        .output();
    let metadata: Value = match output.map(|output| serde_json::from_slice(&output.stdout)) {
        Ok(Ok(metadata)) => metadata,
        _ => return vec!["layers: cargo metadata gave no answer".to_owned()],
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut complaints = Vec::new();
    for package in list(&metadata["packages"]) {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(user) = place(name) else {
            complaints.push(format!("layers: crate {name} has no layer (crates/xtask)"));
            continue;
        };
        for dependency in list(&package["dependencies"]) {
            let used_name = dependency["name"].as_str().unwrap_or_default();
            let ours = dependency["path"].is_string();
            if let (true, Some(used)) = (ours, place(used_name))
                && !may_use(user, used)
            {
                complaints.push(format!("layers: {name} must not depend on {used_name}"));
            }
            if user.0 <= 1 && used_name.starts_with("axum") {
                complaints.push(format!("layers: {name} is of the base and must not know axum"));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_go_down_and_features_look_back_only() {
        let may = |user, used| may_use(place(user).unwrap(), place(used).unwrap());
        assert!(may("server", "tracking") && may("tracking", "app") && may("app", "db"));
        assert!(may("artifacts", "tracking") && !may("tracking", "artifacts"));
        assert!(!may("db", "filter") && !may("db", "app") && !may("app", "tracking"));
        assert!(!may("server", "it") && may("it", "server"));
    }
}
