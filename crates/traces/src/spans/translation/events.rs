//! Inputs and outputs that a span tells as events: messages, as OpenTelemetry's instrumentations once
//! sent them all, and whole prompts and answers.

use serde_json::{Value, json};

use super::super::json::{push_any, to_text};
use super::super::python_json;
use crate::otlp::model::{AnyValue, Event};

/// What an event of a name says, and under which attribute.
const PROMPT: (&str, &str) = ("gen_ai.content.prompt", "gen_ai.prompt");
const COMPLETION: (&str, &str) = ("gen_ai.content.completion", "gen_ai.completion");

/// Events that are a message of the request, and whose message it is.
const REQUEST: [(&str, &str); 3] = [
    ("gen_ai.system.message", "system"),
    ("gen_ai.user.message", "user"),
    ("gen_ai.assistant.message", "assistant"),
];
const CHOICE: &str = "gen_ai.choice";

/// The inputs that the events tell, as JSON.
pub fn inputs(events: &[Event<'_>]) -> Option<String> {
    whole(events, PROMPT).or_else(|| {
        let messages = events.iter().filter_map(|event| {
            let (_, role) = REQUEST.iter().find(|(name, _)| *name == event.name)?;
            Some(json!({"role": role, "content": decoded(event, "content")?}))
        });
        list(messages.collect())
    })
}

/// The outputs that the events tell, as JSON.
pub fn outputs(events: &[Event<'_>]) -> Option<String> {
    whole(events, COMPLETION).or_else(|| {
        let choices = events.iter().filter(|event| event.name == CHOICE).filter_map(|event| {
            let content = decoded(event, "content")?;
            let role = decoded(event, "role").unwrap_or_else(|| "assistant".into());
            Some(json!({"role": role, "content": content}))
        });
        list(choices.collect())
    })
}

fn list(messages: Vec<Value>) -> Option<String> {
    (!messages.is_empty()).then(|| to_text(&messages.into()))
}

fn whole(events: &[Event<'_>], (name, key): (&str, &str)) -> Option<String> {
    let mut found = events.iter().filter(|event| event.name == name);
    found.find_map(|event| decoded(event, key)).map(|value| to_text(&value))
}

/// An event's attribute, if it says something. A text that is JSON counts as what it means.
pub fn decoded(event: &Event<'_>, key: &str) -> Option<Value> {
    let pair = event.attributes.iter().rev().find(|pair| pair.key == key)?;
    let value = match &pair.value {
        AnyValue::Text(text) => {
            python_json::tree(text).unwrap_or_else(|| Value::String(text.as_ref().to_owned()))
        }
        other => {
            let mut out = String::new();
            push_any(&mut out, other);
            python_json::tree(&out)?
        }
    };
    let empty = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    (!empty).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::model::KeyValue;

    fn event(name: &'static str, pairs: &[(&'static str, &'static str)]) -> Event<'static> {
        let pairs = pairs.iter().map(|(key, text)| KeyValue {
            key: (*key).into(),
            value: AnyValue::Text((*text).into()),
        });
        Event { name: name.into(), attributes: pairs.collect(), ..Event::default() }
    }

    #[test]
    fn messages_come_as_events() {
        let events = [
            event("gen_ai.system.message", &[("content", "be brief")]),
            event("gen_ai.user.message", &[("content", "[{\"type\": \"text\"}]")]),
            event("gen_ai.user.message", &[("content", "")]),
            event("gen_ai.choice", &[("content", "yes")]),
            event("exception", &[("content", "no")]),
        ];
        let expected = r#"[{"role": "system", "content": "be brief"}, {"role": "user", "content": [{"type": "text"}]}]"#;
        assert_eq!(inputs(&events).unwrap(), expected);
        assert_eq!(outputs(&events).unwrap(), r#"[{"role": "assistant", "content": "yes"}]"#);
        assert_eq!((inputs(&events[4..]), outputs(&events[4..])), (None, None));
    }

    #[test]
    fn whole_prompts_come_as_events() {
        let events = [
            event("gen_ai.content.prompt", &[("gen_ai.prompt", "why?")]),
            event("gen_ai.content.completion", &[("gen_ai.completion", "[\"so\"]")]),
        ];
        assert_eq!(inputs(&events).unwrap(), "\"why?\"");
        assert_eq!(outputs(&events).unwrap(), "[\"so\"]");
    }
}
