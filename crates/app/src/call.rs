//! Reading a request's message: JSON body or query string, with protobuf-JSON's leniency.
//!
//! A message is deserialized straight into its type. Only when that fails is the request read again:
//! mended, if it is JSON that only Python reads, then as plain JSON, to find the words that MLflow
//! would use for what is wrong with it.

use std::borrow::Cow;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Method, header};
use http_body_util::BodyExt;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::json::{self, Unreadable};
use crate::needs::{MessageNeeds, Touch};
use crate::place::path_at;
use crate::{ApiError, Code, Double, Int64, apart, query};

/// A request message.
pub trait Message: DeserializeOwned + JsonSchema + Send + 'static {
    /// The fields that MLflow checks, in its order.
    const CHECKS: &'static [Check] = &[];

    /// The objects that it names, for the needs of its routes ([`crate::needs`]).
    const TOUCHES: &'static [Touch<Self>] = &[];

    /// Whether MLflow looks at the content type before it reads the body.
    const HAS_CONTENT_TYPE: bool = true;
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
        shown(value)
    ))
}

/// Characters of a value that an error message shows.
const SHOWN: usize = 200;

/// A value as error messages show it: a long one is cut.
pub fn shown(value: &Value) -> String {
    let mut out = String::new();
    if write_sorted(value, &mut out) {
        return ascii(&out);
    }
    shown_text(&ascii(&out)).into_owned()
}

/// A text as error messages show it: a long one is cut.
pub fn shown_text(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => Cow::Owned(format!("{}...", &text[..end])),
        None => Cow::Borrowed(text),
    }
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
        let needs = request.extensions().get::<MessageNeeds>().cloned();
        let message: T = match given(request, T::HAS_CONTENT_TYPE).await? {
            Given::Query(query) => read_query(&query)?,
            Given::Body(bytes) => apart(bytes.len(), || read_body(&bytes)).await?,
        };
        if let Some(needs) = needs {
            let asked = needs.asked_of(&message);
            needs.check(asked).await?;
        }
        Ok(Self(message))
    }
}

/// Where a request has its message.
enum Given {
    Query(String),
    Body(Bytes),
}

/// Takes what a message is read from out of a request; boxed, to be compiled once for all messages.
fn given(request: Request, has_content_type: bool) -> db::Work<'static, Result<Given, ApiError>> {
    Box::pin(async move {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().unwrap_or_default();
        if parts.method == Method::GET && !query.is_empty() {
            return Ok(Given::Query(query.to_owned()));
        }
        if has_content_type {
            check_content_type(&parts.method, &parts.headers)?;
        }
        whole(body).await.map(Given::Body).map_err(|error| unreadable(&error))
    })
}

/// A body's bytes. One that has been read whole before is a single frame, which is taken as it is.
async fn whole(mut body: Body) -> Result<Bytes, axum::Error> {
    let Some(frame) = body.frame().await else { return Ok(Bytes::new()) };
    let first = frame?.into_data().unwrap_or_default();
    if body.is_end_stream() {
        return Ok(first);
    }
    let rest = body.collect().await?.to_bytes();
    Ok([first, rest].concat().into())
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
    read_fields(&fields).map_err(|stopped| complaint::<T>(&query::to_json(query), &stopped))
}

/// Where in a message reading stopped, and why.
struct Stopped {
    path: String,
    why: String,
}

/// Reads a message from its fields, or says where reading stopped.
///
/// By way of their text, so that the many messages are compiled for one reader alone.
fn read_fields<T: Message>(fields: &Map<String, Value>) -> Result<T, Stopped> {
    let text = serde_json::to_string(fields).unwrap_or_default();
    serde_json::from_slice(text.as_bytes()).map_err(|error| stopped(&text, &error))
}

fn stopped(text: &str, error: &serde_json::Error) -> Stopped {
    let mut why = error.to_string();
    if let Some(end) = why.rfind(" at line ") {
        why.truncate(end);
    }
    Stopped { path: path_at(text, error.column()), why: shown_text(&why).into_owned() }
}

