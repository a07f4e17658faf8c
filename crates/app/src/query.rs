//! A query string read as a message: every value is a text, a repeated field repeats its name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// A query to read a message from. Of a field that is no list, the first value counts. Compat: other
/// than in a body, protobuf's second spelling of names (`runId`) means nothing here.
pub(crate) fn deserializer(query: &str) -> impl Deserializer<'_, Error = Error> {
    let mut fields: BTreeMap<Cow<'_, str>, Vec<Cow<'_, str>>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !name.contains(|c: char| c.is_ascii_uppercase()) {
            fields.entry(name).or_default().push(value);
        }
    }
    MapDeserializer::new(fields.into_iter().map(|(name, values)| (name, Values(values))))
}

/// The query string as JSON, for complaints about it.
pub(crate) fn to_json(query: &str) -> serde_json::Map<String, serde_json::Value> {
    let mut fields = serde_json::Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        fields.entry(name).or_insert_with(|| value.into_owned().into());
    }
    fields
}

struct Values<'q>(Vec<Cow<'q, str>>);

impl<'q> IntoDeserializer<'q, Error> for Values<'q> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'q> Values<'q> {
    fn first(self) -> Cow<'q, str> {
        self.0.into_iter().next().unwrap_or_default()
    }
}

impl<'q> Deserializer<'q> for Values<'q> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'q>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.first() {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_option<V: Visitor<'q>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'q>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter()))
    }

    fn deserialize_bool<V: Visitor<'q>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.first().to_lowercase().as_str() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            other => Err(serde::de::Error::custom(format!(
                "Invalid boolean value: {other}, must be 'true' or 'false'."
            ))),
        }
    }

    fn deserialize_enum<V: Visitor<'q>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.first().into_deserializer())
    }

    fn deserialize_newtype_struct<V: Visitor<'q>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        <V: Visitor<'q>>
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}
