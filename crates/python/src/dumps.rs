//! Python's `json.dumps`: with a space after each comma and colon.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::repr_float;

/// What `json.dumps` writes: every character that is not printable ASCII is escaped.
pub fn dumps(value: &impl Serialize) -> String {
    text(value, true)
}

/// What `json.dumps` writes with `ensure_ascii=False`: characters stay as they are.
pub fn dumps_unescaped(value: &impl Serialize) -> String {
    text(value, false)
}

fn text(value: &impl Serialize, ascii: bool) -> String {
    let mut out = Vec::new();
    // Only a map whose keys are no texts could fail, and there is none.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut out, Spaced { ascii }));
    String::from_utf8(out).unwrap_or_default()
}

struct Spaced {
    ascii: bool,
}

impl Formatter for Spaced {
    fn write_f64<W: ?Sized + io::Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        out.write_all(repr_float(value).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~');
        if !self.ascii || fragment.bytes().all(is_plain) {
            return out.write_all(fragment.as_bytes());
        }
        for character in fragment.chars() {
            if matches!(character, ' '..='~') {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_have_blanks() {
        let value = json!({"b": [1, 2.0, null], "a": "é😀\"\n"});
        assert_eq!(dumps_unescaped(&value), "{\"b\": [1, 2.0, null], \"a\": \"é😀\\\"\\n\"}");
        assert_eq!(
            dumps(&value),
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
            assert_eq!(dumps(&value), text);
        }
    }

    /// The lines of `dumps.tsv` were written by Python: a value as compact JSON, and what
    /// `json.dumps` makes of it.
    #[test]
    fn python_writes_the_same() {
        for line in include_str!("dumps.tsv").lines() {
            let (value, written) = line.split_once('\t').unwrap();
            let value: serde_json::Value = serde_json::from_str(value).unwrap();
            assert_eq!(dumps(&value), written);
        }
    }
}
