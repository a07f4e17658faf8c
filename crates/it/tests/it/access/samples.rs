//! A request for every operation of the OpenAPI document, with every field that it has.

use serde_json::{Map, Value, json};

/// What is sent to one operation.
pub struct Sample {
    pub query: String,
    pub body: Value,
}

/// A sample request for an operation of the document.
pub fn of(document: &Value, operation: &Value) -> Sample {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let query = parameters.iter().filter(|parameter| parameter["in"] == "query");
    let query = query.map(|parameter| {
        let value = match value(document, &parameter["schema"]) {
            Value::String(text) => text,
            Value::Array(items) => items.first().map(plain).unwrap_or_default(),
            other => other.to_string(),
        };
        format!("{}={value}", parameter["name"].as_str().unwrap())
    });
    let query = query.collect::<Vec<_>>().join("&");
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let body = if schema.is_null() { json!({}) } else { value(document, schema) };
    Sample { query, body }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A value of this schema.
fn value(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).unwrap();
        return value(document, target);
    }
    for choice in ["anyOf", "oneOf", "enum"] {
        if let Some(all) = schema[choice].as_array() {
            let first = all.iter().find(|each| !each.is_null() && each["type"] != "null");
            return match (choice, first) {
                ("enum", Some(first)) => first.clone(),
                (_, Some(first)) => value(document, first),
                _ => Value::Null,
            };
        }
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        kind => vec![kind.clone()],
    };
    let kind = kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null");
    match kind.unwrap_or("string") {
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        "array" => json!([value(document, &schema["items"])]),
        "object" => {
            let fields = schema["properties"].as_object().cloned().unwrap_or_default();
            let fields = fields.iter().map(|(name, field)| {
                let value = match name.as_str() {
                    "request_time" | "create_time" | "last_update_time" => {
                        json!("2023-11-14T00:00:00Z")
                    }
                    "execution_duration" => json!("1s"),
                    _ => value(document, field),
                };
                (name.clone(), value)
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        _ => json!("1"),
    }
}
