//! Filters and orders of logged models.
//!
//! Compat: MLflow reads these with rules of their own. Entities have one name each, an operator
//! may be in any case of letters, the value behind a text column needs no quotes, and double
//! quotes are part of the value.

use crate::{
    Comparison, FilterError, Literal,
    clause::{named, settled},
    limits::{few_conditions, sound},
    matching::{NUMERIC, TEXTUAL_OR_LIST},
    syntax::{Condition, Item, TooComplex, Unreadable, Value, items, literal},
};
use python::{repr_text, repr_tuple};

/// A column of the logged model itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    ModelId,
    /// A whole number that filters compare as a text.
    ExperimentId,
    Name,
    ArtifactLocation,
    /// Milliseconds since 1970.
    CreationTimestamp,
    /// Milliseconds since 1970.
    LastUpdatedTimestamp,
    /// By its name in a filter; stored as a whole number.
    Status,
    LifecycleStage,
    ModelType,
    SourceRunId,
    StatusMessage,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    /// The last value of the metric of this name, on the request's data sets if it names some.
    Metric(String),
    Param(String),
    Tag(String),
}

/// One condition of a filter. All clauses of a filter must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub field: Field,
    pub comparison: Comparison,
    /// [`Literal::Number`] for metrics and timestamps, [`Literal::Text`] or
    /// [`Literal::TextList`] for all else.
    pub literal: Literal,
}

/// What logged models can be ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OrderField {
    Attribute(Attribute),
    Metric(String),
}

const ATTRIBUTES: &[(&str, Attribute)] = &[
    ("model_id", Attribute::ModelId),
    ("experiment_id", Attribute::ExperimentId),
    ("name", Attribute::Name),
    ("artifact_location", Attribute::ArtifactLocation),
    ("creation_timestamp_ms", Attribute::CreationTimestamp),
    ("last_updated_timestamp_ms", Attribute::LastUpdatedTimestamp),
    ("status", Attribute::Status),
    ("lifecycle_stage", Attribute::LifecycleStage),
    ("model_type", Attribute::ModelType),
    ("source_run_id", Attribute::SourceRunId),
    ("status_message", Attribute::StatusMessage),
];

const ALIASES: &[(&str, &str)] = &[
    ("creation_time", "creation_timestamp_ms"),
    ("creation_timestamp", "creation_timestamp_ms"),
    ("last_updated_timestamp", "last_updated_timestamp_ms"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entity {
    Attribute,
    Metric,
    Param,
    Tag,
}

const ENTITIES: &[(&str, Entity)] = &[
    ("attributes", Entity::Attribute),
    ("metrics", Entity::Metric),
    ("params", Entity::Param),
    ("tags", Entity::Tag),
];

/// Reads a filter; an empty one has no clauses.
pub fn parse(text: &str) -> Result<Vec<Clause>, FilterError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let refused = |why: &str| {
        FilterError::invalid(format!("Invalid filter string: {}. {why}", repr_text(text)))
    };
    let items = items(text, None).map_err(|unreadable| {
        refused(match unreadable {
            Unreadable::TooComplex(TooComplex::Tokens) => {
                "SQLParseError('Maximum number of tokens exceeded (10000).')"
            }
            Unreadable::TooComplex(TooComplex::Nesting) => {
                "SQLParseError('Maximum grouping depth exceeded (100).')"
            }
            Unreadable::Blank | Unreadable::Several => "Expected a single SQL expression.",
        })
    })?;
    let mut read = Vec::new();
    for item in items {
        match item {
            Item::Condition(condition) => read.push(read_condition(&condition)?),
            Item::And => {}
            Item::Stray(_) => {
                return Err(refused(
                    "Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > 0.1 \
                     AND params.lr = 0.01').",
                ));
            }
        }
    }
    few_conditions(read.len())?;
    // Compat: unknown columns and lists out of place come up only when all else reads well.
    let clauses = read.into_iter().map(Read::clause).map(|clause| clause.and_then(numbered));
    sound(clauses.collect::<Result<Vec<Clause>, FilterError>>()?, |clause| {
        (clause.comparison, &clause.literal)
    })
}

/// The names of a model's statuses. The number of one is its place here.
const STATUSES: [&str; 4] = ["UNSPECIFIED", "PENDING", "READY", "FAILED"];

/// Puts the numbers of statuses, which are stored, in the place of their names.
fn numbered(mut clause: Clause) -> Result<Clause, FilterError> {
    if clause.field != Field::Attribute(Attribute::Status) {
        return Ok(clause);
    }
    let number = |name: &String| (0..).zip(STATUSES).find(|(_, known)| known == name);
    let number = |name: &String| number(name).map(|(number, _)| number);
    let unknown =
        |shown: String| FilterError::invalid(format!("Unknown model status in filter: {shown}"));
    clause.literal = match (clause.comparison, &clause.literal) {
        (Comparison::Equal | Comparison::NotEqual, Literal::Text(name)) => {
            Literal::Integer(number(name).ok_or_else(|| unknown(repr_text(name)))?)
        }
        (Comparison::In | Comparison::NotIn, Literal::TextList(names)) => {
            let numbers = names.iter().map(number).collect::<Option<_>>();
            Literal::IntegerList(numbers.ok_or_else(|| unknown(repr_tuple(names)))?)
        }
        (comparison, _) => {
            let shown = if comparison == Comparison::ILike { "ILIKE" } else { "LIKE" };
            return Err(FilterError::invalid(format!(
                "Invalid comparison operator for status: {shown}"
            )));
        }
    };
    Ok(clause)
}

/// Reads the field name of one order-by entry. A field may occur in more than one.
pub fn parse_order_by_field(name: &str) -> Result<OrderField, FilterError> {
    let invalid = format!("Invalid order by field name: {name}");
    match name.split_once('.') {
        None => attribute(resolved(name))
            .map(OrderField::Attribute)
            .ok_or_else(|| FilterError::attribute_not_found(invalid)),
        Some(("metrics", metric)) => Ok(OrderField::Metric(metric.to_owned())),
        Some(_) => Err(FilterError::invalid(invalid + ". Only metrics are supported.")),
    }
}

fn attribute(column: &str) -> Option<Attribute> {
    named(ATTRIBUTES, column)
}

fn resolved(name: &str) -> &str {
    named(ALIASES, name).unwrap_or(name)
}

/// A clause whose column may be unknown.
struct Read<'a> {
    entity: Entity,
    key: &'a str,
    comparison: Comparison,
    literal: Literal,
}

