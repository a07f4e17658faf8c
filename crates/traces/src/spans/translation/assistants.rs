//! Coding assistants with words of their own: Claude Code and Gemini CLI.

use serde_json::{Map, Value, json};

use super::super::attributes::{Attributes, Stored};
use super::super::json::to_text;
use super::super::keys::span as key;
use super::super::usage::{self, TokenUsage};
use super::{events, set_json, set_type};
use crate::otlp::model::Event;

/// What Claude Code writes in place of what its user keeps to himself.
const REDACTED: &str = "<REDACTED>";

/// What a span of Claude Code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Interaction,
    Request,
    Tool,
}

impl Step {
    /// Its name stands with or without a prefix, as versions have it.
    fn of(attributes: &Attributes<'_>) -> Option<Self> {
        let kind = attributes.get("span.type")?.as_text()?;
        match kind.strip_prefix("claude_code.").unwrap_or(&kind) {
            "interaction" => Some(Self::Interaction),
            "llm_request" => Some(Self::Request),
            "tool" => Some(Self::Tool),
            _ => None,
        }
    }
}

/// Adds MLflow's attributes to a span of an assistant; those that are there already stay.
pub fn translate(attributes: &mut Attributes<'_>, events: &[Event<'_>]) {
    if let Some(step) = Step::of(attributes) {
        claude_code(attributes, events, step);
    } else if attributes.get("gen_ai.agent.name").is_some_and(|name| name.plain() == "gemini-cli") {
        gemini_cli(attributes);
    }
}

fn claude_code(attributes: &mut Attributes<'_>, events: &[Event<'_>], step: Step) {
    let told = |key: &str| {
        let value = attributes.get(key).filter(|value| value.is_given())?;
        (value.plain() != REDACTED).then(|| value.json().into_owned())
    };
    let (kind, inputs, outputs) = match step {
        Step::Interaction => ("AGENT", told("user_prompt").or_else(|| told("new_context")), None),
        Step::Request => ("LLM", told("new_context"), told("response.model_output")),
        Step::Tool => {
            let inputs = told("tool_input").or_else(|| tool_details(attributes));
            ("TOOL", inputs, told("new_context").or_else(|| tool_output(events)))
        }
    };
    let usage = if step == Step::Request { claude_usage(attributes) } else { None };
    set_type(attributes, |_| Some(kind.into()));
    set_json(attributes, key::INPUTS, |_| inputs);
    set_json(attributes, key::OUTPUTS, |_| outputs);
    set_json(attributes, key::TOKEN_USAGE, |_| usage);
}

/// What a tool was called with, where its input as a whole is not told.
fn tool_details(attributes: &Attributes<'_>) -> Option<String> {
    let mut details = Map::new();
    for key in ["full_command", "file_path", "skill_name", "subagent_type"] {
        let value = attributes.get(key).filter(|value| value.is_given());
        if let Some(value) = value.filter(|value| value.plain() != REDACTED) {
            details.insert(key.to_owned(), value.value()?);
        }
    }
    (!details.is_empty()).then(|| to_text(&details.into()))
}

fn tool_output(events: &[Event<'_>]) -> Option<String> {
    events.iter().filter(|event| event.name == "tool.output").find_map(|event| {
        let mut values =
            ["output", "content", "diff"].iter().filter_map(|key| events::decoded(event, key));
        values.find(|value| value != REDACTED).map(|value| to_text(&value))
    })
}

/// Claude's input tokens do not count those of the cache; MLflow's do.
fn claude_usage(attributes: &Attributes<'_>) -> Option<String> {
    let count = |key: &str| attributes.get(key)?.value().as_ref().and_then(usage::count);
    let (read, written) = (count("cache_read_tokens"), count("cache_creation_tokens"));
    let with_cache = |input: i64| {
        input.checked_add(read.unwrap_or_default())?.checked_add(written.unwrap_or_default())
    };
    let (input, output) = (count("input_tokens").and_then(with_cache), count("output_tokens"));
    TokenUsage([input, output, None, read, written, None]).with_total().to_json()
}

/// Messages are put into the shape of Gemini's API, which is what pages render.
fn gemini_cli(attributes: &mut Attributes<'_>) {
    let kind = attributes.get("gen_ai.operation.name").map(|name| name.plain().into_owned());
    let given = |attributes: &Attributes<'_>, keys: [&str; 2]| {
        let mut values = keys.into_iter().filter_map(|key| attributes.get(key));
        values.find(|value| value.is_given()).and_then(Stored::value)
    };
    let inputs = given(attributes, ["gen_ai.input.messages", "gen_ai.tool.call.arguments"]);
    let outputs = given(attributes, ["gen_ai.output.messages", "gen_ai.tool.call.result"]);
    let of_system = kind.as_deref() == Some("system_prompt");
    set_type(attributes, |_| match kind.as_deref()? {
        "llm_call" => Some("LLM".into()),
        "tool_call" => Some("TOOL".into()),
        "agent_call" => Some("AGENT".into()),
        _ => None,
    });
    set_json(attributes, key::INPUTS, |_| Some(to_text(&gemini_request(inputs?, of_system))));
    set_json(attributes, key::OUTPUTS, |_| Some(to_text(&gemini_answer(outputs?))));
    set_json(attributes, key::MESSAGE_FORMAT, |_| Some("\"gemini\"".to_owned()));
}

