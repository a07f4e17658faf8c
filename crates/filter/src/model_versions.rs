//! Filters and orders of model versions, prompt versions among them.

use crate::{
    Comparison, FilterError, Literal,
    clause::{
        OWNERS, Owner, Strays, column, conditions, invalid_attribute, is_quotable, list, named,
        number, owned_key, quoted_text, repr_names, settled, unquoted_key, whole_number,
    },
    limits::{few_orders, sound},
    matching::{NUMERIC, TEXTUAL, TEXTUAL_OR_LIST},
    registered_models::{PROMPT_TAG, chooses_prompts, no_null},
    syntax::{Condition, Term, TermKind, directed_name},
};
use python::{repr_float, repr_list, repr_set, repr_text};

/// A column of the model version itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    Name,
    VersionNumber,
    RunId,
    /// The location that the version was made from.
    SourcePath,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    Tag(String),
}

/// One condition of a filter. All clauses of a filter must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub field: Field,
    pub comparison: Comparison,
    /// [`Literal::Integer`] for version numbers; [`Literal::TextList`] only for names and run ids.
    pub literal: Literal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderField {
    Name,
    VersionNumber,
    /// Milliseconds since 1970.
    CreationTimestamp,
    /// Milliseconds since 1970.
    LastUpdatedTimestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderBy {
    pub field: OrderField,
    pub ascending: bool,
}

const ATTRIBUTES: &[(&str, Attribute)] = &[
    ("name", Attribute::Name),
    ("version_number", Attribute::VersionNumber),
    ("run_id", Attribute::RunId),
    ("source_path", Attribute::SourcePath),
];

const ORDER_FIELDS: &[(&str, OrderField)] = &[
    ("name", OrderField::Name),
    ("version_number", OrderField::VersionNumber),
    ("creation_timestamp", OrderField::CreationTimestamp),
    ("last_updated_timestamp", OrderField::LastUpdatedTimestamp),
];

/// Reads a filter; an empty one has no clauses.
pub fn parse(text: &str) -> Result<Vec<Clause>, FilterError> {
    let read: Vec<_> = conditions(text, Strays::Bare, None)?
        .iter()
        .map(read_condition)
        .collect::<Result<_, _>>()?;
    // Compat: operators are looked at only when every condition reads well.
    sound(read.into_iter().map(clause).collect::<Result<Vec<Clause>, FilterError>>()?, |clause| {
        (clause.comparison, &clause.literal)
    })
}

/// Whether a filter asks for prompts; see [`crate::registered_models::asks_for_prompts`].
pub fn asks_for_prompts(clauses: &[Clause]) -> bool {
    let on_tag = |clause: &&Clause| matches!(&clause.field, Field::Tag(key) if key == PROMPT_TAG);
    clauses
        .iter()
        .find(on_tag)
        .is_some_and(|clause| chooses_prompts(clause.comparison, &clause.literal))
}

/// Reads the order-by texts of one request. No field may occur twice.
pub fn parse_order_by(texts: &[impl AsRef<str>]) -> Result<Vec<OrderBy>, FilterError> {
    few_orders(texts)?;
    let mut orders: Vec<OrderBy> = Vec::new();
    for text in texts {
        let (name, ascending) = directed_name(text.as_ref())?;
        let field = order_field(&name)?;
        if orders.iter().any(|order| order.field == field) {
            let texts = repr_list(texts);
            return Err(FilterError::internal(format!(
                "`order_by` contains duplicate fields: {texts}"
            )));
        }
        orders.push(OrderBy { field, ascending });
    }
    Ok(orders)
}

fn order_field(name: &str) -> Result<OrderField, FilterError> {
    let (owner, key) = owned_key(name, OWNERS)?;
    let key = unquoted_key(key);
    // Compat: `tags.name` orders by the name of the version.
    named(ORDER_FIELDS, key).ok_or_else(|| match owner {
        Owner::Attribute => invalid_attribute(key, ORDER_FIELDS),
        Owner::Tag => FilterError::invalid(format!(
            "Invalid order by key '{key}' specified. Valid keys are {}",
            repr_names(ORDER_FIELDS)
        )),
    })
}

/// The field, the operator in upper case, the value.
type Read = (Field, String, Literal);

fn read_condition(condition: &Condition) -> Result<Read, FilterError> {
    let column = column(condition, None)?;
    let value = condition.right.ok_or_else(|| no_null("model version"))?;
    let (owner, key) = owned_key(column, OWNERS)?;
    let field = match owner {
        Owner::Tag => Field::Tag(unquoted_key(key).to_owned()),
        // Compat: an attribute must not be quoted.
        Owner::Attribute => named(ATTRIBUTES, key)
            .map(Field::Attribute)
            .ok_or_else(|| invalid_attribute(key, ATTRIBUTES))?,
    };
    let literal = literal(&field, value)?;
    Ok((field, condition.operator.to_uppercase(), literal))
}

fn literal(field: &Field, value: Term) -> Result<Literal, FilterError> {
    if is_quotable(value) {
        return quoted_text(value);
    }
    let Field::Attribute(attribute) = field else {
        return Err(FilterError::invalid(format!(
            "Expected a quoted string value for tag (e.g. 'my-value'). Got value {}",
            value.text
        )));
    };
    match (value.kind, attribute) {
        (TermKind::Parenthesis, Attribute::Name | Attribute::RunId) => list(value),
        (TermKind::Parenthesis, _) => Err(FilterError::invalid(
            "Only ['name', 'run_id'] attributes support comparison with a list of quoted string \
             values.",
        )),
        _ => match (number(value), attribute) {
            (Some(number), Attribute::VersionNumber) => Ok(number),
            (Some(_), _) => {
                let numeric =
                    repr_set(["version_number", "creation_timestamp", "last_updated_timestamp"]);
                Err(FilterError::invalid(format!(
                    "Only the '{numeric}' attributes support comparison with numeric values."
                )))
            }
            (None, _) => Err(FilterError::invalid(format!(
                "Expected a quoted string value or a list of quoted string values for \
                 attributes. Got value {}",
                value.text
            ))),
        },
    }
}

fn clause((field, operator, literal): Read) -> Result<Clause, FilterError> {
    let refused =
        |what: &str| FilterError::invalid(format!("Invalid comparator for {what}: {operator}"));
    let (comparison, literal) = match &field {
        Field::Attribute(Attribute::VersionNumber) => {
            let comparison = Comparison::among(NUMERIC, &operator)
                .ok_or_else(|| refused("attribute version_number"))?;
            (comparison, version_number(literal)?)
        }
        Field::Attribute(attribute) => {
            let takes_lists = matches!(attribute, Attribute::Name | Attribute::RunId);
            let allowed = if takes_lists { TEXTUAL_OR_LIST } else { TEXTUAL };
            let comparison =
                Comparison::among(allowed, &operator).ok_or_else(|| refused("attribute"))?;
            (comparison, literal)
        }
        Field::Tag(_) => {
            (Comparison::among(TEXTUAL, &operator).ok_or_else(|| refused("tag"))?, literal)
        }
    };
    Ok(Clause { field, comparison, literal: settled(comparison, literal)? })
}

/// Compat: a quoted whole number does as well.
fn version_number(literal: Literal) -> Result<Literal, FilterError> {
    let printed = match literal {
        Literal::Text(text) => match whole_number(&text) {
            Some(number) => return Ok(Literal::Integer(number)),
            None => repr_text(&text),
        },
        Literal::Number(number) => repr_float(number),
        other => return Ok(other),
    };
    Err(FilterError::invalid(format!(
        "Invalid value for numeric attribute 'version_number': {printed}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(read: Result<T, FilterError>) -> String {
        read.unwrap_err().message
    }

    #[test]
    fn version_numbers() {
        let literal = |text: &str| parse(text).unwrap().remove(0).literal;
        assert_eq!(literal("version_number > 3"), Literal::Integer(3));
        assert_eq!(literal("version_number = ' 3 '"), Literal::Integer(3));
        assert_eq!(
            message(parse("version_number > 1.5")),
            "Invalid value for numeric attribute 'version_number': 1.5"
        );
        assert_eq!(
            message(parse("version_number = 'x'")),
            "Invalid value for numeric attribute 'version_number': 'x'"
        );
        assert_eq!(
            message(parse("version_number LIKE '1'")),
            "Invalid comparator for attribute version_number: LIKE"
        );
    }

    #[test]
    fn lists_are_for_names_and_run_ids() {
        assert!(parse("run_id NOT IN ('a') AND name IN ('b')").is_ok());
        assert_eq!(
            message(parse("source_path IN ('a')")),
            "Only ['name', 'run_id'] attributes support comparison with a list of quoted string \
             values."
        );
    }

    #[test]
    fn orders() {
        let field = |text| parse_order_by(&[text]).unwrap()[0].field;
        assert_eq!(field("version_number DESC"), OrderField::VersionNumber);
        assert_eq!(field("tags.name"), OrderField::Name);
        assert_eq!(
            message(parse_order_by(&["tags.a"])),
            "Invalid order by key 'a' specified. Valid keys are {'creation_timestamp', \
             'last_updated_timestamp', 'name', 'version_number'}"
        );
    }
}
