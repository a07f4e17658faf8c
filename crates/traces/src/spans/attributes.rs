//! A span's attributes as MLflow keeps them: each value is the text of a JSON value.
//!
//! An attribute that comes as a text becomes a JSON text, unless it is JSON of a text, a list or an
//! object already, written so by a client that keeps its values in the same way.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use super::{json, python_json};
use crate::otlp::model::{AnyValue, KeyValue};

/// From so many attributes on, keys are looked up in an index.
const INDEX_FROM: usize = 24;

/// One attribute's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored<'a> {
    /// The text of a JSON value.
    Json(Cow<'a, str>),
    /// A text that is still to be written as JSON.
    Text(Cow<'a, str>),
}

impl<'a> Stored<'a> {
    fn new(value: &AnyValue<'a>) -> Self {
        match value {
            AnyValue::Text(text) if is_json_of_text(text) => Stored::Json(text.clone()),
            AnyValue::Text(text) => Stored::Text(text.clone()),
            other => {
                let mut out = String::new();
                json::push_any(&mut out, other);
                Stored::Json(out.into())
            }
        }
    }

    /// The JSON text.
    pub fn json(&self) -> Cow<'_, str> {
        match self {
            Stored::Json(text) => Cow::Borrowed(text),
            Stored::Text(text) => {
                let mut out = String::with_capacity(text.len() + 2);
                json::push_text(&mut out, text);
                out.into()
            }
        }
    }

    /// The value, if it is a text.
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Stored::Text(text) => Some(Cow::Borrowed(text)),
            Stored::Json(text) if text.trim_ascii_start().starts_with('"') => {
                serde_json::from_str(text).ok().map(Cow::Owned)
            }
            Stored::Json(_) => None,
        }
    }

    /// The value if it is a text, else its JSON.
    pub fn plain(&self) -> Cow<'_, str> {
        self.as_text().unwrap_or_else(|| self.json())
    }

    /// The value, parsed. Numbers that JSON does not know count as `null`, and a huge tree as none.
    pub fn value(&self) -> Option<Value> {
        match self {
            Stored::Text(text) => Some(Value::String(text.as_ref().to_owned())),
            Stored::Json(text) => python_json::tree(text),
        }
    }

    /// Whether the value counts as given: not null, not empty, not zero, not false.
    pub fn is_given(&self) -> bool {
        match self {
            Stored::Text(text) => !text.is_empty(),
            Stored::Json(text) => {
                let text = text.trim_ascii();
                let squeezed: String;
                let text = if text.len() <= 8 {
                    squeezed = text.split_ascii_whitespace().collect();
                    &squeezed
                } else {
                    text
                };
                let empty = ["", "null", "false", "\"\"", "[]", "{}", "0", "0.0", "-0", "-0.0"];
                !empty.contains(&text)
            }
        }
    }

    fn push_to(&self, out: &mut String) {
        match self {
            Stored::Json(text) => json::push_text(out, text),
            Stored::Text(text) => json::push_text_twice(out, text),
        }
    }
}

/// Whether a text is the JSON of a text, a list or an object.
fn is_json_of_text(text: &str) -> bool {
    matches!(text.trim_ascii_start().as_bytes().first(), Some(b'"' | b'[' | b'{'))
        && python_json::is_json(text)
}

/// The attributes of one span, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Attributes<'a> {
    entries: Vec<(Cow<'a, str>, Stored<'a>)>,
    /// Places in `entries`, if there are many.
    index: Option<HashMap<Cow<'a, str>, usize>>,
}

impl<'a> Attributes<'a> {
    /// None if they take more than a span may.
    pub fn new(pairs: &[KeyValue<'a>]) -> Option<Self> {
        let mut out = Self::default();
        let mut made = 0;
        out.entries.reserve(pairs.len() + 8);
        if pairs.len() >= INDEX_FROM {
            out.index = Some(HashMap::with_capacity(pairs.len() + 8));
        }
        for pair in pairs {
            let value = Stored::new(&pair.value);
            if let Stored::Json(Cow::Owned(json)) = &value {
                made += json.len();
            }
            if made > json::MAX_LEN {
                return None;
            }
            out.set(pair.key.clone(), value);
        }
        Some(out)
    }

    fn place(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self.entries.iter().position(|(known, _)| known == key),
        }
    }

    pub fn get(&self, key: &str) -> Option<&Stored<'a>> {
        self.place(key).map(|place| &self.entries[place].1)
    }

    /// Sets an attribute, at its old place if it is there.
    pub fn set(&mut self, key: impl Into<Cow<'a, str>>, value: Stored<'a>) {
        let key = key.into();
        if let Some(place) = self.place(&key) {
            self.entries[place].1 = value;
            return;
        }
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), self.entries.len());
        }
        self.entries.push((key, value));
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Stored<'a>)> {
        self.entries.iter().map(|(key, value)| (&**key, value))
    }

    /// Writes them as a JSON object of JSON texts.
    pub fn push_to(&self, out: &mut String) {
        out.push('{');
        for (index, (key, value)) in self.entries.iter().enumerate() {
            out.push_str(if index > 0 { ", " } else { "" });
            json::push_text(out, key);
            out.push_str(": ");
            value.push_to(out);
        }
        out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair<'a>(key: &'a str, value: AnyValue<'a>) -> KeyValue<'a> {
        KeyValue { key: key.into(), value }
    }

    #[test]
    fn values_are_stored_as_mlflow_stores_them() {
        let pairs = [
            pair("plain", AnyValue::Text("a\"b".into())),
            pair("object", AnyValue::Text("{\"a\": 1}".into())),
            pair("number", AnyValue::Text("1".into())),
            pair("quoted", AnyValue::Text("\"x\"".into())),
            pair("broken", AnyValue::Text("[1".into())),
            pair("int", AnyValue::Int(-3)),
            pair("none", AnyValue::Null),
            pair("int", AnyValue::Int(4)),
        ];
        let attributes = Attributes::new(&pairs).unwrap();
        let mut out = String::new();
        attributes.push_to(&mut out);
        let expected = r#"{"plain": "\"a\\\"b\"", "object": "{\"a\": 1}", "number": "\"1\"", "quoted": "\"x\"", "broken": "\"[1\"", "int": "4", "none": "null"}"#;
        assert_eq!(out, expected);
        assert_eq!(attributes.get("quoted").unwrap().as_text().unwrap(), "x");
        assert_eq!(attributes.get("number").unwrap().plain(), "1");
        assert!(!attributes.get("none").unwrap().is_given());
    }

    #[test]
    fn many_attributes_are_found_too() {
        let keys: Vec<String> = (0..100).map(|index| format!("k{index}")).collect();
        let pairs: Vec<_> = keys.iter().map(|key| pair(key, AnyValue::Bool(true))).collect();
        let mut attributes = Attributes::new(&pairs).unwrap();
        attributes.set("k50", Stored::Text("x".into()));
        attributes.set("new", Stored::Text(String::new().into()));
        assert_eq!(attributes.iter().nth(50).unwrap().1.plain(), "x");
        assert!(!attributes.get("new").unwrap().is_given());
    }
}
