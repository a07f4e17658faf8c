//! What a filter's clauses ask of a trace.

use db::Statement;
use filter::traces::{AssessmentKind, Attribute, Clause, Field, SpanField};
use filter::{Comparison, Literal};
use serde_json::{Map, Value};
use tracking::keyset;

const TOKENS: &[(&str, &str)] = &[
    ("input_tokens", "t.input_tokens"),
    ("output_tokens", "t.output_tokens"),
    ("total_tokens", "t.total_tokens"),
    ("cache_read_input_tokens", "t.cache_read_input_tokens"),
    ("cache_creation_input_tokens", "t.cache_creation_input_tokens"),
    ("cache_creation_input_tokens_above_1hr", "t.cache_creation_input_tokens_above_1hr"),
];
/// Characters of a value that indexes on values hold: as in `headwater.sql`, and below.
const INDEXED_LENGTH: usize = 200;
const COSTS: &[(&str, &str)] = &[
    ("input_cost", "t.input_cost"),
    ("output_cost", "t.output_cost"),
    ("total_cost", "t.total_cost"),
];

/// From so many traces on, a value of a tag or of metadata is common.
const COMMON: i64 = 2000;

/// How traces with a tag are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As the database likes.
    Any,
    /// By a look at the tags of one trace after the other.
    TraceByTrace,
}

/// Asks whether all values are common that tags and metadata must have; none if there are none.
pub fn are_common(clauses: &[Clause]) -> Option<Statement> {
    let mut statement = Statement::new("SELECT CASE WHEN ");
    let mut any = false;
    for Clause { field, comparison, literal } in clauses {
        let (Comparison::Equal, Literal::Text(text)) = (comparison, literal) else { continue };
        let (table, key) = match field {
            Field::Tag(key) => ("trace_tags", key),
            Field::Metadata(key) => ("trace_request_metadata", key),
            _ => continue,
        };
        statement.text(if any { " AND " } else { "" });
        statement.text("(SELECT COUNT(*) FROM (SELECT 1 FROM ").text(table);
        statement.text(" f WHERE f.key = ").bind(key.clone());
        statement.text(" AND SUBSTR(f.value, 1, 200) = ").bind(indexed(text));
        statement.text(" LIMIT ").bind(COMMON).text(") n) = ").bind(COMMON);
        any = true;
    }
    statement.text(" THEN 1 ELSE 0 END");
    any.then_some(statement)
}

/// What an index on values holds of one.
fn indexed(text: &str) -> String {
    text.chars().take(INDEXED_LENGTH).collect()
}

/// Adds the conditions, each behind an `AND`. `experiments` are those that the search is about.
pub fn conditions(statement: &mut Statement, clauses: Vec<Clause>, experiments: &[i64], way: Way) {
    let mut spans = Vec::new();
    for Clause { field, comparison, literal } in clauses {
        if let Field::Span(field) = field {
            spans.push((field, comparison, literal));
            continue;
        }
        statement.text(" AND ");
        match field {
            Field::Tag(key) => entry(statement, "trace_tags", key, comparison, literal, way),
            Field::Metadata(key) => {
                entry(statement, "trace_request_metadata", key, comparison, literal, way);
            }
            field => condition(statement, field, comparison, literal, experiments),
        }
    }
    if !spans.is_empty() {
        statement.text(" AND ");
        one_span(statement, spans);
    }
}

/// There is one span for which all of this holds.
fn one_span(statement: &mut Statement, asked: Vec<(SpanField, Comparison, Literal)>) {
    statement.text(
        "EXISTS (SELECT 1 FROM spans s WHERE s.trace_id = t.request_id \
         AND s.experiment_id = t.experiment_id",
    );
    for (field, comparison, literal) in asked {
        statement.text(" AND ");
        span(statement, field, comparison, literal);
    }
    statement.text(")");
}

/// The duration as the index of the slowest traces has it: less than any where there is none yet.
pub const SLOWNESS: &str = "COALESCE(t.execution_time_ms, -9223372036854775807)";

