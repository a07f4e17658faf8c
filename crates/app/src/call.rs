//! Reading a request's message: JSON body or query string, with protobuf-JSON's leniency.
//!
//! A message is deserialized straight into its type. Only when that fails is the request read a
//! second time, as plain JSON, to find the words that MLflow would use for what is wrong with it.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Method, header};
use http_body_util::BodyExt;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::place::path_at;
use crate::{ApiError, Code, query};

/// A request message.
pub trait Message: DeserializeOwned + JsonSchema + 'static {
    /// The fields that MLflow checks, in its order.
    const CHECKS: &'static [Check] = &[];
}

/// What MLflow demands of one field of a message.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    pub name: &'static str,
    pub required: bool,
    pub shape: Shape,
}

/// The JSON shape that a field must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Any,
    Text,
    Int,
    Float,
    Bool,
    List,
    Map,
}

impl Check {
    pub const fn optional(name: &'static str, shape: Shape) -> Self {
        Self { name, required: false, shape }
    }

    pub const fn required(name: &'static str, shape: Shape) -> Self {
        Self { name, required: true, shape }
    }
}

const SEE_DOCS: &str = " See the API docs for more information about request parameters.";

/// A field that must be there: `None` and an empty text are not.
///
/// # Errors
/// MLflow's complaint about a missing parameter.
pub fn required<T: Present>(value: Option<T>, name: &str) -> Result<T, ApiError> {
    value.filter(Present::is_present).ok_or_else(|| missing(name))
}

/// MLflow's complaint about the missing parameter `name`.
pub fn missing(name: &str) -> ApiError {
    ApiError::invalid(format!("Missing value for required parameter '{name}'.{SEE_DOCS}"))
}

/// MLflow's complaint about a value of the wrong shape.
pub fn invalid_value(name: &str, value: &Value) -> ApiError {
    let kind = python_type(value);
    ApiError::invalid(format!(
        "Invalid value {} for parameter '{name}' supplied:  Hint: Value was of type \
         '{kind}'.{SEE_DOCS}",
        python_json(value)
    ))
}

/// Whether a value that is there counts as given.
pub trait Present {
    fn is_present(&self) -> bool {
        true
    }
}

impl Present for String {
    fn is_present(&self) -> bool {
        !self.is_empty()
    }
}
impl Present for crate::Int64 {}
impl Present for crate::Double {}
impl Present for bool {}
impl<T> Present for Vec<T> {}

/// The message of a request: from the query string of a `GET` that has one, else from the body.
#[derive(Clone, Copy, Debug)]
pub struct Call<T>(pub T);

impl<S: Send + Sync, T: Message> FromRequest<S> for Call<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        match given(request).await? {
            Given::Query(query) => read_query(&query).map(Self),
            Given::Body(bytes) => read_body(&bytes).map(Self),
        }
    }
}

/// Where a request has its message.
enum Given {
    Query(String),
    Body(Bytes),
}

/// Takes what a message is read from out of a request; boxed, to be compiled once for all messages.
fn given(request: Request) -> db::Work<'static, Result<Given, ApiError>> {
    Box::pin(async move {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().unwrap_or_default();
        if parts.method == Method::GET && !query.is_empty() {
            return Ok(Given::Query(query.to_owned()));
        }
        check_content_type(&parts.method, &parts.headers)?;
        let bytes = body.collect().await.map_err(|error| unreadable(&error))?.to_bytes();
        Ok(Given::Body(bytes))
    })
}

fn unreadable(error: &axum::Error) -> ApiError {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if inner.is::<http_body_util::LengthLimitError>() {
            return ApiError::new(Code::InvalidParameterValue, "The request body is too large.");
        }
        cause = inner.source();
    }
    ApiError::new(Code::BadRequest, "The request body could not be read to its end.")
}

fn check_content_type(method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    if method != Method::POST && method != Method::PUT {
        return Ok(());
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Err(ApiError::invalid("Bad Request. Content-Type header is missing."));
    };
    let media_type = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    if media_type == "application/json" {
        Ok(())
    } else {
        Err(ApiError::invalid("Bad Request. Content-Type must be one of ['application/json']."))
    }
}

fn read_query<T: Message>(query: &str) -> Result<T, ApiError> {
    let fields = query::to_message::<T>(query).map_err(ApiError::invalid)?;
    read_fields(&fields).map_err(|path| complaint::<T>(&query::to_json(query), &path))
}

/// Reads a message from its fields, or says where reading stopped.
///
/// By way of their text, so that the many messages are compiled for one reader alone.
fn read_fields<T: Message>(fields: &Map<String, Value>) -> Result<T, String> {
    let text = serde_json::to_string(fields).unwrap_or_default();
    serde_json::from_slice(text.as_bytes()).map_err(|error| path_at(&text, error.column()))
}

