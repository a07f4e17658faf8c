//! Filters and orders of MCP servers, their versions and their access endpoints.

use crate::{
    Comparison, FilterError, Literal,
    clause::{
        Strays, column, conditions, is_quotable, list, named, number, quoted_text, repr_names,
        settled, split_column, unquoted_key, without_backticks,
    },
    limits::{few_orders, sound},
    matching::NUMERIC,
    syntax::{Condition, Term, TermKind, directed_name},
};
use python::repr_list;

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    Server,
    Version,
    Endpoint,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    Name,
    DisplayName,
    /// Of a server: that of its latest version.
    Status,
    /// `true` or `false`.
    HasAccessEndpoints,
    /// Ordered as semantic versions are.
    Version,
    ServerName,
    TransportType,
    Id,
    /// Milliseconds since 1970.
    CreatedAt,
    /// Milliseconds since 1970.
    LastUpdatedAt,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    /// Of servers only.
    Tag(String),
}

/// One condition of a filter. All clauses of a filter must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub field: Field,
    pub comparison: Comparison,
    pub literal: Literal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderBy {
    pub attribute: Attribute,
    pub ascending: bool,
}

type Names = &'static [(&'static str, Attribute)];

const SERVER: Names = &[
    ("name", Attribute::Name),
    ("display_name", Attribute::DisplayName),
    ("status", Attribute::Status),
    ("has_access_endpoints", Attribute::HasAccessEndpoints),
    ("created_at", Attribute::CreatedAt),
    ("last_updated_at", Attribute::LastUpdatedAt),
];
const VERSION: Names = &[
    ("name", Attribute::Name),
    ("version", Attribute::Version),
    ("status", Attribute::Status),
    ("created_at", Attribute::CreatedAt),
    ("last_updated_at", Attribute::LastUpdatedAt),
];
const ENDPOINT: Names = &[
    ("status", Attribute::Status),
    ("server_name", Attribute::ServerName),
    ("transport_type", Attribute::TransportType),
    ("created_at", Attribute::CreatedAt),
    ("last_updated_at", Attribute::LastUpdatedAt),
];

impl Entity {
    fn attributes(self) -> Names {
        match self {
            Self::Server => SERVER,
            Self::Version => VERSION,
            Self::Endpoint => ENDPOINT,
        }
    }

    /// The attributes that may be compared with a list.
    fn listed(self) -> &'static [&'static str] {
        match self {
            Self::Server => &["name", "status"],
            Self::Version => &["status"],
            Self::Endpoint => &["server_name"],
        }
    }

    /// In the order in which a refusal lists them.
    fn orders(self) -> Names {
        match self {
            Self::Server => &[
                ("created_at", Attribute::CreatedAt),
                ("last_updated_at", Attribute::LastUpdatedAt),
                ("name", Attribute::Name),
            ],
            Self::Version => &[
                ("created_at", Attribute::CreatedAt),
                ("last_updated_at", Attribute::LastUpdatedAt),
                ("version", Attribute::Version),
            ],
            Self::Endpoint => &[
                ("created_at", Attribute::CreatedAt),
                ("id", Attribute::Id),
                ("last_updated_at", Attribute::LastUpdatedAt),
                ("server_name", Attribute::ServerName),
            ],
        }
    }

    /// The attribute that SQL knows as a word of its own.
    fn reserved(self) -> Option<&'static str> {
        match self {
            Self::Server => None,
            Self::Version => Some("version"),
            Self::Endpoint => Some("server_name"),
        }
    }
}

/// Reads a filter; an empty one has no clauses.
pub fn parse(entity: Entity, text: &str) -> Result<Vec<Clause>, FilterError> {
    let text = match entity.reserved() {
        Some(word) => &with_backticks(text, word),
        None => text,
    };
    let conditions = conditions(text, Strays::Quoted, None)?;
    let clauses = conditions.iter().map(|condition| clause(entity, condition));
    sound(clauses.collect::<Result<Vec<Clause>, FilterError>>()?, |clause| {
        (clause.comparison, &clause.literal)
    })
}

/// Reads the order-by texts of one request. No attribute may occur twice.
pub fn parse_order_by(
    entity: Entity,
    texts: &[impl AsRef<str>],
) -> Result<Vec<OrderBy>, FilterError> {
    few_orders(texts)?;
    let mut orders: Vec<OrderBy> = Vec::new();
    for text in texts {
        let (name, ascending) = directed_name(text.as_ref())?;
        let attribute = named(entity.orders(), &name).ok_or_else(|| {
            let names: Vec<&str> = entity.orders().iter().map(|(name, _)| *name).collect();
            FilterError::invalid(format!(
                "Invalid order_by key '{name}'. Valid keys: {}",
                repr_list(&names)
            ))
        })?;
        if orders.iter().any(|order| order.attribute == attribute) {
            return Err(FilterError::invalid(format!("Duplicate order_by field: '{name}'")));
        }
        orders.push(OrderBy { attribute, ascending });
    }
    Ok(orders)
}

/// Puts backticks around `word` where it stands alone outside of quotes, so that it is read as a
/// name and not as SQL's word.
fn with_backticks(text: &str, word: &str) -> String {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '`');
    let mut out = String::with_capacity(text.len() + 8);
    let mut quote = None;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let begins = quote.is_none() && !out.ends_with(inside);
        if let Some(tail) = rest.strip_prefix(word).filter(|_| begins)
            && !tail.starts_with(inside)
        {
            out.extend(["`", word, "`"]);
            rest = tail;
            continue;
        }
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
        out.push(character);
        rest = &rest[character.len_utf8()..];
    }
    out
}

