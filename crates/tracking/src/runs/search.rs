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

/// The index that has the runs with a metric in the order of its latest value.
pub const METRIC_INDEX: &str = "hw_latest_metrics_by_value";

/// A search, ready to run.
pub struct Search {
    /// Runs, one after the other, until a page is full. Only a search whose order begins with a
    /// metric that not every run must have has two: first the runs with a number, which an index
    /// gives in order, then the others.
    pub statements: Vec<Statement>,
    /// The first of them once more, where its order begins with a metric that all its runs have: told
    /// to SQLite, which does not weigh a limit, so that it follows [`METRIC_INDEX`] until the page is
    /// full.
    pub by_index: Option<Statement>,
    pub experiment_ids: Vec<i64>,
    /// Runs on a page.
    pub size: usize,
    order: Vec<SortKey<Sort>>,
}

app::lend!(Search);

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

/// Which runs a statement looks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    /// Those with a number for the metric that comes first in the order.
    WithMetric,
    /// Those without.
    WithoutMetric,
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
    /// The value of a metric that every run found has, as a number.
    CertainMetric(usize),
    /// The value of a param or tag that every run found has.
    CertainEntry(usize),
    RunId,
}

impl Sort {
    fn is_text(&self) -> bool {
        match self {
            Sort::Attribute(attribute) => !is_time(*attribute),
            Sort::Entry(_) | Sort::CertainEntry(_) | Sort::RunId => true,
            _ => false,
        }
    }

    fn is_float(&self) -> bool {
        matches!(self, Sort::Metric(_) | Sort::CertainMetric(_))
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
    let after = request.token.map(page::decode::<Position>).transpose()?.map(|after| after.keys);
    let sorting = Sorting::new(asked, &clauses);
    let parts: &[Part] = match (&after, sorting.begins_with_uncertain_metric()) {
        (_, false) => &[Part::All],
        (Some(keys), true) if keys.first() != Some(&HAS_NUMBER) => &[Part::WithoutMetric],
        (_, true) => &[Part::WithMetric, Part::WithoutMetric],
    };
    let build = |part: Part, by_index: bool| {
        let mut statement = Statement::new("SELECT ");
        sorting.select(&mut statement, part, by_index);
        statement.text(if by_index { " AND r.experiment_id" } else { " WHERE r.experiment_id" });
        keyset::one_of_ints(&mut statement, request.experiment_ids.clone());
        statement.text(" AND r.lifecycle_stage");
        keyset::one_of_texts(&mut statement, request.view.stages());
        if part == Part::WithoutMetric {
            statement.text(" AND (o0.value IS NULL OR o0.is_nan)");
        }
        for clause in &clauses {
            statement.text(" AND ");
            condition(&mut statement, clause.clone(), sorting.joined(clause));
        }
        sorting.begin_after(&mut statement, part, after.clone())?;
        statement.text(" ORDER BY ");
        keyset::order_by(&mut statement, &sorting.keys(part), &mut column);
        let limit = i64::try_from(request.size).unwrap_or(i64::MAX).saturating_add(1);
        statement.text(" LIMIT ").bind(limit);
        Ok::<_, ApiError>(statement)
    };
    let statements = parts.iter().map(|part| build(*part, false)).collect::<Result<_, _>>()?;
    let by_index = sorting.follows_an_index(parts[0]).then(|| build(parts[0], true)).transpose()?;
    let Request { experiment_ids, size, .. } = request;
    Ok(Search { statements, by_index, experiment_ids, size, order: sorting.order })
}

/// The rank of runs with a number, as a page token has it.
const HAS_NUMBER: Key = Key::Int(0);

/// The order of a search, and what the filter says about the fields that it names.
struct Sorting {
    asked: Vec<OrderBy>,
    /// Whether the filter lets only runs through that have the field of the same place in `asked`.
    certain: Vec<bool>,
    order: Vec<SortKey<Sort>>,
}

impl Sorting {
    fn new(asked: Vec<OrderBy>, clauses: &[Clause]) -> Self {
        let certain: Vec<bool> = (asked.iter())
            .map(|order| clauses.iter().any(|clause| demands(clause, &order.field)))
            .collect();
        let order = order(&asked, &certain);
        Self { asked, certain, order }
    }

    fn begins_with_metric(&self) -> bool {
        let first = self.asked.first();
        first.is_some_and(|first| matches!(first.field, OrderField::Metric(_)))
    }

    fn begins_with_uncertain_metric(&self) -> bool {
        self.begins_with_metric() && !self.certain[0]
    }

    /// Whether an index of metrics has a part of the runs in order.
    fn follows_an_index(&self, part: Part) -> bool {
        self.begins_with_metric() && (self.certain[0] || part == Part::WithMetric)
    }