impl Read<'_> {
    /// MLflow fails on an unknown name, and on an alias behind `attributes.`. The former is refused
    /// here and the latter understood.
    fn clause(self) -> Result<Clause, FilterError> {
        let Self { entity, key, comparison, literal } = self;
        let field = match entity {
            Entity::Metric => Field::Metric(key.to_owned()),
            Entity::Param => Field::Param(key.to_owned()),
            Entity::Tag => Field::Tag(key.to_owned()),
            Entity::Attribute => Field::Attribute(attribute(resolved(key)).ok_or_else(|| {
                FilterError::invalid(format!("Invalid attribute key '{key}' specified."))
            })?),
        };
        Ok(Clause { field, comparison, literal: settled(comparison, literal)? })
    }
}

fn read_condition<'a>(condition: &Condition<'a>) -> Result<Read<'a>, FilterError> {
    let (Some(value), 3) = (condition.right, condition.pieces) else {
        let written = match condition.right {
            Some(_) => condition.text.to_owned(),
            None => format!("{}{}", condition.left.text, condition.operator),
        };
        return Err(FilterError::invalid(format!(
            "Invalid comparison: {written}. Expected a comparison with 3 tokens."
        )));
    };
    let (entity, key) = column(condition.left.text)?;
    let is_numeric = match entity {
        Entity::Metric => true,
        Entity::Attribute => attribute(resolved(key)).is_some_and(Attribute::is_time),
        Entity::Param | Entity::Tag => false,
    };
    let comparison = comparison(&condition.operator.to_uppercase(), entity, key, is_numeric)?;
    let literal = if is_numeric {
        numeric_literal(entity, key, value.text)?
    } else {
        text_literal(value.text)?
    };
    Ok(Read { entity, key, comparison, literal })
}

impl Attribute {
    fn is_time(self) -> bool {
        matches!(self, Self::CreationTimestamp | Self::LastUpdatedTimestamp)
    }
}

impl Entity {
    /// The name that filters and messages use.
    fn name(self) -> &'static str {
        match self {
            Self::Attribute => "attributes",
            Self::Metric => "metrics",
            Self::Param => "params",
            Self::Tag => "tags",
        }
    }
}

/// The entity and the key that a column names; without an entity's name, all is key.
fn column(text: &str) -> Result<(Entity, &str), FilterError> {
    let split = text.split_once('.').filter(|(entity, key)| {
        let letters = !entity.is_empty() && entity.bytes().all(|byte| byte.is_ascii_lowercase());
        // Compat: a name over more than one line is no longer told from its entity.
        let key = key.strip_suffix('\n').unwrap_or(key);
        letters && !key.is_empty() && !key.contains('\n')
    });
    let Some((name, key)) = split else {
        return Ok((Entity::Attribute, resolved(text).trim_matches('`')));
    };
    let entity = named(ENTITIES, name).ok_or_else(|| {
        FilterError::invalid(format!(
            "Invalid entity type: {}. Expected one of ['attributes', 'metrics', 'params', \
             'tags'].",
            repr_text(name)
        ))
    })?;
    Ok((entity, key.trim_matches('`')))
}

fn comparison(
    operator: &str,
    entity: Entity,
    key: &str,
    is_numeric: bool,
) -> Result<Comparison, FilterError> {
    let (allowed, listed) = if is_numeric {
        (NUMERIC, "('<', '<=', '>', '>=', '=', '!=')")
    } else {
        (TEXTUAL_OR_LIST, "('=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN')")
    };
    Comparison::among(allowed, operator).ok_or_else(|| {
        FilterError::invalid(format!(
            "Invalid comparison operator for {}.{key}: {}. Expected one of {listed}.",
            entity.name(),
            repr_text(operator)
        ))
    })
}