/// Reads a JSON body. An empty or unparseable one counts as `{}`, and a JSON string is parsed once
/// more, as MLflow does for its oldest clients.
pub fn read_body<T: Message>(bytes: &[u8]) -> Result<T, ApiError> {
    let bytes: &[u8] = if bytes.trim_ascii().is_empty() { b"{}" } else { bytes };
    json::check_values(bytes)?;
    match read_all(bytes) {
        Some(message) => Ok(message),
        None => explain(bytes),
    }
}

fn read_all<T: Message>(bytes: &[u8]) -> Option<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let message = T::deserialize(&mut deserializer).ok()?;
    deserializer.end().is_ok().then_some(message)
}

/// The second reading, of a body that is no message: mends what MLflow mends, or says what is wrong.
fn explain<T: Message>(bytes: &[u8]) -> Result<T, ApiError> {
    let fields = match plain_fields(bytes) {
        Ok(fields) => fields,
        Err(NoFields::Refused(refusal)) => return Err(refusal),
        Err(NoFields::Unreadable(why)) => return Err(no_json::<T>(&why)),
    };
    refuse_two_spellings(&fields)?;
    read_fields(&fields).map_err(|stopped| complaint::<T>(&fields, &stopped))
}

/// Why a body has no fields.
enum NoFields {
    Unreadable(Unreadable),
    Refused(ApiError),
}

/// The fields of a body, mended where that is needed.
fn plain_fields(bytes: &[u8]) -> Result<Map<String, Value>, NoFields> {
    let value = match plain(bytes).map_err(NoFields::Unreadable)? {
        Value::String(inner) => plain(inner.as_bytes()).map_err(|why| {
            NoFields::Refused(ApiError::new(Code::BadRequest, format!("Malformed JSON: {why}")))
        })?,
        value => value,
    };
    match value {
        Value::Object(fields) => Ok(fields),
        Value::Null => Ok(Map::new()),
        _ => Err(NoFields::Refused(ApiError::new(
            Code::BadRequest,
            "The request body must be a JSON object.",
        ))),
    }
}

fn plain(bytes: &[u8]) -> Result<Value, Unreadable> {
    serde_json::from_slice(bytes).or_else(|error| {
        let mended = json::mend(bytes)?;
        // Where nothing was mended, the first error stands.
        let again = mended.map_or(Err(error), |text| serde_json::from_str(&text));
        again.map_err(|error| Unreadable::Syntax(shown_text(&error.to_string()).into_owned()))
    })
}

