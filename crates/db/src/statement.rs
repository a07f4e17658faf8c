//! Statements whose shape depends on the request.

use crate::{DbError, Row, Tx, Value};

/// A statement put together from static text and bound values. There is no way to put anything
/// else in: what a user wrote can only be bound.
#[derive(Debug, Default)]
pub struct Statement {
    text: String,
    values: Vec<Value<'static>>,
}

impl Statement {
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Adds text.
    pub fn text(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a parameter that is bound to `value`.
    pub fn bind(&mut self, value: impl Into<Value<'static>>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Adds a number that is part of a name, as in `m3`: for the alias of a joined table.
    pub fn index(&mut self, index: usize) -> &mut Self {
        self.text.push_str(&index.to_string());
        self
    }

    pub fn sql(&self) -> &str {
        &self.text
    }

    /// Runs it and returns the number of rows that it changed.
    pub async fn execute(&self, tx: &mut Tx) -> Result<u64, DbError> {
        tx.execute(&self.text, &self.values).await
    }

    /// Runs it and maps every row.
    pub async fn query<T, F>(&self, tx: &mut Tx, map: F) -> Result<Vec<T>, DbError>
    where
        F: for<'r> FnMut(Row<'r>) -> Result<T, DbError> + Send,
        T: Send,
    {
        tx.query(&self.text, &self.values, map).await
    }
}
