//! JSON as clients send it: what Python's `json.loads` reads and a strict reader does not.
//!
//! Nothing here is done to a body that a strict reader takes. One that it refuses is mended, if it can
//! be, and read again.

use std::borrow::Cow;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};

use crate::ApiError;

/// Values that a body of any size may be made of.
const VALUES: usize = 250_000;

/// Beyond them, a value may come on so many bytes: one that is read takes some 70 bytes of memory.
const BYTES_A_VALUE: usize = 8;

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("it is not in UTF-8, UTF-16 or UTF-32 (byte {0})")]
    Encoding(usize),
    #[error("{0}")]
    Syntax(String),
}

/// Reads a text that came inside a message, as leniently as a body.
///
/// # Errors
/// When it is no JSON, or has other values than `T`.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    serde_json::from_str(text).or_else(|error| {
        let wrong = Unreadable::Syntax(error.to_string());
        let mended = mend(text.as_bytes())?.ok_or_else(|| wrong.clone())?;
        serde_json::from_str(&mended).map_err(|_| wrong)
    })
}

/// Reads a field for which `null` means that nothing was given, as it does in protobuf's JSON
/// (`#[serde(deserialize_with = "app::json::or_default")]`).
///
/// # Errors
/// When the value is another than `T`'s.
pub fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Refuses JSON that is made of very many values for its size, before any of them is made. Small
/// texts are not looked at.
///
/// # Errors
/// When there are too many.
pub fn check_values(json: &[u8]) -> Result<(), ApiError> {
    // No value takes less than a byte and a comma.
    if json.len() < 2 * VALUES {
        return Ok(());
    }
    let limit = VALUES.max(json.len() / BYTES_A_VALUE);
    let is_mark = |byte: u8| matches!(byte, b',' | b'[' | b'{');
    if json.iter().filter(|byte| is_mark(**byte)).count() <= limit {
        return Ok(());
    }
    // Some may stand inside of strings.
    let (mut found, mut in_string, mut escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            byte if !in_string && is_mark(*byte) => found += 1,
            _ => {}
        }
    }
    if found <= limit {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "The request's JSON is made of {found} values (list items and fields). For its size, at most \
         {limit} are read. Send them in several requests."
    )))
}

/// The text of a body that a strict reader refuses, changed so that one may take it; `None` if there
/// is nothing to change.
///
/// - Other encodings, and byte order marks, as Python detects them.
/// - `NaN`, `Infinity` and numbers beyond a double become strings, which protobuf's numbers read.
/// - Half of a surrogate pair becomes U+FFFD: no database stores it, and the rest must not be lost.
///
/// # Errors
/// When the encoding is not known.
pub fn mend(bytes: &[u8]) -> Result<Option<String>, Unreadable> {
    let text = decode(bytes)?;
    let mut mender =
        Mender { rest: &text, out: String::with_capacity(text.len() + 16), changes: 0, halves: 0 };
    mender.run();
    let Mender { out, changes, halves, .. } = mender;
    if halves > 0 {
        tracing::warn!(halves, "half surrogate pairs in a request's text were replaced by U+FFFD");
    }
    let changed = changes > 0 || text.as_bytes() != bytes;
    Ok(changed.then_some(out))
}

/// Copies a JSON text and changes what must be changed. It does not judge: a reader comes after it.
struct Mender<'t> {
    rest: &'t str,
    out: String,
    changes: usize,
    /// Halves of surrogate pairs.
    halves: usize,
}

