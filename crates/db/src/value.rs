//! Values bound to `$n` parameters.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{IsNull, Kind, ToSql, Type, to_sql_checked};

/// A value for a `$n` parameter. It adapts to the type that the database expects of the parameter:
/// an [`Value::Int`] may stand for a `smallint` as for a `bigint`, a text for `varchar` or `json`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    OwnedText(String),
    Bytes(&'a [u8]),
    /// For `= ANY($n)`.
    TextList(Vec<&'a str>),
    /// For `= ANY($n)`.
    OwnedTextList(Vec<String>),
    /// For `= ANY($n)`.
    IntList(Vec<i64>),
}

macro_rules! from {
    ($($source:ty => $variant:ident $(as $cast:ty)?),* $(,)?) => {$(
        impl<'a> From<$source> for Value<'a> {
            fn from(value: $source) -> Self {
                Value::$variant(value.into())
            }
        }
    )*};
}
from!(bool => Bool, i64 => Int, i32 => Int, u32 => Int, f64 => Float, &'a str => Text,
      String => OwnedText, &'a [u8] => Bytes, Vec<&'a str> => TextList, Vec<String> => OwnedTextList, Vec<i64> => IntList);

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Value::Text(value)
    }
}

impl<'a> From<&'a [String]> for Value<'a> {
    fn from(list: &'a [String]) -> Self {
        Value::TextList(list.iter().map(String::as_str).collect())
    }
}

impl<'a> From<&'a Vec<String>> for Value<'a> {
    fn from(list: &'a Vec<String>) -> Self {
        list.as_slice().into()
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(value: &'a Option<String>) -> Self {
        value.as_deref().into()
    }
}

impl Value<'_> {
    /// The text in it, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            Value::OwnedText(text) => Some(text),
            _ => None,
        }
    }

    /// The same value, its text borrowed.
    pub(crate) fn by_ref(&self) -> Value<'_> {
        match self {
            Value::Text(text) => Value::Text(text),
            Value::OwnedText(text) => Value::Text(text),
            Value::Bytes(bytes) => Value::Bytes(bytes),
            Value::Null => Value::Null,
            Value::Bool(value) => Value::Bool(*value),
            Value::Int(value) => Value::Int(*value),
            Value::Float(value) => Value::Float(*value),
            Value::TextList(list) => Value::TextList(list.clone()),
            Value::OwnedTextList(list) => list.into(),
            Value::IntList(list) => Value::IntList(list.clone()),
        }
    }

    /// A copy that borrows nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Bool(value) => Value::Bool(value),
            Value::Int(value) => Value::Int(value),
            Value::Float(value) => Value::Float(value),
            Value::Text(text) => Value::OwnedText(text.to_owned()),
            Value::OwnedText(text) => Value::OwnedText(text),
            Value::Bytes(bytes) => Value::OwnedText(String::from_utf8_lossy(bytes).into_owned()),
            Value::TextList(list) => {
                Value::OwnedTextList(list.into_iter().map(str::to_owned).collect())
            }
            Value::OwnedTextList(list) => Value::OwnedTextList(list),
            Value::IntList(list) => Value::IntList(list),
        }
    }
}

fn json_string(text: &str, out: &mut String) {
    use std::fmt::Write;
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if (control as u32) < 0x20 => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// A JSON array of strings: how a list reaches SQLite's `json_each`.
fn json_list<T: AsRef<str>>(list: &[T]) -> String {
    let mut out =
        String::with_capacity(list.iter().map(|text| text.as_ref().len() + 3).sum::<usize>() + 2);
    out.push('[');
    for (index, text) in list.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        json_string(text.as_ref(), &mut out);
    }
    out.push(']');
    out
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};
        Ok(match self {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Bool(value) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*value))),
            Value::Int(value) => ToSqlOutput::Borrowed(ValueRef::Integer(*value)),
            Value::Float(value) => ToSqlOutput::Borrowed(ValueRef::Real(*value)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::OwnedText(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Value::TextList(list) => ToSqlOutput::Owned(Owned::Text(json_list(list))),
            Value::OwnedTextList(list) => ToSqlOutput::Owned(Owned::Text(json_list(list))),
            Value::IntList(list) => {
                let items: Vec<String> = list.iter().map(i64::to_string).collect();
                ToSqlOutput::Owned(Owned::Text(format!("[{}]", items.join(","))))
            }
        })
    }
}

type Encoded = Result<IsNull, Box<dyn Error + Sync + Send>>;

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Encoded {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::TextList(list) => {
                encode_array(element_type(kind), list.iter().map(|text| Value::Text(text)), out)
            }
            Value::OwnedTextList(list) => {
                encode_array(element_type(kind), list.iter().map(|text| Value::Text(text)), out)
            }
            Value::IntList(list) => {
                encode_array(element_type(kind), list.iter().map(|n| Value::Int(*n)), out)
            }
            scalar => encode_scalar(scalar, kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn element_type(array: &Type) -> &Type {
    match array.kind() {
        Kind::Array(element) => element,
        _ => &Type::TEXT,
    }
}

/// Writes a one-dimensional array in PostgreSQL's binary format (`array_recv`): dimensions, null
/// flag, element type, length, lower bound, then each element with its length in bytes.
pub(crate) fn encode_array<'v>(
    element: &Type,
    items: impl ExactSizeIterator<Item = Value<'v>>,
    out: &mut BytesMut,
) -> Encoded {
    out.put_i32(1);
    out.put_i32(1);
    out.put_u32(element.oid());
    out.put_i32(i32::try_from(items.len())?);
    out.put_i32(1);
    for item in items {
        let start = out.len();
        out.put_i32(-1);
        if !matches!(item, Value::Null) {
            encode_scalar(&item, element, out)?;
            let length = i32::try_from(out.len() - start - 4)?;
            out[start..start + 4].copy_from_slice(&length.to_be_bytes());
        }
    }
    Ok(IsNull::No)
}

fn encode_scalar(value: &Value<'_>, kind: &Type, out: &mut BytesMut) -> Encoded {
    match value {
        Value::Bool(flag) => flag.to_sql(kind, out),
        Value::Int(number) => match *kind {
            Type::INT2 => i16::try_from(*number)?.to_sql(kind, out),
            Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Type::FLOAT4 => (*number as f32).to_sql(kind, out),
            Type::FLOAT8 => (*number as f64).to_sql(kind, out),
            Type::BOOL => (*number != 0).to_sql(kind, out),
            Type::TEXT | Type::VARCHAR => number.to_string().to_sql(kind, out),
            _ => number.to_sql(kind, out),
        },
        Value::Float(number) => match *kind {
            Type::FLOAT4 => (*number as f32).to_sql(kind, out),
            _ => number.to_sql(kind, out),
        },
        Value::Text(text) => encode_text(text, kind, out),
        Value::OwnedText(text) => encode_text(text, kind, out),
        Value::Bytes(bytes) => bytes.to_sql(kind, out),
        Value::Null | Value::TextList(_) | Value::OwnedTextList(_) | Value::IntList(_) => {
            Err("a list cannot stand where one value is expected".into())
        }
    }
}

fn encode_text(text: &str, kind: &Type, out: &mut BytesMut) -> Encoded {
    match *kind {
        Type::JSONB => {
            out.put_u8(1);
            out.put_slice(text.as_bytes());
        }
        Type::INT2 | Type::INT4 | Type::INT8 => {
            return encode_scalar(&Value::Int(text.parse()?), kind, out);
        }
        _ => out.put_slice(text.as_bytes()),
    }
    Ok(IsNull::No)
}
