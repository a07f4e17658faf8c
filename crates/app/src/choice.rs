//! Enumerations as protobuf's JSON mapping reads them: by name or by number.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Visitor};

/// An enumeration of the wire.
pub trait Choices: Copy + 'static {
    /// Every value with its name and its number.
    const ALL: &'static [(Self, &'static str, i64)];
}

/// A value of an enumeration, or none if the request names one that this version does not know:
/// protobuf drops unknown names like unknown fields, but refuses unknown numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice<T>(pub Option<T>);

impl<T> Default for Choice<T> {
    fn default() -> Self {
        Self(None)
    }
}

struct ChoiceVisitor<T>(PhantomData<T>);

impl<T: Choices> Visitor<'_> for ChoiceVisitor<T> {
    type Value = Choice<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name or the number of an enumeration's value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Choice<T>, E> {
        let number = text.trim().parse::<i64>().ok();
        let found = T::ALL.iter().find(|(_, name, n)| *name == text || Some(*n) == number);
        Ok(Choice(found.map(|(value, ..)| *value)))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Choice<T>, E> {
        let found = T::ALL.iter().find(|(_, _, n)| *n == number);
        let found = found.ok_or_else(|| E::custom("no value of the enumeration"))?;
        Ok(Choice(Some(found.0)))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Choice<T>, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_unit<E>(self) -> Result<Choice<T>, E> {
        Ok(Choice(None))
    }
}

impl<T: Choices> JsonSchema for Choice<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Choice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = T::ALL.iter().map(|(_, name, _)| *name).collect();
        json_schema!({"type": "string", "enum": names})
    }
}

impl<'de, T: Choices> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ChoiceVisitor(PhantomData))
    }
}
