//! Enumerations as protobuf's JSON mapping reads them: by name or by number.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Visitor};

use crate::number::integer;

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

/// The value of this number.
fn numbered<T: Choices, E: serde::de::Error>(number: i128) -> Result<Choice<T>, E> {
    let found = T::ALL.iter().find(|(_, _, its)| i128::from(*its) == number);
    let (value, ..) = found.ok_or_else(|| E::custom("no value of the enumeration"))?;
    Ok(Choice(Some(*value)))
}

struct ChoiceVisitor<T>(PhantomData<T>);

impl<T: Choices> Visitor<'_> for ChoiceVisitor<T> {
    type Value = Choice<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name or the number of an enumeration's value")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Choice<T>, E> {
        if let Some((value, ..)) = T::ALL.iter().find(|(_, name, _)| *name == text) {
            return Ok(Choice(Some(*value)));
        }
        // A float in a string is no number of a value.
        let number = if text.contains(['.', 'e', 'E']) { None } else { integer(text) };
        number.map_or(Ok(Choice(None)), numbered)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Choice<T>, E> {
        numbered(value.into())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Choice<T>, E> {
        numbered(number.into())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Choice<T>, E> {
        numbered(number.into())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Choice<T>, E> {
        numbered(number as i128)
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
