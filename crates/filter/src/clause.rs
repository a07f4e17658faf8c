//! How the entities whose filters MLflow reads alike turn a condition into a clause.

use crate::{
    Comparison, FilterError, Literal,
    limits::few_conditions,
    matching::repr_comparisons,
    syntax::{Condition, Item, Term, TermKind, Unreadable, Value, items, literal},
};
use python::{repr_set, repr_text};

/// How a refusal lists what does not belong into a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strays {
    Quoted,
    Bare,
    /// As [`Self::Bare`], and `AND` does not belong there either.
    BareAndAnd,
}

/// The conditions of a filter; none if the text is empty.
pub(crate) fn conditions<'a>(
    text: &'a str,
    strays: Strays,
    bare_type_name: Option<&str>,
) -> Result<Vec<Condition<'a>>, FilterError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let items = items(text, bare_type_name).map_err(|unreadable| {
        FilterError::invalid(match unreadable {
            Unreadable::TooComplex(_) => format!("Error on parsing filter '{text}'"),
            Unreadable::Blank => format!("Invalid filter '{text}'. Could not be parsed."),
            Unreadable::Several => format!(
                "Search filter contained multiple expression {}. Provide AND-ed expression list.",
                repr_text(text)
            ),
        })
    })?;
    let mut conditions = Vec::new();
    let mut refused = Vec::new();
    for item in items {
        match item {
            Item::Condition(condition) => conditions.push(condition),
            Item::And if strays == Strays::BareAndAnd => refused.push("AND".to_owned()),
            Item::And => {}
            Item::Stray(stray) if strays == Strays::Quoted => refused.push(format!("'{stray}'")),
            Item::Stray(stray) => refused.push(stray.to_owned()),
        }
    }
    if refused.is_empty() {
        few_conditions(conditions.len())?;
        return Ok(conditions);
    }
    let refused = refused.join(", ");
    Err(FilterError::invalid(format!("Invalid clause(s) in filter string: {refused}")))
}

/// The text of the column that the condition is about, as written. `bare_type_name` as for
/// [`conditions`].
pub(crate) fn column<'a>(
    condition: &Condition<'a>,
    bare_type_name: Option<&str>,
) -> Result<&'a str, FilterError> {
    if condition.pieces > 3 {
        return Err(FilterError::invalid(format!(
            "Invalid comparison clause. Expected 3 tokens found {}",
            condition.pieces
        )));
    }
    let Term { kind, text } = condition.left;
    if kind != TermKind::Identifier && Some(text) != bare_type_name {
        return Err(FilterError::invalid(format!(
            "Invalid comparison clause. Expected 'Identifier' found '{text}'"
        )));
    }
    Ok(text)
}

/// Splits `entity.key` at the first period; without one, all is key.
pub(crate) fn split_column(column: &str) -> (Option<&str>, &str) {
    match column.split_once('.') {
        Some((entity, key)) => (Some(entity), key),
        None => (None, column),
    }
}

/// Which of the two entities that an experiment or a registry filter knows a column belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Attribute,
    Tag,
}

/// The names of the two, where only one is known for attributes.
pub(crate) const OWNERS: &[&str] = &["attribute", "tag", "tags"];
/// The names of the two, where two are known for attributes.
pub(crate) const MORE_OWNERS: &[&str] = &["attribute", "attributes", "tag", "tags"];

/// Splits `tags.key` or `attribute.key`, as [`split_column`]. The key is as written.
pub(crate) fn owned_key<'c>(
    column: &'c str,
    owners: &[&str],
) -> Result<(Owner, &'c str), FilterError> {
    let (entity, key) = split_column(column);
    match entity {
        Some(name) if !owners.contains(&name) => Err(FilterError::invalid(format!(
            "Invalid entity type '{name}'. Valid entity types are {}",
            python::repr_tuple(owners)
        ))),
        Some("tag" | "tags") => Ok((Owner::Tag, key)),
        _ => Ok((Owner::Attribute, key)),
    }
}

/// Finds what a table calls `name`.
pub(crate) fn named<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