/// Compat: MLflow takes a body that is no JSON for an empty one, and complains about the first
/// missing parameter. Its words are kept behind what is really wrong.
fn no_json<T: Message>(why: &Unreadable) -> ApiError {
    let why = format!("The request body cannot be read as JSON: {why}.");
    match first_complaint::<T>(&Map::new()) {
        Some(complaint) => ApiError::new(complaint.code, format!("{why} {}", complaint.message)),
        None => ApiError::new(Code::BadRequest, why),
    }
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

/// What MLflow says of a message that could not be read.
fn complaint<T: Message>(fields: &Map<String, Value>, stopped: &Stopped) -> ApiError {
    let Stopped { path, why } = stopped;
    first_complaint::<T>(fields).unwrap_or_else(|| {
        let name = path.split(['.', '[']).next().unwrap_or_default();
        let value = fields.get(name).unwrap_or(&Value::Null);
        let item = path.strip_prefix(name).is_some_and(|rest| rest.ends_with(']'));
        if path == name || (item && !path.contains('.')) {
            invalid_value(name, value)
        } else {
            ApiError::invalid(format!(
                "Invalid value for parameter '{path}' supplied: {why}.{SEE_DOCS}"
            ))
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

/// Whether a field of this shape can be read from a value; `null` counts as none given.
fn fits(shape: Shape, value: &Value) -> bool {
    match (shape, value) {
        (Shape::Any, _) | (_, Value::Null) => true,
        (Shape::Text, _) => value.is_string(),
        (Shape::Int, _) => Int64::deserialize(value).is_ok(),
        (Shape::Float, _) => Double::deserialize(value).is_ok(),
        (Shape::Bool, _) => value.is_boolean(),
        (Shape::List, _) => value.is_array(),
        (Shape::Map, _) => value.is_object(),
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

/// Writes compact JSON with sorted keys, as MLflow's messages show values, until it is longer than
/// they show. Returns whether it is whole.
fn write_sorted(value: &Value, out: &mut String) -> bool {
    match value {
        _ if out.len() > SHOWN => return false,
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                if !write_sorted(item, out) {
                    return false;
                }
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (index, (name, item)) in sorted.into_iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                write_text(name, out);
                out.push(':');
                if !write_sorted(item, out) {
                    return false;
                }
            }
            out.push('}');
        }
        Value::String(text) => write_text(text, out),
        Value::Number(number) if number.is_f64() => {
            out.push_str(&number.as_f64().map(python::repr_float).unwrap_or_default());
        }
        scalar => out.push_str(&scalar.to_string()),
    }
    out.chars().count() <= SHOWN
}

fn write_text(text: &str, out: &mut String) {
    let start = text.char_indices().nth(SHOWN + 1).map_or(text, |(end, _)| &text[..end]);
    out.push_str(&Value::from(start).to_string());
}

/// A text in ASCII characters, the others escaped.
fn ascii(text: &str) -> String {
    use std::fmt::Write;
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
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

#[cfg(test)]
mod tests {
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
        read_body(text.as_bytes()).map_err(|error| error.message)
    }

    #[tokio::test]
    async fn a_body_is_read_to_its_end_in_however_many_pieces() {
        for count in [0, 1, 2, 5] {
            let pieces = std::iter::repeat_n(Ok::<_, std::convert::Infallible>("ab"), count);
            let body = Body::from_stream(futures_util::stream::iter(pieces));
            assert_eq!(whole(body).await.unwrap(), "ab".repeat(count));
        }
        assert_eq!(whole(Body::from("one piece")).await.unwrap(), "one piece");
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
        assert!(message.starts_with("The request body cannot be read as JSON: key must be a string at line 1 column 2. Missing value for required parameter 'run_id'."), "{message}");
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
        assert_eq!(shown(&value), r#"{"a":null,"b":[1,"\u00e9"]}"#);
        assert_eq!(shown(&Value::from(1e16)), "1e+16");
        for long in [
            Value::from("x".repeat(5000)),
            Value::from(vec![0; 5000]),
            Value::from("é".repeat(300)),
        ] {
            let shown = shown(&long);
            assert!(shown.len() == SHOWN + 3 && shown.ends_with("..."), "{shown}");
        }
    }

    #[test]
    fn what_only_python_reads_is_a_message() {
        let whole = r#"{"run_id":"a \ud83e","key":"k","value":1e400,"timestamp":"1e+05"}"#;
        let utf16: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [b"\xef\xbb\xbf", whole.as_bytes()].concat();
        let inside = Value::from(whole).to_string().into_bytes();
        for bytes in [whole.as_bytes(), &utf16, &marked, &inside] {
            let message: LogMetric = read_body(bytes).unwrap();
            assert_eq!(message.run_id.as_deref(), Some("a \u{fffd}"));
            assert_eq!(message.value, Some(Double(f64::INFINITY)));
            assert_eq!(message.timestamp, Some(Int64(100_000)));
        }
        let error = read_body::<LogMetric>(b"{\"run_id\":\"\xe9\"}").unwrap_err().message;
        assert!(error.contains("not in UTF-8, UTF-16 or UTF-32 (byte 11)"), "{error}");
    }

    #[test]
    fn a_number_that_cannot_be_read_is_named() {
        let bad = r#"{"run_id":"a","key":"k","value":1,"timestamp":9223372036854775808}"#;
        assert!(body(bad).unwrap_err().contains("9223372036854775808 for parameter 'timestamp'"));
        let null = r#"{"run_id":"a","key":"k","value":1,"timestamp":"x","flag":null}"#;
        assert!(body(null).unwrap_err().contains("parameter 'timestamp'"));
    }
}
