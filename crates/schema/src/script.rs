//! The scripts of MLflow's tables, read as data: what this server expects to find in a database.
//!
//! They are this project's own, and laid out one way: a table begins with `CREATE TABLE name (` and ends with `);`, each
//! on a line of its own.

use db::{Catalogue, ColumnInfo, ColumnKind, TableInfo};

/// What a database has in which a script was run.
pub(crate) fn catalogue(script: &str) -> Catalogue {
    let mut found = Catalogue::new();
    for statement in statements(script) {
        if let Some((name, body)) = table(statement) {
            found.insert(name.to_owned(), parse(body));
        } else if let Some((table, columns)) = unique_index(statement) {
            found.entry(table).or_default().unique.insert(columns);
        } else if let Some((table, trigger)) = trigger(statement) {
            found.entry(table).or_default().triggers.insert(trigger);
        }
    }
    found
}

/// The statements that create these tables and their indexes, in the order of the script.
pub(crate) fn creating(script: &str, tables: &[&str]) -> Vec<String> {
    let is_about = |statement: &str| {
        let table = match table(statement) {
            Some((table, _)) => Some(table),
            None if statement.contains("INDEX ") => after(statement, "ON"),
            None => None,
        };
        table.is_some_and(|table| tables.contains(&table))
    };
    let wanted = statements(script).filter(|statement| is_about(statement));
    wanted
        .filter_map(|statement| Some(format!("CREATE {};", statement.split_once(';')?.0)))
        .collect()
}

/// The statements of a script that create something, each with what stands before the next.
fn statements(script: &str) -> impl Iterator<Item = &str> {
    script.split("\nCREATE ").skip(1)
}

fn table(statement: &str) -> Option<(&str, &str)> {
    let (name, rest) = statement.strip_prefix("TABLE ")?.split_once(" (\n")?;
    Some((name, rest.split_once("\n);")?.0))
}

fn parse(body: &str) -> TableInfo {
    let mut info = TableInfo::default();
    for item in items(body) {
        let constraint = item.strip_prefix("CONSTRAINT ").and_then(|rest| rest.split_once(' '));
        let rule = constraint.map_or(item.as_str(), |(_, rule)| rule);
        info.checks += item.matches("CHECK").count();
        if let Some(rest) = rule.strip_prefix("PRIMARY KEY") {
            info.primary_key = names(rest);
        } else if let Some(rest) = rule.strip_prefix("UNIQUE") {
            info.unique.insert(names(rest));
        } else if !rule.starts_with("FOREIGN KEY")
            && !rule.starts_with("CHECK")
            && let Some((name, declared)) = item.split_once(' ')
        {
            let has = |word| declared.contains(word);
            let given = has("DEFAULT") || has("GENERATED") || has("SERIAL");
            let kind = ColumnKind::of(declared.split(" NOT NULL").next().unwrap_or(declared));
            let column = ColumnInfo { kind, required: has("NOT NULL") && !given };
            info.columns.insert(name.trim_matches('"').to_owned(), column);
        }
    }
    for key in &info.primary_key {
        if let Some(column) = info.columns.get_mut(key) {
            column.required = false;
        }
    }
    info
}

/// The columns and constraints of a table, each in one line with single spaces.
fn items(body: &str) -> Vec<String> {
    let mut depth = 0_i32;
    let parts = body.split(|letter| {
        depth += match letter {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        letter == ',' && depth == 0
    });
    parts.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The names in the first parentheses.
fn names(text: &str) -> Vec<String> {
    let inside = text.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    let names = inside.map_or("", |(names, _)| names);
    names.split(',').map(|name| name.trim().trim_matches('"').to_owned()).collect()
}

fn unique_index(statement: &str) -> Option<(String, Vec<String>)> {
    let rest = statement.strip_prefix("UNIQUE INDEX ")?;
    let table = after(rest, "ON")?.trim_end_matches('(');
    Some((table.to_owned(), names(rest)))
}

fn trigger(statement: &str) -> Option<(String, String)> {
    let rest = statement.strip_prefix("TRIGGER ")?;
    Some((after(rest, "ON")?.to_owned(), rest.split_whitespace().next()?.to_owned()))
}

/// The word after this one.
fn after<'s>(text: &'s str, word: &str) -> Option<&'s str> {
    text.split_whitespace().skip_while(|each| *each != word).nth(1)
}
