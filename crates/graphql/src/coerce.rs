//! From what a request gives, as variables and as literals, to the messages of the REST routes.

use std::collections::HashMap;

use app::call::shown_text;
use serde_json::{Map, Value as Json};

use super::inspect::inspect;
use super::schema::{InputDefinition, Kind, schema};
use super::suggest::did_you_mean;
use super::syntax::{Argument, Operation, TypeRef, Value};

/// Complaints about variables after which no more are looked for.
const MAX_ERRORS: usize = 50;

/// The values of an operation's variables, by name. One that was not given is not there.
pub(crate) type Variables<'t> = HashMap<&'t str, Json>;

/// Reads the variables of a sound operation.
///
/// # Errors
/// Every complaint about their values.
pub(crate) fn variables<'t>(
    operation: &Operation<'t>,
    given: &Map<String, Json>,
) -> Result<Variables<'t>, Vec<String>> {
    let mut variables = Variables::new();
    let mut errors = Vec::new();
    for variable in &operation.variables {
        let (name, of) = (variable.name, &variable.of);
        match (given.get(name), &variable.default) {
            (None, Some(default)) => {
                let default = literal(default, of, &Variables::new());
                variables.insert(name, default.unwrap_or(Json::Null));
            }
            (None, None) if of.is_non_null() => {
                errors
                    .push(format!("Variable '${name}' of required type '{of}' was not provided."));
            }
            (None, None) => {}
            (Some(Json::Null), _) if of.is_non_null() => {
                errors
                    .push(format!("Variable '${name}' of non-null type '{of}' must not be null."));
            }
            (Some(value), _) => {
                let mut reader = Reader { variable: name, errors: &mut errors };
                variables.insert(name, reader.read(value, of, name));
            }
        }
    }
    if errors.len() > MAX_ERRORS {
        errors.truncate(MAX_ERRORS);
        errors.push(
            "Too many errors processing variables, error limit reached. Execution aborted."
                .to_owned(),
        );
    }
    if errors.is_empty() { Ok(variables) } else { Err(errors) }
}

/// The arguments of a field, under the names that the messages have for them.
pub(crate) fn arguments(
    known: &[InputDefinition],
    given: &[Argument<'_>],
    variables: &Variables<'_>,
) -> Map<String, Json> {
    let given = given.iter().map(|argument| (argument.name, &argument.value));
    collect(known, &given.collect::<Vec<_>>(), variables)
}

fn collect(
    known: &[InputDefinition],
    given: &[(&str, &Value<'_>)],
    variables: &Variables<'_>,
) -> Map<String, Json> {
    let mut collected = Map::new();
    for definition in known {
        let given = given.iter().find(|(name, _)| *name == definition.name);
        let value = given.and_then(|(_, value)| literal(value, &definition.of, variables));
        let default = || literal(definition.default.as_ref()?, &definition.of, variables);
        if let Some(value) = value.or_else(default) {
            collected.insert(definition.wire_name.clone(), value);
        }
    }
    collected
}

/// The value of a literal that was found valid. `None` for a variable that was not given.
fn literal(value: &Value<'_>, of: &TypeRef<'_>, variables: &Variables<'_>) -> Option<Json> {
    if let Value::Variable(name) = value {
        return variables.get(name).cloned();
    }
    Some(match (of.nullable(), value) {
        (_, Value::Null) => Json::Null,
        (TypeRef::List(inner), Value::List(items)) => {
            let items = items.iter().map(|item| literal(item, inner, variables));
            items.map(Option::unwrap_or_default).collect()
        }
        (TypeRef::List(inner), single) => vec![literal(single, inner, variables)?].into(),
        (TypeRef::Named(name), Value::Object(fields)) => {
            let Some(Kind::Input(known)) = schema().find(name).map(|of| &of.kind) else {
                return Some(Json::Null);
            };
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value)).collect();
            collect(known, &fields, variables).into()
        }
        (_, Value::Int(digits)) => digits.parse::<i64>().map_or(Json::Null, Json::from),
        // Compat: a `LongString` that is written as text counts as not given.
        (of, _) if of.named() == "LongString" => Json::Null,
        (_, Value::Text(text)) => text.as_str().into(),
        (_, Value::Enum(name)) => (*name).into(),
        (_, Value::Boolean(flag)) => (*flag).into(),
        _ => Json::Null,
    })
}

/// Reads the value of one variable.
struct Reader<'r> {
    variable: &'r str,
    errors: &'r mut Vec<String>,
}

