//! JSON as Python writes and reads it: with `NaN`, `Infinity` and `-Infinity`, which JSON does not know.
//!
//! A text that has them is read with `null` in their places, and whoever reads it asks for each `null`
//! what it stands for: their order tells, and no text can be taken for one.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Up to here a text may be read into a tree without a look at what it will be made of.
const SMALL: usize = 1 << 20;
/// Values that a tree may have.
const MAX_VALUES: usize = 1_000_000;

/// A text in JSON that may stand for numbers that JSON does not know.
#[derive(Debug)]
pub struct Loose<'t> {
    pub json: Cow<'t, str>,
    /// Where each `null` of `json` is, and the number that it stands for, if it does.
    nulls: Vec<(usize, Option<f64>)>,
}

/// What the `null`s of a text stand for, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Nulls<'l>(&'l [(usize, Option<f64>)]);

impl Nulls<'_> {
    /// What the next `null` stands for.
    pub fn take(&mut self) -> Option<f64> {
        let ((_, number), rest) = self.0.split_first()?;
        self.0 = rest;
        *number
    }
}

impl<'t> Loose<'t> {
    /// A text that is JSON as it stands.
    pub fn strict(text: &'t str) -> Self {
        Self { json: Cow::Borrowed(text), nulls: Vec::new() }
    }

    /// A text that is no JSON; none if it has no such number.
    pub fn of(text: &'t str) -> Option<Self> {
        if !text.contains("NaN") && !text.contains("Infinity") {
            return None;
        }
        let mut json = String::with_capacity(text.len());
        let mut nulls = Vec::new();
        let mut rest = text;
        loop {
            // Up to the next text or word, everything stands as it is.
            let stop = |c: char| c == '"' || c == '-' || c.is_ascii_alphabetic();
            let (before, from) = rest.split_at(rest.find(stop).unwrap_or(rest.len()));
            json.push_str(before);
            if from.is_empty() {
                return Some(Self { json: json.into(), nulls });
            }
            if from.starts_with('"') {
                let (string, after) = from.split_at(end_of_string(from));
                json.push_str(string);
                rest = after;
                continue;
            }
            let words = [
                ("NaN", Some(f64::NAN)),
                ("Infinity", Some(f64::INFINITY)),
                ("-Infinity", Some(f64::NEG_INFINITY)),
                ("null", None),
            ];
            let word = words.into_iter().find(|(word, _)| from.starts_with(word));
            if let Some((word, number)) = word {
                nulls.push((json.len(), number));
                json.push_str("null");
                rest = &from[word.len()..];
            } else {
                // Both a minus and a letter are one byte.
                let (one, after) = from.split_at(1);
                json.push_str(one);
                rest = after;
            }
        }
    }

    /// What the `null`s of a part of `json` stand for.
    pub fn nulls_of(&self, part: &str) -> Nulls<'_> {
        let start = (part.as_ptr() as usize).saturating_sub(self.json.as_ptr() as usize);
        let first = self.nulls.partition_point(|(place, _)| *place < start);
        Nulls(&self.nulls[first..])
    }

    pub fn nulls(&self) -> Nulls<'_> {
        Nulls(&self.nulls)
    }
}

/// The length of the JSON string that `text` starts with.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// Whether Python reads a text as JSON.
pub fn is_json(text: &str) -> bool {
    let strict = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    strict(text) || Loose::of(text).is_some_and(|loose| strict(&loose.json))
}

/// What a text says, if it is JSON; numbers that JSON does not know count as `null`.
pub fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    serde_json::from_str(&Loose::of(text)?.json).ok()
}

/// A text as a tree of values, unless it would be a huge one: each value of two bytes takes many times
/// as much in memory.
pub fn tree(text: &str) -> Option<Value> {
    if is_huge(text) { None } else { read(text) }
}

/// Whether a text may have more values than a tree should.
pub fn is_huge(text: &str) -> bool {
    let values = || text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    text.len() > SMALL && values() > MAX_VALUES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_json_does_not_know_are_told_by_their_order() {
        let text = r#"{"NaN": [NaN, null, "a\"NaN", -Infinity], "x": {"y": Infinity, "z": true}}"#;
        let loose = Loose::of(text).unwrap();
        let expected = r#"{"NaN": [null, null, "a\"NaN", null], "x": {"y": null, "z": true}}"#;
        assert_eq!(loose.json, expected);
        let mut nulls = loose.nulls();
        assert!(nulls.take().unwrap().is_nan());
        assert_eq!([nulls.take(), nulls.take()], [None, Some(f64::NEG_INFINITY)]);
        let part = &loose.json[loose.json.find(r#"{"y""#).unwrap()..];
        assert_eq!(loose.nulls_of(part).take(), Some(f64::INFINITY));
        assert!(Loose::of("[1, null]").is_none());
    }

    #[test]
    fn what_python_reads_is_json() {
        for text in ["[NaN]", "{\"a\": -Infinity}", "NaN", "[1]"] {
            assert!(is_json(text), "{text}");
        }
        for text in ["[NaN", "NaNN", "[-NaN]", "[1NaN]", "\"NaN", "Infinit"] {
            assert!(!is_json(text), "{text}");
        }
        assert_eq!(tree("[NaN, 1]"), Some(serde_json::json!([null, 1])));
    }

    #[test]
    fn a_huge_tree_is_not_made() {
        assert!(tree(&format!("[{}0]", "0,".repeat(1_100_000))).is_none());
        assert!(tree(&format!("[\"{}\"]", "x".repeat(2_000_000))).is_some());
    }
}
