//! Filters of trace metrics: one condition each, `trace.tag.key = 'value'`, equality only.

use crate::{
    Comparison, FilterError, Literal,
    clause::{
        Strays, column, conditions, is_quotable, quoted_text, unquoted_key, without_backticks,
    },
    syntax::Condition,
};
use python::{repr_list, repr_text};

use super::{
    COST_METADATA, Clause, Field, NAME_TAG, RUN_METADATA, SESSION_METADATA, TOKEN_USAGE_METADATA,
};

/// What a filter asks of what is measured.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricFilter {
    /// A condition on the trace.
    Trace(Clause),
    SpanName(String),
    SpanStatus(String),
    SpanType(String),
    AssessmentName(String),
    AssessmentType(String),
}

/// What each view's filters may name, and whether a key follows.
const VIEWS: [(&str, &[(&str, bool)]); 3] = [
    ("trace", &[("status", false), ("tag", true), ("metadata", true)]),
    ("span", &[("name", false), ("status", false), ("type", false)]),
    ("assessment", &[("name", false), ("type", false)]),
];

/// Reads one filter.
pub fn parse_metric_filter(text: &str) -> Result<MetricFilter, FilterError> {
    match conditions(text, Strays::BareAndAnd, None)?.as_slice() {
        [only] => filter(only),
        _ => Err(FilterError::invalid(format!(
            "Invalid filter: '{text}'. Expected one filter clause."
        ))),
    }
}

fn filter(condition: &Condition) -> Result<MetricFilter, FilterError> {
    let operator = condition.operator;
    // Compat: what compares by a word is no comparison here.
    if ["IN", "NOT IN", "IS NULL", "IS NOT NULL"].contains(&operator.to_uppercase().as_str()) {
        let value = condition.right.map(|right| right.text);
        let pieces: Vec<&str> = [condition.left.text, operator].into_iter().chain(value).collect();
        let pieces = pieces.join(", ");
        return Err(FilterError::invalid(format!("Invalid clause(s) in filter string: {pieces}")));
    }
    let (view, entity, key) = names(column(condition, None)?)?;
    if operator != "=" {
        return Err(FilterError::invalid(format!(
            "Invalid comparator: '{operator}', only '=' operator is supported"
        )));
    }
    let value = match condition.right {
        Some(value) if is_quotable(value) => quoted_text(value)?,
        value => {
            let value = value.map_or("", |value| value.text);
            return Err(FilterError::invalid(format!(
                "Expected a quoted string value for {entity} value (e.g. 'my-value'). Got value \
                 {value}"
            )));
        }
    };
    Ok(meaning(view, entity, key, value))
}

/// The view, the entity and the key that a column names.
fn names(column: &str) -> Result<(&'static str, &'static str, Option<&str>), FilterError> {
    let mut parts = column.splitn(3, '.');
    let (Some(view), Some(entity), key) = (parts.next(), parts.next(), parts.next()) else {
        return Err(FilterError::invalid(format!(
            "Invalid identifier {}. Columns should be specified as 'trace.<key>', 'span.<key>', \
             'assessment.<key>'.",
            repr_text(column)
        )));
    };
    let view = without_backticks(view);
    let Some(&(view, entities)) = VIEWS.iter().find(|(name, _)| *name == view) else {
        return Err(FilterError::invalid(format!(
            "Invalid view type '{view}'. Valid values are dict_keys({})",
            repr_list(&VIEWS.map(|(name, _)| name))
        )));
    };
    let Some(&(entity, wants_key)) = entities.iter().find(|(name, _)| *name == entity) else {
        return Err(FilterError::invalid(format!(
            "Invalid entity '{entity}' specified for view type '{view}'. Valid entities are {}",
            repr_list(&entities.iter().map(|(name, _)| *name).collect::<Vec<_>>())
        )));
    };
    match (key, wants_key) {
        (None, true) => Err(FilterError::invalid(format!(
            "Filtering by {entity} requires a key, e.g. '{view}.{entity}.<key> = <value>'"
        ))),
        (Some(_), false) => Err(FilterError::invalid(format!(
            "Filtering by {entity} does not require a key, use '{view}.{entity}' instead"
        ))),
        (key, _) => Ok((view, entity, key.map(unquoted_key))),
    }
}