fn clause(entity: Entity, condition: &Condition) -> Result<Clause, FilterError> {
    let (owner, key) = split_column(column(condition, None)?);
    let key = unquoted_key(key);
    let field = match owner.map(without_backticks) {
        None | Some("attribute" | "attributes" | "attr" | "run") => {
            Field::Attribute(named(entity.attributes(), key).ok_or_else(|| {
                let valid = repr_names(entity.attributes());
                FilterError::invalid(format!(
                    "Invalid attribute key '{key}' specified. Valid keys are '{valid}'"
                ))
            })?)
        }
        Some("tag" | "tags") if entity == Entity::Server => Field::Tag(key.to_owned()),
        Some(other) => return Err(no_such_owner(other)),
    };
    let what = match &field {
        Field::Attribute(_) => "attribute",
        Field::Tag(_) => "tag",
    };
    let Some(value) = condition.right else {
        return Err(FilterError::invalid(match field {
            Field::Tag(_) => {
                format!("Invalid comparator '{}' for tag '{key}'.", condition.operator)
            }
            Field::Attribute(_) => format!(
                "IS NULL / IS NOT NULL is only supported for tags and params, not for 'attribute' \
                 '{key}'"
            ),
        }));
    };
    let literal = literal(entity, key, &field, value)?;
    let comparison = match &literal {
        Literal::Integer(_) | Literal::Number(_) => Comparison::among(NUMERIC, condition.operator),
        // Compat: operators that are words must be in upper case.
        _ => Comparison::among(COMPARISONS, condition.operator),
    };
    let comparison = comparison.ok_or_else(|| {
        let operator = condition.operator;
        FilterError::invalid(format!("Invalid comparator '{operator}' for {what} '{key}'."))
    })?;
    Ok(Clause { field, comparison, literal: settled(comparison, literal)? })
}

const COMPARISONS: &[Comparison] = &[
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
    Comparison::Like,
    Comparison::ILike,
    Comparison::In,
    Comparison::NotIn,
];

/// What MLflow says of an owner of columns that these entities do not have.
fn no_such_owner(name: &str) -> FilterError {
    let kind = match name {
        "metric" | "metrics" => "metric",
        "parameter" | "parameters" | "param" | "params" => "parameter",
        "tag" | "tags" => "tag",
        "dataset" | "datasets" => "dataset",
        other => {
            return FilterError::invalid(format!(
                "Invalid entity type '{other}'. Valid values are ['metric', 'parameter', 'tag', \
                 'attribute', 'dataset']"
            ));
        }
    };
    FilterError::invalid(format!("Invalid filter type '{kind}'."))
}

fn literal(entity: Entity, key: &str, field: &Field, value: Term) -> Result<Literal, FilterError> {
    let refused = match field {
        Field::Attribute(Attribute::CreatedAt | Attribute::LastUpdatedAt) => match number(value) {
            Some(number) => return Ok(number),
            None => format!("Expected numeric value type for numeric attribute: {key}. Found "),
        },
        _ if is_quotable(value) => return quoted_text(value),
        Field::Tag(_) => {
            "Expected a quoted string value for tag (e.g. 'my-value'). Got value ".to_owned()
        }
        Field::Attribute(_) if value.kind == TermKind::Parenthesis => {
            if entity.listed().contains(&key) {
                return list(value);
            }
            return Err(FilterError::invalid(format!(
                "Only {} attributes support comparison with a list of quoted string values.",
                repr_list(entity.listed())
            )));
        }
        Field::Attribute(_) => {
            "Expected a quoted string value for attributes. Got value ".to_owned()
        }
    };
    Err(FilterError::invalid(refused + value.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(read: Result<T, FilterError>) -> String {
        read.unwrap_err().message
    }

    #[test]
    fn words_of_sql_are_names_here() {
        let clauses = parse(Entity::Version, "version >= '1.0.0' AND name = 'version'").unwrap();
        assert_eq!(clauses[0].field, Field::Attribute(Attribute::Version));
        assert_eq!(clauses[1].literal, Literal::Text("version".to_owned()));
        let clauses = parse(Entity::Endpoint, "server_name IN ('a')").unwrap();
        assert_eq!(clauses[0].literal, Literal::TextList(vec!["a".to_owned()]));
        assert_eq!(
            with_backticks("my_version = \"version\"", "version"),
            "my_version = \"version\""
        );
    }

    #[test]
    fn refusals() {
        assert_eq!(
            message(parse(Entity::Server, "status like 'a'")),
            "Invalid comparator 'like' for attribute 'status'."
        );
        assert_eq!(
            message(parse(Entity::Server, "display_name IN ('a')")),
            "Only ['name', 'status'] attributes support comparison with a list of quoted string \
             values."
        );
        assert_eq!(
            message(parse(Entity::Server, "created_at > 'a'")),
            "Expected numeric value type for numeric attribute: created_at. Found 'a'"
        );
        assert_eq!(message(parse(Entity::Endpoint, "tags.a = 'x'")), "Invalid filter type 'tag'.");
        assert_eq!(
            message(parse_order_by(Entity::Server, &["foo"])),
            "Invalid order_by key 'foo'. Valid keys: ['created_at', 'last_updated_at', 'name']"
        );
        assert_eq!(
            message(parse_order_by(Entity::Server, &["name", "name DESC"])),
            "Duplicate order_by field: 'name'"
        );
    }
}
