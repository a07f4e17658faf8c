//! Filters and orders of evaluation data sets.
//!
//! Compat: nothing unquotes a name here, so `` tags.`a` `` is the tag whose key has backticks.

use crate::{
    Comparison, FilterError, Literal,
    clause::{
        Strays, column, conditions, is_quotable, list, named, number, quoted_text, repr_names,
        split_column,
    },
    limits::{few_orders, sound},
    matching::{NUMERIC, TEXTUAL},
    syntax::{Condition, Term, TermKind, directed_name},
};
use python::{repr_float, repr_text};

/// A column of the data set itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    Name,
    /// Milliseconds since 1970.
    CreatedTime,
    /// Milliseconds since 1970.
    LastUpdateTime,
    CreatedBy,
    LastUpdatedBy,
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
    /// [`Literal::Integer`] for times; [`Literal::TextList`] for names only.
    pub literal: Literal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderBy {
    /// A name or a time.
    pub attribute: Attribute,
    pub ascending: bool,
}

const ATTRIBUTES: &[(&str, Attribute)] = &[
    ("name", Attribute::Name),
    ("created_time", Attribute::CreatedTime),
    ("last_update_time", Attribute::LastUpdateTime),
    ("created_by", Attribute::CreatedBy),
    ("last_updated_by", Attribute::LastUpdatedBy),
];

const ORDER_ATTRIBUTES: &[(&str, Attribute)] = &[
    ("name", Attribute::Name),
    ("created_time", Attribute::CreatedTime),
    ("last_update_time", Attribute::LastUpdateTime),
];

/// Compat: texts may be compared by `<` and its like, and by patterns.
const ATTRIBUTE_COMPARISONS: &[Comparison] = &[
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
    Comparison::Like,
    Comparison::ILike,
    Comparison::RLike,
    Comparison::In,
];

impl Attribute {
    fn is_time(self) -> bool {
        matches!(self, Self::CreatedTime | Self::LastUpdateTime)
    }
}

/// Reads a filter; an empty one has no clauses.
pub fn parse(text: &str) -> Result<Vec<Clause>, FilterError> {
    let read: Vec<_> = conditions(text, Strays::Bare, None)?
        .iter()
        .map(|condition| {
            let (field, literal) = read_condition(condition)?;
            Ok((field, condition.operator, literal))
        })
        .collect::<Result<_, FilterError>>()?;
    // Compat: most operators are looked at only when every condition reads well.
    let clauses =
        read.into_iter().map(|(field, operator, literal)| clause(field, operator, literal));
    sound(clauses.collect::<Result<Vec<Clause>, FilterError>>()?, |clause| {
        (clause.comparison, &clause.literal)
    })
}

/// Reads the order-by texts of one request. A field may occur more than once.
pub fn parse_order_by(texts: &[impl AsRef<str>]) -> Result<Vec<OrderBy>, FilterError> {
    few_orders(texts)?;
    texts
        .iter()
        .map(|text| {
            let (name, ascending) = directed_name(text.as_ref())?;
            match field(&name, ORDER_ATTRIBUTES)?.1 {
                Field::Attribute(attribute) => Ok(OrderBy { attribute, ascending }),
                Field::Tag(_) => Err(FilterError::invalid("Invalid order_by entity: tag")),
            }
        })
        .collect()
}

