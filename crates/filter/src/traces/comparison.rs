//! What each column may be compared by, and the field that it is.

use crate::{
    Comparison, FilterError, Literal,
    clause::{invalid_comparator, settled, whole_number, without_backticks},
    matching::{NUMERIC, repr_comparisons},
};
use python::repr_text;

use super::{
    AssessmentKind, Attribute, COST_METADATA, Clause, Column, Entity, Field, NAME_TAG, PROMPTS_TAG,
    RUN_METADATA, SESSION_METADATA, SpanField, TOKEN_USAGE_METADATA, condition::Read,
};

const TEXT: &[Comparison] = &[
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::In,
    Comparison::NotIn,
    Comparison::Like,
    Comparison::ILike,
    Comparison::RLike,
];

const TAG: &[Comparison] = &[
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Like,
    Comparison::ILike,
    Comparison::RLike,
    Comparison::IsNull,
    Comparison::IsNotNull,
];

const SPAN_CONTENT: &[Comparison] = &[Comparison::Like, Comparison::ILike];

const ASSESSMENT: &[Comparison] = &[
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
    Comparison::Like,
    Comparison::ILike,
    Comparison::RLike,
    Comparison::IsNull,
    Comparison::IsNotNull,
];

pub(super) fn clause(read: Read) -> Result<Clause, FilterError> {
    let Read { column: Column { entity, key }, operator, literal } = read;
    let (field, comparison, literal) = match entity {
        Entity::Issue => (Field::Issue, issue_comparison(&key, &operator)?, literal),
        Entity::Attribute => {
            let (attribute, comparison) = attribute_comparison(&key, &operator)?;
            let literal = if attribute.is_time() { time(&key, literal)? } else { literal };
            (Field::Attribute(attribute), comparison, literal)
        }
        Entity::Tag => {
            let comparison = Comparison::among(TAG, &operator)
                .ok_or_else(|| invalid_comparator(&operator, TAG, ""))?;
            (tag(key, comparison, &literal)?, comparison, literal)
        }
        Entity::Metadata => {
            let comparison = Comparison::among(TAG, &operator)
                .ok_or_else(|| invalid_comparator(&operator, TAG, "'"))?;
            (metadata(key, comparison)?, comparison, literal)
        }
        Entity::Span => {
            let (span, comparison) = span_comparison(&key, &operator)?;
            refuse_list_of_values(&span, comparison)?;
            (Field::Span(span), comparison, literal)
        }
        Entity::Feedback => (
            Field::Assessment { kind: AssessmentKind::Feedback, name: key.clone() },
            assessment_comparison(&key, &operator)?,
            literal,
        ),
        Entity::Expectation => (
            Field::Assessment { kind: AssessmentKind::Expectation, name: key.clone() },
            assessment_comparison(&key, &operator)?,
            literal,
        ),
    };
    Ok(Clause { field, comparison, literal: settled(comparison, literal)? })
}

impl Attribute {
    /// The attribute that a resolved key means.
    pub(super) fn of(key: &str) -> Option<Self> {
        Some(match key {
            "request_id" => Self::RequestId,
            "client_request_id" => Self::ClientRequestId,
            "status" => Self::Status,
            "timestamp_ms" => Self::TimestampMs,
            "execution_time_ms" => Self::ExecutionTimeMs,
            "end_time_ms" => Self::EndTimeMs,
            _ => return None,
        })
    }

    fn is_time(self) -> bool {
        matches!(self, Self::TimestampMs | Self::ExecutionTimeMs | Self::EndTimeMs)
    }
}

fn attribute_comparison(key: &str, operator: &str) -> Result<(Attribute, Comparison), FilterError> {
    let attribute = Attribute::of(key)
        .ok_or_else(|| FilterError::invalid(format!("Invalid attribute key '{key}' specified.")))?;
    // Compat: a time's refusal lists the comparators of texts.
    let (allowed, closing) = if attribute.is_time() { (NUMERIC, "") } else { (TEXT, "'") };
    let comparison = Comparison::among(allowed, operator)
        .ok_or_else(|| invalid_comparator(operator, TEXT, closing))?;
    Ok((attribute, comparison))
}

