//! A query string read as a message: every value is a text, a repeated field repeats its name.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use crate::Message;

/// What a field of a message takes, where a text will not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    List,
    Bool,
}

type Kinds = Arc<HashMap<String, Kind>>;

/// The kinds of the fields of each message that was read from a query before.
static KINDS: LazyLock<RwLock<HashMap<TypeId, Kinds>>> = LazyLock::new(RwLock::default);

/// A query as the JSON of message `T`. Of a field that is no list, the first value counts. Compat:
/// other than in a body, protobuf's second spelling of names (`runId`) means nothing here.
///
/// # Errors
/// MLflow's complaint about a boolean that is none.
pub(crate) fn to_message<T: Message>(query: &str) -> Result<Map<String, Value>, String> {
    let kinds = kinds::<T>();
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name.contains(|c: char| c.is_ascii_uppercase()) {
            continue;
        }
        match kinds.get(&*name) {
            Some(Kind::List) => {
                let list = fields.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.push(value.into());
                }
            }
            _ if fields.contains_key(&*name) => {}
            Some(Kind::Bool) => {
                fields.insert(name.into(), boolean(&value)?.into());
            }
            None => {
                fields.insert(name.into(), value.into());
            }
        }
    }
    Ok(fields)
}

/// The query string as JSON, for complaints about it.
pub(crate) fn to_json(query: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        fields.entry(name).or_insert_with(|| value.into_owned().into());
    }
    fields
}

fn boolean(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(format!("Invalid boolean value: {other}, must be 'true' or 'false'.")),
    }
}

/// The kinds of a message's fields, taken from its schema once.
fn kinds<T: Message>() -> Kinds {
    let id = TypeId::of::<T>();
    // What panicked elsewhere left the map as it was: entries are only ever added whole.
    let known = KINDS.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
    known.unwrap_or_else(|| {
        let settings = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
        let schema = T::json_schema(&mut settings.for_deserialize().into_generator());
        let kinds = Arc::new(of_fields(schema.as_value()));
        let mut all = KINDS.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(id).or_insert(kinds).clone()
    })
}

fn of_fields(schema: &Value) -> HashMap<String, Kind> {
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields.filter_map(|(name, schema)| Some((name.clone(), kind(&schema["type"])?))).collect()
}

/// The kind that a schema's `type` tells: a name, or a list of them where `null` will do too.
fn kind(types: &Value) -> Option<Kind> {
    match types {
        Value::String(name) if name == "array" => Some(Kind::List),
        Value::String(name) if name == "boolean" => Some(Kind::Bool),
        Value::Array(names) => names.iter().find_map(kind),
        _ => None,
    }
}