/// The key as written and the field that `column` names.
fn field<'a>(
    column: &'a str,
    attributes: &[(&'static str, Attribute)],
) -> Result<(&'a str, Field), FilterError> {
    match split_column(column) {
        (None, key) => {
            let attribute = named(attributes, key).ok_or_else(|| {
                let valid = repr_names(attributes);
                FilterError::invalid(format!(
                    "Invalid attribute key '{key}' specified. Valid keys are: {valid}"
                ))
            })?;
            Ok((key, Field::Attribute(attribute)))
        }
        (Some("tags"), key) => Ok((key, Field::Tag(key.to_owned()))),
        (Some(other), _) => {
            Err(FilterError::invalid(format!("Invalid identifier token '{other}' specified")))
        }
    }
}

fn read_condition(condition: &Condition) -> Result<(Field, Literal), FilterError> {
    let (key, field) = field(column(condition, None)?, ATTRIBUTES)?;
    let literal = match (&field, condition.right) {
        (Field::Tag(_), None) => Literal::None,
        (Field::Attribute(_), None) => {
            return Err(FilterError::invalid(format!(
                "IS NULL / IS NOT NULL is only supported for tags and params, not for \
                 'attribute' '{key}'"
            )));
        }
        (_, Some(value)) => literal(key, &field, value)?,
    };
    if matches!(literal, Literal::TextList(_)) && condition.operator != "IN" {
        return Err(FilterError::invalid(
            "List values for 'name' are only supported with the IN comparator.",
        ));
    }
    Ok((field, literal))
}

fn literal(key: &str, field: &Field, value: Term) -> Result<Literal, FilterError> {
    let refused = match field {
        Field::Attribute(attribute) if attribute.is_time() => match number(value) {
            Some(number) => return Ok(number),
            None => format!("Expected numeric value type for numeric attribute: {key}. Found "),
        },
        _ if is_quotable(value) => return quoted_text(value),
        Field::Tag(_) => {
            "Expected a quoted string value for tag (e.g. 'my-value'). Got value ".to_owned()
        }
        Field::Attribute(attribute) => match (value.kind, attribute) {
            (TermKind::Parenthesis, Attribute::Name) => return list(value),
            (TermKind::Parenthesis, _) => {
                return Err(FilterError::invalid(
                    "Only ['name'] attributes support comparison with a list of quoted string \
                     values.",
                ));
            }
            _ => "Expected a quoted string value for attributes. Got value ".to_owned(),
        },
    };
    Err(FilterError::invalid(refused + value.text))
}

/// Compat: unlike elsewhere, `like` and `in` must be in upper case here.
fn clause(field: Field, operator: &str, literal: Literal) -> Result<Clause, FilterError> {
    let refused =
        |what: &str| FilterError::invalid(format!("Invalid comparator for {what}: {operator}"));
    let comparison = match &field {
        Field::Tag(_) => Comparison::among(TEXTUAL, operator).ok_or_else(|| refused("tag"))?,
        Field::Attribute(attribute) if attribute.is_time() => {
            Comparison::among(NUMERIC, operator).ok_or_else(|| refused("numeric attribute"))?
        }
        // MLflow fails on the operators that are refused here.
        Field::Attribute(_) => Comparison::among(ATTRIBUTE_COMPARISONS, operator)
            .ok_or_else(|| refused("string attribute"))?,
    };
    if let (Field::Attribute(attribute), Literal::Number(number)) = (&field, &literal) {
        let name = ATTRIBUTES.iter().find(|(_, known)| known == attribute);
        return Err(FilterError::invalid(format!(
            "Invalid value for numeric attribute '{}': {}",
            name.map_or("", |(name, _)| name),
            repr_text(&repr_float(*number))
        )));
    }
    Ok(Clause { field, comparison, literal })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(read: Result<T, FilterError>) -> String {
        read.unwrap_err().message
    }

    #[test]
    fn names_keep_their_quotes() {
        let field = |text: &str| parse(text).unwrap().remove(0).field;
        assert_eq!(field("tags.`a` = 'x'"), Field::Tag("`a`".to_owned()));
        assert_eq!(
            message(parse("`name` = 'x'")),
            "Invalid attribute key '`name`' specified. Valid keys are: {'created_by', \
             'created_time', 'last_update_time', 'last_updated_by', 'name'}"
        );
        assert_eq!(
            message(parse("attribute.name = 'x'")),
            "Invalid identifier token 'attribute' specified"
        );
    }

    #[test]
    fn lists_are_for_names_in_upper_case() {
        assert!(parse("name IN ('a', 'b')").is_ok());
        let only = "List values for 'name' are only supported with the IN comparator.";
        assert_eq!(message(parse("name in ('a')")), only);
        assert_eq!(message(parse("name NOT IN ('a')")), only);
        assert_eq!(
            message(parse("created_by IN ('a')")),
            "Only ['name'] attributes support comparison with a list of quoted string values."
        );
    }

    #[test]
    fn comparisons() {
        assert!(parse("created_by > 'a' AND created_time >= 5 AND tags.a LIKE 'b'").is_ok());
        assert_eq!(
            message(parse("created_time > 1.5")),
            "Invalid value for numeric attribute 'created_time': '1.5'"
        );
        assert_eq!(message(parse("tags.a IS NULL")), "Invalid comparator for tag: IS NULL");
        assert!(parse("name like 'a'").is_err());
    }

    #[test]
    fn orders() {
        let expected = OrderBy { attribute: Attribute::LastUpdateTime, ascending: false };
        assert_eq!(parse_order_by(&["last_update_time DESC"]), Ok(vec![expected]));
        assert_eq!(message(parse_order_by(&["tags.a"])), "Invalid order_by entity: tag");
        assert!(parse_order_by(&["created_by"]).is_err());
    }
}
