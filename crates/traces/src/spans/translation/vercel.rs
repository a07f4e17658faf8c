//! Vercel's AI SDK tells a chat in one attribute for each part of it.

use serde_json::{Map, Value};

use super::super::attributes::Attributes;
use super::super::json::to_text;
use super::super::python_json;

/// Whether a span is a single call of a chat model.
pub fn is_chat(attributes: &Attributes<'_>) -> bool {
    attributes.get("ai.operationId").is_some_and(|name| {
        matches!(&*name.plain(), "ai.generateText.doGenerate" | "ai.streamText.doStream")
    })
}

/// The attributes with this prefix, as one JSON object.
pub fn unpacked(attributes: &Attributes<'_>, prefix: &str) -> Option<String> {
    let mut parts = Map::new();
    for (key, value) in attributes.iter() {
        if let Some(part) = key.strip_prefix(prefix) {
            let mut value = value.value().map_or(Value::Null, read);
            if let (Value::Array(tools), "tools") = (&mut value, part) {
                for tool in tools {
                    *tool = read(tool.take());
                }
            }
            parts.insert(part.to_owned(), value);
        }
    }
    (!parts.is_empty()).then(|| to_text(&parts.into()))
}

/// A value that was written as JSON, once or twice.
fn read(mut value: Value) -> Value {
    for _ in 0..2 {
        let Value::String(text) = &value else { break };
        match python_json::tree(text) {
            Some(inner) => value = inner,
            None => break,
        }
    }
    value
}