impl Reader<'_> {
    /// Notes a complaint about the value at `path`; it counts as null then.
    fn refuse(&mut self, value: &Json, path: &str, why: &str) -> Json {
        // The one beyond the limit says that there are more.
        if self.errors.len() <= MAX_ERRORS {
            let place = if path == self.variable { "" } else { &format!(" at '{path}'") };
            self.errors.push(format!(
                "Variable '${}' got invalid value {}{place}; {why}",
                self.variable,
                inspect(value)
            ));
        }
        Json::Null
    }

    fn read(&mut self, value: &Json, of: &TypeRef<'_>, path: &str) -> Json {
        match (of, value) {
            (TypeRef::NonNull(_), Json::Null) => {
                let why = format!("Expected non-nullable type '{of}' not to be None.");
                self.refuse(value, path, &why)
            }
            (TypeRef::NonNull(inner), _) => self.read(value, inner, path),
            (_, Json::Null) => Json::Null,
            (TypeRef::List(inner), Json::Array(items)) => {
                let items = items.iter().enumerate();
                items.map(|(at, item)| self.read(item, inner, &format!("{path}[{at}]"))).collect()
            }
            (TypeRef::List(inner), _) => vec![self.read(value, inner, path)].into(),
            (TypeRef::Named(name), _) => match schema().find(name).map(|of| &of.kind) {
                Some(Kind::Input(fields)) => self.object(value, name, fields, path),
                Some(Kind::Enum(values)) => self.enumeration(value, name, values, path),
                _ => self.scalar(value, name, path),
            },
        }
    }

    fn object(&mut self, value: &Json, name: &str, known: &[InputDefinition], path: &str) -> Json {
        let Json::Object(given) = value else {
            return self.refuse(value, path, &format!("Expected type '{name}' to be a mapping."));
        };
        let mut read = Map::new();
        for field in known {
            let field_value = match (given.get(field.name), &field.default) {
                (Some(given), _) => {
                    Some(self.read(given, &field.of, &format!("{path}.{}", field.name)))
                }
                (None, Some(default)) => literal(default, &field.of, &Variables::new()),
                (None, None) => None,
            };
            if let Some(field_value) = field_value {
                read.insert(field.wire_name.clone(), field_value);
            }
        }
        for given in given.keys() {
            if self.errors.len() > MAX_ERRORS {
                break;
            }
            if known.iter().all(|field| field.name != given) {
                let question = did_you_mean(given, "", known.iter().map(|field| field.name));
                let shown = shown_text(given);
                let why = format!("Field '{shown}' is not defined by type '{name}'.{question}");
                self.refuse(value, path, &why);
            }
        }
        read.into()
    }

    fn enumeration(&mut self, value: &Json, name: &str, values: &[&str], path: &str) -> Json {
        const WHAT: &str = "the enum value ";
        let options = || values.iter().copied();
        match value {
            Json::String(text) if values.contains(&text.as_str()) => value.clone(),
            Json::String(text) => {
                let question = did_you_mean(text, WHAT, options());
                let shown = shown_text(text);
                let why = format!("Value '{shown}' does not exist in '{name}' enum.{question}");
                self.refuse(value, path, &why)
            }
            other => {
                let shown = inspect(other);
                let question = did_you_mean(&shown, WHAT, options());
                let why =
                    format!("Enum '{name}' cannot represent non-string value: {shown}.{question}");
                self.refuse(value, path, &why)
            }
        }
    }

    fn scalar(&mut self, value: &Json, name: &str, path: &str) -> Json {
        let whole = || {
            let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
            value.as_i64().or_else(|| (number.abs() < 9e15).then_some(number as i64))
        };
        let why = match (name, value) {
            ("String", Json::String(_)) | ("Boolean", Json::Bool(_)) => return value.clone(),
            ("String", _) => "String cannot represent a non string value: ",
            ("Boolean", _) => "Boolean cannot represent a non boolean value: ",
            ("Int", Json::Number(number)) => match whole() {
                Some(whole) if i32::try_from(whole).is_ok() => return whole.into(),
                None if number.as_f64().is_some_and(|number| number.fract() != 0.0) => {
                    "Int cannot represent non-integer value: "
                }
                _ => "Int cannot represent non 32-bit signed integer value: ",
            },
            ("Int", _) => "Int cannot represent non-integer value: ",
            // LongString.
            _ => {
                let text = value.as_str().and_then(|text| text.trim().parse::<i64>().ok());
                return match text.or_else(whole) {
                    Some(number) => number.into(),
                    None => self.refuse(value, path, &format!("Expected type '{name}'.")),
                };
            }
        };
        self.refuse(value, path, &format!("{why}{}", inspect(value)))
    }
}
