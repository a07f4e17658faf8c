//! Reading a result row, whichever engine made it.

use tokio_postgres::types::{FromSql, Type};

use crate::DbError;

/// One row of a result, valid while the mapping closure runs.
#[derive(Clone, Copy)]
pub enum Row<'r> {
    #[doc(hidden)]
    Sqlite(&'r rusqlite::Row<'r>),
    #[doc(hidden)]
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Row<'r> {
    /// The value of column `index`, counted from 0.
    ///
    /// # Errors
    /// When the column is NULL and `T` is no `Option`, or holds another type.
    pub fn get<T: Column<'r>>(&self, index: usize) -> Result<T, DbError> {
        T::read(self, index)
    }
}

/// A type that a column can be read as.
pub trait Column<'r>: Sized {
    fn read(row: &Row<'r>, index: usize) -> Result<Self, DbError>;
}

macro_rules! column {
    ($($kind:ty, $wire:ty, |$value:ident| $convert:expr;)*) => {$(
        impl<'r> Column<'r> for $kind {
            fn read(row: &Row<'r>, index: usize) -> Result<Self, DbError> {
                Ok(match row {
                    Row::Sqlite(row) => row.get(index)?,
                    Row::Postgres(row) => {
                        let $value: $wire = row.try_get(index)?;
                        $convert
                    }
                })
            }
        }
        impl<'r> Column<'r> for Option<$kind> {
            fn read(row: &Row<'r>, index: usize) -> Result<Self, DbError> {
                Ok(match row {
                    Row::Sqlite(row) => row.get(index)?,
                    Row::Postgres(row) => {
                        let value: Option<$wire> = row.try_get(index)?;
                        value.map(|$value| $convert)
                    }
                })
            }
        }
    )*};
}

column! {
    i64, AnyInt, |value| value.0;
    f64, AnyFloat, |value| value.0;
    bool, bool, |value| value;
    String, AnyText<'_>, |value| value.0.to_owned();
}

impl<'r> Column<'r> for &'r str {
    fn read(row: &Row<'r>, index: usize) -> Result<Self, DbError> {
        match row {
            Row::Sqlite(row) => Ok(row.get_ref(index)?.as_str().map_err(rusqlite::Error::from)?),
            Row::Postgres(row) => Ok(row.try_get::<_, AnyText<'_>>(index)?.0),
        }
    }
}

impl<'r> Column<'r> for Option<&'r str> {
    fn read(row: &Row<'r>, index: usize) -> Result<Self, DbError> {
        match row {
            Row::Sqlite(row) => {
                Ok(row.get_ref(index)?.as_str_or_null().map_err(rusqlite::Error::from)?)
            }
            Row::Postgres(row) => {
                Ok(row.try_get::<_, Option<AnyText<'_>>>(index)?.map(|text| text.0))
            }
        }
    }
}

type Decode<T> = Result<T, Box<dyn std::error::Error + Sync + Send>>;

/// Any of PostgreSQL's integer widths.
struct AnyInt(i64);

impl<'a> FromSql<'a> for AnyInt {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Decode<Self> {
        Ok(AnyInt(match *kind {
            Type::INT2 => i64::from(i16::from_sql(kind, raw)?),
            Type::INT4 => i64::from(i32::from_sql(kind, raw)?),
            _ => i64::from_sql(kind, raw)?,
        }))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT2 | Type::INT4 | Type::INT8)
    }
}

/// Either of PostgreSQL's float widths, or an integer.
struct AnyFloat(f64);

impl<'a> FromSql<'a> for AnyFloat {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Decode<Self> {
        Ok(AnyFloat(match *kind {
            Type::FLOAT4 => f64::from(f32::from_sql(kind, raw)?),
            Type::FLOAT8 => f64::from_sql(kind, raw)?,
            _ => AnyInt::from_sql(kind, raw)?.0 as f64,
        }))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::FLOAT4 | Type::FLOAT8) || <AnyInt as FromSql>::accepts(kind)
    }
}

/// Text, or a type whose binary form is its text.
struct AnyText<'a>(&'a str);

impl<'a> FromSql<'a> for AnyText<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Decode<Self> {
        // jsonb carries a version byte before its text.
        let raw = if *kind == Type::JSONB { raw.get(1..).unwrap_or_default() } else { raw };
        Ok(AnyText(std::str::from_utf8(raw)?))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(
            *kind,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::JSONB
        )
    }
}