impl Mender<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.rest.bytes().next() {
            match byte {
                b'"' => self.string(),
                b'-' | b'+' | b'0'..=b'9' | b'N' | b'I' => self.number(),
                _ => self.copy(self.rest.chars().next().map_or(1, char::len_utf8)),
            }
        }
    }

    fn copy(&mut self, length: usize) {
        let (done, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.out.push_str(done);
        self.rest = rest;
    }

    fn number(&mut self) {
        let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let end = self.rest.find(|c| !in_word(c)).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        // An integer of very many digits is no infinity.
        let beyond =
            || word.contains(['.', 'e', 'E']) && word.parse::<f64>().is_ok_and(f64::is_infinite);
        let text = match word {
            "NaN" | "Infinity" | "-Infinity" => word,
            _ if word.starts_with(['N', 'I']) || !beyond() => return self.copy(end),
            _ if word.starts_with('-') => "-Infinity",
            _ => "Infinity",
        };
        self.out.extend(["\"", text, "\""]);
        self.rest = &self.rest[end..];
        self.changes += 1;
    }

    fn string(&mut self) {
        self.copy(1);
        loop {
            let end = self.rest.find(['"', '\\']).unwrap_or(self.rest.len());
            self.copy(end);
            if !self.rest.starts_with('\\') {
                return self.copy(1);
            }
            match (unit(self.rest), self.rest.get(6..).and_then(unit)) {
                (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => self.copy(12),
                (Some(0xd800..=0xdfff), _) => {
                    self.out.push_str("\\ufffd");
                    self.rest = &self.rest[6..];
                    self.changes += 1;
                    self.halves += 1;
                }
                // What an escape hides cannot end the string.
                _ => self.copy(1 + self.rest[1..].chars().next().map_or(0, char::len_utf8)),
            }
        }
    }
}

/// The UTF-16 unit of an escape (`\ud83e`) at the start of a text.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all.then(|| u16::from_str_radix(digits, 16).ok())?
}

/// The text of a body, in whichever Unicode encoding it is.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let at = |index: usize| bytes.get(index).copied();
    let (width, big, skipped) = match bytes {
        [0, 0, 0xfe, 0xff, ..] => (4, true, 4),
        [0xff, 0xfe, 0, 0, ..] => (4, false, 4),
        [0xfe, 0xff, ..] => (2, true, 2),
        [0xff, 0xfe, ..] => (2, false, 2),
        [0xef, 0xbb, 0xbf, rest @ ..] => return utf8(rest, 3),
        // JSON begins with an ASCII character: where its zeros are tells the width.
        [0, 0, ..] => (4, true, 0),
        [0, ..] => (2, true, 0),
        [_, 0, ..] if at(2) == Some(0) && at(3) == Some(0) => (4, false, 0),
        [_, 0, ..] => (2, false, 0),
        _ => return utf8(bytes, 0),
    };
    let units = bytes[skipped..].chunks(width).map(|unit| {
        let bytes: Box<dyn Iterator<Item = &u8>> =
            if big { Box::new(unit.iter()) } else { Box::new(unit.iter().rev()) };
        (unit.len() == width).then(|| bytes.fold(0, |code, byte| code << 8 | u32::from(*byte)))
    });
    let mut units = units.enumerate().peekable();
    let mut text = String::with_capacity(bytes.len() / width + 16);
    while let Some((index, found)) = units.next() {
        let wrong = Unreadable::Encoding(skipped + index * width);
        let mut code = found.ok_or_else(|| wrong.clone())?;
        if width == 2
            && (0xd800..0xdc00).contains(&code)
            && let Some((_, Some(low @ 0xdc00..=0xdfff))) = units.peek()
        {
            code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
            units.next();
        }
        match (code, char::from_u32(code)) {
            (_, Some(character)) => text.push(character),
            (0xd800..=0xdfff, None) => text.push(char::REPLACEMENT_CHARACTER),
            _ => return Err(wrong),
        }
    }
    Ok(Cow::Owned(text))
}

