//! The bodies of requests: what shape they must have, and MLflow's complaints when they have not.

use app::messages::Argument;
use app::{ApiError, json};
use axum::extract::{FromRequest, Request};
use axum::http::Method;
use http_body_util::BodyExt;
use schemars::{Schema, json_schema};
use serde_json::{Map, Value};

/// What a value must be.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Any,
    Text,
    Bool,
    Map,
    List(&'static Shape, Option<usize>),
    Object(&'static [Field]),
    MapOf(&'static Shape),
}

/// One field of an object.
#[derive(Clone, Copy)]
pub(super) struct Field {
    name: &'static str,
    shape: Shape,
    required: bool,
    nullable: bool,
}

impl Field {
    /// One that must be there.
    const fn required(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, required: true, nullable: false }
    }

    /// One that may be missing, or null.
    const fn optional(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, required: false, nullable: true }
    }

    /// One that may be missing, but not null.
    const fn given(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, required: false, nullable: false }
    }
}

use Shape::{Any, Bool, List, Map as AnyMap, MapOf, Object, Text};

/// Icons of a server, a version or a tool; tools of a version.
const MAX_ICONS: usize = 100;
const MAX_TOOLS: usize = 1000;

const ICONS: Shape = List(
    &Object(&[
        Field::required("src", Text),
        Field::optional("sizes", List(&Text, None)),
        Field::optional("mimeType", Text),
        Field::optional("theme", Text),
    ]),
    Some(MAX_ICONS),
);
const TOOLS: Shape = List(
    &Object(&[
        Field::required("name", Text),
        Field::optional("title", Text),
        Field::optional("description", Text),
        Field::optional("inputSchema", AnyMap),
        Field::optional("outputSchema", AnyMap),
        Field::optional("annotations", AnyMap),
        Field::optional("icons", ICONS),
        Field::optional("execution", AnyMap),
    ]),
    Some(MAX_TOOLS),
);
const CONNECT_OPTIONS: Shape = MapOf(&Object(&[Field::given("hidden", Bool)]));
const PACKAGES: Shape = List(
    &Object(&[
        Field::required("registryType", Text),
        Field::required("identifier", Text),
        Field::required("transport", Any),
        Field::optional("registryBaseUrl", Text),
        Field::optional("version", Text),
        Field::optional(
            "environmentVariables",
            List(
                &Object(&[
                    Field::required("name", Text),
                    Field::optional("description", Text),
                    Field::optional("isRequired", Bool),
                    Field::optional("isSecret", Bool),
                ]),
                None,
            ),
        ),
    ]),
    None,
);
const SERVER_JSON: Shape = Object(&[
    Field::required("name", Text),
    Field::required("version", Text),
    Field::optional("title", Text),
    Field::optional("description", Text),
    Field::optional("icons", ICONS),
    Field::optional("packages", PACKAGES),
    Field::optional(
        "remotes",
        List(&Object(&[Field::optional("type", Text), Field::optional("url", Text)]), None),
    ),
    Field::optional(
        "repository",
        Object(&[
            Field::required("url", Text),
            Field::required("source", Text),
            Field::optional("id", Text),
            Field::optional("subfolder", Text),
        ]),
    ),
    Field::optional("websiteUrl", Text),
    Field::optional("_meta", AnyMap),
]);

pub(super) const CREATE_SERVER: &[Field] = &[
    Field::required("name", Text),
    Field::optional("description", Text),
    Field::optional("icons", ICONS),
];
pub(super) const UPDATE_SERVER: &[Field] = &[
    Field::optional("display_name", Text),
    Field::optional("description", Text),
    Field::optional("icons", ICONS),
];
pub(super) const CREATE_VERSION: &[Field] = &[
    Field::required("server_json", SERVER_JSON),
    Field::given("status", Text),
    Field::optional("source", Text),
    Field::optional("tools", TOOLS),
    Field::optional("connect_options", CONNECT_OPTIONS),
];
pub(super) const UPDATE_VERSION: &[Field] = &[
    Field::optional("status", Text),
    Field::optional("tools", TOOLS),
    Field::optional("connect_options", CONNECT_OPTIONS),
];
pub(super) const CREATE_ENDPOINT: &[Field] = &[
    Field::optional("server_version", Text),
    Field::optional("server_alias", Text),
    Field::required("url", Text),
    Field::given("transport_type", Text),
];
pub(super) const UPDATE_ENDPOINT: &[Field] = &[
    Field::optional("server_version", Text),
    Field::optional("server_alias", Text),
    Field::optional("url", Text),
    Field::optional("transport_type", Text),
];
pub(super) const ALIAS: &[Field] =
    &[Field::required("alias", Text), Field::required("version", Text)];
