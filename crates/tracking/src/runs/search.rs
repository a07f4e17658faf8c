//! What a search for runs may name, and the statement that it becomes.

use app::{ApiError, page};
use db::{DbError, Row, Statement};
use filter::runs::{Attribute, Clause, DatasetField, Field, OrderBy, OrderField};
use filter::{Comparison, Literal};
use serde::{Deserialize, Serialize};

use super::store::COLUMNS;
use crate::experiments::wire::ViewType;
use crate::keyset::{self, Key, SortKey};
use crate::tags::RUN_NAME;

/// How many columns [`COLUMNS`] names; the sort keys follow.
const FIRST_KEY: usize = 9;

/// A search, ready to run.
pub struct Search {
    pub statement: Statement,
    /// Runs on a page.
    pub size: usize,
    order: Vec<SortKey<Sort>>,
}

/// What a search asks for.
pub struct Request<'r> {
    pub experiment_ids: Vec<i64>,
    pub filter: &'r str,
    pub order_by: &'r [String],
    pub view: ViewType,
    pub size: usize,
    pub token: Option<&'r str>,
}

/// Where a page begins: after the run with these sort keys.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    keys: Vec<Key>,
}

/// A sort key. Those of metrics, params and tags come from a table joined for them: its number.
#[derive(Clone, Debug, PartialEq)]
enum Sort {
    /// 1 where the attribute is NULL, else 0.
    AttributeRank(Attribute),
    Attribute(Attribute),
    /// 0 for a number, 1 for NaN, 2 for no such metric.
    MetricRank(usize),
    Metric(usize),
    /// 1 where there is no such param or tag, else 0.
    EntryRank(usize),
    Entry(usize),
    RunId,
}

impl Sort {
    fn is_text(&self) -> bool {
        match self {
            Sort::Attribute(attribute) => !is_time(*attribute),
            Sort::Entry(_) | Sort::RunId => true,
            _ => false,
        }
    }

    fn is_float(&self) -> bool {
        matches!(self, Sort::Metric(_))
    }
}

fn is_time(attribute: Attribute) -> bool {
    matches!(attribute, Attribute::StartTime | Attribute::EndTime)
}

/// # Errors
/// When the filter, the order or the token is refused.
pub fn plan(request: Request<'_>) -> Result<Search, ApiError> {
    let clauses = filter::runs::parse(request.filter)?;
    let asked = filter::runs::parse_order_by(request.order_by)?;
    let after = request.token.map(page::decode::<Position>).transpose()?;
    let order = order(&asked);
    let mut statement = Statement::new("SELECT ");
    statement.text(COLUMNS);
    for key in &order {
        statement.text(", ");
        column(&mut statement, key.field.clone());
    }
    statement.text(" FROM runs r");
    for (index, order_by) in asked.into_iter().enumerate() {
        join(&mut statement, index, order_by.field);
    }
    statement.text(" WHERE r.experiment_id");
    keyset::one_of_ints(&mut statement, request.experiment_ids);
    statement.text(" AND r.lifecycle_stage");
    keyset::one_of_texts(&mut statement, request.view.stages());
    for clause in clauses {
        statement.text(" AND ");
        condition(&mut statement, clause);
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
        let keys = self.order.iter().enumerate().map(|(index, key)| {
            let index = FIRST_KEY + index;
            Ok(if key.field.is_text() {
                Key::Text(row.get(index)?)
            } else if key.field.is_float() {
                Key::float(row.get(index)?)
            } else {
                Key::Int(row.get(index)?)
            })
        });
        keys.collect()
    }

    /// The token for the page after the row with these keys.
    pub fn token(keys: Vec<Key>) -> String {
        page::encode(&Position { keys })
    }
}

/// The order asked for, then the newest first, then by id.
fn order(asked: &[OrderBy]) -> Vec<SortKey<Sort>> {
    let mut order = Vec::new();
    let mut push = |field: Sort, ascending| {
        let text = field.is_text();
        order.push(SortKey { field, ascending, text });
    };
    let mut by_start = false;
    for (index, OrderBy { field, ascending }) in asked.iter().enumerate() {
        let (rank, value) = match field {
            OrderField::Attribute(attribute) => {
                by_start |= *attribute == Attribute::StartTime;
                (Sort::AttributeRank(*attribute), Sort::Attribute(*attribute))
            }
            OrderField::Metric(_) => (Sort::MetricRank(index), Sort::Metric(index)),
            OrderField::Param(_) | OrderField::Tag(_) => {
                (Sort::EntryRank(index), Sort::Entry(index))
            }
        };
        push(rank, true);
        push(value, *ascending);
    }
    if !by_start {
        push(Sort::Attribute(Attribute::StartTime), false);
    }
    push(Sort::RunId, true);
    order
}

