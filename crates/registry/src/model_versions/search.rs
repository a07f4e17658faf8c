//! What a search for model versions may name, and the statement that it becomes.

use app::{ApiError, page};
use db::{DbError, Row, Statement};
use filter::model_versions::{self, Attribute, Clause, Field, OrderBy, OrderField};
use serde::{Deserialize, Serialize};
use tracking::keyset::{self, Key, SortKey};

use super::stage::DELETED;
use super::store::{COLUMN_COUNT, COLUMNS};
use crate::prompts;

#[derive(Debug, Default)]
pub struct Request<'a> {
    pub workspace: &'a str,
    pub filter: String,
    pub order_by: Vec<String>,
    /// Versions on a page.
    pub size: usize,
    pub page_token: Option<String>,
}

/// A search, ready to run.
pub struct Search {
    pub statement: Statement,
    /// Versions on a page.
    pub size: usize,
    order: Vec<SortKey<OrderField>>,
}

app::lend!(Search);

/// Where a page begins: after the version with these sort keys.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    keys: Vec<Key>,
}

/// # Errors
/// When the filter, the order or the token is refused.
pub fn plan(request: Request<'_>) -> Result<Search, ApiError> {
    let workspace = request.workspace;
    let clauses = model_versions::parse(&request.filter)?;
    let order = order(model_versions::parse_order_by(&request.order_by)?);
    let token = request.page_token.filter(|token| !token.is_empty());
    let after = token.map(|token| page::decode::<Position>(&token)).transpose()?;
    let wants_prompts = model_versions::asks_for_prompts(&clauses);
    let mut statement = Statement::new("SELECT ");
    statement.text(COLUMNS);
    for key in &order {
        statement.text(", ");
        column(&mut statement, key.field);
    }
    statement.text(" FROM model_versions v WHERE v.workspace = ").bind(workspace.to_owned());
    statement.text(" AND v.current_stage <> ").bind(DELETED);
    if !wants_prompts {
        // Compat: one version that is a prompt makes prompts of all versions of the name.
        statement.text(
            " AND NOT EXISTS (SELECT 1 FROM model_version_tags p WHERE p.workspace = v.workspace \
             AND p.name = v.name AND p.value = 'true' AND p.key = ",
        );
        statement.bind(prompts::TAG).text(")");
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
    Ok(Search { statement, size: request.size, order })
}

impl Search {
    /// The sort keys of a row.
    pub fn keys(&self, row: Row<'_>) -> Result<Vec<Key>, DbError> {
        keyset::read(row, COLUMN_COUNT, &self.order)
    }

    /// The token for the page after the row with these keys.
    pub fn token(keys: Vec<Key>) -> String {
        page::encode(&Position { keys })
    }
}

/// The order asked for, or those that were touched last first; ties are broken by name and number.
fn order(mut asked: Vec<OrderBy>) -> Vec<SortKey<OrderField>> {
    if asked.is_empty() {
        asked.push(OrderBy { field: OrderField::LastUpdatedTimestamp, ascending: false });
    }
    for (field, ascending) in [(OrderField::Name, true), (OrderField::VersionNumber, false)] {
        if asked.iter().all(|order| order.field != field) {
            asked.push(OrderBy { field, ascending });
        }
    }
    let key = |OrderBy { field, ascending }| {
        let text = field == OrderField::Name;
        SortKey { field, ascending, text }
    };
    asked.into_iter().map(key).collect()
}

fn column(statement: &mut Statement, field: OrderField) {
    statement.text(match field {
        OrderField::Name => "v.name",
        OrderField::VersionNumber => "v.version",
        OrderField::CreationTimestamp => "COALESCE(v.creation_time, 0)",
        OrderField::LastUpdatedTimestamp => "COALESCE(v.last_updated_time, 0)",
    });
}

fn condition(statement: &mut Statement, clause: Clause, wants_prompts: bool) {
    match clause.field {
        Field::Attribute(attribute) => {
            statement.text(match attribute {
                Attribute::Name => " AND v.name",
                // Widened, so that a number too large for the column is just nobody's.
                Attribute::VersionNumber => " AND v.version::bigint",
                Attribute::RunId => " AND v.run_id",
                Attribute::SourcePath => " AND v.source",
            });
            keyset::compare(statement, clause.comparison, clause.literal);
        }
        // A search that does not ask for prompts leaves them out, whatever it says of their tag.
        Field::Tag(key) if key == prompts::TAG && !wants_prompts => {}
        Field::Tag(key) => {
            statement.text(
                " AND EXISTS (SELECT 1 FROM model_version_tags t WHERE t.workspace = v.workspace \
                 AND t.name = v.name AND t.version = v.version AND t.key = ",
            );
            statement.bind(key).text(" AND t.value");
            keyset::compare(statement, clause.comparison, clause.literal);
            statement.text(")");
        }
    }
}