/// Whether a trace without a duration would not fit either, if its duration were the least of all.
fn asks_for_more(comparison: Comparison, literal: &Literal) -> bool {
    use Comparison::{Equal, Greater, GreaterOrEqual};
    matches!(comparison, Equal | Greater | GreaterOrEqual)
        && matches!(literal, Literal::Integer(least) if *least > -i64::MAX)
}

/// Adds one condition on the trace `t`.
pub fn condition(
    statement: &mut Statement,
    field: Field,
    comparison: Comparison,
    literal: Literal,
    experiments: &[i64],
) {
    match field {
        Field::Attribute(attribute) => {
            statement.text(match attribute {
                Attribute::RequestId => "t.request_id",
                Attribute::ClientRequestId => "t.client_request_id",
                Attribute::Status => "t.status",
                Attribute::TimestampMs => "t.timestamp_ms",
                Attribute::ExecutionTimeMs if asks_for_more(comparison, &literal) => SLOWNESS,
                Attribute::ExecutionTimeMs => "t.execution_time_ms",
                Attribute::EndTimeMs => "(t.timestamp_ms + COALESCE(t.execution_time_ms, 0))",
            });
            if matches!(literal, Literal::Number(_)) {
                statement.text("::float8");
            }
            keyset::compare(statement, comparison, literal);
        }
        Field::Name => {
            statement.text("t.trace_name");
            keyset::compare(statement, comparison, literal);
        }
        Field::Session => {
            statement.text("t.session_id");
            keyset::compare(statement, comparison, literal);
        }
        Field::Tag(key) => entry(statement, "trace_tags", key, comparison, literal, Way::Any),
        Field::Metadata(key) => {
            entry(statement, "trace_request_metadata", key, comparison, literal, Way::Any);
        }
        Field::Run => run(statement, comparison, literal),
        Field::TokenUsage => promoted(statement, TOKENS, comparison, &literal),
        Field::Cost => promoted(statement, COSTS, comparison, &literal),
        Field::Prompt => {
            statement.text("t.request_id IN (");
            linked(statement, "prompt_version", literal);
            statement.text(")");
        }
        Field::Issue => {
            statement.text(
                "t.request_id IN (SELECT a.trace_id FROM assessments a \
                 WHERE a.assessment_type = 'issue' AND a.name",
            );
            keyset::compare(statement, comparison, literal);
            statement.text(")");
        }
        Field::Span(field) => one_span(statement, vec![(field, comparison, literal)]),
        Field::Assessment { kind, name } => {
            assessment(statement, kind, &name, comparison, &literal, experiments);
        }
    }
}

fn entry(
    statement: &mut Statement,
    table: &'static str,
    key: String,
    comparison: Comparison,
    literal: Literal,
    way: Way,
) {
    if comparison == Comparison::IsNull {
        statement.text("NOT ");
    }
    // PostgreSQL makes a join of a subquery that has no offset, and may turn it round.
    let end = if way == Way::TraceByTrace { " OFFSET 0)" } else { ")" };
    statement.text("EXISTS (SELECT 1 FROM ").text(table);
    statement.text(" f WHERE f.request_id = t.request_id AND f.key = ").bind(key);
    if let (Comparison::Equal, Literal::Text(text)) = (comparison, &literal) {
        let start = indexed(text);
        let is_whole = start.chars().count() < INDEXED_LENGTH;
        statement.text(" AND SUBSTR(f.value, 1, 200) = ").bind(start);
        if is_whole {
            // To ask for the value once more would make PostgreSQL believe that hardly any trace fits.
            statement.text(end);
            return;
        }
    }
    if literal != Literal::None {
        statement.text(" AND f.value");
        keyset::compare(statement, comparison, literal);
    }
    statement.text(end);
}

/// The ids of traces that are linked to this.
fn linked(statement: &mut Statement, kind: &'static str, target: Literal) {
    statement.text(
        "SELECT e.source_id FROM entity_associations e WHERE e.source_type = 'trace' \
         AND e.destination_type = ",
    );
    statement.bind(kind).text(" AND e.destination_id");
    keyset::compare(statement, Comparison::Equal, target);
}

