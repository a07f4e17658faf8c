//! What an export request says, whatever it was encoded in. Text is borrowed from the request's body
//! wherever the encoding allows it.
//!
//! Source: <https://github.com/open-telemetry/opentelemetry-proto>, `trace.proto` and `common.proto`.

use std::borrow::Cow;

/// An `ExportTraceServiceRequest`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Export<'a> {
    pub resources: Vec<ResourceSpans<'a>>,
}

impl Export<'_> {
    pub fn span_count(&self) -> usize {
        self.resources.iter().map(|resource| resource.spans.len()).sum()
    }
}

/// The spans of one resource. Scopes are of no interest to MLflow: their spans stand here in a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceSpans<'a> {
    pub attributes: Vec<KeyValue<'a>>,
    /// Attributes beyond those that are kept.
    pub dropped: u32,
    pub spans: Vec<Span<'a>>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span<'a> {
    /// 16 bytes, if it is valid.
    pub trace_id: Cow<'a, [u8]>,
    /// 8 bytes, if it is valid.
    pub span_id: Cow<'a, [u8]>,
    /// Empty for a root span.
    pub parent_span_id: Cow<'a, [u8]>,
    pub name: Cow<'a, str>,
    pub kind: SpanKind,
    /// Nanoseconds since 1970.
    pub start_time: u64,
    /// Nanoseconds since 1970; 0 while the span is not over.
    pub end_time: u64,
    pub attributes: Vec<KeyValue<'a>>,
    pub events: Vec<Event<'a>>,
    pub links: Vec<Link<'a>>,
    pub status: Status<'a>,
    pub dropped: Dropped,
}

/// Which side of a call a span is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanKind {
    /// Within one program, and whatever is not said or not known.
    #[default]
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

impl SpanKind {
    const ALL: [Self; 5] =
        [Self::Internal, Self::Server, Self::Client, Self::Producer, Self::Consumer];

    /// The kind with this number in OpenTelemetry's protocol.
    pub fn of_number(number: u64) -> Self {
        Self::ALL.into_iter().find(|kind| kind.number() == number).unwrap_or_default()
    }

    /// Its number in OpenTelemetry's protocol.
    pub fn number(self) -> u64 {
        self as u64 + 1
    }

    /// The kind with this name in OpenTelemetry's protocol.
    pub fn of_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or_default()
    }

    /// Its name in OpenTelemetry's protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "SPAN_KIND_INTERNAL",
            Self::Server => "SPAN_KIND_SERVER",
            Self::Client => "SPAN_KIND_CLIENT",
            Self::Producer => "SPAN_KIND_PRODUCER",
            Self::Consumer => "SPAN_KIND_CONSUMER",
        }
    }
}

/// How many a span had beyond those that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    pub attributes: u32,
    pub events: u32,
    pub links: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event<'a> {
    pub name: Cow<'a, str>,
    /// Nanoseconds since 1970.
    pub time: u64,
    pub attributes: Vec<KeyValue<'a>>,
    /// Attributes beyond those that are kept.
    pub dropped: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link<'a> {
    pub trace_id: Cow<'a, [u8]>,
    pub span_id: Cow<'a, [u8]>,
    pub attributes: Vec<KeyValue<'a>>,
    /// Attributes beyond those that are kept.
    pub dropped: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status<'a> {
    /// 0 unset, 1 fine, 2 failed.
    pub code: i64,
    pub message: Cow<'a, str>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyValue<'a> {
    pub key: Cow<'a, str>,
    pub value: AnyValue<'a>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum AnyValue<'a> {
    #[default]
    Null,
    Text(Cow<'a, str>),
    Bool(bool),
    Int(i64),
    Float(f64),
    Bytes(Cow<'a, [u8]>),
    List(Vec<AnyValue<'a>>),
    Map(Vec<KeyValue<'a>>),
}
