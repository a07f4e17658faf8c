//! What a search for registered models may name, and the statement that it becomes.
//!
//! Prompts and models share a table, told apart by a tag. A search for prompts begins at the tags'
//! primary key, which lists the prompts by name; a search for models asks for each model that it
//! meets whether it is a prompt. So either reads about as many rows as it answers with.

use app::{ApiError, page};
use db::{DbError, Row, Statement};
use filter::registered_models::{self, Clause, Field, OrderBy, OrderField};
use serde::{Deserialize, Serialize};
use tracking::keyset::{self, Key, SortKey};

use crate::prompts;

#[derive(Debug, Default)]
pub struct Request<'a> {
    pub workspace: &'a str,
    pub filter: String,
    pub order_by: Vec<String>,
    /// Models on a page.
    pub size: usize,
    pub page_token: Option<String>,
}

/// A search, ready to run.
pub struct Search {
    pub statement: Statement,
    /// Models on a page.
    pub size: usize,
    order: Vec<SortKey<OrderField>>,
}

app::lend!(Search);

/// Where a page begins: after the model with these sort keys.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    keys: Vec<Key>,
}

/// The columns that a row of the statement begins with; the sort keys follow.
const COLUMNS: usize = 4;

/// # Errors
/// When the filter, the order or the token is refused.
pub fn plan(request: Request<'_>) -> Result<Search, ApiError> {
    let workspace = request.workspace;
    let clauses = registered_models::parse(&request.filter)?;
    let order = order(registered_models::parse_order_by(&request.order_by)?);
    let token = request.page_token.filter(|token| !token.is_empty());
    let after = token.map(|token| page::decode::<Position>(&token)).transpose()?;
    let wants_prompts = registered_models::asks_for_prompts(&clauses);
    // Names are asked of the table that the search begins at, so that its index serves them.
    let mut column = |statement: &mut Statement, field: OrderField| {
        statement.text(match field {
            OrderField::Name if wants_prompts => "p.name",
            OrderField::Name => "m.name",
            OrderField::LastUpdated => "COALESCE(m.last_updated_time, 0)",
        });
    };
    let by_name = order.first().is_some_and(|key| key.field == OrderField::Name);
    let mut statement =
        Statement::new("SELECT m.name, m.creation_time, m.last_updated_time, m.description");
    for key in &order {
        statement.text(", ");
        column(&mut statement, key.field);
    }
    match (wants_prompts, by_name) {
        (true, true) => {
            // The page is cut out of the tags before it is joined: no estimate of a planner then
            // makes it read all models.
            statement.text(" FROM (SELECT p.workspace, p.name FROM registered_model_tags p WHERE");
            prompts_only(&mut statement, workspace);
        }
        (true, false) => {
            // The order of a cross join is the order in which SQLite reads the tables.
            statement.text(" FROM registered_models m CROSS JOIN registered_model_tags p WHERE");
            prompts_only(&mut statement, workspace);
            statement.text(" AND p.name = m.name AND m.workspace = ").bind(workspace.to_owned());
        }
        (false, _) => {
            statement.text(
                " FROM registered_models m WHERE NOT EXISTS (SELECT 1 FROM registered_model_tags p \
                 WHERE p.workspace = m.workspace AND p.name = m.name AND p.value = 'true' \
                 AND p.key = ",
            );
            statement.bind(prompts::TAG).text(") AND m.workspace = ").bind(workspace.to_owned());
        }
    }
    for clause in clauses {
        condition(&mut statement, clause, wants_prompts);
    }
    if let Some(after) = after {
        statement.text(" AND ");
        keyset::after(&mut statement, &order, after.keys, &mut column)?;
    }
    statement.text(" ORDER BY ");
    keyset::order_by(&mut statement, &order, &mut column);
    let limit = i64::try_from(request.size).unwrap_or(i64::MAX).saturating_add(1);
    statement.text(" LIMIT ").bind(limit);
    if wants_prompts && by_name {
        statement.text(
            ") p JOIN registered_models m ON m.workspace = p.workspace AND m.name = p.name ORDER BY ",
        );
        keyset::order_by(&mut statement, &order, &mut column);
    }
    Ok(Search { statement, size: request.size, order })
}

/// Adds the condition that makes the tags `p` those of prompts.
fn prompts_only(statement: &mut Statement, workspace: &str) {
    statement.text(" p.workspace = ").bind(workspace.to_owned());
    statement.text(" AND p.key = ").bind(prompts::TAG);
}

impl Search {
    /// The sort keys of a row.
    pub fn keys(&self, row: Row<'_>) -> Result<Vec<Key>, DbError> {
        keyset::read(row, COLUMNS, &self.order)
    }

    /// The token for the page after the row with these keys.
    pub fn token(keys: Vec<Key>) -> String {
        page::encode(&Position { keys })
    }
}

/// The order asked for; ties are broken by name.
fn order(asked: Vec<OrderBy>) -> Vec<SortKey<OrderField>> {
    let key = |OrderBy { field, ascending }| {
        let text = field == OrderField::Name;
        SortKey { field, ascending, text }
    };
    let mut order: Vec<SortKey<OrderField>> = asked.into_iter().map(key).collect();
    match order.iter().position(|key| key.field == OrderField::Name) {
        // No two models share a name, so what follows it decides nothing.
        Some(at) => order.truncate(at + 1),
        None => order.push(SortKey { field: OrderField::Name, ascending: true, text: true }),
    }
    order
}

fn condition(statement: &mut Statement, clause: Clause, wants_prompts: bool) {
    match clause.field {
        Field::Name => {
            statement.text(if wants_prompts { " AND p.name" } else { " AND m.name" });
            keyset::compare(statement, clause.comparison, clause.literal);
        }
        Field::Tag(key) if key == prompts::TAG => {
            // A search that does not ask for prompts leaves them out, whatever it says of their tag.
            if wants_prompts {
                statement.text(" AND p.value");
                keyset::compare(statement, clause.comparison, clause.literal);
            }
        }
        Field::Tag(key) => {
            statement.text(if wants_prompts {
                " AND EXISTS (SELECT 1 FROM registered_model_tags t WHERE t.workspace = \
                 p.workspace AND t.name = p.name AND t.key = "
            } else {
                " AND EXISTS (SELECT 1 FROM registered_model_tags t WHERE t.workspace = \
                 m.workspace AND t.name = m.name AND t.key = "
            });
            statement.bind(key).text(" AND t.value");
            keyset::compare(statement, clause.comparison, clause.literal);
            statement.text(")");
        }
    }
}
