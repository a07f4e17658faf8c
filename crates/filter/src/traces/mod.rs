//! Filters and orders of traces.
//!
//! A filter names what it asks for in several ways (`name`, `` tags.`mlflow.traceName` ``); a
//! [`Field`] is what is meant.

mod comparison;
mod condition;
mod metrics;
mod order;

use crate::{
    Comparison, FilterError, Literal,
    clause::Strays,
    limits::{short, sound},
};

pub use metrics::{MetricFilter, parse_metric_filter};
pub use order::{OrderBy, OrderField, parse_order_by};

/// A column of the trace itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    RequestId,
    ClientRequestId,
    Status,
    /// Milliseconds since 1970.
    TimestampMs,
    ExecutionTimeMs,
    /// The sum of [`Self::TimestampMs`] and, if known, [`Self::ExecutionTimeMs`].
    EndTimeMs,
}

/// What a condition asks of a span. All such conditions of a filter must hold for the same span.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SpanField {
    Name,
    Type,
    Status,
    /// The whole span as JSON text.
    Content,
    /// An attribute by name, found in the JSON text.
    Attribute(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssessmentKind {
    Feedback,
    Expectation,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    /// The trace's name, the tag `mlflow.traceName`.
    Name,
    Tag(String),
    /// The session id, the metadata `mlflow.trace.session`.
    Session,
    /// The metadata `mlflow.sourceRun`. An `=` also finds traces that are linked to the run.
    Run,
    /// The metadata `mlflow.trace.tokenUsage`, compared by `=`, `!=` or null only.
    TokenUsage,
    /// The metadata `mlflow.trace.cost`, compared by `=`, `!=` or null only.
    Cost,
    Metadata(String),
    /// A prompt version that is linked to the trace, `name/version`, compared by `=` only.
    Prompt,
    Span(SpanField),
    Assessment {
        kind: AssessmentKind,
        name: String,
    },
    /// The id of an issue that refers to the trace, compared by `=` only.
    Issue,
}

/// One condition of a filter. All clauses of a filter must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub field: Field,
    pub comparison: Comparison,
    /// [`Literal::Integer`] or [`Literal::Number`] for times; [`Literal::Number`] for assessments
    /// behind `<` and its like; [`Literal::TextList`] for attributes and the columns of spans only.
    pub literal: Literal,
}

const NAME_TAG: &str = "mlflow.traceName";
const PROMPTS_TAG: &str = "mlflow.linkedPrompts";
const RUN_METADATA: &str = "mlflow.sourceRun";
const SESSION_METADATA: &str = "mlflow.trace.session";
const TOKEN_USAGE_METADATA: &str = "mlflow.trace.tokenUsage";
const COST_METADATA: &str = "mlflow.trace.cost";

/// SQL knows `timestamp` as a type, and yet it may be compared.
const BARE_TYPE_NAME: Option<&str> = Some("timestamp");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entity {
    Tag,
    Metadata,
    Attribute,
    Span,
    Feedback,
    Expectation,
    Issue,
}

const ENTITIES: &[(&str, Entity)] = &[
    ("tag", Entity::Tag),
    ("tags", Entity::Tag),
    ("request_metadata", Entity::Metadata),
    ("metadata", Entity::Metadata),
    ("attribute", Entity::Attribute),
    ("attributes", Entity::Attribute),
    ("trace", Entity::Attribute),
    ("span", Entity::Span),
    ("feedback", Entity::Feedback),
    ("expectation", Entity::Expectation),
    ("issue", Entity::Issue),
];

impl Entity {
    /// The name that messages use.
    fn name(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Metadata => "request_metadata",
            Self::Attribute => "attribute",
            Self::Span => "span",
            Self::Feedback => "feedback",
            Self::Expectation => "expectation",
            Self::Issue => "issue",
        }
    }
}

/// An entity and a key of it, both what is meant rather than what is written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    entity: Entity,
    key: String,
}

impl Column {
    /// Compat: these keys mean the same behind every entity but `span`, so `feedback.name` is the
    /// trace's name.
    fn resolved(self) -> Self {
        let Self { entity, key } = self;
        if entity == Entity::Span {
            return Self { entity, key };
        }
        let (entity, key) = match key.to_lowercase().as_str() {
            "name" => (Entity::Tag, NAME_TAG),
            "prompt" => (Entity::Tag, PROMPTS_TAG),
            "run_id" => (Entity::Metadata, RUN_METADATA),
            "text" => (Entity::Span, "content"),
            "timestamp" => (entity, "timestamp_ms"),
            "execution_time" => (entity, "execution_time_ms"),
            "end_time" => (entity, "end_time_ms"),
            _ => return Self { entity, key },
        };
        Self { entity, key: key.to_owned() }
    }
}