fn gemini_request(mut value: Value, of_system: bool) -> Value {
    if let (Value::Array(contents), true) = (&mut value, of_system) {
        // The system's prompt comes as the user's.
        for content in contents.iter_mut().filter(|content| content["role"] == "user") {
            content["role"] = "system".into();
        }
    }
    if value.is_array() || value.is_string() { json!({"contents": value}) } else { value }
}

/// The pieces of a streamed answer, as one.
fn gemini_answer(value: Value) -> Value {
    let contents = value.as_array().into_iter().flatten();
    let parts: Vec<Value> =
        contents.filter_map(|item| item["parts"].as_array()).flatten().cloned().collect();
    if parts.is_empty() {
        return value;
    }
    json!({"candidates": [{"content": {"role": "model", "parts": parts}}]})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::model::{AnyValue, KeyValue};

    fn translated(
        pairs: &[(&'static str, &'static str)],
        events: &[Event<'static>],
    ) -> Attributes<'static> {
        let pairs: Vec<_> = (pairs.iter())
            .map(|(key, text)| KeyValue {
                key: (*key).into(),
                value: AnyValue::Text((*text).into()),
            })
            .collect();
        let mut attributes = Attributes::new(&pairs).unwrap();
        super::super::translate(&mut attributes, events);
        attributes
    }

    fn json(attributes: &Attributes<'_>, key: &str) -> Option<String> {
        attributes.get(key).map(|value| value.json().into_owned())
    }

    #[test]
    fn claude_codes_steps_are_understood() {
        let request = translated(
            &[
                ("span.type", "claude_code.llm_request"),
                ("input_tokens", "5"),
                ("output_tokens", "7"),
                ("cache_read_tokens", "10"),
                ("cache_creation_tokens", "20"),
                ("new_context", "<REDACTED>"),
                ("response.model_output", "done"),
            ],
            &[],
        );
        let usage = r#"{"input_tokens": 35, "output_tokens": 7, "total_tokens": 42, "cache_read_input_tokens": 10, "cache_creation_input_tokens": 20}"#;
        assert_eq!(json(&request, key::TOKEN_USAGE).unwrap(), usage);
        assert_eq!(json(&request, key::TYPE).unwrap(), "\"LLM\"");
        assert_eq!(json(&request, key::OUTPUTS).unwrap(), "\"done\"");
        assert_eq!(json(&request, key::INPUTS), None);

        let output = KeyValue { key: "output".into(), value: AnyValue::Text("a.rs".into()) };
        let event =
            Event { name: "tool.output".into(), attributes: vec![output], ..Event::default() };
        let tool = translated(&[("span.type", "tool"), ("full_command", "ls")], &[event]);
        assert_eq!(json(&tool, key::INPUTS).unwrap(), r#"{"full_command": "ls"}"#);
        assert_eq!(json(&tool, key::OUTPUTS).unwrap(), "\"a.rs\"");
    }

    #[test]
    fn gemini_clis_messages_get_the_shape_of_geminis_api() {
        let attributes = translated(
            &[
                ("gen_ai.agent.name", "gemini-cli"),
                ("gen_ai.operation.name", "system_prompt"),
                ("gen_ai.input.messages", r#"[{"role": "user", "parts": []}]"#),
                ("gen_ai.output.messages", r#"[{"parts": [1]}, {"parts": [2]}]"#),
            ],
            &[],
        );
        let inputs = r#"{"contents": [{"role": "system", "parts": []}]}"#;
        assert_eq!(json(&attributes, key::INPUTS).unwrap(), inputs);
        let outputs = r#"{"candidates": [{"content": {"role": "model", "parts": [1, 2]}}]}"#;
        assert_eq!(json(&attributes, key::OUTPUTS).unwrap(), outputs);
        assert_eq!(json(&attributes, key::MESSAGE_FORMAT).unwrap(), "\"gemini\"");
    }
}
