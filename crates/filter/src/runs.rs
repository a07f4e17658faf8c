//! Filters and orders of runs.

use crate::{
    Comparison, FilterError, Literal,
    clause::{
        Strays, column, conditions, invalid_attribute, invalid_comparator, is_quotable, list,
        named, number, quoted_text, repr_names, settled, split_column, unquoted_key,
        without_backticks,
    },
    limits::{few_orders, sound},
    matching::{NUMERIC, TEXTUAL_OR_LIST, TEXTUAL_OR_NULL},
    syntax::{Condition, Term, TermKind, directed_name},
};
use python::repr_list;

/// A column of the run itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    RunId,
    RunName,
    UserId,
    Status,
    ArtifactUri,
    /// Milliseconds since 1970.
    StartTime,
    /// Milliseconds since 1970.
    EndTime,
}

/// A column of a data set that a run took as input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DatasetField {
    Name,
    Digest,
    /// The value of the input's tag `mlflow.data.context`.
    Context,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    /// The last value of the metric of this name.
    Metric(String),
    Param(String),
    Tag(String),
    Dataset(DatasetField),
}

/// One condition of a filter. All clauses of a filter must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub field: Field,
    pub comparison: Comparison,
    /// [`Literal::Number`] for metrics; [`Literal::Integer`] or [`Literal::Number`] for times.
    pub literal: Literal,
}

/// What runs can be ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OrderField {
    Attribute(Attribute),
    Metric(String),
    Param(String),
    Tag(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    pub field: OrderField,
    pub ascending: bool,
}

const ATTRIBUTES: &[(&str, Attribute)] = &[
    ("artifact_uri", Attribute::ArtifactUri),
    ("end_time", Attribute::EndTime),
    ("run_id", Attribute::RunId),
    ("run_name", Attribute::RunName),
    ("start_time", Attribute::StartTime),
    ("status", Attribute::Status),
    ("user_id", Attribute::UserId),
    ("created", Attribute::StartTime),
    ("Created", Attribute::StartTime),
];

/// More names, for filters only.
const FILTER_ONLY_ATTRIBUTES: &[(&str, Attribute)] = &[
    ("run name", Attribute::RunName),
    ("Run name", Attribute::RunName),
    ("Run Name", Attribute::RunName),
];

const DATASET_FIELDS: &[(&str, DatasetField)] = &[
    ("name", DatasetField::Name),
    ("digest", DatasetField::Digest),
    ("context", DatasetField::Context),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entity {
    Metric,
    Param,
    Tag,
    Attribute,
    Dataset,
}

const ENTITIES: &[(&str, Entity)] = &[
    ("metric", Entity::Metric),
    ("metrics", Entity::Metric),
    ("parameter", Entity::Param),
    ("parameters", Entity::Param),
    ("param", Entity::Param),
    ("params", Entity::Param),
    ("tag", Entity::Tag),
    ("tags", Entity::Tag),
    ("attribute", Entity::Attribute),
    ("attributes", Entity::Attribute),
    ("attr", Entity::Attribute),
    ("run", Entity::Attribute),
    ("dataset", Entity::Dataset),
    ("datasets", Entity::Dataset),
];

impl Entity {
    /// The name that messages use.
    fn name(self) -> &'static str {
        match self {
            Self::Metric => "metric",
            Self::Param => "parameter",
            Self::Tag => "tag",
            Self::Attribute => "attribute",
            Self::Dataset => "dataset",
        }
    }
}

impl Attribute {
    fn is_time(self) -> bool {
        matches!(self, Self::StartTime | Self::EndTime)
    }
}

impl Field {
    fn entity(&self) -> Entity {
        match self {
            Self::Attribute(_) => Entity::Attribute,
            Self::Metric(_) => Entity::Metric,
            Self::Param(_) => Entity::Param,
            Self::Tag(_) => Entity::Tag,
            Self::Dataset(_) => Entity::Dataset,
        }
    }
}

/// Reads a filter; an empty one has no clauses.
pub fn parse(text: &str) -> Result<Vec<Clause>, FilterError> {
    let read: Vec<_> = conditions(text, Strays::Quoted, None)?
        .iter()
        .map(read_condition)
        .collect::<Result<_, _>>()?;
    // Compat: operators are looked at only when every condition reads well.
    sound(read.into_iter().map(compared).collect::<Result<Vec<Clause>, FilterError>>()?, |clause| {
        (clause.comparison, &clause.literal)
    })
}

