//! What a search for experiments may name, and the statement that it becomes.

use app::{ApiError, page};
use db::{Statement, Value};
use filter::experiments::{Attribute, Clause, Field, OrderBy};
use filter::{Comparison, Literal};
use serde::{Deserialize, Serialize};

use super::wire::ViewType;
use crate::keyset::{self, Key, SortKey};

/// A search, ready to run.
pub struct Search {
    pub statement: Statement,
    /// Experiments on a page.
    pub size: usize,
    order: Vec<SortKey<Attribute>>,
}

app::lend!(Search);

/// Where a page begins: after the experiment with these sort keys.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    keys: Vec<Key>,
}

/// The columns that a row of the statement begins with; the sort keys follow.
pub const COLUMNS: usize = 7;

/// # Errors
/// When the filter, the order or the token is refused.
pub fn plan(
    workspace: &str,
    filter: &str,
    order_by: &[String],
    view: ViewType,
    size: usize,
    token: Option<&str>,
) -> Result<Search, ApiError> {
    let clauses = filter::experiments::parse(filter)?;
    let order = order(filter::experiments::parse_order_by(order_by)?);
    let after = token.map(page::decode::<Position>).transpose()?.map(|position| position.keys);
    let mut statement = Statement::new(
        "SELECT e.experiment_id, e.name, e.artifact_location, e.lifecycle_stage, \
         e.last_update_time, e.creation_time, e.workspace",
    );
    for key in &order {
        statement.text(", ");
        column(&mut statement, key.field);
    }
    statement.text(" FROM experiments e WHERE e.workspace = ").bind(workspace.to_owned());
    statement.text(" AND e.lifecycle_stage");
    keyset::one_of_texts(&mut statement, view.stages());
    for clause in clauses {
        statement.text(" AND ");
        condition(&mut statement, clause);
    }
    if let Some(after) = after {
        statement.text(" AND ");
        keyset::after(&mut statement, &order, after, &mut column)?;
    }
    statement.text(" ORDER BY ");
    keyset::order_by(&mut statement, &order, &mut column);
    statement.text(" LIMIT ").bind(i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1));
    Ok(Search { statement, size, order })
}

impl Search {
    /// The sort keys of a row.
    pub fn keys(&self, row: db::Row<'_>) -> Result<Vec<Key>, db::DbError> {
        keyset::read(row, COLUMNS, &self.order)
    }

    /// The token for the page after the row with these keys.
    pub fn token(keys: Vec<Key>) -> String {
        page::encode(&Position { keys })
    }
}

/// The order asked for, or the newest first; ties are broken by id.
fn order(asked: Vec<OrderBy>) -> Vec<SortKey<Attribute>> {
    let newest_first = [
        OrderBy { attribute: Attribute::CreationTime, ascending: false },
        OrderBy { attribute: Attribute::ExperimentId, ascending: true },
    ];
    let asked = if asked.is_empty() { newest_first.to_vec() } else { asked };
    let mut order: Vec<SortKey<Attribute>> = Vec::new();
    for OrderBy { attribute, ascending } in asked {
        // A field that was named before decides nothing any more.
        if order.iter().all(|key| key.field != attribute) {
            let text = attribute == Attribute::Name;
            order.push(SortKey { field: attribute, ascending, text });
        }
    }
    if order.iter().all(|key| key.field != Attribute::ExperimentId) {
        order.push(SortKey { field: Attribute::ExperimentId, ascending: false, text: false });
    }
    order
}

fn column(statement: &mut Statement, attribute: Attribute) {
    statement.text(match attribute {
        Attribute::Name => "e.name",
        Attribute::ExperimentId => "e.experiment_id",
        // Only databases that began with MLflow 1.x have experiments without times.
        Attribute::CreationTime => "COALESCE(e.creation_time, 0)",
        Attribute::LastUpdateTime => "COALESCE(e.last_update_time, 0)",
    });
}

fn condition(statement: &mut Statement, clause: Clause) {
    match clause.field {
        Field::Attribute(attribute) => {
            let name = match attribute {
                Attribute::Name => "e.name",
                // Widened, so that an id too large for the column is just nobody's.
                Attribute::ExperimentId => "e.experiment_id::bigint",
                Attribute::CreationTime => "e.creation_time",
                Attribute::LastUpdateTime => "e.last_update_time",
            };
            statement.text(name);
            keyset::compare(statement, clause.comparison, clause.literal);
        }
        Field::Tag(key) => {
            if clause.comparison == Comparison::IsNull {
                statement.text("NOT ");
            }
            statement.text(
                "EXISTS (SELECT 1 FROM experiment_tags t WHERE t.experiment_id = e.experiment_id \
                 AND t.key = ",
            );
            statement.bind(Value::from(key));
            if clause.literal != Literal::None {
                statement.text(" AND t.value");
                keyset::compare(statement, clause.comparison, clause.literal);
            }
            statement.text(")");
        }
    }
}