/// Compat: whatever reads as a number will do, `inf` and `nan` included. MLflow fails on the rest.
fn numeric_literal(entity: Entity, key: &str, value: &str) -> Result<Literal, FilterError> {
    float(value).map(Literal::Number).ok_or_else(|| {
        FilterError::invalid(format!(
            "Expected numeric value type for {}.{key}. Found {value}",
            entity.name()
        ))
    })
}

/// Reads a number the way of Python's `float`: single underscores between digits are fine.
fn float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let separates = |at: usize| {
        let digit = |index: Option<usize>| {
            index.and_then(|index| bytes.get(index)).is_some_and(u8::is_ascii_digit)
        };
        digit(at.checked_sub(1)) && digit(at.checked_add(1))
    };
    if !text.match_indices('_').all(|(at, _)| separates(at)) {
        return None;
    }
    text.replace('_', "").parse().ok()
}

fn text_literal(value: &str) -> Result<Literal, FilterError> {
    if !(value.starts_with('(') && value.ends_with(')')) {
        return Ok(Literal::Text(value.trim_matches('\'').to_owned()));
    }
    let read = match literal(value) {
        Some(Value::Text(text)) => Some(Literal::TextList(vec![text])),
        Some(Value::Tuple(items)) => {
            items.into_iter().map(list_item).collect::<Option<_>>().map(Literal::TextList)
        }
        Some(number @ Value::Other(_)) => list_item(number).map(Literal::Text),
        None => None,
    };
    // MLflow fails on these.
    read.ok_or_else(|| {
        FilterError::invalid(format!(
            "While parsing a list in the query, expected a list of string values, but got {value}"
        ))
    })
}

/// Compat: numbers among the texts are fine.
fn list_item(item: Value) -> Option<String> {
    match item {
        Value::Text(text) => Some(text),
        Value::Other(printed) if printed.parse::<f64>().is_ok() => Some(printed),
        Value::Other(_) | Value::Tuple(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Field, Comparison, Literal) {
        let Clause { field, comparison, literal } = parse(text).unwrap().remove(0);
        (field, comparison, literal)
    }

    fn text(text: &str) -> Literal {
        Literal::Text(text.to_owned())
    }

    #[test]
    fn fields() {
        let field = |text: &str| read(text).0;
        assert_eq!(field("name = 'a'"), Field::Attribute(Attribute::Name));
        assert_eq!(field("`name` = 'a'"), Field::Attribute(Attribute::Name));
        assert_eq!(field("creation_time > 1"), Field::Attribute(Attribute::CreationTimestamp));
        assert_eq!(field("attributes.model_id = 'a'"), Field::Attribute(Attribute::ModelId));
        assert_eq!(field("metrics.`a b` > 1"), Field::Metric("a b".to_owned()));
        assert_eq!(field("params.a.b = 'x'"), Field::Param("a.b".to_owned()));
        assert_eq!(field("tags.\"a\" = 'x'"), Field::Tag("\"a\"".to_owned()));
    }

    #[test]
    fn values() {
        let value = |text: &str| read(text).2;
        assert_eq!(value("params.lr = 0.01"), text("0.01"));
        assert_eq!(value("name = \"a\""), text("\"a\""));
        assert_eq!(value("name = 'a'"), text("a"));
        assert_eq!(value("metrics.a > 1e+5"), Literal::Number(1e5));
        assert_eq!(value("metrics.a < inf"), Literal::Number(f64::INFINITY));
        let list = Literal::TextList(vec!["a".to_owned(), "1".to_owned()]);
        assert_eq!(value("name in ('a', 1)"), list);
        assert_eq!(value("name NOT IN ()"), Literal::TextList(Vec::new()));
    }

    #[test]
    fn refusals() {
        let message = |text: &str| parse(text).unwrap_err().message;
        assert_eq!(
            message("tag.a = 'x'"),
            "Invalid entity type: 'tag'. Expected one of ['attributes', 'metrics', 'params', \
             'tags']."
        );
        assert_eq!(
            message("tags.a IS NULL"),
            "Invalid comparison: tags.aIS NULL. Expected a comparison with 3 tokens."
        );
        assert_eq!(
            message("creation_time like '1'"),
            "Invalid comparison operator for attributes.creation_timestamp_ms: 'LIKE'. Expected \
             one of ('<', '<=', '>', '>=', '=', '!=')."
        );
        for text in ["metrics.a > 'x'", "nothing = 'x'", "name IN (a)", "name = ('a', 'b')", " "] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn order_fields() {
        let read = parse_order_by_field;
        assert_eq!(read("metrics.a.b"), Ok(OrderField::Metric("a.b".to_owned())));
        let created = OrderField::Attribute(Attribute::CreationTimestamp);
        assert_eq!(read("creation_timestamp"), Ok(created));
        assert_eq!(read("params.a").unwrap_err().code, crate::ErrorCode::InvalidParameterValue);
        assert_eq!(read("none").unwrap_err().code, crate::ErrorCode::AttributeNotFound);
    }
}