/// Reads the order-by texts of one request. No field may occur twice.
pub fn parse_order_by(texts: &[impl AsRef<str>]) -> Result<Vec<OrderBy>, FilterError> {
    few_orders(texts)?;
    let mut orders: Vec<OrderBy> = Vec::new();
    for text in texts {
        let (name, ascending) = directed_name(text.as_ref())?;
        let field = match field(&name, ATTRIBUTES)?.1 {
            Field::Attribute(attribute) => OrderField::Attribute(attribute),
            Field::Metric(key) => OrderField::Metric(key),
            Field::Param(key) => OrderField::Param(key),
            Field::Tag(key) => OrderField::Tag(key),
            Field::Dataset(_) => {
                return Err(FilterError::invalid("Invalid identifier type 'dataset'"));
            }
        };
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

/// The key as written and the field that `column` names.
fn field<'a>(
    column: &'a str,
    attributes: &[(&'static str, Attribute)],
) -> Result<(&'a str, Field), FilterError> {
    let (entity, key) = split_column(column);
    let entity = entity.map_or(Ok(Entity::Attribute), entity_of)?;
    let key = unquoted_key(key);
    let field = match entity {
        Entity::Metric => Field::Metric(key.to_owned()),
        Entity::Param => Field::Param(key.to_owned()),
        Entity::Tag => Field::Tag(key.to_owned()),
        Entity::Attribute => Field::Attribute(
            named(attributes, key).ok_or_else(|| invalid_attribute(key, attributes))?,
        ),
        Entity::Dataset => {
            Field::Dataset(named(DATASET_FIELDS, key).ok_or_else(|| invalid_dataset_key(key))?)
        }
    };
    Ok((key, field))
}

fn invalid_dataset_key(key: &str) -> FilterError {
    let valid = repr_names(DATASET_FIELDS);
    FilterError::invalid(format!("Invalid dataset key '{key}' specified. Valid keys are '{valid}'"))
}

fn entity_of(name: &str) -> Result<Entity, FilterError> {
    let name = without_backticks(name);
    named(ENTITIES, name).ok_or_else(|| {
        FilterError::invalid(format!(
            "Invalid entity type '{name}'. Valid values are ['metric', 'parameter', 'tag', \
             'attribute', 'dataset']"
        ))
    })
}

/// A clause whose operator has yet to be looked at, in upper case.
struct Read {
    field: Field,
    operator: String,
    literal: Literal,
}

fn read_condition(condition: &Condition) -> Result<Read, FilterError> {
    let attributes = [ATTRIBUTES, FILTER_ONLY_ATTRIBUTES].concat();
    let (key, field) = field(column(condition, None)?, &attributes)?;
    let literal = match condition.right {
        Some(value) => literal(key, &field, value)?,
        None if matches!(field, Field::Tag(_) | Field::Param(_)) => Literal::None,
        None => {
            return Err(FilterError::invalid(format!(
                "IS NULL / IS NOT NULL is only supported for tags and params, not for '{}' \
                 '{key}'",
                field.entity().name()
            )));
        }
    };
    Ok(Read { field, operator: condition.operator.to_uppercase(), literal })
}

fn literal(key: &str, field: &Field, value: Term) -> Result<Literal, FilterError> {
    let refused = match field {
        Field::Metric(_) => match number(value) {
            Some(Literal::Integer(_)) => return Ok(Literal::Number(metric_value(value.text))),
            Some(number) => return Ok(number),
            None => "Expected numeric value type for metric. Found ".to_owned(),
        },
        Field::Attribute(attribute) if attribute.is_time() => match number(value) {
            Some(number) => return Ok(number),
            None => format!("Expected numeric value type for numeric attribute: {key}. Found "),
        },
        _ if is_quotable(value) => return quoted_text(value),
        Field::Param(_) | Field::Tag(_) => format!(
            "Expected a quoted string value for {} (e.g. 'my-value'). Got value ",
            field.entity().name()
        ),
        Field::Attribute(attribute) => match (value.kind, attribute) {
            (TermKind::Parenthesis, Attribute::RunId) => return list(value),
            (TermKind::Parenthesis, _) => {
                return Err(FilterError::invalid(
                    "Only ['run_id'] attributes support comparison with a list of quoted string \
                     values.",
                ));
            }
            _ => "Expected a quoted string value for attributes. Got value ".to_owned(),
        },
        Field::Dataset(_) if value.kind == TermKind::Parenthesis => return list(value),
        Field::Dataset(_) => {
            "Expected a quoted string value for dataset attributes. Got value ".to_owned()
        }
    };
    Err(FilterError::invalid(refused + value.text))
}

/// Metrics are floating point; a whole number beyond 64 bits is not clamped but rounded.
fn metric_value(digits: &str) -> f64 {
    digits.parse().unwrap_or(f64::INFINITY)
}

fn compared(read: Read) -> Result<Clause, FilterError> {
    let Read { field, operator, literal } = read;
    // Compat: a time's refusal lists the comparators of texts.
    let (allowed, listed, closing) = match &field {
        Field::Attribute(attribute) if attribute.is_time() => (NUMERIC, TEXTUAL_OR_LIST, ""),
        Field::Attribute(_) => (TEXTUAL_OR_LIST, TEXTUAL_OR_LIST, "'"),
        Field::Metric(_) => (NUMERIC, NUMERIC, ""),
        Field::Param(_) => (TEXTUAL_OR_NULL, TEXTUAL_OR_NULL, "'"),
        Field::Tag(_) => (TEXTUAL_OR_NULL, TEXTUAL_OR_NULL, ""),
        Field::Dataset(_) => (TEXTUAL_OR_LIST, TEXTUAL_OR_LIST, ""),
    };
    let comparison = Comparison::among(allowed, &operator)
        .ok_or_else(|| invalid_comparator(&operator, listed, closing))?;
    Ok(Clause { field, comparison, literal: settled(comparison, literal)? })
}
