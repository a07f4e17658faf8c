//! Writing what was planned, taken from the messages of the REST routes, as JSON.
//!
//! The text is written as it goes, not put together as values first: an answer may repeat a
//! message's values many times.

use serde_json::{Map, Value as Json};

use super::introspect::describe;
use super::plan::{Planned, Shape};

/// The longest answer, in bytes.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// An answer that is being written.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// The data so far; empty if the request was refused.
    data: Vec<u8>,
    errors: Vec<String>,
}

impl Answer {
    /// An answer without data.
    pub(crate) fn refusal(errors: Vec<String>) -> Self {
        Self { data: Vec::new(), errors }
    }

    /// Adds a field of the root. If it failed, its value is null and the message says why.
    pub(crate) fn add(&mut self, field: &Planned<'_, '_>, value: Result<Json, String>) {
        let value = value.unwrap_or_else(|message| {
            self.errors.push(message);
            Json::Null
        });
        self.data.push(if self.data.is_empty() { b'{' } else { b',' });
        self.field(field, Some(&value));
    }

    pub(crate) fn is_too_long(&self) -> bool {
        self.data.len() > MAX_BYTES
    }

    /// The response's body. Compat: MLflow's errors are bare messages.
    pub(crate) fn into_body(mut self) -> Vec<u8> {
        if self.is_too_long() {
            let why =
                format!("The answer is longer than {MAX_BYTES} bytes. Ask for less at a time.");
            self = Self::refusal(vec![why]);
        }
        let errors = if self.errors.is_empty() { Json::Null } else { self.errors.into() };
        let mut body = b"{\"data\":".to_vec();
        if self.data.is_empty() {
            body.extend_from_slice(b"null");
        } else {
            body.append(&mut self.data);
            body.push(b'}');
        }
        body.extend_from_slice(b",\"errors\":");
        body.extend_from_slice(errors.to_string().as_bytes());
        body.push(b'}');
        body
    }

    fn put(&mut self, text: &str) {
        self.data.extend_from_slice(text.as_bytes());
    }

    /// Writes a field with its name. `value` is `None` if the message does not have it.
    fn field(&mut self, field: &Planned<'_, '_>, value: Option<&Json>) {
        // A GraphQL name needs no escapes.
        self.put("\"");
        self.put(field.key);
        self.put("\":");
        match field.name {
            "__typename" => self.text(field.parent.name),
            _ => self.value(field, &field.shape, value),
        }
    }

    fn object(&mut self, fields: &[Planned<'_, '_>], message: &Map<String, Json>) {
        if self.is_too_long() {
            return self.put("null");
        }
        for (index, field) in fields.iter().enumerate() {
            self.put(if index == 0 { "{" } else { "," });
            self.field(field, message.get(field.wire_name));
        }
        self.put("}");
    }

    /// Writes a value. What a message leaves out is at its type's default, as in protobuf.
    fn value(&mut self, field: &Planned<'_, '_>, shape: &Shape, value: Option<&Json>) {
        match (shape, value) {
            (_, Some(Json::Null)) | (Shape::Never, _) => self.put("null"),
            (Shape::List(inner), _) => {
                self.put("[");
                let items = value.and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.put(",");
                    }
                    self.value(field, inner, Some(item));
                }
                self.put("]");
            }
            (Shape::Object, _) => match value.and_then(Json::as_object) {
                Some(message) => self.object(&field.children, message),
                None => self.object(&field.children, &Map::new()),
            },
            (Shape::Type, _) => match value.and_then(Json::as_str).and_then(describe) {
                Some(description) => self.object(&field.children, &description),
                None => self.put("null"),
            },
            (Shape::Text, Some(Json::String(text))) => self.text(text),
            (Shape::Text, Some(other)) => self.text(&other.to_string()),
            (Shape::Text, None) => self.text(""),
            (Shape::Long, Some(number)) => self.text(&number.to_string()),
            (Shape::Long, None) => self.text("0"),
            (Shape::Float, Some(Json::String(name))) => self.no_number(field, name),
            (Shape::Float, Some(number)) => self.put(&number.to_string()),
            (Shape::Float, None) => self.put("0.0"),
            (Shape::Boolean, _) => {
                self.put(if value.and_then(Json::as_bool).unwrap_or(false) {
                    "true"
                } else {
                    "false"
                });
            }
            (Shape::Enum, Some(Json::String(name))) => self.text(name),
            (Shape::Enum, _) => self.put("null"),
        }
    }

    fn text(&mut self, text: &str) {
        // Writing to a Vec cannot fail.
        let _ = serde_json::to_writer(&mut self.data, text);
    }

    /// A float that JSON has no number for.
    fn no_number(&mut self, field: &Planned<'_, '_>, name: &str) {
        self.put("null");
        // Compat: MLflow says nothing of a NaN among the latest metrics of a run, and complains
        // about one in a history.
        if field.parent.name != "MlflowMetricExtension" || name != "NaN" {
            let shown = match name {
                "NaN" => "nan",
                "Infinity" => "inf",
                _ => "-inf",
            };
            self.errors.push(format!("Float cannot represent non numeric value: {shown}"));
        }
    }
}