/// Compat: a quoted number does as well. Other texts, which MLflow hands to the database, are
/// refused.
fn time(key: &str, literal: Literal) -> Result<Literal, FilterError> {
    let Literal::Text(text) = literal else { return Ok(literal) };
    if let Some(number) = whole_number(&text) {
        return Ok(Literal::Integer(number));
    }
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Literal::Number(number)),
        _ => Err(FilterError::invalid(format!(
            "Invalid value for numeric attribute '{key}': {}",
            repr_text(&text)
        ))),
    }
}

fn tag(key: String, comparison: Comparison, literal: &Literal) -> Result<Field, FilterError> {
    match key.as_str() {
        NAME_TAG => Ok(Field::Name),
        PROMPTS_TAG => prompt(comparison, literal),
        _ => Ok(Field::Tag(key)),
    }
}

fn prompt(comparison: Comparison, literal: &Literal) -> Result<Field, FilterError> {
    if comparison != Comparison::Equal {
        return Err(FilterError::invalid(format!(
            "Invalid comparator '{}' for prompts filter. Only '=' is supported with format: \
             prompt = \"name/version\"",
            comparison.symbol()
        )));
    }
    match literal {
        Literal::Text(value) if value.matches('/').count() != 1 => {
            Err(FilterError::invalid(format!(
                "Invalid prompts filter value '{value}'. Expected format: prompt = \
                 \"name/version\""
            )))
        }
        _ => Ok(Field::Prompt),
    }
}

fn metadata(key: String, comparison: Comparison) -> Result<Field, FilterError> {
    let field = match key.as_str() {
        SESSION_METADATA => return Ok(Field::Session),
        RUN_METADATA => return Ok(Field::Run),
        TOKEN_USAGE_METADATA => Field::TokenUsage,
        COST_METADATA => Field::Cost,
        _ => return Ok(Field::Metadata(key)),
    };
    if matches!(comparison, Comparison::Like | Comparison::ILike | Comparison::RLike) {
        return Err(FilterError::invalid(format!(
            "Comparator '{}' is not supported for reserved metadata '{key}'. Only '=', '!=', 'IS \
             NULL', and 'IS NOT NULL' are supported.",
            comparison.symbol()
        )));
    }
    Ok(field)
}

pub(super) fn span_comparison(
    key: &str,
    operator: &str,
) -> Result<(SpanField, Comparison), FilterError> {
    let (span, allowed) = match key {
        "name" => (SpanField::Name, TEXT),
        "type" => (SpanField::Type, TEXT),
        "status" => (SpanField::Status, TEXT),
        "content" => (SpanField::Content, SPAN_CONTENT),
        _ => match key.strip_prefix("attributes.") {
            Some("") => {
                return Err(FilterError::invalid(
                    "Span attribute name cannot be empty after 'attributes.'",
                ));
            }
            Some(name) => (SpanField::Attribute(without_backticks(name).to_owned()), TEXT),
            None => {
                return Err(FilterError::invalid(format!(
                    "Invalid span attribute '{key}'. Supported attributes: name, status, type, \
                     attributes.<attribute_name>."
                )));
            }
        },
    };
    let comparison = among("span", key, allowed, operator)?;
    Ok((span, comparison))
}

/// MLflow accepts a list for a span's attribute, and then fails on it.
fn refuse_list_of_values(span: &SpanField, comparison: Comparison) -> Result<(), FilterError> {
    match span {
        SpanField::Attribute(name) if comparison.is_in() => Err(FilterError::invalid(format!(
            "Invalid comparator '{}' for span.attributes.{name}: lists are not supported",
            comparison.symbol()
        ))),
        _ => Ok(()),
    }
}

fn assessment_comparison(name: &str, operator: &str) -> Result<Comparison, FilterError> {
    if name.is_empty() {
        return Err(FilterError::invalid("Assessment field name cannot be empty"));
    }
    among("assessment", name, ASSESSMENT, operator)
}

fn issue_comparison(key: &str, operator: &str) -> Result<Comparison, FilterError> {
    if key != "id" {
        return Err(FilterError::invalid(format!(
            "Invalid issue attribute '{key}'. Supported attributes: id"
        )));
    }
    among("issue", key, &[Comparison::Equal], operator)
}

fn among(
    entity: &str,
    key: &str,
    allowed: &[Comparison],
    operator: &str,
) -> Result<Comparison, FilterError> {
    Comparison::among(allowed, operator).ok_or_else(|| {
        let allowed = repr_comparisons(allowed);
        FilterError::invalid(format!(
            "{entity}.{key} comparator '{operator}' not one of '{allowed}'"
        ))
    })
}
