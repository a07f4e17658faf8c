//! JSON as Python's `json` module reads and writes it, to the byte.
//!
//! MLflow's server stores and hashes what `json.dumps` writes, so a record's identity (the hash of
//! its inputs) depends on the spelling: a space after `,` and `:`, only ASCII characters, floats as
//! Python prints them, integers of any length, and the numbers that are no JSON (`NaN`).

use std::fmt::Write;

use indexmap::IndexMap;

use crate::{repr_float, repr_text};

/// How deep lists and maps may be nested.
const MAX_DEPTH: usize = 400;

/// A map in the order in which it was written.
pub type Map = IndexMap<String, Json>;

#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    /// Decimal digits, perhaps after a minus: as many as there were.
    Integer(String),
    Float(f64),
    Text(String),
    List(Vec<Json>),
    Map(Map),
}

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct Malformed {
    what: &'static str,
    at: usize,
}

impl Json {
    /// Reads a text. Of a key that is repeated, the last value counts.
    ///
    /// # Errors
    /// When it is no JSON, or nested too deeply.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut reader = Reader { text, at: 0 };
        reader.skip_space();
        let value = reader.value(0)?;
        reader.skip_space();
        if reader.at < text.len() {
            return Err(reader.malformed("unexpected text after the value"));
        }
        Ok(value)
    }

    /// What `json.dumps` writes.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, false);
        out
    }

    /// What `json.dumps` writes when it is told to sort keys.
    pub fn dump_sorted(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, true);
        out
    }

    /// The name of the value's type in Python.
    pub fn type_name(&self) -> &'static str {
        match self {
            Json::Null => "NoneType",
            Json::Bool(_) => "bool",
            Json::Integer(_) => "int",
            Json::Float(_) => "float",
            Json::Text(_) => "str",
            Json::List(_) => "list",
            Json::Map(_) => "dict",
        }
    }

    /// The value as Python's `str` shows it.
    pub fn shown(&self) -> String {
        match self {
            Json::Text(text) => text.clone(),
            other => other.repr(),
        }
    }

    /// The value as Python's `repr` shows it.
    pub fn repr(&self) -> String {
        match self {
            Json::Null => "None".to_owned(),
            Json::Bool(true) => "True".to_owned(),
            Json::Bool(false) => "False".to_owned(),
            Json::Integer(digits) => digits.clone(),
            Json::Float(number) => repr_float(*number),
            Json::Text(text) => repr_text(text),
            Json::List(items) => {
                let items: Vec<String> = items.iter().map(Json::repr).collect();
                format!("[{}]", items.join(", "))
            }
            Json::Map(map) => {
                let pairs: Vec<String> = (map.iter())
                    .map(|(key, value)| format!("{}: {}", repr_text(key), value.repr()))
                    .collect();
                format!("{{{}}}", pairs.join(", "))
            }
        }
    }

    /// Whether Python takes it for false: nothing, zero or empty.
    pub fn is_falsy(&self) -> bool {
        match self {
            Json::Null | Json::Bool(false) => true,
            Json::Bool(true) => false,
            Json::Integer(digits) => matches!(digits.as_str(), "0" | "-0"),
            Json::Float(number) => *number == 0.0,
            Json::Text(text) => text.is_empty(),
            Json::List(items) => items.is_empty(),
            Json::Map(map) => map.is_empty(),
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Json::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The value of a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.as_map().and_then(|map| map.get(key))
    }

    fn write(&self, out: &mut String, sorted: bool) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(true) => out.push_str("true"),
            Json::Bool(false) => out.push_str("false"),
            Json::Integer(digits) => out.push_str(digits),
            Json::Float(number) if number.is_nan() => out.push_str("NaN"),
            Json::Float(number) if number.is_infinite() => {
                out.push_str(if *number > 0.0 { "Infinity" } else { "-Infinity" });
            }
            Json::Float(number) => out.push_str(&repr_float(*number)),
            Json::Text(text) => write_text(text, out),
            Json::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    item.write(out, sorted);
                }
                out.push(']');
            }
            Json::Map(map) => {
                let mut pairs: Vec<(&String, &Json)> = map.iter().collect();
                if sorted {
                    pairs.sort_by_key(|(key, _)| *key);
                }
                write_map(&pairs, out, sorted);
            }
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Json::Text(text)
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Json::Integer(number.to_string())
    }
}

fn write_map(pairs: &[(&String, &Json)], out: &mut String, sorted: bool) {
    out.push('{');
    for (index, (key, value)) in pairs.iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        write_text(key, out);
        out.push_str(": ");
        value.write(out, sorted);
    }
    out.push('}');
}

