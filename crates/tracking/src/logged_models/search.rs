//! What a search for logged models may name, and the statement that it becomes.

use app::{ApiError, page};
use db::{DbError, Row, Statement};
use filter::logged_models::{Attribute, Clause, Field, OrderField};
use filter::{Comparison, Literal};
use serde::{Deserialize, Serialize};

use super::store::{COLUMN_COUNT, COLUMNS};
use super::wire::{DatasetFilter, OrderBy};
use crate::keyset::{self, Key, SortKey};
use crate::validation;
use python::repr_text;

/// Bounds of one statement. What goes beyond is refused, as it is by MLflow's database.
const MAX_DATASETS: usize = 100;
pub(super) const MAX_METRIC_ORDERS: usize = 32;

/// What is searched for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub experiment_ids: Vec<String>,
    pub filter: Option<String>,
    pub datasets: Vec<DatasetFilter>,
    pub order_by: Vec<OrderBy>,
    /// Models on a page.
    pub size: usize,
    pub page_token: Option<String>,
}

/// One entry of the order, as a token repeats it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Order {
    field_name: String,
    ascending: bool,
    dataset_name: Option<String>,
    dataset_digest: Option<String>,
}

/// Where a page begins: after the model with these sort keys, in this very search.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Position {
    experiment_ids: Vec<String>,
    filter: Option<String>,
    order_by: Vec<Order>,
    keys: Vec<Key>,
}

/// What models are sorted by. Metrics are counted by the join that finds their last values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Attribute(Attribute),
    /// 0 for a value, 1 for none: what has none comes last.
    AttributeRank(Attribute),
    Metric(usize),
    MetricRank(usize),
}

/// A search, ready to run.
#[derive(Debug)]
pub struct Search {
    pub statement: Statement,
    /// Models on a page.
    pub size: usize,
    order: Vec<SortKey<Column>>,
    position: Position,
}

app::lend!(Search);

/// # Errors
/// When the data sets, the token, the filter or the order are refused: in MLflow's order.
pub fn plan(request: Request) -> Result<Search, ApiError> {
    let named = |dataset: &DatasetFilter| dataset.dataset_name.as_deref().is_some_and(is_text);
    if !request.datasets.iter().all(named) {
        return Err(ApiError::invalid(
            "`dataset_name` in the `datasets` clause must be specified.",
        ));
    }
    bounded("data sets", request.datasets.len(), MAX_DATASETS)?;
    let mut position = Position {
        experiment_ids: request.experiment_ids,
        filter: request.filter.filter(|text| is_text(text)),
        order_by: request.order_by.into_iter().map(Order::from).collect(),
        keys: Vec::new(),
    };
    if let Some(token) = request.page_token.filter(|token| is_text(token)) {
        position.keys = continued(&position, page::decode(&token)?)?;
    }
    let clauses = filter::logged_models::parse(position.filter.as_deref().unwrap_or_default())?;
    let experiments: Vec<i64> = (position.experiment_ids.iter())
        .map(|id| validation::experiment_id(id))
        .collect::<Result<_, _>>()?;
    let (order, metrics) = sort_keys(&position.order_by)?;
    bounded("metrics to order by", metrics.len(), MAX_METRIC_ORDERS)?;
    let mut search =
        Search { statement: Statement::new("SELECT "), size: request.size, order, position };
    search.write(&experiments, clauses, &request.datasets, &metrics)?;
    Ok(search)
}

fn is_text(text: &str) -> bool {
    !text.is_empty()
}

fn bounded(things: &str, count: usize, limit: usize) -> Result<(), ApiError> {
    if count <= limit {
        return Ok(());
    }
    Err(ApiError::invalid(format!("A search can have at most {limit} {things}. Got {count}.")))
}

impl From<OrderBy> for Order {
    fn from(order: OrderBy) -> Self {
        Self {
            field_name: order.field_name.unwrap_or_default(),
            ascending: order.ascending.unwrap_or(true),
            dataset_name: order.dataset_name.filter(|text| is_text(text)),
            dataset_digest: order.dataset_digest.filter(|text| is_text(text)),
        }
    }
}