pub(super) const TAG: &[Field] = &[Field::required("key", Text), Field::required("value", Text)];

/// The fields as a JSON schema.
pub(super) fn schema(fields: &'static [Field]) -> Schema {
    let properties: Map<String, Value> = (fields.iter())
        .map(|field| (field.name.to_owned(), schema_of(field.shape).into()))
        .collect();
    let required: Vec<&str> =
        fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json_schema!({"type": "object", "properties": properties, "required": required})
}

fn schema_of(shape: Shape) -> Schema {
    match shape {
        Any => true.into(),
        Text => json_schema!({"type": "string"}),
        Bool => json_schema!({"type": "boolean"}),
        AnyMap => json_schema!({"type": "object"}),
        List(item, most) => {
            let mut list = json_schema!({"type": "array", "items": schema_of(*item)});
            if let Some(most) = most {
                list.insert("maxItems".to_owned(), most.into());
            }
            list
        }
        Object(fields) => schema(fields),
        MapOf(value) => {
            json_schema!({"type": "object", "additionalProperties": schema_of(*value)})
        }
    }
}

/// A JSON body, whatever is in it.
#[derive(Debug)]
pub(super) struct Body(Value);

impl Argument for Body {}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let post = request.method() == Method::POST;
        let bytes = request.into_body().collect().await.map_err(|_| {
            ApiError::invalid("The request body is too large, or could not be read to its end.")
        })?;
        let bytes = bytes.to_bytes();
        if bytes.is_empty() {
            return Err(invalid("Field required"));
        }
        json::check_values(&bytes)?;
        let read = || match serde_json::from_slice(&bytes) {
            Err(error) => match json::mend(&bytes) {
                Ok(Some(mended)) => serde_json::from_str(&mended),
                _ => Err(error),
            },
            read => read,
        };
        app::apart(bytes.len(), read).await.map(Self).map_err(|error| {
            let at = if error.line() == 1 { error.column().saturating_sub(1) } else { 0 };
            tracing::debug!(post, %error, "a body is no JSON");
            invalid(&format!("{at}: JSON decode error"))
        })
    }
}

impl Body {
    /// The object in the body, if it has these fields. Others are left alone.
    pub(super) fn object(self, fields: &'static [Field]) -> Result<Map<String, Value>, ApiError> {
        let Value::Object(map) = self.0 else {
            return Err(invalid(
                "Input should be a valid dictionary or object to extract fields from",
            ));
        };
        check_object(&map, fields)?;
        Ok(map)
    }

    /// The same body, changed before it is looked at.
    pub(super) fn map(
        self,
        change: impl FnOnce(&mut Value) -> Result<(), ApiError>,
    ) -> Result<Self, ApiError> {
        let mut value = self.0;
        change(&mut value)?;
        Ok(Self(value))
    }
}

pub(super) fn invalid(what: &str) -> ApiError {
    ApiError::invalid(format!("Invalid request: {what}"))
}

fn check_object(map: &Map<String, Value>, fields: &[Field]) -> Result<(), ApiError> {
    let mut complaints = Vec::new();
    look_at_fields(map, fields, "", &mut complaints);
    if complaints.is_empty() { Ok(()) } else { Err(invalid(&complaints.join("; "))) }
}

fn look_at_fields(
    map: &Map<String, Value>,
    fields: &[Field],
    at: &str,
    complaints: &mut Vec<String>,
) {
    for field in fields {
        let at = if at.is_empty() { field.name.to_owned() } else { format!("{at}.{}", field.name) };
        match map.get(field.name) {
            None if field.required => complaints.push(format!("{at}: Field required")),
            None => {}
            Some(Value::Null) if field.nullable => {}
            Some(value) => look_at(value, field.shape, &at, complaints),
        }
    }
}

