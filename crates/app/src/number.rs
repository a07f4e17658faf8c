//! Numbers as protobuf's JSON mapping reads and writes them, with MLflow's one change: 64-bit
//! integers are written as numbers, not as strings.
//!
//! Source: <https://protobuf.dev/programming-guides/json/>.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// A 64-bit integer: read from a number, an integral float or a decimal string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(inline)]
pub struct Int64(pub i64);

/// A double: read from a number, a numeric string, `"NaN"`, `"Infinity"` or `"-Infinity"`, and
/// written so.
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
        i64::try_from(value).map(Int64).map_err(|_| E::custom("out of range of a 64-bit integer"))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Int64, E> {
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;
        if value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value) {
            Ok(Int64(value as i64))
        } else {
            Err(E::custom("not an integer"))
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Int64, E> {
        text.trim().parse().map(Int64).map_err(|_| E::custom("not an integer"))
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

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Double, E> {
        match text.trim() {
            "NaN" => Ok(Double(f64::NAN)),
            "Infinity" => Ok(Double(f64::INFINITY)),
            "-Infinity" => Ok(Double(f64::NEG_INFINITY)),
            other => match other.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(Double(value)),
                _ => Err(E::custom("not a number")),
            },
        }
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
        for (json, expected) in
            [("5", 5), ("\"-7\"", -7), ("3.0", 3), ("9223372036854775807", i64::MAX)]
        {
            let number: Int64 = serde_json::from_str(json).unwrap();
            assert_eq!(number.0, expected);
        }
        for json in ["1.5", "\"x\"", "true", "[]", "9223372036854775808", "1e30"] {
            assert!(serde_json::from_str::<Int64>(json).is_err(), "{json}");
        }
        assert_eq!(serde_json::to_string(&Int64(i64::MIN)).unwrap(), "-9223372036854775808");
    }

    #[test]
    fn doubles_know_the_three_values_that_json_does_not() {
        for (json, expected) in [("1", 1.0), ("\"2.5\"", 2.5), ("\"-Infinity\"", f64::NEG_INFINITY)]
        {
            let number: Double = serde_json::from_str(json).unwrap();
            assert!((number.0 - expected).abs() < f64::EPSILON || number.0 == expected);
        }
        assert!(serde_json::from_str::<Double>("\"NaN\"").unwrap().0.is_nan());
        for json in ["\"inf\"", "\"\"", "false", "{}"] {
            assert!(serde_json::from_str::<Double>(json).is_err(), "{json}");
        }
        let all = [Double(f64::NAN), Double(f64::INFINITY), Double(f64::NEG_INFINITY), Double(0.5)];
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(text, r#"["NaN","Infinity","-Infinity",0.5]"#);
    }
}
