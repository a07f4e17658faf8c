//! What tells a prompt from a model. Everything else about prompts is the clients' own convention.

use tracking::tags::KeyValue;

/// The tag that a prompt and each of its versions carry, with the value `true`.
pub const TAG: &str = filter::registered_models::PROMPT_TAG;

/// The tag of a prompt's version that holds its text, or its messages as JSON.
pub const TEXT_TAG: &str = "mlflow.prompt.text";

/// The tag that tells a chat prompt from a text prompt.
pub const TYPE_TAG: &str = "_mlflow_prompt_type";

/// A model version has a source; a prompt's has one of these instead.
const SOURCES: [&str; 2] = ["dummy-source", "prompt-template"];

/// Whether tags make a prompt of what they belong to: the last one of its key counts.
pub fn is_prompt(tags: &[KeyValue]) -> bool {
    let tag = tags.iter().rev().find(|tag| tag.key == TAG);
    tag.is_some_and(|tag| tag.value.to_lowercase() == "true")
}

/// Whether the source of a prompt's version is none.
pub fn is_no_source(source: &str) -> bool {
    SOURCES.contains(&source)
}
