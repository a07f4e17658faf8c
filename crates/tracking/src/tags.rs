//! Key-value pairs: tags and params look the same on the wire.

use app::ApiError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use python::repr_text;

/// A tag or a param.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyValue {
    #[serde(default, deserialize_with = "app::json::or_default")]
    pub key: String,
    #[serde(default, deserialize_with = "app::json::or_default")]
    pub value: String,
}

app::lend!(KeyValue);

/// The tag that carries a run's name beside its `name` column.
pub const RUN_NAME: &str = "mlflow.runName";

/// Keeps the last pair of each key, sorted by key: what an upsert of them all in one statement
/// needs, and an order of locks that every caller shares.
pub fn last_of_each_key(pairs: &[KeyValue]) -> Vec<&KeyValue> {
    let by_key: std::collections::BTreeMap<&str, &KeyValue> =
        pairs.iter().map(|pair| (pair.key.as_str(), pair)).collect();
    by_key.into_values().collect()
}

/// Refuses tags of a new entity of which two have the same key.
pub fn unique_keys(tags: &[KeyValue]) -> Result<(), ApiError> {
    let mut seen = std::collections::HashSet::new();
    match tags.iter().find(|tag| !seen.insert(tag.key.as_str())) {
        Some(tag) => Err(ApiError::invalid(format!(
            "Duplicate tag key {} has been submitted. Please ensure the request contains only one \
             value per tag key.",
            repr_text(&tag.key)
        ))),
        None => Ok(()),
    }
}