/// Reads a JSON body. An empty or unparseable one counts as `{}`, and a JSON string is parsed once
/// more, as MLflow does for its oldest clients.
pub fn read_body<T: Message>(bytes: &Bytes) -> Result<T, ApiError> {
    let bytes: &[u8] = if bytes.trim_ascii().is_empty() { b"{}" } else { bytes };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    if let Ok(message) = T::deserialize(&mut deserializer)
        && deserializer.end().is_ok()
    {
        return Ok(message);
    }
    explain(bytes)
}

/// The second reading, of a body that is no message: mends what MLflow mends, or says what is wrong.
fn explain<T: Message>(bytes: &[u8]) -> Result<T, ApiError> {
    let value = match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::String(inner)) => serde_json::from_str(&inner)
            .map_err(|error| ApiError::new(Code::BadRequest, format!("Malformed JSON: {error}")))?,
        Ok(Value::Null) => Value::Object(Map::new()),
        Ok(value) => value,
        Err(_) if let Some(value) = with_bare_numbers(bytes) => value,
        Err(error) => {
            // Compat: MLflow takes a body that is no JSON for an empty one, so that the complaint
            // is about the first missing parameter. Where none is required, say what is wrong.
            let empty = Map::new();
            return Err(match first_complaint::<T>(&empty) {
                Some(complaint) => complaint,
                None => ApiError::new(Code::BadRequest, format!("Malformed JSON: {error}")),
            });
        }
    };
    let Value::Object(fields) = value else {
        return Err(ApiError::new(Code::BadRequest, "The request body must be a JSON object."));
    };
    refuse_two_spellings(&fields)?;
    read_fields(&fields).map_err(|path| complaint::<T>(&fields, &path))
}

/// Reads a body with the numbers that are no JSON but that Python writes: `NaN` and `Infinity`.
fn with_bare_numbers(bytes: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut mended = String::with_capacity(text.len() + 16);
    let mut rest = text;
    let mut in_text = false;
    while let Some(character) = rest.chars().next() {
        let bare = ["NaN", "-Infinity", "Infinity"].into_iter().find(|word| rest.starts_with(word));
        if let (false, Some(word)) = (in_text, bare) {
            mended.extend(["\"", word, "\""]);
            rest = &rest[word.len()..];
            continue;
        }
        let mut length = character.len_utf8();
        match character {
            '"' => in_text = !in_text,
            // What an escape hides cannot end the text.
            '\\' if in_text => length += rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => {}
        }
        mended.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    serde_json::from_str(&mended).ok()
}

/// Refuses a message that names one field in both of protobuf's spellings: which one counts would
/// depend on who looks.
fn refuse_two_spellings(fields: &Map<String, Value>) -> Result<(), ApiError> {
    for name in fields.keys().filter(|name| name.contains('_')) {
        let camel = camel_case(name);
        if fields.contains_key(&camel) {
            return Err(ApiError::invalid(format!(
                "Request specifies both '{name}' and '{camel}'; provide only one of them."
            )));
        }
    }
    Ok(())
}

fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for character in name.chars() {
        if character == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            camel.push(character.to_ascii_uppercase());
        } else {
            camel.push(character);
        }
    }
    camel
}

/// What MLflow says of a message that could not be read. `path` is where reading stopped.
fn complaint<T: Message>(fields: &Map<String, Value>, path: &str) -> ApiError {
    first_complaint::<T>(fields).unwrap_or_else(|| {
        let name = path.split(['.', '[']).next().unwrap_or_default();
        let value = fields.get(name).unwrap_or(&Value::Null);
        let shown = if python_json(value).len() > 200 { &Value::Null } else { value };
        let item = path.strip_prefix(name).is_some_and(|rest| rest.ends_with(']'));
        if path == name || (item && !path.contains('.')) {
            invalid_value(name, shown)
        } else {
            ApiError::invalid(format!("Invalid value for parameter '{path}' supplied.{SEE_DOCS}"))
        }
    })
}

fn first_complaint<T: Message>(fields: &Map<String, Value>) -> Option<ApiError> {
    T::CHECKS.iter().find_map(|check| {
        let mut value = fields.get(check.name);
        if check.name == "run_id" && value.is_none_or(Value::is_null) {
            value = fields.get("run_uuid");
        }
        let value = value.unwrap_or(&Value::Null);
        let absent = value.is_null() || value.as_str() == Some("");
        if check.required && absent {
            return Some(missing(check.name));
        }
        let given = fields.contains_key(check.name) || check.required;
        (given && !fits(check.shape, value)).then(|| invalid_value(check.name, value))
    })
}