/// The run that a trace was made in, or that it was linked to later.
fn run(statement: &mut Statement, comparison: Comparison, literal: Literal) {
    let by_link = comparison == Comparison::Equal;
    if by_link {
        statement.text("(t.request_id IN (");
        linked(statement, "run", literal.clone());
        statement.text(") OR ");
    }
    let key = "mlflow.sourceRun".to_owned();
    entry(statement, "trace_request_metadata", key, comparison, literal, Way::Any);
    if by_link {
        statement.text(")");
    }
}

/// Metadata that are kept as columns: equal to what the columns are shown as, or not.
fn promoted(
    statement: &mut Statement,
    columns: &'static [(&str, &str)],
    comparison: Comparison,
    literal: &Literal,
) {
    let known = |statement: &mut Statement| {
        for (index, (_, column)) in columns.iter().enumerate() {
            statement.text(if index == 0 { "(" } else { " OR " });
            statement.text(column).text(" IS NOT NULL");
        }
        statement.text(")");
    };
    match comparison {
        Comparison::IsNull => {
            statement.text("NOT ");
            known(statement);
        }
        Comparison::IsNotNull => known(statement),
        _ => {
            if comparison == Comparison::NotEqual {
                known(statement);
                statement.text(" AND NOT ");
            }
            let Some(values) = shown_values(columns, literal) else {
                statement.text("FALSE");
                return;
            };
            for (index, (key, column)) in columns.iter().enumerate() {
                statement.text(if index == 0 { "(" } else { " AND " }).text(column);
                match values.get(*key) {
                    Some(Value::Number(number)) if number.is_f64() => {
                        statement.text(" IS NOT NULL AND ").text(column);
                        statement.text(" = ").bind(number.as_f64().unwrap_or_default());
                    }
                    Some(value) => {
                        statement.text(" IS NOT NULL AND ").text(column);
                        statement.text(" = ").bind(value.as_i64().unwrap_or_default());
                    }
                    None => {
                        statement.text(" IS NULL");
                    }
                }
            }
            statement.text(")");
        }
    }
}

/// The values of the columns, if the text is just what they would be shown as.
fn shown_values(columns: &[(&str, &str)], literal: &Literal) -> Option<Map<String, Value>> {
    let Literal::Text(text) = literal else { return None };
    let given: Map<String, Value> = serde_json::from_str(text).ok()?;
    let whole = columns.len() == TOKENS.len();
    let mut shown = Map::new();
    for (key, _) in columns {
        let value = given.get(*key)?;
        let value = if whole { Value::from(value.as_i64()?) } else { value.as_f64()?.into() };
        shown.insert((*key).to_owned(), value);
        if shown.len() == given.len() {
            break;
        }
    }
    (!shown.is_empty() && python::dumps(&shown) == *text).then_some(shown)
}

fn span(statement: &mut Statement, field: SpanField, comparison: Comparison, literal: Literal) {
    let column = match field {
        SpanField::Name => "s.name",
        SpanField::Type => "s.type",
        SpanField::Status => "s.status",
        SpanField::Content => "s.content",
        SpanField::Attribute(name) => return span_attribute(statement, &name, comparison, literal),
    };
    statement.text(column);
    keyset::compare(statement, comparison, literal);
}

/// An attribute of a span, found in the span's JSON text.
fn span_attribute(statement: &mut Statement, name: &str, comparison: Comparison, literal: Literal) {
    let text = match literal {
        Literal::Text(text) => text,
        _ => String::new(),
    };
    match comparison {
        // MLflow compares the whole span with a pattern here, so that `=` finds nothing.
        Comparison::Equal | Comparison::NotEqual => {
            let key = python::dumps_unescaped(&name);
            if comparison == Comparison::NotEqual {
                let any = format!("%{}: %", escaped(&key));
                statement.text("s.content LIKE ").bind(any).text(" ESCAPE '!' AND NOT ");
            }
            let plain = python::dumps_unescaped(&text);
            let quoted = python::dumps_unescaped(&plain);
            statement.text("(");
            for (index, value) in [plain, quoted].into_iter().enumerate() {
                let pattern = format!("%{}: {}%", escaped(&key), escaped(&value));
                statement.text(if index == 0 { "" } else { " OR " });
                statement.text("s.content LIKE ").bind(pattern).text(" ESCAPE '!'");
            }
            statement.text(")");
        }
        Comparison::RLike => {
            statement.text("s.content");
            keyset::compare(statement, comparison, Literal::Text(in_span(name, &text)));
        }
        _ => {
            statement.text("s.content");
            let pattern = format!("%\"{name}\"{text}%");
            keyset::compare(statement, comparison, Literal::Text(pattern));
        }
    }
}

