//! JSON in the spelling of Python's `json` module: what MLflow stores and what its filters search.
//! A space follows `,` and `:`; text beyond ASCII stands as it is; `NaN` and `Infinity` are numbers.

use std::fmt::Write;

use serde_json::Value;

use crate::otlp::model::{AnyValue, KeyValue};

/// Longest JSON of one span. A packed body of a few bytes may grow to many times its size: a NUL takes
/// seven bytes here.
#[cfg(not(test))]
pub const MAX_LEN: usize = 128 << 20;
/// Less, so that the tests that reach it are quick.
#[cfg(test)]
pub const MAX_LEN: usize = 1 << 20;

/// What JSON writes for a byte that cannot stand in a text as it is.
fn escape(byte: u8) -> Option<&'static str> {
    const CONTROLS: [&str; 32] = [
        "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007",
        "\\b", "\\t", "\\n", "\\u000b", "\\f", "\\r", "\\u000e", "\\u000f", "\\u0010", "\\u0011",
        "\\u0012", "\\u0013", "\\u0014", "\\u0015", "\\u0016", "\\u0017", "\\u0018", "\\u0019",
        "\\u001a", "\\u001b", "\\u001c", "\\u001d", "\\u001e", "\\u001f",
    ];
    match byte {
        b'"' => Some("\\\""),
        b'\\' => Some("\\\\"),
        _ => CONTROLS.get(usize::from(byte)).copied(),
    }
}

/// Copies `text`, each byte that needs an escape given to `special`.
fn copy(out: &mut String, text: &str, special: impl Fn(&mut String, &'static str)) {
    let mut start = 0;
    for (index, byte) in text.bytes().enumerate() {
        if let Some(escaped) = escape(byte) {
            if out.len() > MAX_LEN {
                // What is too long already is not stored.
                return;
            }
            // Bytes with an escape are ASCII, so both cuts are between characters.
            out.push_str(&text[start..index]);
            special(out, escaped);
            start = index + 1;
        }
    }
    out.push_str(&text[start..]);
}

/// The text as it stands between the quotes of a JSON text.
pub fn push_escaped(out: &mut String, text: &str) {
    copy(out, text, String::push_str);
}

/// Writes a JSON text.
pub fn push_text(out: &mut String, text: &str) {
    out.push('"');
    push_escaped(out, text);
    out.push('"');
}

/// Writes the JSON text of the JSON text of `text`: how a span keeps the value of an attribute.
pub fn push_text_twice(out: &mut String, text: &str) {
    out.push_str("\"\\\"");
    copy(out, text, push_escaped);
    out.push_str("\\\"\"");
}

/// Writes an integer.
pub fn push_int(out: &mut String, value: i64) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{value}");
}

/// Writes a number as Python's `repr` does: the fewest digits that give it back.
pub fn push_float(out: &mut String, value: f64) {
    if !value.is_finite() {
        out.push_str(match value {
            _ if value.is_nan() => "NaN",
            _ if value > 0.0 => "Infinity",
            _ => "-Infinity",
        });
        return;
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        // Python writes two digits of the exponent at least, and its sign.
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |e| ('-', e));
        let _ = write!(out, "{digits}e{sign}{exponent:0>2}");
    } else {
        // `{:?}` keeps the ".0" of a whole number.
        let _ = write!(out, "{value:?}");
    }
}

/// Writes JSON that was read before.
pub fn push_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => push_float(out, float),
            _ => out.push_str(&number.to_string()),
        },
        Value::String(text) => push_text(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                push_value(out, item);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (index, (name, item)) in fields.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                push_text(out, name);
                out.push_str(": ");
                push_value(out, item);
            }
            out.push('}');
        }
    }
}

/// JSON text of what was read before.
pub fn to_text(value: &Value) -> String {
    let mut out = String::new();
    push_value(&mut out, value);
    out
}

/// Writes a value of OTLP.
pub fn push_any(out: &mut String, value: &AnyValue<'_>) {
    match value {
        AnyValue::Null => out.push_str("null"),
        AnyValue::Text(text) => push_text(out, text),
        AnyValue::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        AnyValue::Int(value) => push_int(out, *value),
        AnyValue::Float(value) => push_float(out, *value),
        AnyValue::Bytes(bytes) => push_text(out, &bytes_literal(bytes)),
        AnyValue::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                push_any(out, item);
            }
            out.push(']');
        }
        AnyValue::Map(pairs) => push_pairs(out, pairs, push_any),
    }
}

/// Writes a JSON object of the pairs. Of a key that is there twice the last value counts, at the
/// first one's place.
pub fn push_pairs<'a>(
    out: &mut String,
    pairs: &[KeyValue<'a>],
    push: fn(&mut String, &AnyValue<'a>),
) {
    out.push('{');
    for (index, pair) in last_of_each_key(pairs).into_iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        push_text(out, &pair.key);
        out.push_str(": ");
        push(out, &pair.value);
    }
    out.push('}');
}

/// The pairs of a dictionary: of a key that is there twice the last, at the first one's place.
pub fn last_of_each_key<'p, 'a>(pairs: &'p [KeyValue<'a>]) -> Vec<&'p KeyValue<'a>> {
    let mut places = std::collections::HashMap::with_capacity(pairs.len());
    let mut out: Vec<&KeyValue<'_>> = Vec::with_capacity(pairs.len());
    for pair in pairs {
        match places.entry(&*pair.key) {
            std::collections::hash_map::Entry::Occupied(place) => out[*place.get()] = pair,
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(out.len());
                out.push(pair);
            }
        }
    }
    out
}

/// Bytes as Python shows them: `b'a\x00'`. Compat: that is how MLflow stores them.
fn bytes_literal(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut out = format!("b{quote}");
    for byte in bytes {
        if out.len() > MAX_LEN {
            break;
        }
        match *byte {
            b'\\' => out.push_str("\\\\"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\'' if quote == '\'' => out.push_str("\\'"),
            byte @ 0x20..0x7f => out.push(char::from(byte)),
            byte => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_python_shows_them() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (1e16, "1e+16"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (1.5e300, "1.5e+300"),
            (0.1, "0.1"),
            (-2.5e-7, "-2.5e-07"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            let mut out = String::new();
            push_float(&mut out, value);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn writing_twice_is_writing_what_was_written() {
        for text in ["", "a", "\"", "\\", "a\"b\\c\n\u{1}\u{7f}\u{e9}\u{1f600}"] {
            let (mut once, mut again, mut twice) = (String::new(), String::new(), String::new());
            push_text(&mut once, text);
            push_text(&mut again, &once);
            push_text_twice(&mut twice, text);
            assert_eq!(twice, again);
            assert_eq!(serde_json::from_str::<String>(&once).unwrap(), text);
        }
    }

    #[test]
    fn bytes_and_repeated_keys_are_pythons() {
        assert_eq!(bytes_literal(b"a\x00\xff'\"\n"), r#"b'a\x00\xff\'"\n'"#);
        assert_eq!(bytes_literal(b"'"), r#"b"'""#);
        let pair =
            |key: &'static str, value| KeyValue { key: key.into(), value: AnyValue::Int(value) };
        let mut out = String::new();
        push_pairs(&mut out, &[pair("a", 1), pair("b", 2), pair("a", 3)], push_any);
        assert_eq!(out, r#"{"a": 3, "b": 2}"#);
    }
}
