//! A value as complaints about it show it: in the notation of the language that MLflow is written
//! in, and never long.

use serde_json::Value;
use tracking::validation::quoted;

const MAX_TEXT: usize = 240;
const MAX_ITEMS: usize = 10;
const MAX_DEPTH: usize = 2;

pub(crate) fn inspect(value: &Value) -> String {
    inspect_at(value, 0)
}

fn inspect_at(value: &Value, depth: usize) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => shortened(&quoted(text)),
        Value::Array(items) => {
            if depth == MAX_DEPTH && !items.is_empty() {
                return "[...]".to_owned();
            }
            format!("[{}]", listed(items.iter().map(|item| inspect_at(item, depth + 1)).collect()))
        }
        Value::Object(fields) => {
            if depth == MAX_DEPTH && !fields.is_empty() {
                return "{...}".to_owned();
            }
            let shown = fields
                .iter()
                .map(|(name, field)| format!("{}: {}", quoted(name), inspect_at(field, depth + 1)));
            format!("{{{}}}", listed(shown.collect()))
        }
    }
}

/// Joined with commas; of many, some at either end.
fn listed(mut items: Vec<String>) -> String {
    if items.len() > MAX_ITEMS {
        let tail = items.split_off(items.len() - (MAX_ITEMS / 2 - 1));
        items.truncate(MAX_ITEMS / 2);
        items.push("...".to_owned());
        items.extend(tail);
    }
    items.join(", ")
}

/// The text itself, or what is at its ends.
fn shortened(text: &str) -> String {
    let length = text.chars().count();
    if length <= MAX_TEXT {
        return text.to_owned();
    }
    let head = (MAX_TEXT - 3) / 2;
    let tail = MAX_TEXT - 3 - head;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - tail).collect();
    format!("{start}...{end}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_shown_short() {
        let value = json!({"a": [1, 1.5, true, null, "it's"], "b": {}});
        assert_eq!(inspect(&value), r#"{'a': [1, 1.5, True, None, "it's"], 'b': {}}"#);
        assert_eq!(inspect(&json!([[[1]], [[]], [{"a": 1}]])), "[[[...]], [[]], [{...}]]");
        let many: Vec<i32> = (0..12).collect();
        assert_eq!(inspect(&json!(many)), "[0, 1, 2, 3, 4, ..., 8, 9, 10, 11]");
        let long = inspect(&json!("x".repeat(500)));
        assert_eq!(long.len(), 240);
        assert!(long.starts_with("'xx") && long.contains("x...x") && long.ends_with("x'"));
    }
}
