//! Filters and orders of experiments.

use crate::{
    Comparison, FilterError, Literal,
    clause::{
        MORE_OWNERS, Owner, Strays, column, conditions, invalid_attribute, invalid_comparator,
        is_quotable, list, named, number, owned_key, quoted_text, settled, unquoted_key,
        whole_number,
    },
    limits::{few_orders, sound},
    matching::{NUMERIC, TEXTUAL, TEXTUAL_OR_LIST, TEXTUAL_OR_NULL},
    syntax::{Condition, Term, TermKind, directed_name},
};
use python::{repr_float, repr_text};

/// A column of the experiment itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    Name,
    ExperimentId,
    /// Milliseconds since 1970.
    CreationTime,
    /// Milliseconds since 1970.
    LastUpdateTime,
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
    /// [`Literal::Integer`] or [`Literal::IntegerList`] for ids, [`Literal::Integer`] for times.
    pub literal: Literal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderBy {
    pub attribute: Attribute,
    pub ascending: bool,
}

const ATTRIBUTES: &[(&str, Attribute)] = &[
    ("name", Attribute::Name),
    ("experiment_id", Attribute::ExperimentId),
    ("creation_time", Attribute::CreationTime),
    ("last_update_time", Attribute::LastUpdateTime),
];

impl Attribute {
    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::ExperimentId => "experiment_id",
            Self::CreationTime => "creation_time",
            Self::LastUpdateTime => "last_update_time",
        }
    }

    fn is_time(self) -> bool {
        matches!(self, Self::CreationTime | Self::LastUpdateTime)
    }
}

/// Reads a filter; an empty one has no clauses.
pub fn parse(text: &str) -> Result<Vec<Clause>, FilterError> {
    let read: Vec<_> = conditions(text, Strays::Bare, None)?
        .iter()
        .map(|condition| {
            let (field, literal) = read_condition(condition)?;
            Ok((field, condition.operator.to_uppercase(), literal))
        })
        .collect::<Result<_, FilterError>>()?;
    // Compat: operators are looked at only when every condition reads well.
    let clauses = read.into_iter().map(|(field, operator, literal)| match field {
        Field::Attribute(attribute) => attribute_clause(attribute, &operator, literal),
        Field::Tag(key) => tag_clause(key, &operator, literal),
    });
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
            match field(&name)? {
                Field::Attribute(attribute) => Ok(OrderBy { attribute, ascending }),
                Field::Tag(_) => Err(FilterError::invalid("Invalid order_by entity: tag")),
            }
        })
        .collect()
}

fn field(column: &str) -> Result<Field, FilterError> {
    let (owner, key) = owned_key(column, MORE_OWNERS)?;
    let key = unquoted_key(key);
    match owner {
        Owner::Tag => Ok(Field::Tag(key.to_owned())),
        Owner::Attribute => named(ATTRIBUTES, key)
            .map(Field::Attribute)
            .ok_or_else(|| invalid_attribute(key, ATTRIBUTES)),
    }
}

fn read_condition(condition: &Condition) -> Result<(Field, Literal), FilterError> {
    let field = field(column(condition, None)?)?;
    let literal = match (&field, condition.right) {
        (Field::Tag(_), None) => Literal::None,
        (Field::Attribute(attribute), None) => {
            return Err(FilterError::invalid(format!(
                "IS NULL / IS NOT NULL is only supported for tags, not for attribute '{}'",
                attribute.name()
            )));
        }
        (_, Some(value)) => literal(&field, value)?,
    };
    Ok((field, literal))
}

fn literal(field: &Field, value: Term) -> Result<Literal, FilterError> {
    let refused = match field {
        Field::Attribute(attribute) if attribute.is_time() => match number(value) {
            Some(number) => return Ok(number),
            None => format!(
                "Expected numeric value type for numeric attribute: {}. Found ",
                attribute.name()
            ),
        },
        _ if is_quotable(value) => return quoted_text(value),
        Field::Tag(_) => {
            "Expected a quoted string value for tag (e.g. 'my-value'). Got value ".to_owned()
        }
        Field::Attribute(attribute) => match (value.kind, attribute) {
            (TermKind::Parenthesis, Attribute::ExperimentId) => return list(value),
            (TermKind::Parenthesis, _) => {
                return Err(FilterError::invalid(
                    "Only ['experiment_id'] attributes support comparison with a list of quoted \
                     string values.",
                ));
            }
            _ => "Expected a quoted string value for attributes. Got value ".to_owned(),
        },
    };
    Err(FilterError::invalid(refused + value.text))
}

/// `operator` is in upper case.
fn attribute_clause(
    attribute: Attribute,
    operator: &str,
    literal: Literal,
) -> Result<Clause, FilterError> {
    let (comparison, literal) = match attribute {
        Attribute::ExperimentId => {
            let comparison = Comparison::among(TEXTUAL_OR_LIST, operator)
                .filter(|comparison| !matches!(comparison, Comparison::Like | Comparison::ILike))
                .ok_or_else(|| {
                    FilterError::invalid(format!(
                        "Invalid comparator for experiment_id: {operator}"
                    ))
                })?;
            (comparison, experiment_ids(literal)?)
        }
        Attribute::Name => {
            let comparison = Comparison::among(TEXTUAL, operator)
                .ok_or_else(|| invalid_comparator(operator, TEXTUAL_OR_LIST, "'"))?;
            (comparison, literal)
        }
        Attribute::CreationTime | Attribute::LastUpdateTime => {
            let comparison = Comparison::among(NUMERIC, operator)
                .ok_or_else(|| invalid_comparator(operator, TEXTUAL_OR_LIST, ""))?;
            if let Literal::Number(number) = literal {
                return Err(FilterError::invalid(format!(
                    "Invalid value for numeric attribute '{}': {}",
                    attribute.name(),
                    repr_text(&repr_float(number))
                )));
            }
            (comparison, literal)
        }
    };
    let literal = settled(comparison, literal)?;
    Ok(Clause { field: Field::Attribute(attribute), comparison, literal })
}

fn experiment_ids(literal: Literal) -> Result<Literal, FilterError> {
    let id = |text: &str| {
        whole_number(text).ok_or_else(|| {
            FilterError::invalid(format!(
                "Invalid experiment ID '{text}'. Experiment ID must be a valid integer."
            ))
        })
    };
    match literal {
        Literal::Text(text) => id(&text).map(Literal::Integer),
        Literal::TextList(texts) => {
            let ids = texts.iter().map(|text| id(text)).collect::<Result<_, _>>()?;
            Ok(Literal::IntegerList(ids))
        }
        other => Ok(other),
    }
}

fn tag_clause(key: String, operator: &str, literal: Literal) -> Result<Clause, FilterError> {
    let comparison = Comparison::among(TEXTUAL_OR_NULL, operator)
        .ok_or_else(|| FilterError::invalid(format!("Invalid comparator for tag: {operator}")))?;
    Ok(Clause { field: Field::Tag(key), comparison, literal })
}
