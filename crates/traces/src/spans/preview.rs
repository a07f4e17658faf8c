//! The short form of what went into a trace and what came out: what lists of traces show.

use serde_json::Value;

use super::python_json;

/// Longest preview, in characters.
const MAX_LENGTH: usize = 1000;

/// Whose message a preview shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    User,
    Assistant,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::User => "user",
            Role::Assistant => "assistant",
        }
    }
}

/// The preview of a span's inputs or outputs, given as JSON. Of a chat in one of the common shapes it
/// is the last message of `role`, else the JSON itself.
pub fn of(json: &str, role: Role) -> String {
    // Only an object can be a chat.
    let chat = json.trim_ascii_start().starts_with('{').then(|| python_json::tree(json));
    let text = chat.flatten().and_then(|chat: Value| last_text(&chat, role));
    shortened(text.as_deref().unwrap_or(json))
}

fn shortened(text: &str) -> String {
    if text.len() <= MAX_LENGTH || text.chars().nth(MAX_LENGTH).is_none() {
        return text.to_owned();
    }
    text.chars().take(MAX_LENGTH - 3).chain("...".chars()).collect()
}

fn last_text(chat: &Value, role: Role) -> Option<String> {
    let messages = messages(chat, 0)?;
    let of_role = |message: &&&Value| message["role"] == role.name();
    let message = messages.iter().rev().find(of_role).or(messages.last())?;
    let text = match &message["content"] {
        Value::String(text) => text,
        Value::Array(parts) => parts.iter().find_map(|part| match part {
            Value::String(text) => Some(text),
            Value::Object(part) => {
                let kind = part.get("type").and_then(Value::as_str);
                let text = matches!(kind, Some("text" | "output_text")).then(|| part.get("text"));
                match text.flatten() {
                    Some(Value::String(text)) => Some(text),
                    _ => None,
                }
            }
            _ => None,
        })?,
        _ => return None,
    };
    (!text.is_empty()).then(|| text.clone())
}

/// The messages of a request or an answer of chat completions or of responses.
fn messages(chat: &Value, depth: u32) -> Option<Vec<&Value>> {
    let fields = chat.as_object()?;
    let list = |name| {
        let items = fields.get(name)?.as_array().filter(|items| !items.is_empty())?;
        Some(items.iter().filter(|item| is_message(item)).collect())
    };
    if let Some(messages) = list("messages") {
        return Some(messages);
    }
    let choice = fields.get("choices").and_then(|choices| choices.get(0)?.get("message"));
    if let Some(message) = choice.filter(|message| is_message(message)) {
        return Some(vec![message]);
    }
    list("input").or_else(|| list("output")).or_else(|| {
        // An agent's request around the model's.
        messages(fields.get("request").filter(|_| depth < 8)?, depth + 1)
    })
}

fn is_message(item: &Value) -> bool {
    item.get("role").is_some() && item.get("content").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_is_shown_by_its_last_message() {
        let cases = [
            (
                r#"{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"role": "tool", "content": "c"}]}"#,
                "b",
            ),
            (r#"{"messages": [{"role": "system", "content": "s"}]}"#, "s"),
            (r#"{"choices": [{"message": {"role": "assistant", "content": "hi"}}]}"#, "hi"),
            (
                r#"{"input": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "see"}]}]}"#,
                "see",
            ),
            (r#"{"request": {"input": [{"role": "user", "content": "deep"}]}}"#, "deep"),
            (r#"{"messages": []}"#, r#"{"messages": []}"#),
            (
                r#"{"messages": [{"role": "user", "content": null}]}"#,
                r#"{"messages": [{"role": "user", "content": null}]}"#,
            ),
            (r#""text""#, r#""text""#),
            ("no json", "no json"),
        ];
        for (json, expected) in cases {
            assert_eq!(of(json, Role::User), expected);
        }
    }

    #[test]
    fn what_is_long_is_cut_between_characters() {
        let long = "\u{e9}".repeat(1001);
        let short = of(&long, Role::Assistant);
        assert_eq!(short.chars().count(), 1000);
        assert!(short.ends_with("\u{e9}..."));
        let fits = "\u{e9}".repeat(1000);
        assert_eq!(of(&fits, Role::User), fits);
    }
}