/// Writes a text in quotes, in ASCII.
pub fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { what, at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.text[self.at..].starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn value(&mut self, depth: usize) -> Result<Json, Malformed> {
        if depth > MAX_DEPTH {
            return Err(self.malformed("nested too deeply"));
        }
        match self.peek() {
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            _ => self.scalar(),
        }
    }

    fn scalar(&mut self) -> Result<Json, Malformed> {
        let words = [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
            ("NaN", Json::Float(f64::NAN)),
            ("Infinity", Json::Float(f64::INFINITY)),
            ("-Infinity", Json::Float(f64::NEG_INFINITY)),
        ];
        for (word, value) in words {
            if self.take_word(word) {
                return Ok(value);
            }
        }
        self.number()
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Json, Malformed> {
        let start = self.at;
        self.take(b'-');
        let leading_zero = self.peek() == Some(b'0');
        let digits = self.digits();
        if digits == 0 || (leading_zero && digits > 1) {
            self.at = start;
            return Err(self.malformed("expected a value"));
        }
        let mut is_float = false;
        for marks in [&b"."[..], &b"eE"[..]] {
            let before = self.at;
            if !self.peek().is_some_and(|byte| marks.contains(&byte)) {
                continue;
            }
            self.at += 1;
            if marks.len() == 2 && !self.take(b'-') {
                self.take(b'+');
            }
            if self.digits() == 0 {
                // What follows the number is not part of it.
                self.at = before;
                break;
            }
            is_float = true;
        }
        let text = &self.text[start..self.at];
        if !is_float {
            return Ok(Json::Integer(if text == "-0" { "0" } else { text }.to_owned()));
        }
        text.parse().map(Json::Float).map_err(|_| self.malformed("expected a number"))
    }

    fn list(&mut self, depth: usize) -> Result<Json, Malformed> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Json::List(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Json::List(items));
            }
            if !self.take(b',') {
                return Err(self.malformed("expected ',' or ']'"));
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Json, Malformed> {
        self.at += 1;
        let mut map = Map::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(Json::Map(map));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.malformed("expected a key in double quotes"));
            }
            let key = self.string()?;
            self.skip_space();
            if !self.take(b':') {
                return Err(self.malformed("expected ':'"));
            }
            self.skip_space();
            let value = self.value(depth + 1)?;
            map.insert(key, value);
            self.skip_space();
            if self.take(b'}') {
                return Ok(Json::Map(map));
            }
            if !self.take(b',') {
                return Err(self.malformed("expected ',' or '}'"));
            }
        }
    }

    fn string(&mut self) -> Result<String, Malformed> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let end = rest.find(|c: char| c == '"' || c == '\\' || c < ' ');
            let end = end.ok_or_else(|| self.malformed("unterminated text"))?;
            out.push_str(&rest[..end]);
            self.at += end;
            match rest.as_bytes()[end] {
                b'"' => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => out.push(self.escape()?),
                _ => return Err(self.malformed("a control character in a text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        self.at += 1;
        let plain = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.malformed("an unknown escape in a text")),
        };
        self.at += 1;
        Ok(plain)
    }

    /// Compat: half of a surrogate pair is a character to Python; no database takes it, and it must not
    /// cost the rest.
    fn unicode_escape(&mut self) -> Result<char, Malformed> {
        let first = self.unit()?;
        let after = self.at;
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            self.at += 1;
            let pair = [first, self.unit()?];
            if let Some(Ok(character)) = char::decode_utf16(pair).next() {
                return Ok(character);
            }
            // What follows is a character of its own.
            self.at = after;
        }
        Ok(char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Reads `uXXXX`.
    fn unit(&mut self) -> Result<u16, Malformed> {
        let digits = self.text.get(self.at + 1..self.at + 5);
        let digits = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.malformed("expected four hexadecimal digits"))?;
        self.at += 5;
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> String {
        Json::parse(text).unwrap().dump()
    }

    #[test]
    fn writes_what_python_writes() {
        let cases = [
            (r#"{"b":1,"a":[1,2.0,{}]}"#, r#"{"b": 1, "a": [1, 2.0, {}]}"#),
            (r#" "é\ud83d\ude00\u007f\/" "#, r#""\u00e9\ud83d\ude00\u007f/""#),
            ("[1e20, 1.5e-7, -0, -0.0, 1E2]", "[1e+20, 1.5e-07, 0, -0.0, 100.0]"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("[NaN, -Infinity, Infinity, 1e999]", "[NaN, -Infinity, Infinity, Infinity]"),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a": 3, "b": 2}"#),
            (r#"["\ud83e","\udd17x","\ud800\u0041"]"#, r#"["\ufffd", "\ufffdx", "\ufffdA"]"#),
        ];
        for (text, expected) in cases {
            assert_eq!(again(text), expected);
        }
        assert_eq!(
            Json::parse(r#"{"b":{"d":1,"c":2},"a":1}"#).unwrap().dump_sorted(),
            r#"{"a": 1, "b": {"c": 2, "d": 1}}"#
        );
    }

    #[test]
    fn shows_what_python_shows() {
        let value = Json::parse(r#"[1, 2.5, "x", null, true, {"k": "it's"}]"#).unwrap();
        assert_eq!(value.shown(), r#"[1, 2.5, 'x', None, True, {'k': "it's"}]"#);
        assert_eq!(Json::from("x").shown(), "x");
    }

    #[test]
    fn refuses_what_is_no_json() {
        let deep = "[".repeat(MAX_DEPTH + 2);
        let bad = [
            "", "x", "01", "[1,]", "{\"a\"}", "{a:1}", "\"\n\"", "\"\\x\"", "1 2", "1.", "\"a",
            "nul", "-", &deep,
        ];
        for text in bad {
            assert!(Json::parse(text).is_err(), "{text}");
        }
    }
}