    /// Adds the columns, the sort keys and the tables; `by_index` with the metric's table first, and
    /// its conditions. SQLite never changes the order of tables around a `CROSS JOIN`.
    fn select(&self, statement: &mut Statement, part: Part, by_index: bool) {
        statement.text(COLUMNS);
        for key in &self.order {
            statement.text(", ");
            column(statement, key.field.clone());
        }
        if by_index {
            statement.text(" FROM latest_metrics o0 INDEXED BY ").text(METRIC_INDEX);
            statement.text(" CROSS JOIN runs r");
        } else {
            statement.text(" FROM runs r");
        }
        for (index, order_by) in self.asked.iter().enumerate().skip(usize::from(by_index)) {
            let certain = self.certain[index] || (part == Part::WithMetric && index == 0);
            join(statement, index, order_by.field.clone(), certain);
        }
        if by_index && let Some(OrderBy { field: OrderField::Metric(key), .. }) = self.asked.first()
        {
            statement.text(" WHERE o0.run_uuid = r.run_uuid AND NOT o0.is_nan AND o0.key = ");
            statement.bind(key.clone());
        }
    }

    /// The number of the joined table that a clause can be checked on: the row is there already.
    fn joined(&self, clause: &Clause) -> Option<usize> {
        let fits = |(order, certain): (&OrderBy, &bool)| *certain && demands(clause, &order.field);
        self.asked.iter().zip(&self.certain).position(fits)
    }

    /// The keys that sort one part of the runs. An index has the value of a metric, not its rank.
    fn keys(&self, part: Part) -> Vec<SortKey<Sort>> {
        let mut keys = self.order.clone();
        if part == Part::WithMetric {
            keys.remove(0);
            keys[0].field = Sort::CertainMetric(0);
        }
        keys
    }

    /// Adds where a page begins. In the page's own part that is after its keys; the runs without
    /// the metric all come after one that has it.
    fn begin_after(
        &self,
        statement: &mut Statement,
        part: Part,
        after: Option<Vec<Key>>,
    ) -> Result<(), ApiError> {
        let Some(mut keys) = after else { return Ok(()) };
        keyset::check(&self.order, &keys)?;
        if part == Part::WithoutMetric && keys.first() == Some(&HAS_NUMBER) {
            return Ok(());
        }
        if part == Part::WithMetric {
            keys.remove(0);
        }
        statement.text(" AND ");
        keyset::after(statement, &self.keys(part), keys, &mut column)
    }
}

/// Whether a clause lets only runs through that have a value in this field: for a metric, a number.
fn demands(clause: &Clause, field: &OrderField) -> bool {
    use Comparison as C;
    let same = match (&clause.field, field) {
        (Field::Metric(name), OrderField::Metric(other)) => {
            let certain = matches!(
                clause.comparison,
                C::Equal | C::Less | C::LessOrEqual | C::Greater | C::GreaterOrEqual
            );
            return certain && name == other;
        }
        (Field::Param(name), OrderField::Param(other))
        | (Field::Tag(name), OrderField::Tag(other)) => name == other,
        _ => false,
    };
    same && !matches!(clause.comparison, C::IsNull | C::IsNotNull)
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

/// The order asked for, then the newest first, then by id. What is certain to be there has no rank.
fn order(asked: &[OrderBy], certain: &[bool]) -> Vec<SortKey<Sort>> {
    let mut order = Vec::new();
    let mut push = |field: Sort, ascending| {
        let text = field.is_text();
        order.push(SortKey { field, ascending, text });
    };
    let mut by_start = false;
    for (index, OrderBy { field, ascending }) in asked.iter().enumerate() {
        if certain[index] {
            let value = match field {
                OrderField::Metric(_) => Sort::CertainMetric(index),
                _ => Sort::CertainEntry(index),
            };
            push(value, *ascending);
            continue;
        }
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
        Sort::CertainMetric(index) | Sort::CertainEntry(index) => {
            statement.text("o").index(index).text(".value")
        }
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

/// Joins the table that a sort key reads. Runs that have no row in it are lost only if `certain`.
fn join(statement: &mut Statement, index: usize, field: OrderField, certain: bool) {
    let (table, key) = match field {
        OrderField::Attribute(_) => return,
        OrderField::Metric(ref key) => ("latest_metrics o", key.clone()),
        OrderField::Param(ref key) => ("params o", key.clone()),
        OrderField::Tag(ref key) => ("tags o", key.clone()),
    };
    statement.text(if certain { " JOIN " } else { " LEFT JOIN " }).text(table).index(index);
    statement.text(" ON o").index(index).text(".run_uuid = r.run_uuid AND o").index(index);
    statement.text(".key = ").bind(key);
    if certain && matches!(field, OrderField::Metric(_)) {
        statement.text(" AND NOT o").index(index).text(".is_nan");
    }
}

/// Adds a clause, checked on the row of a joined table if there is one for it.
fn condition(statement: &mut Statement, clause: Clause, joined: Option<usize>) {
    let Clause { field, comparison, literal } = clause;
    if let Some(index) = joined {
        statement.text("o").index(index).text(".value");
        return keyset::compare(statement, comparison, literal);
    }
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
