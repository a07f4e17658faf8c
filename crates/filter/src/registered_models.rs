//! Filters and orders of registered models, prompts among them.

use crate::{
    Comparison, FilterError, Literal,
    clause::{
        OWNERS, Owner, Strays, column, conditions, invalid_attribute, is_quotable, list, named,
        owned_key, quoted_text, settled, unquoted_key,
    },
    limits::{few_orders, sound},
    matching::{TEXTUAL, TEXTUAL_OR_LIST},
    syntax::{Condition, Term, TermKind, directed_name},
};
use python::{repr_list, repr_set};

/// The tag that tells a prompt (`true`) from a model.
pub const PROMPT_TAG: &str = "mlflow.prompt.is_prompt";

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    Name,
    Tag(String),
}

/// One condition of a filter. All clauses of a filter must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub field: Field,
    pub comparison: Comparison,
    /// [`Literal::Text`] or, for names, [`Literal::TextList`].
    pub literal: Literal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderField {
    Name,
    /// Milliseconds since 1970.
    LastUpdated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderBy {
    pub field: OrderField,
    pub ascending: bool,
}

const ATTRIBUTES: &[(&str, Field)] = &[("name", Field::Name)];

const ORDER_FIELDS: &[(&str, OrderField)] = &[
    ("name", OrderField::Name),
    ("timestamp", OrderField::LastUpdated),
    ("last_updated_timestamp", OrderField::LastUpdated),
];

/// Reads a filter; an empty one has no clauses.
pub fn parse(text: &str) -> Result<Vec<Clause>, FilterError> {
    let read: Vec<_> = conditions(text, Strays::Bare, None)?
        .iter()
        .map(read_condition)
        .collect::<Result<_, _>>()?;
    // Compat: operators are looked at only when every condition reads well.
    let clauses = read.into_iter().map(|(field, operator, literal)| {
        let comparison = match field {
            Field::Name => Comparison::among(TEXTUAL_OR_LIST, &operator).ok_or("attribute"),
            Field::Tag(_) => Comparison::among(TEXTUAL, &operator).ok_or("tag"),
        };
        let comparison = comparison.map_err(|entity| {
            FilterError::invalid(format!("Invalid comparator for {entity}: {operator}"))
        })?;
        Ok(Clause { field, comparison, literal: settled(comparison, literal)? })
    });
    sound(clauses.collect::<Result<Vec<Clause>, FilterError>>()?, |clause| {
        (clause.comparison, &clause.literal)
    })
}

/// Whether a filter asks for prompts, by the first clause on [`PROMPT_TAG`].
///
/// If it does not, MLflow leaves prompts out, and ignores all clauses on that tag.
pub fn asks_for_prompts(clauses: &[Clause]) -> bool {
    let on_tag = |clause: &&Clause| matches!(&clause.field, Field::Tag(key) if key == PROMPT_TAG);
    clauses
        .iter()
        .find(on_tag)
        .is_some_and(|clause| chooses_prompts(clause.comparison, &clause.literal))
}

/// Whether a condition on [`PROMPT_TAG`] holds for prompts and not for models.
pub(crate) fn chooses_prompts(comparison: Comparison, literal: &Literal) -> bool {
    let Literal::Text(value) = literal else { return false };
    match comparison {
        Comparison::Equal => value.to_lowercase() == "true",
        Comparison::NotEqual => value.to_lowercase() == "false",
        _ => false,
    }
}

/// Reads the order-by texts of one request. No field may occur twice.
pub fn parse_order_by(texts: &[impl AsRef<str>]) -> Result<Vec<OrderBy>, FilterError> {
    few_orders(texts)?;
    let mut orders: Vec<OrderBy> = Vec::new();
    for text in texts {
        let (name, ascending) = directed_name(text.as_ref())?;
        let field = named(ORDER_FIELDS, &name).ok_or_else(|| {
            let recommended = repr_set(["name", "timestamp"]);
            FilterError::invalid(format!(
                "Invalid order by key '{name}' specified. Valid keys are '{recommended}'"
            ))
        })?;
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

/// The field, the operator in upper case, the value.
fn read_condition(condition: &Condition) -> Result<(Field, String, Literal), FilterError> {
    let column = column(condition, None)?;
    let value = condition.right.ok_or_else(|| no_null("registered model"))?;
    let (owner, key) = owned_key(column, OWNERS)?;
    let field = match owner {
        Owner::Tag => Field::Tag(unquoted_key(key).to_owned()),
        // Compat: an attribute must not be quoted.
        Owner::Attribute if key == "name" => Field::Name,
        Owner::Attribute => return Err(invalid_attribute(key, ATTRIBUTES)),
    };
    let literal = literal(&field, value)?;
    Ok((field, condition.operator.to_uppercase(), literal))
}

/// `search`: what is searched for.
pub(crate) fn no_null(search: &str) -> FilterError {
    FilterError::invalid(format!("IS NULL / IS NOT NULL is not supported for {search} search."))
}

fn literal(field: &Field, value: Term) -> Result<Literal, FilterError> {
    if is_quotable(value) {
        return quoted_text(value);
    }
    let expected = match field {
        Field::Name if value.kind == TermKind::Parenthesis => return list(value),
        Field::Name => {
            "Expected a quoted string value or a list of quoted string values for attributes."
        }
        Field::Tag(_) => "Expected a quoted string value for tag (e.g. 'my-value').",
    };
    Err(FilterError::invalid(format!("{expected} Got value {}", value.text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(read: Result<T, FilterError>) -> String {
        read.unwrap_err().message
    }

    #[test]
    fn names_and_tags() {
        let clauses = parse("name in ('a', 'b') AND tags.`k k` ilike 'v%'").unwrap();
        assert_eq!(clauses[0].field, Field::Name);
        assert_eq!(clauses[0].comparison, Comparison::In);
        assert_eq!(clauses[1].field, Field::Tag("k k".to_owned()));
        assert_eq!(clauses[1].comparison, Comparison::ILike);
    }

    #[test]
    fn prompts_are_asked_for_by_the_first_clause_on_their_tag() {
        let asks = |text| asks_for_prompts(&parse(text).unwrap());
        assert!(asks("tags.`mlflow.prompt.is_prompt` = 'True'"));
        assert!(asks("name = 'a' AND tags.mlflow.prompt.is_prompt != 'false'"));
        assert!(!asks("tags.mlflow.prompt.is_prompt = 'false'"));
        assert!(!asks("tags.mlflow.prompt.is_prompt LIKE 'true'"));
        assert!(!asks("name = 'mlflow.prompt.is_prompt'"));
        assert!(!asks(
            "tags.mlflow.prompt.is_prompt = 'x' AND tags.mlflow.prompt.is_prompt = 'true'"
        ));
    }

    #[test]
    fn refusals() {
        assert_eq!(
            message(parse("`name` = 'a'")),
            "Invalid attribute key '`name`' specified. Valid keys are '{'name'}'"
        );
        assert_eq!(message(parse("name > 'a'")), "Invalid comparator for attribute: >");
        assert_eq!(message(parse("tags.a < 'b'")), "Invalid comparator for tag: <");
        assert_eq!(
            message(parse("name = 5")),
            "Expected a quoted string value or a list of quoted string values for attributes. \
             Got value 5"
        );
        assert!(parse("name IS NULL").is_err());
        assert_eq!(
            message(parse_order_by(&["creation_timestamp"])),
            "Invalid order by key 'creation_timestamp' specified. Valid keys are '{'name', \
             'timestamp'}'"
        );
        assert_eq!(
            message(parse_order_by(&["timestamp", "last_updated_timestamp DESC"])),
            "`order_by` contains duplicate fields: ['timestamp', 'last_updated_timestamp DESC']"
        );
    }

    #[test]
    fn orders() {
        let orders = parse_order_by(&["timestamp DESC", "`name` ASC"]).unwrap();
        let expected = [
            OrderBy { field: OrderField::LastUpdated, ascending: false },
            OrderBy { field: OrderField::Name, ascending: true },
        ];
        assert_eq!(orders, expected);
    }
}
