//! A value as complaints about it show it: in the notation of the language that MLflow is written
//! in, and never long.

use python::repr_text;
use serde_json::Value;

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
        Value::String(text) => inspect_text(text),
        Value::Array(items) if depth == MAX_DEPTH && !items.is_empty() => "[...]".to_owned(),
        Value::Array(items) => {
            format!("[{}]", listed(items.iter(), |item| inspect_at(item, depth + 1)))
        }
        Value::Object(fields) if depth == MAX_DEPTH && !fields.is_empty() => "{...}".to_owned(),
        Value::Object(fields) => {
            let shown = listed(fields.iter(), |(name, field)| {
                format!("{}: {}", inspect_text(name), inspect_at(field, depth + 1))
            });
            format!("{{{shown}}}")
        }
    }
}

/// Joined with commas; of many, some at either end.
fn listed<T>(items: impl ExactSizeIterator<Item = T>, show: impl Fn(T) -> String) -> String {
    let length = items.len();
    let is_left_out =
        |at| length > MAX_ITEMS && at >= MAX_ITEMS / 2 && at <= length - MAX_ITEMS / 2;
    let mut shown = Vec::new();
    for (at, item) in items.enumerate() {
        if !is_left_out(at) {
            shown.push(show(item));
        } else if at == MAX_ITEMS / 2 {
            shown.push("...".to_owned());
        }
    }
    shown.join(", ")
}

/// The text in quotes, or what is at its ends.
fn inspect_text(text: &str) -> String {
    let length = text.chars().count();
    let text = if length > 2 * MAX_TEXT {
        // Only the ends will be seen; the middle may be long.
        let head = text.chars().take(MAX_TEXT);
        &head.chain(text.chars().skip(length - MAX_TEXT)).collect::<String>()
    } else {
        text
    };
    let text = repr_text(text);
    let length = text.chars().count();
    if length <= MAX_TEXT {
        return text;
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