/// `{'a', 'b'}`: the names of a table.
pub(crate) fn repr_names<T>(table: &[(&'static str, T)]) -> String {
    repr_set(table.iter().map(|(name, _)| *name))
}

pub(crate) fn invalid_attribute<T>(key: &str, table: &[(&'static str, T)]) -> FilterError {
    let valid = repr_names(table);
    FilterError::invalid(format!(
        "Invalid attribute key '{key}' specified. Valid keys are '{valid}'"
    ))
}

/// Drops one pair of single or double quotes, then one pair of backticks.
pub(crate) fn unquoted_key(key: &str) -> &str {
    let key = without_quotes(key).unwrap_or(key);
    without(key, '`').unwrap_or(key)
}

pub(crate) fn without_backticks(name: &str) -> &str {
    without(name, '`').unwrap_or(name)
}

fn without(text: &str, quote: char) -> Option<&str> {
    text.strip_prefix(quote)?.strip_suffix(quote)
}

fn without_quotes(text: &str) -> Option<&str> {
    without(text, '\'').or_else(|| without(text, '"'))
}

/// The text between the quotes of a value.
///
/// Compat: nothing is unescaped; a doubled quote stays doubled.
pub(crate) fn quoted_text(value: Term) -> Result<Literal, FilterError> {
    match without_quotes(value.text) {
        Some(text) => Ok(Literal::Text(text.to_owned())),
        None => Err(FilterError::invalid(format!(
            "Parameter value is either not quoted or unidentified quote types used for string \
             value {}. Use either single or double quotes.",
            value.text
        ))),
    }
}

/// Whether the value is one that quotes may surround.
pub(crate) fn is_quotable(value: Term) -> bool {
    matches!(value.kind, TermKind::Text | TermKind::Identifier)
}

/// The number that the value writes, if it is one.
pub(crate) fn number(value: Term) -> Option<Literal> {
    match value.kind {
        TermKind::Integer => whole_number(value.text).map(Literal::Integer),
        TermKind::Float => value.text.parse().ok().map(Literal::Number),
        _ => None,
    }
}

/// Reads a whole number the way of Python's `int`: blanks around it and single underscores between
/// its digits are fine. Clamped to 64 bits.
pub fn whole_number(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.starts_with('_') || digits.ends_with('_') || digits.contains("__") {
        return None;
    }
    let digits = digits.replace('_', "");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let clamped = if negative { i64::MIN } else { i64::MAX };
    let signed = if negative { format!("-{digits}") } else { digits };
    Some(signed.parse().unwrap_or(clamped))
}

/// The texts of a list in parentheses.
pub(crate) fn list(value: Term) -> Result<Literal, FilterError> {
    let refused = |what: &str| {
        Err(FilterError::invalid(format!("While parsing a list in the query, expected {what}")))
    };
    let items = match literal(value.text) {
        Some(Value::Tuple(items)) => items,
        Some(single) => vec![single],
        None => return refused("a non-empty list of string values, but got ill-formed list."),
    };
    if items.is_empty() {
        return refused("a non-empty list of string values, but got empty list");
    }
    let text = |item: &Value| match item {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    match items.iter().map(text).collect() {
        Some(texts) => Ok(Literal::TextList(texts)),
        None => refused(&format!(
            "string value, punctuation, or whitespace, but got different type in list: {}",
            Value::Tuple(items).printed()
        )),
    }
}

/// `Invalid comparator …`. Compat: MLflow closes the quote behind the set in some places only.
pub(crate) fn invalid_comparator(
    operator: &str,
    allowed: &[Comparison],
    closing: &str,
) -> FilterError {
    let allowed = repr_comparisons(allowed);
    FilterError::invalid(format!("Invalid comparator '{operator}' not one of '{allowed}{closing}"))
}

/// Brings an operator and its value together: a list of one behind an operator that takes a single
/// value is that value.
///
/// Compat: MLflow leaves the rest to the database, which takes such a list on PostgreSQL and fails
/// on SQLite. Longer ones, and single values behind `IN`, it repeats the database's error for; they
/// are refused here.
pub(crate) fn settled(comparison: Comparison, literal: Literal) -> Result<Literal, FilterError> {
    let value = match (comparison.is_in(), literal) {
        (true, list @ (Literal::TextList(_) | Literal::IntegerList(_))) => return Ok(list),
        (true, _) => "a single value",
        (false, Literal::TextList(mut texts)) => match (texts.pop(), texts.is_empty()) {
            (Some(text), true) => return Ok(Literal::Text(text)),
            _ => "a list of values",
        },
        (false, Literal::IntegerList(mut numbers)) => match (numbers.pop(), numbers.is_empty()) {
            (Some(number), true) => return Ok(Literal::Integer(number)),
            _ => "a list of values",
        },
        (false, single) => return Ok(single),
    };
    Err(FilterError::invalid(format!("Invalid comparator '{}' for {value}.", comparison.symbol())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lose_one_pair_of_each_kind_of_quotes() {
        assert_eq!(unquoted_key("`a`"), "a");
        assert_eq!(unquoted_key("\"`a`\""), "a");
        assert_eq!(unquoted_key("`'a'`"), "'a'");
        assert_eq!(unquoted_key("`"), "`");
        assert_eq!(unquoted_key("'"), "'");
    }

    #[test]
    fn whole_numbers() {
        assert_eq!(whole_number(" -1_0 "), Some(-10));
        assert_eq!(whole_number("99999999999999999999"), Some(i64::MAX));
        assert_eq!(whole_number("-99999999999999999999"), Some(i64::MIN));
        for text in ["", "1.5", "_1", "1__0", "--1", "0x1", "+-1"] {
            assert_eq!(whole_number(text), None, "{text}");
        }
    }
}
