//! What traces can be ordered by.

use crate::{FilterError, limits::few_orders, syntax::directed_name};
use python::repr_list;

use super::{
    Attribute, COST_METADATA, Column, Entity, NAME_TAG, SESSION_METADATA, TOKEN_USAGE_METADATA,
    condition::written_column,
};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OrderField {
    Attribute(Attribute),
    ExperimentId,
    /// The trace's name, the tag `mlflow.traceName`.
    Name,
    Tag(String),
    /// The session id, the metadata `mlflow.trace.session`.
    Session,
    Metadata(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    pub field: OrderField,
    pub ascending: bool,
}

/// The keys of a trace's own attributes that an order may name.
const ATTRIBUTE_KEYS: &[(&str, ())] = &[
    ("experiment_id", ()),
    ("timestamp", ()),
    ("timestamp_ms", ()),
    ("execution_time", ()),
    ("execution_time_ms", ()),
    ("end_time", ()),
    ("end_time_ms", ()),
    ("status", ()),
    ("request_id", ()),
    ("name", ()),
    ("run_id", ()),
];

/// Reads the order-by texts of one request. No field may occur twice.
pub fn parse_order_by(texts: &[impl AsRef<str>]) -> Result<Vec<OrderBy>, FilterError> {
    few_orders(texts)?;
    let mut orders: Vec<OrderBy> = Vec::new();
    for text in texts {
        let (name, ascending) = directed_name(text.as_ref())?;
        let field = field(written_column(&name, ATTRIBUTE_KEYS)?.resolved())?;
        if orders.iter().any(|order| order.field == field) {
            let texts = repr_list(texts);
            return Err(FilterError::internal(format!(
                "`order_by` contains duplicate fields: {texts}"
            )));
        }
        orders.push(OrderBy { field, ascending });
    }
    Ok(orders)
}

fn field(column: Column) -> Result<OrderField, FilterError> {
    let Column { entity, key } = column;
    match (entity, key.as_str()) {
        (Entity::Tag, NAME_TAG) => Ok(OrderField::Name),
        (Entity::Tag, _) => Ok(OrderField::Tag(key)),
        (Entity::Metadata, SESSION_METADATA) => Ok(OrderField::Session),
        (Entity::Metadata, TOKEN_USAGE_METADATA | COST_METADATA) => {
            Err(FilterError::invalid(format!(
                "Ordering by reserved metadata '{key}' is not supported because it is represented \
                 by multiple columns."
            )))
        }
        (Entity::Metadata, _) => Ok(OrderField::Metadata(key)),
        (Entity::Attribute, _) => {
            Ok(Attribute::of(&key).map_or(OrderField::ExperimentId, OrderField::Attribute))
        }
        (other, _) => {
            Err(FilterError::invalid(format!("Invalid identifier type '{}'", other.name())))
        }
    }
}