/// The sort keys of a token, if it belongs to this search.
fn continued(asked: &Position, token: Position) -> Result<Vec<Key>, ApiError> {
    let refused = |what: &str, which: &str, asked: String, found: String| {
        Err(ApiError::invalid(format!(
            "{what} in the page token do{} not match the requested {which}. \
             Expected: {asked}. Found: {found}",
            if what.ends_with('s') { "" } else { "es" }
        )))
    };
    if asked.experiment_ids != token.experiment_ids {
        let [asked, found] = [&asked.experiment_ids, &token.experiment_ids].map(|ids| {
            let ids: Vec<String> = ids.iter().map(|id| repr_text(id)).collect();
            format!("[{}]", ids.join(", "))
        });
        return refused("Experiment IDs", "experiment IDs", asked, found);
    }
    if asked.filter != token.filter {
        // Compat: MLflow shows the filters without quotes.
        let [asked, found] = [&asked.filter, &token.filter]
            .map(|filter| filter.clone().unwrap_or_else(|| "None".to_owned()));
        return refused("Filter string", "filter string", asked, found);
    }
    if asked.order_by != token.order_by {
        let [asked, found] = [&asked.order_by, &token.order_by].map(|orders| shown(orders));
        return refused("Order by", "order by", asked, found);
    }
    Ok(token.keys)
}

/// An order as MLflow's messages show it.
fn shown(orders: &[Order]) -> String {
    if orders.is_empty() {
        return "None".to_owned();
    }
    let text = |text: &Option<String>| text.as_deref().map_or("None".to_owned(), repr_text);
    let entries: Vec<String> = (orders.iter())
        .map(|order| {
            format!(
                "{{'field_name': {}, 'ascending': {}, 'dataset_name': {}, 'dataset_digest': {}}}",
                repr_text(&order.field_name),
                if order.ascending { "True" } else { "False" },
                text(&order.dataset_name),
                text(&order.dataset_digest)
            )
        })
        .collect();
    format!("[{}]", entries.join(", "))
}

/// The last value of a metric, or of a metric on a data set.
type MetricOrder = (String, Option<String>, Option<String>);

/// The sort keys, and the metrics whose last values they need.
fn sort_keys(asked: &[Order]) -> Result<(Vec<SortKey<Column>>, Vec<MetricOrder>), ApiError> {
    let mut keys: Vec<SortKey<Column>> = Vec::new();
    let mut metrics: Vec<MetricOrder> = Vec::new();
    let mut push = |field: Column, ascending: bool, text: bool| {
        // A field that was named before decides nothing any more.
        if keys.iter().all(|key| key.field != field) {
            keys.push(SortKey { field, ascending, text });
        }
    };
    for order in asked {
        match filter::logged_models::parse_order_by_field(&order.field_name)? {
            OrderField::Attribute(attribute) => {
                if is_nullable(attribute) {
                    push(Column::AttributeRank(attribute), true, false);
                }
                push(Column::Attribute(attribute), order.ascending, is_textual(attribute));
            }
            OrderField::Metric(name) => {
                let metric = (name, order.dataset_name.clone(), order.dataset_digest.clone());
                let known = metrics.iter().position(|known| *known == metric);
                let index = known.unwrap_or(metrics.len());
                if known.is_none() {
                    metrics.push(metric);
                }
                push(Column::MetricRank(index), true, false);
                push(Column::Metric(index), order.ascending, false);
            }
        }
    }
    push(Column::Attribute(Attribute::CreationTimestamp), false, false);
    push(Column::Attribute(Attribute::ModelId), true, true);
    Ok((keys, metrics))
}

fn is_nullable(attribute: Attribute) -> bool {
    use Attribute::{LifecycleStage, ModelType, SourceRunId, StatusMessage};
    matches!(attribute, LifecycleStage | ModelType | SourceRunId | StatusMessage)
}

fn is_textual(attribute: Attribute) -> bool {
    use Attribute::{CreationTimestamp, ExperimentId, LastUpdatedTimestamp, Status};
    !matches!(attribute, CreationTimestamp | ExperimentId | LastUpdatedTimestamp | Status)
}

fn name(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::ModelId => "m.model_id",
        Attribute::ExperimentId => "m.experiment_id",
        Attribute::Name => "m.name",
        Attribute::ArtifactLocation => "m.artifact_location",
        Attribute::CreationTimestamp => "m.creation_timestamp_ms",
        Attribute::LastUpdatedTimestamp => "m.last_updated_timestamp_ms",
        Attribute::Status => "m.status",
        Attribute::LifecycleStage => "m.lifecycle_stage",
        Attribute::ModelType => "m.model_type",
        Attribute::SourceRunId => "m.source_run_id",
        Attribute::StatusMessage => "m.status_message",
    }
}

