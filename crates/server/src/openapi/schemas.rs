//! The schemas of all messages, under names of their own.

use std::collections::BTreeSet;

use app::messages::Describer;
use schemars::Schema;
use serde_json::{Map, Value, json};

const REFERENCE: &str = "#/components/schemas/";

/// What the document's parts refer to.
pub(super) struct Schemas {
    all: Map<String, Value>,
    /// Types that are read in another form than they are answered in: then the first has a name of its
    /// own.
    renamed: BTreeSet<String>,
}

/// A field of a message.
pub(super) struct Field<'s> {
    pub name: &'s str,
    schema: &'s Value,
    required: bool,
}

impl Field<'_> {
    /// The field as a parameter of the query string.
    pub(super) fn as_parameter(&self) -> Value {
        let mut schema = self.schema.clone();
        let mut parameter = json!({"name": self.name, "in": "query"});
        if let Some(description) = schema.as_object_mut().and_then(|map| map.remove("description"))
        {
            parameter["description"] = description;
        }
        if self.required {
            parameter["required"] = true.into();
        }
        parameter["schema"] = schema;
        parameter
    }
}

impl Schemas {
    pub(super) fn new(describer: Describer) -> Self {
        let (requests, answers) = describer.definitions();
        let differs = |name: &str| answers.get(name).is_some_and(|one| *one != requests[name]);
        let renamed: BTreeSet<String> =
            requests.keys().filter(|name| differs(name)).cloned().collect();
        let mut schemas = Self { all: answers, renamed };
        for (name, mut definition) in requests {
            schemas.rename(&mut definition);
            let name = if schemas.renamed.contains(&name) { own_name(&name) } else { name };
            schemas.all.insert(name, definition);
        }
        schemas.all.sort_keys();
        schemas
    }

    pub(super) fn add(&mut self, name: &str, schema: Value) {
        self.all.insert(name.to_owned(), schema);
    }

    pub(super) fn into_all(self) -> Map<String, Value> {
        self.all
    }

    /// The schema of something read, with the names that things read have here.
    pub(super) fn request(&self, schema: Schema) -> Value {
        let mut schema = Value::from(schema);
        self.rename(&mut schema);
        schema
    }

    /// The fields of a message.
    pub(super) fn fields<'s>(&'s self, message: &'s Value) -> Vec<Field<'s>> {
        let reference = message["$ref"].as_str().and_then(|text| text.strip_prefix(REFERENCE));
        let message = reference.and_then(|name| self.all.get(name)).unwrap_or(message);
        let Some(properties) = message["properties"].as_object() else { return Vec::new() };
        let required = message["required"].as_array();
        let is_required =
            |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
        let field = |(name, schema)| Field { name, schema, required: is_required(name) };
        properties.iter().map(|(name, schema)| field((name.as_str(), schema))).collect()
    }

    fn rename(&self, schema: &mut Value) {
        match schema {
            Value::Object(fields) => {
                for (key, value) in fields {
                    match value {
                        Value::String(text) if key == "$ref" => {
                            let name = text.strip_prefix(REFERENCE).unwrap_or_default();
                            if self.renamed.contains(name) {
                                *text = format!("{REFERENCE}{}", own_name(name));
                            }
                        }
                        other => self.rename(other),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.rename(item)),
            _ => {}
        }
    }
}

fn own_name(name: &str) -> String {
    format!("{name}AsRead")
}