fn attribute_name(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::RunId => "r.run_uuid",
        Attribute::RunName => "r.name",
        Attribute::UserId => "r.user_id",
        Attribute::Status => "r.status",
        Attribute::ArtifactUri => "r.artifact_uri",
        Attribute::StartTime => "r.start_time",
        Attribute::EndTime => "r.end_time",
    }
}

fn column(statement: &mut Statement, sort: Sort) {
    match sort {
        Sort::RunId => statement.text("r.run_uuid"),
        Sort::Attribute(attribute) => {
            statement.text("COALESCE(").text(attribute_name(attribute));
            statement.text(if is_time(attribute) { ", 0)" } else { ", '')" })
        }
        Sort::AttributeRank(attribute) => {
            statement.text("CASE WHEN ").text(attribute_name(attribute));
            statement.text(" IS NULL THEN 1 ELSE 0 END")
        }
        Sort::Metric(index) => statement.text("COALESCE(o").index(index).text(".value, 0)"),
        Sort::MetricRank(index) => {
            statement.text("CASE WHEN o").index(index).text(".value IS NULL THEN 2 WHEN o");
            statement.index(index).text(".is_nan THEN 1 ELSE 0 END")
        }
        Sort::Entry(index) => statement.text("COALESCE(o").index(index).text(".value, '')"),
        Sort::EntryRank(index) => {
            statement.text("CASE WHEN o").index(index).text(".value IS NULL THEN 1 ELSE 0 END")
        }
    };
}

/// Joins the table that a sort key reads, without losing runs that have no row in it.
fn join(statement: &mut Statement, index: usize, field: OrderField) {
    let (table, key) = match field {
        OrderField::Attribute(_) => return,
        OrderField::Metric(key) => (" LEFT JOIN latest_metrics o", key),
        OrderField::Param(key) => (" LEFT JOIN params o", key),
        OrderField::Tag(key) => (" LEFT JOIN tags o", key),
    };
    statement.text(table).index(index).text(" ON o").index(index);
    statement.text(".run_uuid = r.run_uuid AND o").index(index).text(".key = ").bind(key);
}

fn condition(statement: &mut Statement, clause: Clause) {
    let Clause { field, comparison, literal } = clause;
    match field {
        // Runs of MLflow 1.x have their name in the tag only.
        Field::Attribute(Attribute::RunName) => {
            entry(statement, "tags", RUN_NAME.to_owned(), comparison, literal);
        }
        Field::Attribute(attribute) => {
            statement.text(attribute_name(attribute));
            if is_time(attribute) && matches!(literal, Literal::Number(_)) {
                statement.text("::float8");
            }
            keyset::compare(statement, comparison, literal);
        }
        Field::Metric(key) => metric(statement, key, comparison, literal),
        Field::Param(key) => entry(statement, "params", key, comparison, literal),
        Field::Tag(key) => entry(statement, "tags", key, comparison, literal),
        Field::Dataset(field) => dataset(statement, field, comparison, literal),
    }
}

/// A metric. NaN is stored as 0 with a mark: it differs from every number and is like none.
fn metric(statement: &mut Statement, key: String, comparison: Comparison, literal: Literal) {
    if comparison == Comparison::IsNull {
        statement.text("NOT ");
    }
    statement
        .text("EXISTS (SELECT 1 FROM latest_metrics f WHERE f.run_uuid = r.run_uuid AND f.key = ");
    statement.bind(key);
    if literal != Literal::None {
        let differs = comparison == Comparison::NotEqual;
        statement.text(" AND (f.value");
        keyset::compare(statement, comparison, literal);
        statement.text(if differs { " OR f.is_nan)" } else { " AND NOT f.is_nan)" });
    }
    statement.text(")");
}

fn entry(
    statement: &mut Statement,
    table: &'static str,
    key: String,
    comparison: Comparison,
    literal: Literal,
) {
    if comparison == Comparison::IsNull {
        statement.text("NOT ");
    }
    statement.text("EXISTS (SELECT 1 FROM ").text(table);
    statement.text(" f WHERE f.run_uuid = r.run_uuid AND f.key = ").bind(key);
    if literal != Literal::None {
        statement.text(" AND f.value");
        keyset::compare(statement, comparison, literal);
    }
    statement.text(")");
}

fn dataset(
    statement: &mut Statement,
    field: DatasetField,
    comparison: Comparison,
    literal: Literal,
) {
    statement
        .text("EXISTS (SELECT 1 FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id");
    if field == DatasetField::Context {
        statement.text(
            " JOIN input_tags t ON t.input_uuid = i.input_uuid AND t.name = 'mlflow.data.context'",
        );
    }
    statement.text(
        " WHERE i.destination_type = 'RUN' AND i.destination_id = r.run_uuid \
         AND i.source_type = 'DATASET' AND ",
    );
    statement.text(match field {
        DatasetField::Name => "d.name",
        DatasetField::Digest => "d.digest",
        DatasetField::Context => "t.value",
    });
    keyset::compare(statement, comparison, literal);
    statement.text(")");
}
