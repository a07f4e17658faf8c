//! JSON values as the texts that MLflow makes of them.

use std::fmt::Write;

use serde_json::Value;

use python::repr_text;

/// A text as it is, and any other value in the spelling of MLflow's language.
pub fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => spelled(other),
    }
}

fn spelled(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => repr_text(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(spelled).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = (fields.iter())
                .map(|(name, value)| format!("{}: {}", repr_text(name), spelled(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// A text as a YAML scalar in double quotes, on one line.
pub fn yaml_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            plain if is_plain(plain) => out.push(plain),
            other => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\U{:08x}", other as u32);
            }
        }
    }
    out.push('"');
    out
}

/// Whether YAML takes the character as it stands: it prints, and ends no line.
fn is_plain(character: char) -> bool {
    let breaks_or_marks = ['\u{2028}', '\u{2029}', '\u{feff}', '\u{fffe}', '\u{ffff}'];
    !character.is_control() && !breaks_or_marks.contains(&character)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_texts() {
        assert_eq!(as_text(&json!("a'b")), "a'b");
        assert_eq!(as_text(&json!(null)), "None");
        assert_eq!(as_text(&json!(0.1)), "0.1");
        assert_eq!(as_text(&json!(["x", true, {"k": [1, null]}])), "['x', True, {'k': [1, None]}]");
    }

    #[test]
    fn yaml_scalars_stay_on_their_line() {
        assert_eq!(yaml_text("t {{ a }} \"q\": \\x\nline"), r#""t {{ a }} \"q\": \\x\nline""#);
        assert_eq!(yaml_text("é😀\u{85}\u{0}\u{2028}"), r#""é😀\U00000085\U00000000\U00002028""#);
    }
}
