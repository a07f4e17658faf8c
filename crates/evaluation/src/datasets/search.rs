//! What a search for evaluation data sets may name, and the statement that it becomes.

use app::{ApiError, page};
use db::{DbError, Row, Statement, Value};
use filter::evaluation_datasets::{Attribute, Field, OrderBy, parse, parse_order_by};
use serde::{Deserialize, Serialize};
use tracking::keyset::{self, Key, SortKey};

use super::store::{COLUMNS, columns};
use crate::paging;

/// A search, ready to run.
pub struct Search {
    pub statement: Statement,
    /// Data sets on a page.
    pub size: usize,
    order: Vec<SortKey<Sort>>,
}

app::lend!(Search);

/// What data sets are sorted by.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sort {
    By(Attribute),
    Id,
}

/// Where a page begins: after the data set with these sort keys.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    keys: Vec<Key>,
}

/// # Errors
/// When the filter, the order or the token is refused.
pub fn plan(
    workspace: &str,
    experiment_ids: Vec<String>,
    filter: &str,
    order_by: &[String],
    size: usize,
    token: Option<&str>,
) -> Result<Search, ApiError> {
    let clauses = parse(filter)?;
    let order = order(parse_order_by(order_by)?);
    let after = token.map(page::decode::<Position>).transpose()?.map(|position| position.keys);
    let mut statement = Statement::new("SELECT ");
    columns(&mut statement);
    for key in &order {
        statement.text(", ");
        column(&mut statement, key.field);
    }
    statement.text(" FROM evaluation_datasets d WHERE d.workspace = ").bind(workspace.to_owned());
    if !experiment_ids.is_empty() {
        statement.text(
            " AND EXISTS (SELECT 1 FROM entity_associations a \
             WHERE a.source_type = 'evaluation_dataset' AND a.source_id = d.dataset_id \
             AND a.destination_type = 'experiment' AND a.destination_id = ANY(",
        );
        statement.bind(experiment_ids).text("))");
    }
    for clause in clauses {
        statement.text(" AND ");
        match clause.field {
            Field::Attribute(attribute) => {
                column(&mut statement, Sort::By(attribute));
                keyset::compare(&mut statement, clause.comparison, clause.literal);
            }
            Field::Tag(key) => {
                // One row at most. PostgreSQL would join an `EXISTS`, and plan 50 of them for 10 s.
                statement.text("(SELECT t.value");
                keyset::compare(&mut statement, clause.comparison, clause.literal);
                statement.text(
                    " FROM evaluation_dataset_tags t \
                     WHERE t.dataset_id = d.dataset_id AND t.key = ",
                );
                statement.bind(Value::from(key));
                statement.text(")");
            }
        }
    }
    if let Some(after) = after {
        statement.text(" AND ");
        keyset::after(&mut statement, &order, after, &mut column)?;
    }
    statement.text(" ORDER BY ");
    keyset::order_by(&mut statement, &order, &mut column);
    statement.text(" LIMIT ").bind(paging::limit(size));
    Ok(Search { statement, size, order })
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

/// The order asked for, or the newest first; ties are broken by id.
fn order(asked: Vec<OrderBy>) -> Vec<SortKey<Sort>> {
    let newest_first = OrderBy { attribute: Attribute::CreatedTime, ascending: false };
    let asked = if asked.is_empty() { vec![newest_first] } else { asked };
    let mut order: Vec<SortKey<Sort>> = Vec::new();
    for OrderBy { attribute, ascending } in asked {
        let field = Sort::By(attribute);
        // A field that was named before decides nothing any more.
        if order.iter().all(|key| key.field != field) {
            let text = !matches!(attribute, Attribute::CreatedTime | Attribute::LastUpdateTime);
            order.push(SortKey { field, ascending, text });
        }
    }
    order.push(SortKey { field: Sort::Id, ascending: false, text: true });
    order
}

fn column(statement: &mut Statement, sort: Sort) {
    statement.text(match sort {
        Sort::Id => "d.dataset_id",
        Sort::By(Attribute::Name) => "d.name",
        Sort::By(Attribute::CreatedTime) => "COALESCE(d.created_time, 0)",
        Sort::By(Attribute::LastUpdateTime) => "COALESCE(d.last_update_time, 0)",
        Sort::By(Attribute::CreatedBy) => "d.created_by",
        Sort::By(Attribute::LastUpdatedBy) => "d.last_updated_by",
    });
}
