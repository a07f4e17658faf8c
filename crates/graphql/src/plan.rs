//! What has to be answered: the selections of an operation, fragments written out, each with what
//! the schema knows about it.

use super::schema::{InputDefinition, Kind, TypeDefinition, schema};
use super::selected::grouped;
use super::syntax::{Document, Field, Operation, Selection, TypeRef};

/// One field of the answer.
#[derive(Debug)]
pub(crate) struct Planned<'d, 't> {
    /// Its name in the answer.
    pub key: &'t str,
    pub name: &'static str,
    /// Its name in the messages that it is taken from.
    pub wire_name: &'static str,
    pub parent: &'static TypeDefinition,
    pub shape: Shape,
    pub arguments: &'static [InputDefinition],
    /// The field as the document has it, for its arguments.
    pub field: &'d Field<'t>,
    /// What is selected of it.
    pub children: Vec<Planned<'d, 't>>,
}

/// How a value is written.
#[derive(Debug)]
pub(crate) enum Shape {
    List(Box<Shape>),
    Object,
    /// An object that describes the type that the value names.
    Type,
    /// Compat: `apiError` is never filled: what fails is among the errors.
    Never,
    Text,
    /// A 64-bit integer as text.
    Long,
    Float,
    Boolean,
    Enum,
}

impl Shape {
    fn new(of: &TypeRef<'_>) -> Self {
        match of {
            TypeRef::NonNull(inner) => Self::new(inner),
            TypeRef::List(inner) => Self::List(Box::new(Self::new(inner))),
            TypeRef::Named(name) => match *name {
                "__Type" => Self::Type,
                "ApiError" => Self::Never,
                "LongString" => Self::Long,
                "Float" => Self::Float,
                "Boolean" => Self::Boolean,
                name => match schema().find(name).map(|of| &of.kind) {
                    Some(Kind::Object(_)) => Self::Object,
                    Some(Kind::Enum(_)) => Self::Enum,
                    _ => Self::Text,
                },
            },
        }
    }
}

/// The plan of a sound operation. `None` if the schema has nothing for operations of its kind.
pub(crate) fn plan<'d, 't>(
    document: &'d Document<'t>,
    operation: &'d Operation<'t>,
) -> Option<Vec<Planned<'d, 't>>> {
    let root = schema().root(operation.kind)?;
    Some(plan_level(document, root, vec![&*operation.selections]))
}

fn plan_level<'d, 't>(
    document: &'d Document<'t>,
    parent: &'static TypeDefinition,
    selections: Vec<&'d [Selection<'t>]>,
) -> Vec<Planned<'d, 't>> {
    let mut planned = Vec::new();
    for (key, fields) in grouped(document, selections) {
        let Some(&field) = fields.first() else { continue };
        // A sound document names only fields that there are.
        let Some(definition) = parent.field(field.name) else { continue };
        let of = schema().find(definition.of.named());
        let nested = fields.iter().map(|field| &*field.selections).collect();
        planned.push(Planned {
            key,
            name: definition.name,
            wire_name: &definition.wire_name,
            parent,
            shape: Shape::new(&definition.of),
            arguments: &definition.arguments,
            field,
            children: of.map_or_else(Vec::new, |of| plan_level(document, of, nested)),
        });
    }
    planned
}

/// Whether a field is asked for, by its names from here down.
pub(crate) fn asks_for(planned: &[Planned<'_, '_>], path: &[&str]) -> bool {
    let Some((name, rest)) = path.split_first() else { return true };
    planned.iter().any(|field| field.name == *name && asks_for(&field.children, rest))
}