/// Complaints that one answer tells.
const MAX_COMPLAINTS: usize = 50;

fn look_at(value: &Value, shape: Shape, at: &str, complaints: &mut Vec<String>) {
    if complaints.len() >= MAX_COMPLAINTS {
        return;
    }
    let expected = match (shape, value) {
        (Any, _) | (Text, Value::String(_)) | (AnyMap, Value::Object(_)) => return,
        (Bool, value) if read_bool(value).is_some() => return,
        (List(item, most), Value::Array(items)) => {
            if let Some(most) = most.filter(|most| items.len() > *most) {
                complaints.push(format!(
                    "{at}: List should have at most {most} items after validation, not {}",
                    items.len()
                ));
                return;
            }
            for (index, value) in items.iter().enumerate() {
                look_at(value, *item, &format!("{at}.{index}"), complaints);
            }
            return;
        }
        (Object(fields), Value::Object(map)) => {
            return look_at_fields(map, fields, at, complaints);
        }
        (MapOf(item), Value::Object(map)) => {
            for (key, value) in map {
                look_at(value, *item, &format!("{at}.{key}"), complaints);
            }
            return;
        }
        (Text, _) => "Input should be a valid string",
        (Bool, Value::String(_) | Value::Number(_)) => {
            "Input should be a valid boolean, unable to interpret input"
        }
        (Bool, _) => "Input should be a valid boolean",
        (List(..), _) => "Input should be a valid list",
        (Object(_), _) => "Input should be a valid dictionary or object to extract fields from",
        (AnyMap | MapOf(_), _) => "Input should be a valid dictionary",
    };
    complaints.push(format!("{at}: {expected}"));
}

/// A truth value as MLflow's server reads it.
pub(super) fn read_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => match number.as_f64()? {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        },
        Value::String(text) => match text.to_lowercase().as_str() {
            "0" | "off" | "f" | "false" | "n" | "no" => Some(false),
            "1" | "on" | "t" | "true" | "y" | "yes" => Some(true),
            _ => None,
        },
        _ => None,
    }
}

/// The text of a field: nothing if it is missing or null.
pub(super) fn text(map: &Map<String, Value>, name: &str) -> Option<String> {
    map.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// Whether a field is there, and its text if it is not null.
pub(super) fn change(map: &Map<String, Value>, name: &str) -> Given {
    match map.get(name) {
        None => Given::Missing,
        Some(Value::String(text)) => Given::Text(text.clone()),
        Some(_) => Given::Null,
    }
}

/// A text that a change may leave out, take away or set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    Missing,
    Null,
    Text(String),
}

impl Given {
    /// What to write, unless nothing is.
    pub(super) fn written(&self) -> Option<db::Value<'static>> {
        match self {
            Given::Missing => None,
            Given::Null => Some(db::Value::Null),
            Given::Text(text) => Some(text.clone().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn complaint(value: Value, fields: &'static [Field]) -> String {
        Body(value).object(fields).unwrap_err().message
    }

    #[test]
    fn complaints_are_mlflows() {
        assert_eq!(
            complaint(json!({"name": 5, "icons": [{"sr": "x"}], "description": 4}), CREATE_SERVER),
            "Invalid request: name: Input should be a valid string; description: Input should be a \
             valid string; icons.0.src: Field required"
        );
        assert_eq!(
            complaint(
                json!({"server_json": {"name": "aa/bb"}, "tools": {}, "status": 4,
                       "connect_options": {"a": {"hidden": "q"}}}),
                CREATE_VERSION
            ),
            "Invalid request: server_json.version: Field required; status: Input should be a valid \
             string; tools: Input should be a valid list; connect_options.a.hidden: Input should \
             be a valid boolean, unable to interpret input"
        );
        let many = json!({"icons": vec![json!({"src": "x"}); 101]});
        assert_eq!(
            complaint(many, UPDATE_SERVER),
            "Invalid request: icons: List should have at most 100 items after validation, not 101"
        );
    }
}
