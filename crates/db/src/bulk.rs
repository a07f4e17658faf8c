//! Many rows in one statement.

use std::sync::OnceLock;

use bytes::BytesMut;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type};

use crate::session::Parameters;
use crate::value::{Value, encode_array};

/// The type of a bulk-inserted column, as PostgreSQL must be told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    Text,
    Int,
    Float,
    Bool,
    Json,
    /// A day, given as `2023-11-14`.
    Date,
}

impl ColumnType {
    fn postgres_array(self) -> &'static str {
        match self {
            ColumnType::Text | ColumnType::Json | ColumnType::Date => "text[]",
            ColumnType::Int => "bigint[]",
            ColumnType::Float => "float8[]",
            ColumnType::Bool => "bool[]",
        }
    }

    /// What a statement without a name is told of the parameter.
    fn array(self) -> Type {
        match self {
            ColumnType::Text | ColumnType::Json | ColumnType::Date => Type::TEXT_ARRAY,
            ColumnType::Int => Type::INT8_ARRAY,
            ColumnType::Float => Type::FLOAT8_ARRAY,
            ColumnType::Bool => Type::BOOL_ARRAY,
        }
    }
}

/// An `INSERT` of any number of rows of `N` columns: on PostgreSQL one statement whose parameters
/// are one array a column; on SQLite one prepared statement run for each row.
#[derive(Debug)]
pub struct Bulk<const N: usize> {
    table: &'static str,
    columns: [(&'static str, ColumnType); N],
    conflict: &'static str,
    postgres: OnceLock<String>,
    sqlite: OnceLock<String>,
}

impl<const N: usize> Bulk<N> {
    /// `conflict` is the text after the rows: `ON CONFLICT …` in the spelling that both engines
    /// share, or nothing. With `DO UPDATE`, the rows of one call must not conflict with each other.
    pub const fn new(
        table: &'static str,
        columns: [(&'static str, ColumnType); N],
        conflict: &'static str,
    ) -> Self {
        Self { table, columns, conflict, postgres: OnceLock::new(), sqlite: OnceLock::new() }
    }

    fn names(&self) -> String {
        self.columns.map(|(name, _)| name).join(", ")
    }

    pub(crate) fn columns<'r, 'v>(rows: &'r [[Value<'v>; N]]) -> [ColumnOf<'r, 'v, N>; N] {
        std::array::from_fn(|column| ColumnOf { rows, column })
    }

    pub(crate) fn parameters<'a>(&self, columns: &'a [ColumnOf<'_, '_, N>; N]) -> Parameters<'a> {
        let kinds = self.columns.iter().map(|(_, kind)| kind.array());
        columns.iter().zip(kinds).map(|(column, kind)| (column as _, kind)).collect()
    }

    pub(crate) fn postgres_text(&self) -> &str {
        self.postgres.get_or_init(|| {
            let arrays: Vec<String> = (self.columns.iter().enumerate())
                .map(|(index, (_, kind))| format!("${}::{}", index + 1, kind.postgres_array()))
                .collect();
            let values: Vec<String> = (self.columns.iter().enumerate())
                .map(|(index, (_, kind))| match kind {
                    ColumnType::Json => format!("c{index}::json"),
                    ColumnType::Date => format!("c{index}::date"),
                    _ => format!("c{index}"),
                })
                .collect();
            let aliases: Vec<String> = (0..N).map(|index| format!("c{index}")).collect();
            format!(
                "INSERT INTO {} ({}) SELECT {} FROM unnest({}) AS u({}) {}",
                self.table,
                self.names(),
                values.join(", "),
                arrays.join(", "),
                aliases.join(", "),
                self.conflict
            )
        })
    }

    pub(crate) fn sqlite_text(&self) -> &str {
        self.sqlite.get_or_init(|| {
            let marks: Vec<String> = (1..=N).map(|index| format!("?{index}")).collect();
            format!(
                "INSERT INTO {} ({}) VALUES ({}) {}",
                self.table,
                self.names(),
                marks.join(", "),
                crate::dialect::to_sqlite(self.conflict)
            )
        })
    }
}

/// One column of the rows, as a PostgreSQL array.
#[derive(Debug)]
pub(crate) struct ColumnOf<'r, 'v, const N: usize> {
    pub(crate) rows: &'r [[Value<'v>; N]],
    pub(crate) column: usize,
}

impl<const N: usize> ToSql for ColumnOf<'_, '_, N> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let Kind::Array(element) = kind.kind() else {
            return Err("a bulk column needs an array parameter".into());
        };
        encode_array(element, self.rows.iter().map(|row| row[self.column].by_ref()), out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Binary
    }

    tokio_postgres::types::to_sql_checked!();
}