/// The text of UTF-8 in which surrogates may be encoded as if they were characters: pairs are joined,
/// halves replaced.
fn utf8(mut bytes: &[u8], skipped: usize) -> Result<Cow<'_, str>, Unreadable> {
    let length = bytes.len();
    let mut text = String::new();
    loop {
        let error = match std::str::from_utf8(bytes) {
            Ok(rest) if text.is_empty() => return Ok(Cow::Borrowed(rest)),
            Ok(rest) => return Ok(Cow::Owned(text + rest)),
            Err(error) => error,
        };
        let (good, bad) = bytes.split_at(error.valid_up_to());
        text.push_str(std::str::from_utf8(good).unwrap_or_default());
        let [0xed, high @ 0xa0..=0xbf, low @ 0x80..=0xbf, rest @ ..] = bad else {
            return Err(Unreadable::Encoding(skipped + length - bad.len()));
        };
        let code = |high: u8, low: u8| 0xd000 | u32::from(high & 0x3f) << 6 | u32::from(low & 0x3f);
        bytes = rest;
        let first = code(*high, *low);
        let mut character = None;
        if let (0xd800..=0xdbff, [0xed, high @ 0xb0..=0xbf, low @ 0x80..=0xbf, rest @ ..]) =
            (first, rest)
        {
            let second = code(*high, *low);
            character = char::from_u32(0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00)));
            bytes = rest;
        }
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn mended(bytes: &[u8]) -> Value {
        let text = mend(bytes).unwrap().unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn numbers_that_are_no_json_become_strings() {
        let text = br#"{"a \"NaN":NaN,"b":[-Infinity,1e400,-1e999,5,1e-400,"Infinity"]}"#;
        let expected =
            r#"{"a \"NaN":"NaN","b":["-Infinity","Infinity","-Infinity",5,0.0,"Infinity"]}"#;
        assert_eq!(mended(text).to_string(), expected);
        let digits = format!("[{}]", "9".repeat(400));
        assert_eq!(mend(digits.as_bytes()), Ok(None));
    }

    #[test]
    fn half_a_pair_costs_itself_alone() {
        let text = br#"["cut \ud83e","\udd17x","\ud83e\ud83e\udd17","\\ud83e","\ud83e\u0041"]"#;
        let expected = ["cut \u{fffd}", "\u{fffd}x", "\u{fffd}\u{1f917}", "\\ud83e", "\u{fffd}A"];
        assert_eq!(mended(text), Value::from(expected.to_vec()));
        let raw = b"[\"a\xed\xa0\xbeb\",\"\xed\xa0\xbe\xed\xb4\x97\"]";
        assert_eq!(mended(raw), Value::from(vec!["a\u{fffd}b", "\u{1f917}"]));
        assert_eq!(mended(br#"{"\udc00":1}"#).to_string(), "{\"\u{fffd}\":1}");
    }

    #[test]
    fn encodings_are_found_out_as_python_does() {
        let text = r#"{"k":"é😀"}"#;
        let wide = |big: bool, marked: bool| -> Vec<u8> {
            let mark = marked.then_some('\u{feff}');
            let units = mark.into_iter().chain(text.chars()).map(u32::from);
            units
                .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect()
        };
        let double = |big: bool, marked: bool| -> Vec<u8> {
            let mark = marked.then_some(0xfeff);
            let units = mark.into_iter().chain(text.encode_utf16());
            units
                .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect()
        };
        for (big, marked) in [(true, true), (true, false), (false, true), (false, false)] {
            assert_eq!(mended(&wide(big, marked))["k"], "é😀");
            assert_eq!(mended(&double(big, marked))["k"], "é😀");
        }
        assert_eq!(mended(&[b"\xef\xbb\xbf", text.as_bytes()].concat())["k"], "é😀");
        assert_eq!(mend(b"{\"k\":\"\xe9\"}"), Err(Unreadable::Encoding(6)));
        assert_eq!(mend(b"\xff\xfe{\0x"), Err(Unreadable::Encoding(4)));
        assert_eq!(mend(b"{\"k\":1}"), Ok(None));
    }

    #[test]
    fn values_are_counted_in_large_texts() {
        let list = |item: &str, count: usize| format!("[{}1]", format!("{item},").repeat(count));
        assert!(check_values(list("0", VALUES - 1).as_bytes()).is_ok());
        let refusal = check_values(list("0", VALUES).as_bytes()).unwrap_err();
        assert!(refusal.message.contains("250001 values"), "{}", refusal.message);
        assert!(check_values(list("{}", 2 * VALUES).as_bytes()).is_err());
        assert!(check_values(list("0.123456789", 4 * VALUES).as_bytes()).is_ok());
        let text = format!("[\"{}\\\",,\"]", ",[{".repeat(VALUES));
        assert!(check_values(text.as_bytes()).is_ok());
    }
}