fn fits(shape: Shape, value: &Value) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Text => value.is_string(),
        Shape::Int => match value {
            Value::Number(_) | Value::Bool(_) => true,
            Value::String(text) => text.trim().parse::<i64>().is_ok(),
            _ => false,
        },
        Shape::Float => match value {
            Value::Number(_) | Value::Bool(_) => true,
            Value::String(text) => text.trim().parse::<f64>().is_ok(),
            _ => false,
        },
        Shape::Bool => value.is_boolean(),
        Shape::List => value.is_array(),
        Shape::Map => value.is_object(),
    }
}

/// The name of a JSON value's type in the language that MLflow's messages speak.
pub fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Compact JSON with sorted keys and only ASCII characters, as MLflow's messages show values.
pub fn python_json(value: &Value) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    write_sorted(value, &mut out);
    let mut ascii = String::with_capacity(out.len());
    for character in out.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}

fn write_sorted(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_sorted(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (index, (name, item)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                write_sorted(item, out);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::{Double, Int64};

    #[derive(Debug, Default, Deserialize, JsonSchema)]
    #[serde(default)]
    struct LogMetric {
        run_id: Option<String>,
        run_uuid: Option<String>,
        key: Option<String>,
        value: Option<Double>,
        timestamp: Option<Int64>,
        ids: Option<Vec<String>>,
        flag: Option<bool>,
    }

    impl Message for LogMetric {
        const CHECKS: &'static [Check] = &[
            Check::required("run_id", Shape::Text),
            Check::required("key", Shape::Text),
            Check::required("value", Shape::Float),
        ];
    }

    fn body(text: &str) -> Result<LogMetric, String> {
        read_body(&Bytes::copy_from_slice(text.as_bytes())).map_err(|error| error.message)
    }

    #[test]
    fn a_message_is_read_leniently() {
        let message =
            body(r#"{"run_id":"a","key":"k","value":"1.5","timestamp":"12","x":{}}"#).unwrap();
        assert_eq!(message.value, Some(Double(1.5)));
        assert_eq!(message.timestamp, Some(Int64(12)));
        assert!(body("").unwrap().run_id.is_none());
        assert_eq!(body(r#""{\"run_uuid\":\"b\"}""#).unwrap().run_uuid.as_deref(), Some("b"));
    }

    #[test]
    fn complaints_are_mlflows() {
        let message = body(r#"{"run_id":"a","key":3,"value":1}"#).unwrap_err();
        assert_eq!(
            message,
            "Invalid value 3 for parameter 'key' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters."
        );
        let message = body(r#"{"run_uuid":"a","key":"k","value":"high"}"#).unwrap_err();
        assert!(message.starts_with("Invalid value \"high\" for parameter 'value' supplied:  Hint: Value was of type 'str'."), "{message}");
        let message = body("{not json").unwrap_err();
        assert!(message.starts_with("Missing value for required parameter 'run_id'."), "{message}");
        assert!(body("[1]").unwrap_err().contains("must be a JSON object"));
    }

    #[test]
    fn numbers_that_python_writes_bare_are_read() {
        let message = body(r#"{"run_id":"a \"NaN","key":"Infinity","value":-Infinity}"#).unwrap();
        assert_eq!(message.value, Some(Double(f64::NEG_INFINITY)));
        assert_eq!(message.run_id.as_deref(), Some("a \"NaN"));
        assert_eq!(message.key.as_deref(), Some("Infinity"));
    }

    #[test]
    fn two_spellings_of_one_field_are_refused() {
        let message = body(r#"{"run_id":3,"runId":"b"}"#).unwrap_err();
        assert_eq!(
            message,
            "Request specifies both 'run_id' and 'runId'; provide only one of them."
        );
    }

    #[test]
    fn a_query_repeats_lists_and_spells_booleans() {
        let message: LogMetric =
            read_query("run_id=a%20b&ids=1&ids=2&timestamp=7&flag=TRUE").unwrap();
        assert_eq!(message.run_id.as_deref(), Some("a b"));
        assert_eq!(message.ids, Some(vec!["1".to_owned(), "2".to_owned()]));
        assert_eq!((message.timestamp, message.flag), (Some(Int64(7)), Some(true)));
        let error = read_query::<LogMetric>("flag=yes").unwrap_err();
        assert_eq!(error.message, "Invalid boolean value: yes, must be 'true' or 'false'.");
    }

    #[test]
    fn shown_values_have_sorted_keys_and_ascii_only() {
        let value: Value = serde_json::from_str(r#"{"b":[1,"é"],"a":null}"#).unwrap();
        assert_eq!(python_json(&value), r#"{"a":null,"b":[1,"\u00e9"]}"#);
    }
}
