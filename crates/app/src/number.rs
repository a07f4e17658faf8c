//! Numbers as protobuf's JSON mapping reads and writes them, with MLflow's one change: 64-bit
//! integers are written as numbers, not as strings.
//!
//! Source: <https://protobuf.dev/programming-guides/json/>. Compat: a number in a string is whatever
//! Python's `int()` and `float()` read (`1e+05`, `5.0`, `1_000`, `+Inf`), because MLflow's server reads
//! it with them, and clients in R, JavaScript or shell write numbers so.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// A 64-bit integer: read from a number, an integral float or a string of either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(inline)]
pub struct Int64(pub i64);

/// A double: read from a number, a boolean or a numeric string, infinity and NaN in any spelling
/// included. Written as a number, `"NaN"`, `"Infinity"` or `"-Infinity"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Double(pub f64);

impl From<Int64> for i64 {
    fn from(number: Int64) -> i64 {
        number.0
    }
}

impl From<Double> for f64 {
    fn from(number: Double) -> f64 {
        number.0
    }
}

/// The integer that a string holds: decimal digits, or a float without a fraction. Digits are not
/// read by way of a float, so that all of them count.
pub fn integer(text: &str) -> Option<i128> {
    let digits = plain_digits(text.trim())?;
    if let Ok(number) = digits.parse() {
        return Some(number);
    }
    integral(digits.parse().ok()?)
}

/// The float that a string holds; one too large for a double is infinite.
pub fn float(text: &str) -> Option<f64> {
    plain_digits(text.trim())?.parse().ok()
}

/// A float as an integer, if it has no fraction.
pub fn integral(number: f64) -> Option<i128> {
    const LIMIT: f64 = 1.7e38;
    (number.fract() == 0.0 && number.abs() < LIMIT).then_some(number as i128)
}

/// A number's text without the underscores that may stand between two of its digits.
fn plain_digits(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let is_digit =
        |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let apart = |(at, _): (usize, &str)| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
    text.match_indices('_').all(apart).then(|| Cow::Owned(text.replace('_', "")))
}

/// Why a value is no 64-bit integer.
const NOT_INTEGER: &str = "not an integer";
const OUT_OF_RANGE: &str = "out of the range of a 64-bit integer";

fn in_range<E: de::Error>(number: Option<i128>) -> Result<Int64, E> {
    let number = number.ok_or_else(|| E::custom(NOT_INTEGER))?;
    i64::try_from(number).map(Int64).map_err(|_| E::custom(OUT_OF_RANGE))
}

struct Int64Visitor;

impl Visitor<'_> for Int64Visitor {
    type Value = Int64;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a 64-bit integer")
    }

    fn visit_i64<E>(self, value: i64) -> Result<Int64, E> {
        Ok(Int64(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Int64, E> {
        in_range(Some(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Int64, E> {
        in_range(integral(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Int64, E> {
        in_range(integer(text))
    }
}

impl<'de> Deserialize<'de> for Int64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Int64Visitor)
    }
}

impl Serialize for Int64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

struct DoubleVisitor;

impl Visitor<'_> for DoubleVisitor {
    type Value = Double;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a number")
    }

    fn visit_i64<E>(self, value: i64) -> Result<Double, E> {
        Ok(Double(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Double, E> {
        Ok(Double(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Double, E> {
        Ok(Double(value))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Double, E> {
        Ok(Double(f64::from(u8::from(value))))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Double, E> {
        float(text).map(Double).ok_or_else(|| E::custom("not a number"))
    }
}

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DoubleVisitor)
    }
}

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_nan() {
            serializer.serialize_str("NaN")
        } else if self.0 == f64::INFINITY {
            serializer.serialize_str("Infinity")
        } else if self.0 == f64::NEG_INFINITY {
            serializer.serialize_str("-Infinity")
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl JsonSchema for Double {
    fn schema_name() -> Cow<'static, str> {
        "Double".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number, or one of those that JSON does not know.",
            "anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_as_numbers_or_strings_and_leave_as_numbers() {
        for (json, expected) in [
            ("5", 5),
            ("\"-7\"", -7),
            ("3.0", 3),
            ("9223372036854775807", i64::MAX),
            ("\"1e+05\"", 100_000),
            ("\"5.0\"", 5),
            ("\"2E3\"", 2000),
            ("\"1.7e+12\"", 1_700_000_000_000),
            ("\"1_000\"", 1000),
            ("\" +5\\n\"", 5),
            ("\"9007199254740993\"", 9_007_199_254_740_993),
            ("\"-9223372036854775808\"", i64::MIN),
        ] {
            let number: Int64 = serde_json::from_str(json).unwrap();
            assert_eq!(number.0, expected, "{json}");
        }
        for json in [
            "1.5",
            "\"x\"",
            "true",
            "[]",
            "9223372036854775808",
            "1e30",
            "\"9223372036854775808\"",
            "\"9.3e18\"",
            "\"1.5\"",
            "\"\"",
            "\"0x10\"",
            "\"inf\"",
            "\"nan\"",
            "\"1__0\"",
            "\"_1\"",
            "\"1_\"",
            "\"1 0\"",
        ] {
            assert!(serde_json::from_str::<Int64>(json).is_err(), "{json}");
        }
        assert_eq!(serde_json::to_string(&Int64(i64::MIN)).unwrap(), "-9223372036854775808");
    }

    #[test]
    fn doubles_know_the_three_values_that_json_does_not() {
        for (json, expected) in [
            ("1", 1.0),
            ("\"2.5\"", 2.5),
            ("\"-Infinity\"", f64::NEG_INFINITY),
            ("\"inf\"", f64::INFINITY),
            ("\"+Inf\"", f64::INFINITY),
            ("\"-INFINITY\"", f64::NEG_INFINITY),
            ("\"1e400\"", f64::INFINITY),
            ("\"1e+05\"", 1e5),
            ("\" .5 \"", 0.5),
            ("\"5.\"", 5.0),
            ("\"1_0.0_1e1_0\"", 10.01e10),
            ("true", 1.0),
            ("false", 0.0),
        ] {
            let number: Double = serde_json::from_str(json).unwrap();
            assert_eq!(number.0, expected, "{json}");
        }
        for json in ["\"NaN\"", "\"nan\"", "\"-nan\""] {
            assert!(serde_json::from_str::<Double>(json).unwrap().0.is_nan(), "{json}");
        }
        for json in ["\"\"", "\".\"", "\"e5\"", "\"0x10\"", "\"1_.5\"", "\"1,5\"", "{}", "null"] {
            assert!(serde_json::from_str::<Double>(json).is_err(), "{json}");
        }
        let all = [Double(f64::NAN), Double(f64::INFINITY), Double(f64::NEG_INFINITY), Double(0.5)];
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(text, r#"["NaN","Infinity","-Infinity",0.5]"#);
    }
}