fn meaning(view: &str, entity: &str, key: Option<&str>, value: Literal) -> MetricFilter {
    let key = key.unwrap_or_default();
    let text = |value| match value {
        Literal::Text(text) => text,
        _ => String::new(),
    };
    let field = match (view, entity, key) {
        ("span", "name", _) => return MetricFilter::SpanName(text(value)),
        ("span", "status", _) => return MetricFilter::SpanStatus(text(value)),
        ("span", _, _) => return MetricFilter::SpanType(text(value)),
        ("assessment", "name", _) => return MetricFilter::AssessmentName(text(value)),
        ("assessment", _, _) => return MetricFilter::AssessmentType(text(value)),
        (_, "tag", NAME_TAG) => Field::Name,
        (_, "tag", key) => Field::Tag(key.to_owned()),
        (_, "metadata", SESSION_METADATA) => Field::Session,
        (_, "metadata", RUN_METADATA) => Field::Run,
        (_, "metadata", TOKEN_USAGE_METADATA) => Field::TokenUsage,
        (_, "metadata", COST_METADATA) => Field::Cost,
        (_, "metadata", key) => Field::Metadata(key.to_owned()),
        _ => Field::Attribute(super::Attribute::Status),
    };
    MetricFilter::Trace(Clause { field, comparison: Comparison::Equal, literal: value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse_metric_filter(text).unwrap_err().message
    }

    #[test]
    fn one_condition_of_one_view() {
        let clause = |field, value: &str| {
            let literal = Literal::Text(value.to_owned());
            Ok(MetricFilter::Trace(Clause { field, comparison: Comparison::Equal, literal }))
        };
        assert_eq!(
            parse_metric_filter("trace.tag.`my.key` = \"v\""),
            clause(Field::Tag("my.key".to_owned()), "v")
        );
        assert_eq!(
            parse_metric_filter("trace.tag.mlflow.traceName = 'n'"),
            clause(Field::Name, "n")
        );
        assert_eq!(
            parse_metric_filter("trace.metadata.`mlflow.sourceRun` = 'r'"),
            clause(Field::Run, "r")
        );
        assert_eq!(
            parse_metric_filter("span.type = 'LLM'"),
            Ok(MetricFilter::SpanType("LLM".to_owned()))
        );
        assert_eq!(
            parse_metric_filter("assessment.name = 'a'"),
            Ok(MetricFilter::AssessmentName("a".to_owned()))
        );
    }

    #[test]
    fn refusals() {
        assert_eq!(message(""), "Invalid filter: ''. Expected one filter clause.");
        assert_eq!(
            message("trace.status = 'OK' AND span.type = 'LLM'"),
            "Invalid clause(s) in filter string: AND"
        );
        assert_eq!(
            message("trace.status != 'OK'"),
            "Invalid comparator: '!=', only '=' operator is supported"
        );
        assert_eq!(
            message("run.status = 'OK'"),
            "Invalid view type 'run'. Valid values are dict_keys(['trace', 'span', 'assessment'])"
        );
        assert_eq!(
            message("span.tag = 'OK'"),
            "Invalid entity 'tag' specified for view type 'span'. Valid entities are ['name', \
             'status', 'type']"
        );
        assert_eq!(
            message("trace.tag = 'OK'"),
            "Filtering by tag requires a key, e.g. 'trace.tag.<key> = <value>'"
        );
        assert_eq!(
            message("trace.status.x = 'OK'"),
            "Filtering by status does not require a key, use 'trace.status' instead"
        );
        assert_eq!(
            message("trace.status = 5"),
            "Expected a quoted string value for status value (e.g. 'my-value'). Got value 5"
        );
        assert_eq!(
            message("trace.status IN ('OK')"),
            "Invalid clause(s) in filter string: trace.status, IN, ('OK')"
        );
        assert!(message("status = 'OK'").starts_with("Invalid identifier 'status'. Columns"));
    }
}
