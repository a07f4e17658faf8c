//! From text to a flat list of conditions, the same way for every kind of entity.

mod condition;
mod direction;
mod grouping;
mod lexer;
mod literal;
mod node;
mod parser;
mod quoting;
mod reserved;
mod statement;
mod token;

pub(crate) use condition::{Condition, Item, Term, TermKind, Unreadable, items};
pub(crate) use direction::directed_name;
pub(crate) use literal::{Value, literal};
pub(crate) use statement::TooComplex;
