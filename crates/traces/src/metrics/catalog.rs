//! What can be measured, and how.

use super::wire::{Kind, View};

/// A number that every trace, span or assessment has.
#[derive(Debug)]
pub struct Metric {
    pub name: &'static str,
    /// The SQL of the number: of `t`, `s` or `a`.
    pub column: &'static str,
    pub kinds: &'static [Kind],
    pub dimensions: &'static [Dimension],
    /// Whether the time of a span counts, and not that of its trace.
    pub by_span_time: bool,
}

/// What numbers may be told apart by: its name and its SQL.
#[derive(Debug)]
pub struct Dimension {
    pub name: &'static str,
    pub column: &'static str,
}

const COUNT: &[Kind] = &[Kind::Count];
const SPREAD: &[Kind] = &[Kind::Avg, Kind::Min, Kind::Max, Kind::Percentile];
const AMOUNT: &[Kind] = &[Kind::Sum, Kind::Avg, Kind::Min, Kind::Max, Kind::Percentile];

const TRACE_NAME: &[Dimension] = &[Dimension { name: "trace_name", column: "t.trace_name" }];
const TRACE: &[Dimension] = &[
    Dimension { name: "trace_name", column: "t.trace_name" },
    Dimension { name: "trace_status", column: "t.status" },
];
const SPAN: &[Dimension] = &[
    Dimension { name: "span_name", column: "s.name" },
    Dimension { name: "span_type", column: "s.type" },
    Dimension { name: "span_status", column: "s.status" },
    Dimension { name: "span_model_name", column: "s.model_name" },
    Dimension { name: "span_model_provider", column: "s.model_provider" },
];
const SPAN_LATENCY: &[Dimension] = &[
    Dimension { name: "span_name", column: "s.name" },
    Dimension { name: "span_status", column: "s.status" },
];
const MODEL: &[Dimension] = &[
    Dimension { name: "span_model_name", column: "s.model_name" },
    Dimension { name: "span_model_provider", column: "s.model_provider" },
];
const ASSESSMENT_NAME: &[Dimension] = &[Dimension { name: "assessment_name", column: "a.name" }];
const ASSESSMENT: &[Dimension] = &[
    Dimension { name: "assessment_name", column: "a.name" },
    Dimension { name: "assessment_value", column: "a.value" },
];

const fn metric(
    name: &'static str,
    column: &'static str,
    kinds: &'static [Kind],
    dimensions: &'static [Dimension],
) -> Metric {
    Metric { name, column, kinds, dimensions, by_span_time: false }
}

const fn cost(name: &'static str, column: &'static str) -> Metric {
    Metric { name, column, kinds: AMOUNT, dimensions: MODEL, by_span_time: true }
}

/// The number of sessions: the one metric that counts what is different.
pub const SESSION_COUNT: &str = "session_count";

const TRACES: &[Metric] = &[
    metric("trace_count", "t.request_id", COUNT, TRACE),
    metric(SESSION_COUNT, "t.session_id", COUNT, &[]),
    metric("latency", "t.execution_time_ms", SPREAD, TRACE_NAME),
    metric("input_tokens", "t.input_tokens", AMOUNT, TRACE_NAME),
    metric("output_tokens", "t.output_tokens", AMOUNT, TRACE_NAME),
    metric("total_tokens", "t.total_tokens", AMOUNT, TRACE_NAME),
    metric("cache_read_input_tokens", "t.cache_read_input_tokens", AMOUNT, TRACE_NAME),
    metric("cache_creation_input_tokens", "t.cache_creation_input_tokens", AMOUNT, TRACE_NAME),
];

const SPANS: &[Metric] = &[
    metric("span_count", "s.span_id", COUNT, SPAN),
    metric(
        "latency",
        "((s.end_time_unix_nano - s.start_time_unix_nano) / 1000000)",
        SPREAD,
        SPAN_LATENCY,
    ),
    cost("input_cost", "s.input_cost"),
    cost("output_cost", "s.output_cost"),
    cost("total_cost", "s.total_cost"),
];

const ASSESSMENTS: &[Metric] = &[
    metric("assessment_count", "a.assessment_id", COUNT, ASSESSMENT),
    metric("assessment_value", "a.aggregate_value", SPREAD, ASSESSMENT_NAME),
];

impl View {
    pub fn metrics(self) -> &'static [Metric] {
        match self {
            View::Traces => TRACES,
            View::Spans => SPANS,
            View::Assessments => ASSESSMENTS,
        }
    }
}
