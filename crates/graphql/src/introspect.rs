//! The schema's description of itself, as messages like those of any other answer.
//!
//! A type inside a description is only named, as the schema writes it (`[MlflowParam!]`), and
//! described when it is asked for: types refer to each other in circles.

use serde_json::{Map, Value as Json, json};

use super::schema::{FieldDefinition, InputDefinition, Kind, schema};

/// What `__schema` answers.
pub(crate) fn describe_schema() -> Json {
    let types = schema().types.iter().map(|of| of.name).filter(|name| *name != "__Meta");
    let directives = schema().directives.iter().map(|directive| {
        json!({
            "name": directive.name,
            "description": null,
            "is_repeatable": false,
            "locations": directive.locations,
            "args": directive.arguments.iter().map(describe_input).collect::<Json>(),
            "is_deprecated": false,
            "deprecation_reason": null,
        })
    });
    json!({
        "description": null,
        "types": types.collect::<Json>(),
        "query_type": "Query",
        "mutation_type": "Mutation",
        "subscription_type": null,
        "directives": directives.collect::<Json>(),
    })
}

/// What `__type` answers: the name of a type, or null if there is none of that name.
pub(crate) fn name_of_type(arguments: &Map<String, Json>) -> Json {
    let name = arguments.get("name").and_then(Json::as_str);
    name.and_then(|name| schema().find(name)).map(|of| of.name).into()
}

/// What a type answers; `None` if there is none of this name.
pub(crate) fn describe(of: &str) -> Option<Map<String, Json>> {
    let mut described: Map<String, Json> =
        DETAILS.map(|name| (name.to_owned(), Json::Null)).into_iter().collect();
    let mut set = |name: &str, value: Json| described.insert(name.to_owned(), value);
    if let Some(inner) = of.strip_suffix('!') {
        set("kind", "NON_NULL".into());
        set("of_type", inner.into());
        return Some(described);
    }
    if let Some(inner) = of.strip_prefix('[').and_then(|of| of.strip_suffix(']')) {
        set("kind", "LIST".into());
        set("of_type", inner.into());
        return Some(described);
    }
    let definition = schema().find(of).filter(|definition| definition.name != "__Meta")?;
    set("name", definition.name.into());
    set("description", definition.description.as_deref().into());
    match &definition.kind {
        Kind::Scalar => {
            set("kind", "SCALAR".into());
        }
        Kind::Enum(values) => {
            set("kind", "ENUM".into());
            set("enum_values", values.iter().map(|value| describe_value(value)).collect());
        }
        Kind::Object(fields) => {
            set("kind", "OBJECT".into());
            set("fields", fields.iter().map(describe_field).collect());
            set("interfaces", Json::Array(Vec::new()));
        }
        Kind::Input(fields) => {
            set("kind", "INPUT_OBJECT".into());
            set("input_fields", fields.iter().map(describe_input).collect());
            set("is_one_of", false.into());
        }
    }
    Some(described)
}

/// What a type has nothing to say about unless it is set.
const DETAILS: [&str; 10] = [
    "name",
    "description",
    "specified_by_u_r_l",
    "fields",
    "interfaces",
    "possible_types",
    "enum_values",
    "input_fields",
    "of_type",
    "is_one_of",
];

fn describe_field(field: &FieldDefinition) -> Json {
    json!({
        "name": field.name,
        "description": field.description,
        "args": field.arguments.iter().map(describe_input).collect::<Json>(),
        "type": field.of.to_string(),
        "is_deprecated": false,
        "deprecation_reason": null,
    })
}

fn describe_input(input: &InputDefinition) -> Json {
    json!({
        "name": input.name,
        "description": input.description,
        "type": input.of.to_string(),
        "default_value": input.default.as_ref().map(ToString::to_string),
        "is_deprecated": false,
        "deprecation_reason": null,
    })
}

fn describe_value(name: &str) -> Json {
    json!({
        "name": name,
        "description": null,
        "is_deprecated": false,
        "deprecation_reason": null,
    })
}
