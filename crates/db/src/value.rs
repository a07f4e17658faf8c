//! Values bound to `$n` parameters.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};

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
    OwnedBytes(Vec<u8>),
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
            Value::OwnedBytes(bytes) => Value::Bytes(bytes),
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
            Value::Bytes(bytes) => Value::OwnedBytes(bytes.to_vec()),
            Value::OwnedBytes(bytes) => Value::OwnedBytes(bytes),
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
            Value::OwnedBytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
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
            value if *kind == Type::UNKNOWN => {
                write_text(value, out);
                Ok(IsNull::No)
            }
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

    /// Of a statement without a name only the database knows the types, and every type can be read
    /// from text.
    fn encode_format(&self, kind: &Type) -> Format {
        if *kind == Type::UNKNOWN { Format::Text } else { Format::Binary }
    }

    to_sql_checked!();
}

/// Writes a value as PostgreSQL reads it where its type is not known yet.
fn write_text(value: &Value<'_>, out: &mut BytesMut) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => out.put_u8(if *flag { b't' } else { b'f' }),
        Value::Int(number) => out.put_slice(number.to_string().as_bytes()),
        // With an exponent: written out, a large number has hundreds of digits.
        Value::Float(number) => out.put_slice(format!("{number:e}").as_bytes()),
        Value::Text(text) => out.put_slice(text.as_bytes()),
        Value::OwnedText(text) => out.put_slice(text.as_bytes()),
        Value::Bytes(bytes) => write_hex(bytes, out),
        Value::OwnedBytes(bytes) => write_hex(bytes, out),
        Value::TextList(list) => write_list(list, out, |text, out| write_quoted(text, out)),
        Value::OwnedTextList(list) => write_list(list, out, |text, out| write_quoted(text, out)),
        Value::IntList(list) => {
            write_list(list, out, |number, out| out.put_slice(number.to_string().as_bytes()));
        }
    }
}

fn write_hex(bytes: &[u8], out: &mut BytesMut) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.put_slice(b"\\x");
    for byte in bytes {
        out.put_u8(DIGITS[usize::from(byte >> 4)]);
        out.put_u8(DIGITS[usize::from(byte & 15)]);
    }
}

fn write_list<T>(list: &[T], out: &mut BytesMut, write: impl Fn(&T, &mut BytesMut)) {
    out.put_u8(b'{');
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            out.put_u8(b',');
        }
        write(item, out);
    }
    out.put_u8(b'}');
}

/// A text within the text of an array.
fn write_quoted(text: impl AsRef<str>, out: &mut BytesMut) {
    out.put_u8(b'"');
    for byte in text.as_ref().bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.put_u8(b'\\');
        }
        out.put_u8(byte);
    }
    out.put_u8(b'"');
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
        Value::OwnedBytes(bytes) => bytes.to_sql(kind, out),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &Value<'_>) -> String {
        let mut out = BytesMut::new();
        assert!(matches!(value.to_sql(&Type::UNKNOWN, &mut out), Ok(IsNull::No)));
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn values_of_unknown_type_are_written_as_postgresql_reads_them() {
        for (value, expected) in [
            (Value::Bool(true), "t"),
            (Value::Int(i64::MIN), "-9223372036854775808"),
            (Value::Float(0.1), "1e-1"),
            (Value::Float(-f64::MAX), "-1.7976931348623157e308"),
            (Value::Float(f64::NAN), "NaN"),
            (Value::Float(f64::NEG_INFINITY), "-inf"),
            (Value::Text("it's {\\"), "it's {\\"),
            (Value::Bytes(&[0, 0xff, 0x5c]), "\\x00ff5c"),
            (vec!["a\"b", "c\\", "", "NULL", "{,}"].into(), r#"{"a\"b","c\\","","NULL","{,}"}"#),
            (vec![1_i64, -2].into(), "{1,-2}"),
            (Vec::<i64>::new().into(), "{}"),
        ] {
            assert_eq!(text(&value), expected);
        }
    }

    #[test]
    fn bytes_stay_bytes() {
        let bytes = [0, 0xff, 0xfe];
        let owned = Value::Bytes(&bytes).into_owned();
        assert_eq!(owned, Value::OwnedBytes(bytes.to_vec()));
        assert_eq!(owned.by_ref(), Value::Bytes(&bytes));
    }
}
