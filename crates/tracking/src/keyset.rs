//! Paging by key: a page begins after the sort keys of the last row of the page before, so that it
//! costs the same wherever it is and stays right while rows are added.
//!
//! A sort key is an expression that is never NULL: nullable columns are sorted by a rank first
//! (0 for a value, more for none) and by the value with a stand-in second.

use app::ApiError;
use db::{DbError, Row, Statement, Value};
use filter::{Comparison, Literal};
use serde::{Deserialize, Serialize};

/// One part of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey<F> {
    pub field: F,
    pub ascending: bool,
    /// Whether the values are texts; else they are numbers.
    pub text: bool,
}

/// The value of a sort key in a page token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    Int(i64),
    /// The bits of a float: JSON would lose some of them.
    Float {
        bits: u64,
    },
    Text(String),
}

impl Key {
    pub fn float(value: f64) -> Self {
        Key::Float { bits: value.to_bits() }
    }

    fn into_value(self) -> Value<'static> {
        match self {
            Key::Int(value) => Value::Int(value),
            Key::Float { bits } => Value::Float(f64::from_bits(bits)),
            Key::Text(text) => Value::OwnedText(text),
        }
    }
}

/// Reads the sort keys of a row, which stand from column `first` on. Numbers are integers.
pub fn read<F>(row: Row<'_>, first: usize, order: &[SortKey<F>]) -> Result<Vec<Key>, DbError> {
    order
        .iter()
        .enumerate()
        .map(|(index, key)| {
            Ok(if key.text {
                Key::Text(row.get(first + index)?)
            } else {
                Key::Int(row.get(first + index)?)
            })
        })
        .collect()
}

/// Refuses keys that are not those of this order: a token from another search.
pub fn check<F>(order: &[SortKey<F>], keys: &[Key]) -> Result<(), ApiError> {
    let fits = keys.len() == order.len()
        && keys.iter().zip(order).all(|(key, part)| matches!(key, Key::Text(_)) == part.text);
    if fits {
        return Ok(());
    }
    Err(ApiError::invalid("Invalid page token: it belongs to another search."))
}

/// Adds the condition "comes after the row with these keys". Each key bounds the next, so that an
/// index can begin at the first.
///
/// # Errors
/// When the keys are not those of this order: a token from another search.
pub fn after<F: Clone>(
    statement: &mut Statement,
    order: &[SortKey<F>],
    keys: Vec<Key>,
    column: &mut dyn FnMut(&mut Statement, F),
) -> Result<(), ApiError> {
    check(order, &keys)?;
    let last = order.len().saturating_sub(1);
    for (index, (part, key)) in order.iter().zip(keys).enumerate() {
        let value = key.into_value();
        if index < last {
            statement.text("(");
            column(statement, part.field.clone());
            statement.text(if part.ascending { " >= " } else { " <= " }).bind(value.clone());
            statement.text(" AND (");
        }
        column(statement, part.field.clone());
        statement.text(if part.ascending { " > " } else { " < " }).bind(value);
        if index < last {
            statement.text(" OR ");
        }
    }
    for _ in 0..last {
        statement.text("))");
    }
    Ok(())
}

/// Adds the list for `ORDER BY`.
pub fn order_by<F: Clone>(
    statement: &mut Statement,
    order: &[SortKey<F>],
    column: &mut dyn FnMut(&mut Statement, F),
) {
    for (index, part) in order.iter().enumerate() {
        if index > 0 {
            statement.text(", ");
        }
        column(statement, part.field.clone());
        statement.text(if part.ascending { " ASC" } else { " DESC" });
    }
}

/// Adds "is one of these" behind the column that was just added. A single value is compared with
/// `=`, because only then can an index give the order too.
pub fn one_of_ints(statement: &mut Statement, list: Vec<i64>) {
    match list.as_slice() {
        [only] => statement.text(" = ").bind(*only),
        _ => statement.text(" = ANY(").bind(list).text(")"),
    };
}

/// As [`one_of_ints`], for texts.
pub fn one_of_texts(statement: &mut Statement, mut list: Vec<String>) {
    match list.len() {
        1 => statement.text(" = ").bind(list.pop().unwrap_or_default()),
        _ => statement.text(" = ANY(").bind(list).text(")"),
    };
}

/// Adds a comparison behind the column that was just added.
pub fn compare(statement: &mut Statement, comparison: Comparison, literal: Literal) {
    let operator = match comparison {
        Comparison::Equal => " = ",
        Comparison::NotEqual => " <> ",
        Comparison::Less => " < ",
        Comparison::LessOrEqual => " <= ",
        Comparison::Greater => " > ",
        Comparison::GreaterOrEqual => " >= ",
        Comparison::Like => " LIKE ",
        Comparison::ILike => " ILIKE ",
        Comparison::RLike => " ~ ",
        Comparison::In => " = ANY(",
        Comparison::NotIn => " <> ALL(",
        Comparison::IsNull => " IS NULL",
        Comparison::IsNotNull => " IS NOT NULL",
    };
    statement.text(operator);
    match literal {
        Literal::Text(text) => statement.bind(text),
        Literal::Integer(number) => statement.bind(number),
        Literal::Number(number) => statement.bind(number),
        Literal::TextList(list) => statement.bind(list).text(")"),
        Literal::IntegerList(list) => statement.bind(list).text(")"),
        Literal::None => statement,
    };
}
