//! Numbers of values that were in a protobuf `Value`.

use serde_json::Value;

/// The value with every number as a float: what a number is once it was in a protobuf `Value`.
pub fn floats(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => Value::Array(items.into_iter().map(floats).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key, floats(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_become_floats() {
        assert_eq!(floats(json!({"a": [1, true, "1"]})), json!({"a": [1.0, true, "1"]}));
    }
}