/// Reads a filter; an empty one has no clauses.
pub fn parse(text: &str) -> Result<Vec<Clause>, FilterError> {
    let conditions = crate::clause::conditions(text, Strays::Quoted, BARE_TYPE_NAME)?;
    let read: Vec<_> =
        conditions.iter().map(condition::read).collect::<Result<_, FilterError>>()?;
    // Compat: most operators are looked at only when every condition reads well.
    let clauses: Vec<Clause> =
        read.into_iter().map(comparison::clause).collect::<Result<_, FilterError>>()?;
    for clause in &clauses {
        // However an attribute of a span is compared, it is with a pattern for the whole span.
        if let Field::Span(SpanField::Attribute(name)) = &clause.field {
            short(name)?;
            if let Literal::Text(text) = &clause.literal {
                short(text)?;
            }
        }
    }
    sound(clauses, |clause| (clause.comparison, &clause.literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> Field {
        parse(text).unwrap().remove(0).field
    }

    fn literal(text: &str) -> Literal {
        parse(text).unwrap().remove(0).literal
    }

    fn message(text: &str) -> String {
        parse(text).unwrap_err().message
    }

    #[test]
    fn several_ways_lead_to_a_field() {
        for text in ["name = 'a'", "trace.name = 'a'", "tags.`mlflow.traceName` = 'a'"] {
            assert_eq!(field(text), Field::Name, "{text}");
        }
        for text in ["run_id = 'a'", "metadata.mlflow.sourceRun = 'a'"] {
            assert_eq!(field(text), Field::Run, "{text}");
        }
        assert_eq!(field("metadata.`mlflow.trace.session` != 'a'"), Field::Session);
        assert_eq!(field("request_metadata.a = 'b'"), Field::Metadata("a".to_owned()));
        assert_eq!(field("tag.a IS NULL"), Field::Tag("a".to_owned()));
        assert_eq!(field("prompt = 'a/1'"), Field::Prompt);
        assert_eq!(field("issue.id = 'a'"), Field::Issue);
    }

    #[test]
    fn spans() {
        let span = |text: &str| match field(text) {
            Field::Span(span) => span,
            other => panic!("{other:?}"),
        };
        assert_eq!(span("span.type IN ('LLM', 'TOOL')"), SpanField::Type);
        assert_eq!(span("trace.text LIKE '%a%'"), SpanField::Content);
        assert_eq!(
            span("span.attributes.`a b` LIKE '%a%'"),
            SpanField::Attribute("a b".to_owned())
        );
        assert_eq!(span("span.`attributes.a` = 'a'"), SpanField::Attribute("a".to_owned()));
        assert!(
            message("span.name like 'a'").starts_with("span.name comparator 'like' not one of")
        );
        assert!(message("span.kind = 'a'").starts_with("Invalid span attribute 'kind'."));
        assert!(message("trace.text = 'a'").starts_with("span.content comparator '=' not one of"));
    }

    #[test]
    fn times_may_be_quoted() {
        assert_eq!(literal("timestamp > 5"), Literal::Integer(5));
        assert_eq!(literal("timestamp_ms > '5'"), Literal::Integer(5));
        assert_eq!(literal("trace.execution_time < 1.5"), Literal::Number(1.5));
        assert!(parse("timestamp_ms > 'x'").is_err());
        assert_eq!(
            message("timestamp > 1.5"),
            "Invalid clause(s) in filter string: 'timestamp', '>', '1.5', 'timestamp'"
        );
    }

    #[test]
    fn assessments() {
        let quality =
            Field::Assessment { kind: AssessmentKind::Feedback, name: "quality".to_owned() };
        assert_eq!(field("feedback.quality = 'good'"), quality);
        assert_eq!(literal("feedback.quality >= 1"), Literal::Number(1.0));
        assert_eq!(
            message("feedback.quality > 'good'"),
            "Expected a numeric value for feedback when using comparator '>'. Got value 'good'"
        );
        assert_eq!(
            message("expectation.quality = 5"),
            "Expected a quoted string value for expectation (e.g. 'my-value'). Got value 5"
        );
        assert_eq!(message("feedback. = 'a'"), "Assessment field name cannot be empty");
    }

    #[test]
    fn reserved_fields_take_few_operators() {
        assert_eq!(
            message("prompt = 'a'"),
            "Invalid prompts filter value 'a'. Expected format: prompt = \"name/version\""
        );
        assert_eq!(
            message("prompt LIKE 'a/1'"),
            "Invalid comparator 'LIKE' for prompts filter. Only '=' is supported with format: \
             prompt = \"name/version\""
        );
        assert_eq!(
            message("metadata.`mlflow.trace.cost` LIKE 'a'"),
            "Comparator 'LIKE' is not supported for reserved metadata 'mlflow.trace.cost'. Only \
             '=', '!=', 'IS NULL', and 'IS NOT NULL' are supported."
        );
        assert_eq!(message("issue.id != 'a'"), "issue.id comparator '!=' not one of '{'='}'");
    }

    #[test]
    fn orders() {
        let order = |text: &str| parse_order_by(&[text]).map(|orders| orders[0].clone());
        let by = |field, ascending| Ok(OrderBy { field, ascending });
        let time = OrderField::Attribute(Attribute::TimestampMs);
        assert_eq!(order("timestamp DESC"), by(time, false));
        assert_eq!(order("name"), by(OrderField::Name, true));
        assert_eq!(order("experiment_id"), by(OrderField::ExperimentId, true));
        assert_eq!(order("tags.a DESC"), by(OrderField::Tag("a".to_owned()), false));
        assert_eq!(order("span.name").unwrap_err().message, "Invalid identifier type 'span'");
        let doubled = parse_order_by(&["timestamp", "trace.timestamp_ms"]).unwrap_err();
        assert_eq!(doubled.code, crate::ErrorCode::InternalError);
    }
}
