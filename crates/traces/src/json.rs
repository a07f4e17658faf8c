//! JSON text as MLflow stores it: with blanks behind commas and colons. Filters compare such texts,
//! so they must be alike to the byte.

use std::io;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// The text of `value`, with every character beyond ASCII escaped.
pub fn ascii(value: &impl Serialize) -> String {
    text(value, true)
}

/// The text of `value`, with characters as they are.
pub fn unescaped(value: &impl Serialize) -> String {
    text(value, false)
}

fn text(value: &impl Serialize, ascii: bool) -> String {
    let mut out = Vec::new();
    // Only a map whose keys are no texts could fail, and there is none.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut out, Spaced { ascii }));
    String::from_utf8(out).unwrap_or_default()
}

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

struct Spaced {
    ascii: bool,
}

impl Formatter for Spaced {
    fn write_f64<W: ?Sized + io::Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        out.write_all(float(value).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if !self.ascii || fragment.is_ascii() {
            return out.write_all(fragment.as_bytes());
        }
        for character in fragment.chars() {
            if character.is_ascii() {
                out.write_all(&[character as u8])?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}

/// The shortest digits that mean this number, with an exponent below 1e-4 and from 1e16 on.
fn float(value: f64) -> String {
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_have_blanks() {
        let value = json!({"b": [1, 2.0, null], "a": "é😀\"\n"});
        assert_eq!(unescaped(&value), "{\"b\": [1, 2.0, null], \"a\": \"é😀\\\"\\n\"}");
        assert_eq!(
            ascii(&value),
            "{\"b\": [1, 2.0, null], \"a\": \"\\u00e9\\ud83d\\ude00\\\"\\n\"}"
        );
    }

    #[test]
    fn floats_are_written_with_an_exponent_where_python_does() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (3.0, "3.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
        ];
        for (value, text) in cases {
            assert_eq!(ascii(&value), text);
        }
    }

    #[test]
    fn numbers_become_floats() {
        assert_eq!(ascii(&floats(json!({"a": [1, true, "1"]}))), "{\"a\": [1.0, true, \"1\"]}");
    }
}
