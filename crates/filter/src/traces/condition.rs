//! A condition's column and value.

use crate::{
    FilterError, Literal,
    clause::{
        column, invalid_attribute, is_quotable, list, named, number, quoted_text, repr_names,
        split_column, unquoted_key, without_backticks,
    },
    syntax::{Condition, Term, TermKind},
};
use python::repr_set;

use super::{BARE_TYPE_NAME, Column, ENTITIES, Entity, comparison::span_comparison};

/// A clause whose operator has yet to be looked at.
pub(super) struct Read {
    pub(super) column: Column,
    /// In upper case.
    pub(super) operator: String,
    pub(super) literal: Literal,
}

/// The keys of a trace's own attributes that a filter may name.
const ATTRIBUTE_KEYS: &[(&str, ())] = &[
    ("request_id", ()),
    ("timestamp", ()),
    ("timestamp_ms", ()),
    ("execution_time", ()),
    ("execution_time_ms", ()),
    ("end_time", ()),
    ("end_time_ms", ()),
    ("status", ()),
    ("client_request_id", ()),
    ("name", ()),
    ("run_id", ()),
    ("prompt", ()),
    ("text", ()),
];

const NUMERIC_KEYS: [&str; 6] =
    ["timestamp_ms", "timestamp", "execution_time_ms", "execution_time", "end_time_ms", "end_time"];

const LIST_KEYS: [&str; 5] = ["name", "status", "request_id", "run_id", "client_request_id"];

pub(super) fn read(condition: &Condition) -> Result<Read, FilterError> {
    let column = written_column(column(condition, BARE_TYPE_NAME)?, ATTRIBUTE_KEYS)?;
    let literal = match condition.right {
        Some(value) => {
            if matches!(column.entity, Entity::Feedback | Entity::Expectation) {
                agrees_with_operator(column.entity, condition.operator, value)?;
            }
            let literal = literal(&column, value)?;
            if column.entity == Entity::Span {
                // Compat: here, unlike elsewhere, the operator must be in upper case.
                span_comparison(&column.key, condition.operator)?;
            }
            literal
        }
        None => Literal::None,
    };
    Ok(Read { column: column.resolved(), operator: condition.operator.to_uppercase(), literal })
}

/// The column as written; an attribute must be one of `attributes`.
pub(super) fn written_column(
    text: &str,
    attributes: &[(&'static str, ())],
) -> Result<Column, FilterError> {
    let (entity, key) = split_column(text);
    let entity = match entity.map(without_backticks) {
        None => Entity::Attribute,
        Some(name) => named(ENTITIES, name).ok_or_else(|| {
            let valid = repr_names(ENTITIES);
            FilterError::invalid(format!("Invalid entity type '{name}'. Valid values are {valid}"))
        })?,
    };
    let key = unquoted_key(key);
    if entity == Entity::Attribute && named(attributes, key).is_none() {
        return Err(invalid_attribute(key, attributes));
    }
    Ok(Column { entity, key: key.to_owned() })
}

fn is_number(value: Term) -> bool {
    matches!(value.kind, TermKind::Integer | TermKind::Float)
}

/// An assessment takes a number behind `<` and its like, and a text behind all other operators.
fn agrees_with_operator(entity: Entity, operator: &str, value: Term) -> Result<(), FilterError> {
    let wants_number = matches!(operator, "<" | "<=" | ">" | ">=");
    let fits = if wants_number { is_number(value) } else { is_quotable(value) };
    if fits {
        return Ok(());
    }
    let (entity, value) = (entity.name(), value.text);
    Err(FilterError::invalid(if wants_number {
        format!(
            "Expected a numeric value for {entity} when using comparator '{operator}'. Got value \
             {value}"
        )
    } else {
        format!("Expected a quoted string value for {entity} (e.g. 'my-value'). Got value {value}")
    }))
}

fn literal(column: &Column, value: Term) -> Result<Literal, FilterError> {
    if is_quotable(value) {
        return quoted_text(value);
    }
    let takes_list = matches!(column.entity, Entity::Tag | Entity::Span);
    match column.entity {
        Entity::Attribute => attribute_literal(&column.key, value),
        _ if takes_list && value.kind == TermKind::Parenthesis => list(value),
        Entity::Feedback | Entity::Expectation if is_number(value) => {
            Ok(Literal::Number(value.text.parse().unwrap_or(f64::INFINITY)))
        }
        entity => Err(FilterError::invalid(format!(
            "Expected a quoted string value for {} (e.g. 'my-value'). Got value {}",
            entity.name(),
            value.text
        ))),
    }
}

fn attribute_literal(key: &str, value: Term) -> Result<Literal, FilterError> {
    let refused = if value.kind == TermKind::Parenthesis {
        if LIST_KEYS.contains(&key) {
            return list(value);
        }
        let valid = repr_set(LIST_KEYS);
        format!(
            "Only attributes in {valid} supports comparison with a list of quoted string values."
        )
    } else if let Some(number) = number(value) {
        if NUMERIC_KEYS.contains(&key) {
            return Ok(number);
        }
        let valid = repr_set(NUMERIC_KEYS);
        format!("Only the '{valid}' attributes support comparison with numeric values.")
    } else {
        format!(
            "Expected a quoted string value or a list of quoted string values for attributes. \
             Got value {}",
            value.text
        )
    };
    Err(FilterError::invalid(refused))
}