/// Writes a sort key, which is never NULL.
fn column(statement: &mut Statement, column: Column) {
    match column {
        Column::Attribute(attribute) if is_nullable(attribute) => {
            statement.text("COALESCE(").text(name(attribute)).text(", '')");
        }
        Column::Attribute(attribute) => {
            statement.text(name(attribute));
        }
        Column::AttributeRank(attribute) => {
            statement.text("CASE WHEN ").text(name(attribute)).text(" IS NULL THEN 1 ELSE 0 END");
        }
        Column::Metric(index) => {
            statement.text("COALESCE(o").index(index).text(".metric_value, 0)");
        }
        Column::MetricRank(index) => {
            statement.text("CASE WHEN o").index(index);
            statement.text(".metric_value IS NULL THEN 1 ELSE 0 END");
        }
    }
}

impl Search {
    fn write(
        &mut self,
        experiments: &[i64],
        clauses: Vec<Clause>,
        datasets: &[DatasetFilter],
        metrics: &[MetricOrder],
    ) -> Result<(), ApiError> {
        let statement = &mut self.statement;
        statement.text(COLUMNS);
        for key in &self.order {
            statement.text(", ");
            column(statement, key.field);
        }
        statement.text(" FROM logged_models m");
        for (index, metric) in metrics.iter().enumerate() {
            join_last_values(statement, experiments, datasets, (index, metric));
        }
        statement.text(" WHERE m.lifecycle_stage <> 'deleted' AND m.experiment_id");
        keyset::one_of_ints(statement, experiments.to_vec());
        let on_metrics = |clause: &Clause| matches!(clause.field, Field::Metric(_));
        if !datasets.is_empty() && !clauses.iter().any(on_metrics) {
            statement.text(" AND ");
            any_metric(statement);
            on_datasets(statement, datasets);
            statement.text(")");
        }
        for clause in clauses {
            statement.text(" AND ");
            condition(statement, clause, experiments, datasets);
        }
        let after = std::mem::take(&mut self.position.keys);
        if !after.is_empty() {
            check_keys(&self.order, &after)?;
            statement.text(" AND ");
            keyset::after(statement, &self.order, after, &mut column)?;
        }
        statement.text(" ORDER BY ");
        keyset::order_by(statement, &self.order, &mut column);
        let one_more = i64::try_from(self.size).unwrap_or(i64::MAX).saturating_add(1);
        statement.text(" LIMIT ").bind(one_more);
        Ok(())
    }

    /// The sort keys of a row.
    pub fn keys(&self, row: Row<'_>) -> Result<Vec<Key>, DbError> {
        let read = |(index, key): (usize, &SortKey<Column>)| {
            let index = COLUMN_COUNT + index;
            Ok(match key.field {
                Column::Metric(_) => Key::float(row.get(index)?),
                _ if key.text => Key::Text(row.get(index)?),
                _ => Key::Int(row.get(index)?),
            })
        };
        self.order.iter().enumerate().map(read).collect()
    }

    /// The token for the page after the row with these keys.
    pub fn token(&self, keys: Vec<Key>) -> String {
        page::encode(&Position { keys, ..self.position.clone() })
    }
}

/// Refuses sort keys of another kind than the order's.
fn check_keys(order: &[SortKey<Column>], keys: &[Key]) -> Result<(), ApiError> {
    let fits = |(key, part): (&Key, &SortKey<Column>)| match (key, part.field) {
        (Key::Float { .. }, Column::Metric(_)) => true,
        (Key::Int(rank), Column::AttributeRank(_) | Column::MetricRank(_)) => (0..2).contains(rank),
        (Key::Int(_), Column::Attribute(_)) => !part.text,
        (Key::Text(_), Column::Attribute(_)) => part.text,
        _ => false,
    };
    if keys.len() == order.len() && keys.iter().zip(order).all(fits) {
        return Ok(());
    }
    Err(ApiError::invalid("Invalid page token: it belongs to another search."))
}

/// Joins each model with the last value of a metric, as `o<index>`.
fn join_last_values(
    statement: &mut Statement,
    experiments: &[i64],
    datasets: &[DatasetFilter],
    (index, (metric, dataset, digest)): (usize, &MetricOrder),
) {
    statement.text(" LEFT JOIN (");
    last_values(statement, experiments, datasets, metric.clone());
    if let Some(dataset) = dataset {
        statement.text(" AND x.dataset_name = ").bind(dataset.clone());
    }
    if let Some(digest) = digest {
        statement.text(" AND x.dataset_digest = ").bind(digest.clone());
    }
    statement.text(") o").index(index);
    statement.text(" ON o").index(index).text(".of_model = m.model_id AND o").index(index);
    statement.text(".place = 1");
}

