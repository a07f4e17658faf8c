//! The types that can be asked for, read once from the schemas beside this file.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::syntax::{Kind as OperationKind, ParseError, Parser, TypeRef, Value};

#[derive(Debug)]
pub(crate) struct Schema {
    /// In the order in which the schema lists itself.
    pub types: Vec<TypeDefinition>,
    pub directives: Vec<DirectiveDefinition>,
    by_name: HashMap<&'static str, usize>,
}

#[derive(Debug)]
pub(crate) struct TypeDefinition {
    pub name: &'static str,
    pub description: Option<String>,
    pub kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Scalar,
    Enum(Vec<&'static str>),
    Object(Vec<FieldDefinition>),
    Input(Vec<InputDefinition>),
}

/// A field of an object.
#[derive(Debug)]
pub(crate) struct FieldDefinition {
    pub name: &'static str,
    /// The name that the messages of the REST routes give it.
    pub wire_name: String,
    pub description: Option<String>,
    pub arguments: Vec<InputDefinition>,
    pub of: TypeRef<'static>,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub(crate) struct InputDefinition {
    pub name: &'static str,
    /// The name that the messages of the REST routes give it.
    pub wire_name: String,
    pub description: Option<String>,
    pub of: TypeRef<'static>,
    pub default: Option<Value<'static>>,
}

impl InputDefinition {
    /// Whether a value must be given.
    pub(crate) fn is_required(&self) -> bool {
        self.of.is_non_null() && self.default.is_none()
    }
}

#[derive(Debug)]
pub(crate) struct DirectiveDefinition {
    pub name: &'static str,
    pub arguments: Vec<InputDefinition>,
    /// As the schema spells them: `QUERY`.
    pub locations: Vec<&'static str>,
}

impl TypeDefinition {
    /// Whether it has fields to select.
    pub(crate) fn is_composite(&self) -> bool {
        matches!(self.kind, Kind::Object(_))
    }

    /// Whether a variable or an argument may be of it.
    pub(crate) fn is_input(&self) -> bool {
        !self.is_composite()
    }

    pub(crate) fn fields(&self) -> &[FieldDefinition] {
        match &self.kind {
            Kind::Object(fields) => fields,
            _ => &[],
        }
    }

    /// The field of this name, one that every object has included.
    pub(crate) fn field(&'static self, name: &str) -> Option<&'static FieldDefinition> {
        let is_meta = name == "__typename" || (self.name == "Query" && name.starts_with("__"));
        let of = if is_meta { schema().find("__Meta")? } else { self };
        of.fields().iter().find(|field| field.name == name)
    }
}

impl Schema {
    pub(crate) fn find(&self, name: &str) -> Option<&TypeDefinition> {
        self.types.get(*self.by_name.get(name)?)
    }

    /// The type whose fields an operation selects.
    pub(crate) fn root(&self, kind: OperationKind) -> Option<&TypeDefinition> {
        self.find(match kind {
            OperationKind::Query => "Query",
            OperationKind::Mutation => "Mutation",
            OperationKind::Subscription => return None,
        })
    }

    pub(crate) fn directive(&self, name: &str) -> Option<&DirectiveDefinition> {
        self.directives.iter().find(|directive| directive.name == name)
    }
}

/// The schema that this server answers by.
pub(crate) fn schema() -> &'static Schema {
    static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
        read(&[include_str!("schema.graphql"), include_str!("introspection.graphql")])
            .expect("the schemas are part of the program, and a test reads them")
    });
    &SCHEMA
}

fn read(texts: &[&'static str]) -> Result<Schema, ParseError> {
    let mut types = Vec::new();
    let mut directives = Vec::new();
    for text in texts {
        let mut parser = Parser::new(text)?;
        while !parser.at_end() {
            let description = parser.take_text()?;
            match parser.name()? {
                "directive" => directives.push(directive(&mut parser)?),
                keyword => {
                    let name = parser.name()?;
                    let kind = kind(&mut parser, keyword)?;
                    types.push(TypeDefinition { name, description, kind });
                }
            }
        }
    }
    let by_name = types.iter().enumerate().map(|(index, of)| (of.name, index)).collect();
    Ok(Schema { types, directives, by_name })
}

fn kind(parser: &mut Parser<'static>, keyword: &str) -> Result<Kind, ParseError> {
    Ok(match keyword {
        "type" => Kind::Object(parser.many('{', '}', field)?),
        "input" => Kind::Input(parser.many('{', '}', input)?),
        "enum" => Kind::Enum(parser.many('{', '}', Parser::name)?),
        _ => Kind::Scalar,
    })
}

fn field(parser: &mut Parser<'static>) -> Result<FieldDefinition, ParseError> {
    let description = parser.take_text()?;
    let name = parser.name()?;
    let arguments = parser.optional_many('(', ')', input)?;
    parser.expect(':')?;
    let of = parser.type_ref()?;
    Ok(FieldDefinition { name, wire_name: wire_name(name), description, arguments, of })
}

fn input(parser: &mut Parser<'static>) -> Result<InputDefinition, ParseError> {
    let description = parser.take_text()?;
    let name = parser.name()?;
    parser.expect(':')?;
    let of = parser.type_ref()?;
    let default = if parser.take('=')? { Some(parser.constant()?) } else { None };
    Ok(InputDefinition { name, wire_name: wire_name(name), description, of, default })
}

fn directive(parser: &mut Parser<'static>) -> Result<DirectiveDefinition, ParseError> {
    parser.expect('@')?;
    let name = parser.name()?;
    let arguments = parser.optional_many('(', ')', input)?;
    parser.name()?;
    let mut locations = vec![parser.name()?];
    while parser.take('|')? {
        locations.push(parser.name()?);
    }
    Ok(DirectiveDefinition { name, arguments, locations })
}

/// `experimentId` is `experiment_id` in the messages of the REST routes.
fn wire_name(name: &str) -> String {
    let mut wire = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            wire.push('_');
        }
        wire.push(letter.to_ascii_lowercase());
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_the_schema_names_is_there() {
        let mut named = Vec::new();
        for of in &schema().types {
            for field in of.fields() {
                named.push(field.of.named());
                named.extend(field.arguments.iter().map(|argument| argument.of.named()));
            }
            if let Kind::Input(fields) = &of.kind {
                named.extend(fields.iter().map(|field| field.of.named()));
            }
        }
        assert!(named.len() > 200);
        for name in named {
            assert!(schema().find(name).is_some(), "{name}");
        }
    }

    #[test]
    fn definitions_are_read_with_all_their_parts() {
        let query = schema().root(OperationKind::Query).unwrap();
        let test = query.field("test").unwrap();
        assert_eq!(test.description.as_deref(), Some("Answers with what it is given."));
        assert_eq!(test.arguments[0].wire_name, "input_string");
        assert_eq!(query.field("__type").unwrap().arguments[0].of.to_string(), "String!");
        let run = schema().find("MlflowRunExtension").unwrap();
        assert_eq!(run.field("modelVersions").unwrap().of.to_string(), "[MlflowModelVersion!]");
        assert!(run.field("__typename").is_some() && run.field("__schema").is_none());
        let Kind::Input(fields) = &schema().find("MlflowSearchRunsInput").unwrap().kind else {
            panic!()
        };
        assert_eq!(fields[2].default, Some(Value::Null));
        let component = schema().directive("component").unwrap();
        assert_eq!(component.locations, ["QUERY", "MUTATION"]);
        assert!(component.arguments[0].is_required());
        assert!(schema().root(OperationKind::Subscription).is_none());
    }
}
