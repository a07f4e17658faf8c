//! What a database says of its own tables, in the same words on both engines.

use std::collections::{BTreeMap, BTreeSet};

use crate::{DbError, Engine, Row, Tx};

/// Every table of a database, by name. Views and the engine's own tables are left out.
pub type Catalogue = BTreeMap<String, TableInfo>;

/// One table, as far as a program that writes to it must know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableInfo {
    /// By name.
    pub columns: BTreeMap<String, ColumnInfo>,
    /// The columns of the primary key, in its order.
    pub primary_key: Vec<String>,
    /// The columns of every other unique constraint or index, in its order.
    pub unique: BTreeSet<Vec<String>>,
    /// How many `CHECK` constraints it has.
    pub checks: usize,
    /// The names of its triggers.
    pub triggers: BTreeSet<String>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    pub kind: ColumnKind,
    /// Whether an insert has to name it, though it is not of the primary key: it is neither nullable, nor generated,
    /// nor has it a default.
    pub required: bool,
}

/// A type of a column, as far as values of it are read and written in different ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    Integer,
    Real,
    Boolean,
    String,
    Bytes,
    Json,
    Date,
    /// Any other, as it is declared.
    Other(String),
}

impl ColumnKind {
    /// The kind that a declaration stands for, in either engine's spelling: `VARCHAR(32)`, `character varying(32)`.
    pub fn of(declared: &str) -> Self {
        let upper = declared.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| upper.contains(word));
        match () {
            () if has(&["INT", "SERIAL"]) => Self::Integer,
            () if has(&["CHAR", "TEXT"]) => Self::String,
            () if has(&["DOUBLE", "FLOAT", "REAL"]) => Self::Real,
            () if has(&["BOOL"]) => Self::Boolean,
            () if has(&["BLOB", "BYTEA"]) => Self::Bytes,
            () if has(&["JSON"]) => Self::Json,
            () if has(&["DATE"]) => Self::Date,
            () => Self::Other(declared.to_owned()),
        }
    }
}

/// The statements that read a catalogue, as one engine spells them.
struct Spelling {
    /// Table, column, type, whether required, place in the primary key (0 if it has none).
    columns: &'static str,
    /// Table, index, column, in the order of the index.
    unique: &'static str,
    /// Table, number of checks.
    checks: &'static str,
    /// Table, trigger.
    triggers: &'static str,
}

const SQLITE: Spelling = Spelling {
    columns: "SELECT t.name, c.name, c.type, \
                  c.\"notnull\" AND c.dflt_value IS NULL AND c.hidden = 0 AND c.pk = 0, c.pk \
              FROM sqlite_master t, pragma_table_xinfo(t.name) c \
              WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid",
    unique: "SELECT t.name, i.name, c.name \
             FROM sqlite_master t, pragma_index_list(t.name) i, pragma_index_info(i.name) c \
             WHERE t.type = 'table' AND i.\"unique\" AND i.origin <> 'pk' \
             ORDER BY t.name, i.name, c.seqno",
    checks: "SELECT name, (length(sql) - length(replace(sql, 'CHECK', ''))) / 5 \
             FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    triggers: "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'",
};

const POSTGRES: Spelling = Spelling {
    columns: "SELECT t.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), \
                  a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' \
                      AND coalesce(a.attnum <> ALL (p.indkey::int2[]), true), \
                  coalesce(array_position(p.indkey::int2[], a.attnum) + 1, 0)::bigint \
              FROM pg_class t \
              JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
              LEFT JOIN pg_index p ON p.indrelid = t.oid AND p.indisprimary \
              WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p') \
              ORDER BY t.relname, a.attnum",
    unique: "SELECT t.relname::text, i.relname::text, a.attname::text \
             FROM pg_index x \
             JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
             CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, place) \
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum \
             WHERE t.relnamespace = current_schema()::regnamespace AND x.indisunique \
                 AND NOT x.indisprimary AND k.place <= x.indnkeyatts \
             ORDER BY t.relname, i.relname, k.place",
    checks: "SELECT t.relname::text, count(*) FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid \
             WHERE t.relnamespace = current_schema()::regnamespace AND c.contype = 'c' GROUP BY 1",
    triggers: "SELECT t.relname::text, g.tgname::text FROM pg_trigger g \
               JOIN pg_class t ON t.oid = g.tgrelid \
               WHERE t.relnamespace = current_schema()::regnamespace AND NOT g.tgisinternal",
};

/// Reads the whole catalogue. On PostgreSQL: that of the schema which tables are created in.
pub(crate) async fn read(tx: &mut Tx) -> Result<Catalogue, DbError> {
    let spelling = if tx.engine() == Engine::Sqlite { &SQLITE } else { &POSTGRES };
    let mut catalogue = Catalogue::new();
    let mut keys = BTreeSet::new();
    for column in tx.query(spelling.columns, &[], column).await? {
        let info = ColumnInfo { kind: ColumnKind::of(&column.declared), required: column.required };
        if column.place > 0 {
            keys.insert((column.table.clone(), column.place, column.name.clone()));
        }
        catalogue.entry(column.table).or_default().columns.insert(column.name, info);
    }
    for (table, _, column) in keys {
        catalogue.entry(table).or_default().primary_key.push(column);
    }
    let mut indexes: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (table, index, column) in tx.query(spelling.unique, &[], three_names).await? {
        indexes.entry((table, index)).or_default().push(column);
    }
    for ((table, _), columns) in indexes {
        catalogue.entry(table).or_default().unique.insert(columns);
    }
    let checks = tx.query(spelling.checks, &[], |row| Ok((row.get::<String>(0)?, row.get(1)?)));
    for (table, count) in checks.await? {
        let count: i64 = count;
        catalogue.entry(table).or_default().checks = usize::try_from(count).unwrap_or_default();
    }
    let triggers = tx.query(spelling.triggers, &[], |row| Ok((row.get::<String>(0)?, row.get(1)?)));
    for (table, trigger) in triggers.await? {
        catalogue.entry(table).or_default().triggers.insert(trigger);
    }
    Ok(catalogue)
}

struct ColumnRow {
    table: String,
    name: String,
    declared: String,
    required: bool,
    /// Its place in the primary key, from 1; 0 if it is not of it.
    place: i64,
}

fn column(row: Row<'_>) -> Result<ColumnRow, DbError> {
    Ok(ColumnRow {
        table: row.get(0)?,
        name: row.get(1)?,
        declared: row.get(2)?,
        required: row.get(3)?,
        place: row.get(4)?,
    })
}

fn three_names(row: Row<'_>) -> Result<(String, String, String), DbError> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}