/// Writes the query for the values of a metric, by model (`of_model`): `place` is 1 for the last one. That is the one of
/// the highest step, then of the latest time, then the highest. A condition may follow.
fn last_values(
    statement: &mut Statement,
    experiments: &[i64],
    datasets: &[DatasetFilter],
    metric: String,
) {
    statement.text(
        "SELECT x.model_id AS of_model, x.metric_value, row_number() OVER (PARTITION BY x.model_id \
         ORDER BY x.metric_step DESC, x.metric_timestamp_ms DESC, x.metric_value DESC) AS place \
         FROM logged_model_metrics x WHERE x.metric_name = ",
    );
    statement.bind(metric);
    if !datasets.is_empty() {
        on_datasets(statement, datasets);
    }
    statement.text(" AND x.model_id IN (SELECT model_id FROM logged_models WHERE experiment_id");
    keyset::one_of_ints(statement, experiments.to_vec());
    statement.text(")");
}

fn condition(
    statement: &mut Statement,
    clause: Clause,
    experiments: &[i64],
    datasets: &[DatasetFilter],
) {
    let Clause { field, comparison, literal } = clause;
    if matches!(literal, Literal::Number(number) if number.is_nan()) {
        statement.text("FALSE");
        return;
    }
    match field {
        Field::Attribute(attribute) => {
            attribute_condition(statement, attribute, comparison, literal);
        }
        Field::Metric(key) => {
            statement.text("m.model_id IN (SELECT of_model FROM (");
            last_values(statement, experiments, datasets, key);
            statement.text(") l WHERE l.place = 1 AND l.metric_value");
            keyset::compare(statement, comparison, literal);
            statement.text(")");
        }
        Field::Param(key) => {
            statement.text(
                "EXISTS (SELECT 1 FROM logged_model_params x WHERE x.model_id = m.model_id \
                 AND x.param_key = ",
            );
            statement.bind(key).text(" AND x.param_value");
            keyset::compare(statement, comparison, literal);
            statement.text(")");
        }
        Field::Tag(key) => {
            statement.text(
                "EXISTS (SELECT 1 FROM logged_model_tags x WHERE x.model_id = m.model_id \
                 AND x.tag_key = ",
            );
            statement.bind(key).text(" AND x.tag_value");
            keyset::compare(statement, comparison, literal);
            statement.text(")");
        }
    }
}

fn attribute_condition(
    statement: &mut Statement,
    attribute: Attribute,
    comparison: Comparison,
    literal: Literal,
) {
    match attribute {
        Attribute::CreationTimestamp | Attribute::LastUpdatedTimestamp => {
            statement.text(name(attribute));
            keyset::compare(statement, comparison, literal);
            statement.text("::float8");
        }
        // Compat: compared as a string.
        Attribute::ExperimentId => {
            statement.text("CAST(").text(name(attribute)).text(" AS TEXT)");
            // Digits have no case.
            let comparison =
                if comparison == Comparison::ILike { Comparison::Like } else { comparison };
            keyset::compare(statement, comparison, literal);
        }
        _ => {
            statement.text(name(attribute));
            keyset::compare(statement, comparison, literal);
        }
    }
}

/// Opens "the model has a metric such that".
fn any_metric(statement: &mut Statement) {
    statement.text("EXISTS (SELECT 1 FROM logged_model_metrics x WHERE x.model_id = m.model_id");
}

/// Compat: a data set without a digest matches metrics whose data set has none, not any digest's.
fn on_datasets(statement: &mut Statement, datasets: &[DatasetFilter]) {
    for (index, dataset) in datasets.iter().enumerate() {
        statement.text(if index == 0 { " AND (" } else { " OR " });
        let name = dataset.dataset_name.clone().unwrap_or_default();
        statement.text("(x.dataset_name = ").bind(name);
        match dataset.dataset_digest.clone().filter(|digest| is_text(digest)) {
            Some(digest) => statement.text(" AND x.dataset_digest = ").bind(digest).text(")"),
            None => statement.text(" AND x.dataset_digest IS NULL)"),
        };
    }
    statement.text(")");
}
