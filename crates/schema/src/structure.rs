//! Whether a database of a release that this server has never heard of can be served all the same.
//!
//! MLflow's own server brings a database up to its release when it starts. One of a newer release, started by mistake
//! beside this server, must not stop it: most releases only add tables and columns that need not be filled.

use db::{Catalogue, TableInfo};

/// What stands against reading and writing a database as this server does: the first such thing, in words.
///
/// `expected`: what this server's own schema has; `actual`: what the database has.
pub(crate) fn obstacle(expected: &Catalogue, actual: &Catalogue) -> Option<String> {
    expected.iter().find_map(|(name, table)| match actual.get(name) {
        Some(actual) => in_table(name, table, actual),
        None => Some(format!("the table {name} is missing")),
    })
}

fn in_table(name: &str, expected: &TableInfo, actual: &TableInfo) -> Option<String> {
    for (column, info) in &expected.columns {
        let Some(found) = actual.columns.get(column) else {
            return Some(format!("the column {name}.{column} is missing"));
        };
        if found.kind != info.kind {
            return Some(format!("the column {name}.{column} has another type"));
        }
        if found.required && !info.required {
            return Some(format!("the column {name}.{column} must not be empty any more"));
        }
    }
    let is_new = |column: &str| !expected.columns.contains_key(column);
    let mut new = actual.columns.iter().filter(|(column, _)| is_new(column));
    if let Some((column, _)) = new.find(|(_, info)| info.required) {
        return Some(format!("the new column {name}.{column} must be filled"));
    }
    if actual.primary_key != expected.primary_key {
        return Some(format!("the table {name} has another primary key"));
    }
    if actual.unique != expected.unique {
        return Some(format!("the table {name} has other unique columns"));
    }
    if actual.checks > expected.checks {
        return Some(format!("the table {name} has a new check"));
    }
    let trigger = actual.triggers.difference(&expected.triggers).next();
    trigger.map(|trigger| format!("the table {name} has a new trigger, {trigger}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script;

    const BASE: &str = "\nCREATE TABLE runs (\n    id  VARCHAR(32) NOT NULL,\n    at  BIGINT,\n    \
                        CONSTRAINT runs_pk PRIMARY KEY (id),\n    UNIQUE (at)\n);\n";

    #[track_caller]
    fn assert_obstacle(change: impl Fn(&str) -> String, expected: Option<&str>) {
        let (ours, theirs) = (script::catalogue(BASE), script::catalogue(&change(BASE)));
        assert_eq!(obstacle(&ours, &theirs).as_deref(), expected);
    }

    #[test]
    fn what_is_added_and_need_not_be_filled_is_no_obstacle() {
        assert_obstacle(str::to_owned, None);
        assert_obstacle(|base| base.replace("    at", "    why  TEXT,\n    at"), None);
        assert_obstacle(
            |base| base.replace("    at", "    n  INTEGER DEFAULT 0 NOT NULL,\n    at"),
            None,
        );
        assert_obstacle(|base| base.replace("VARCHAR(32)", "VARCHAR(64)"), None);
        assert_obstacle(|base| format!("{base}CREATE TABLE new (\n    id  INTEGER\n);\n"), None);
    }

    #[test]
    fn what_writes_or_reads_would_trip_over_is_named() {
        let cases = [
            ("TABLE runs", "TABLE walks", "the table runs is missing"),
            ("    at  BIGINT", "    on  BIGINT", "the column runs.at is missing"),
            ("BIGINT", "TEXT", "the column runs.at has another type"),
            ("BIGINT", "BIGINT NOT NULL", "the column runs.at must not be empty any more"),
            ("    at", "    n  INTEGER NOT NULL,\n    at", "the new column runs.n must be filled"),
            ("KEY (id)", "KEY (id, at)", "the table runs has another primary key"),
            ("UNIQUE (at)", "UNIQUE (id, at)", "the table runs has other unique columns"),
            ("UNIQUE (at)", "UNIQUE (at),\n    CHECK (at > 0)", "the table runs has a new check"),
        ];
        for (from, to, expected) in cases {
            assert_obstacle(|base| base.replacen(from, to, 1), Some(expected));
        }
        let trigger = "CREATE TRIGGER stop BEFORE UPDATE ON runs\n";
        assert_obstacle(
            |base| format!("{base}{trigger}"),
            Some("the table runs has a new trigger, stop"),
        );
    }
}
