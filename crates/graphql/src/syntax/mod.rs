//! A GraphQL document as a tree: https://spec.graphql.org/October2021/#sec-Language
//!
//! Names are slices of the text that was read. Everything is kept in the order of the text, what is
//! said twice included, because the complaints about it depend on that.

mod lexer;
mod parser;

use std::collections::HashMap;
use std::fmt;

pub(crate) use parser::{ParseError, Parser, parse};

/// What a request asks: operations, and the fragments that they share.
#[derive(Debug, Default)]
pub(crate) struct Document<'t> {
    pub operations: Vec<Operation<'t>>,
    pub fragments: Vec<Fragment<'t>>,
    /// Where each name's first fragment is.
    by_name: HashMap<&'t str, usize>,
}

impl<'t> Document<'t> {
    /// The fragment of this name; of those with the same name, the first.
    pub(crate) fn fragment(&self, name: &str) -> Option<&Fragment<'t>> {
        self.fragments.get(*self.by_name.get(name)?)
    }

    fn add_fragment(&mut self, fragment: Fragment<'t>) {
        self.by_name.entry(fragment.name).or_insert(self.fragments.len());
        self.fragments.push(fragment);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Query,
    Mutation,
    Subscription,
}

#[derive(Debug)]
pub(crate) struct Operation<'t> {
    pub kind: Kind,
    pub name: Option<&'t str>,
    pub variables: Vec<VariableDefinition<'t>>,
    pub directives: Vec<Directive<'t>>,
    pub selections: Vec<Selection<'t>>,
}

#[derive(Debug)]
pub(crate) struct VariableDefinition<'t> {
    pub name: &'t str,
    pub of: TypeRef<'t>,
    pub default: Option<Value<'t>>,
    pub directives: Vec<Directive<'t>>,
}

#[derive(Debug)]
pub(crate) struct Fragment<'t> {
    pub name: &'t str,
    /// The type whose fields it selects.
    pub condition: &'t str,
    pub directives: Vec<Directive<'t>>,
    pub selections: Vec<Selection<'t>>,
}

#[derive(Debug)]
pub(crate) enum Selection<'t> {
    Field(Field<'t>),
    /// `...name`.
    Spread {
        name: &'t str,
        directives: Vec<Directive<'t>>,
    },
    /// `... on Type { }`.
    Inline {
        condition: Option<&'t str>,
        directives: Vec<Directive<'t>>,
        selections: Vec<Selection<'t>>,
    },
}

#[derive(Debug)]
pub(crate) struct Field<'t> {
    pub alias: Option<&'t str>,
    pub name: &'t str,
    pub arguments: Vec<Argument<'t>>,
    pub directives: Vec<Directive<'t>>,
    pub selections: Vec<Selection<'t>>,
}

impl<'t> Field<'t> {
    /// Its name in the answer.
    pub(crate) fn key(&self) -> &'t str {
        self.alias.unwrap_or(self.name)
    }
}

#[derive(Debug, PartialEq)]
pub(crate) struct Argument<'t> {
    pub name: &'t str,
    pub value: Value<'t>,
}

#[derive(Debug)]
pub(crate) struct Directive<'t> {
    pub name: &'t str,
    pub arguments: Vec<Argument<'t>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TypeRef<'t> {
    Named(&'t str),
    List(Box<TypeRef<'t>>),
    NonNull(Box<TypeRef<'t>>),
}

impl<'t> TypeRef<'t> {
    /// The name inside all lists.
    pub(crate) fn named(&self) -> &'t str {
        match self {
            TypeRef::Named(name) => name,
            TypeRef::List(inner) | TypeRef::NonNull(inner) => inner.named(),
        }
    }

    pub(crate) fn nullable(&self) -> &Self {
        match self {
            TypeRef::NonNull(inner) => inner,
            other => other,
        }
    }

    pub(crate) fn is_non_null(&self) -> bool {
        matches!(self, TypeRef::NonNull(_))
    }
}

impl fmt::Display for TypeRef<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TypeRef::Named(name) => out.write_str(name),
            TypeRef::List(inner) => write!(out, "[{inner}]"),
            TypeRef::NonNull(inner) => write!(out, "{inner}!"),
        }
    }
}

/// A value as the document writes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'t> {
    Variable(&'t str),
    Int(&'t str),
    Float(&'t str),
    Text(String),
    Boolean(bool),
    Null,
    Enum(&'t str),
    List(Vec<Value<'t>>),
    Object(Vec<(&'t str, Value<'t>)>),
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Variable(name) => write!(out, "${name}"),
            Value::Int(text) | Value::Float(text) | Value::Enum(text) => out.write_str(text),
            Value::Text(text) => write!(out, "{}", serde_json::Value::from(text.as_str())),
            Value::Boolean(flag) => write!(out, "{flag}"),
            Value::Null => out.write_str("null"),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(out, "[{}]", items.join(", "))
            }
            Value::Object(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(out, "{{{}}}", fields.join(", "))
            }
        }
    }
}