/// `text` as a part of a `LIKE` pattern with `!` as its escape.
fn escaped(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// A regular expression for an attribute's value, as one for the span's JSON text, in which that
/// value is a JSON text inside a JSON text.
fn in_span(name: &str, expression: &str) -> String {
    let (flags, expression) = match expression.split_once(')') {
        Some((flags, rest)) if is_flags(flags) => (format!("{flags})"), rest),
        _ => (String::new(), expression),
    };
    let (lead, expression) = match expression.strip_prefix('^') {
        Some(rest) => (r#""\\""#, rest),
        None => (r#""\\".*"#, expression),
    };
    let (expression, end) = match expression.strip_suffix('$') {
        Some(rest) if !rest.ends_with('\\') => (rest, r#"\\""#),
        _ => (expression, ""),
    };
    let mut key = String::with_capacity(name.len());
    for character in name.chars() {
        if r"\.+*?()|[]{}^$#&-~".contains(character) {
            key.push('\\');
        }
        key.push(character);
    }
    format!("{flags}\"{key}\": {lead}(?:{expression}){end}")
}

/// Whether this is what stands before the bracket that closes the flags of an expression.
fn is_flags(start: &str) -> bool {
    let letters = start.strip_prefix("(?").unwrap_or_default();
    !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// An assessment that is valid: of the trace, or of the session that the trace belongs to.
fn assessment(
    statement: &mut Statement,
    kind: AssessmentKind,
    name: &str,
    comparison: Comparison,
    literal: &Literal,
    experiments: &[i64],
) {
    let matching = |statement: &mut Statement| {
        statement.text(match kind {
            AssessmentKind::Feedback => "a.assessment_type = 'feedback' AND a.name = ",
            AssessmentKind::Expectation => "a.assessment_type = 'expectation' AND a.name = ",
        });
        statement.bind(name.to_owned()).text(" AND a.valid");
        assessment_value(statement, comparison, literal);
    };
    statement.text(if comparison == Comparison::IsNull { "NOT (" } else { "(" });
    statement.text("EXISTS (SELECT 1 FROM assessments a WHERE a.trace_id = t.request_id AND ");
    matching(statement);
    // Never NULL, so that its negation is not either.
    statement.text(
        ") OR (t.session_id IS NOT NULL AND t.session_id IN (SELECT u.session_id \
         FROM assessments a JOIN trace_info u ON u.request_id = a.trace_id \
         WHERE u.session_id IS NOT NULL AND u.experiment_id",
    );
    keyset::one_of_ints(statement, experiments.to_vec());
    statement.text(" AND ");
    matching(statement);
    statement.text(" AND a.assessment_metadata LIKE '%\"mlflow.trace.session\":%')))");
}

fn assessment_value(statement: &mut Statement, comparison: Comparison, literal: &Literal) {
    match (comparison, literal) {
        (Comparison::IsNull | Comparison::IsNotNull, _) => {}
        (Comparison::Equal | Comparison::NotEqual, Literal::Text(text)) => {
            let negated = comparison == Comparison::NotEqual;
            statement.text(if negated { " AND NOT (a.value = " } else { " AND (a.value = " });
            statement.bind(text.clone()).text(" OR a.value = ").bind(python::dumps(text)).text(")");
        }
        (_, Literal::Number(_)) => {
            statement.text(" AND a.is_numeric_value AND a.aggregate_value");
            keyset::compare(statement, comparison, literal.clone());
        }
        _ => {
            statement.text(" AND a.value");
            keyset::compare(statement, comparison, literal.clone());
        }
    }
}
