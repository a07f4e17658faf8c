//! Spans, as OpenTelemetry's exporters send them, and as the rows that they become.

use serde_json::{Map, Value};

use super::Scenario;
use crate::case::{Case, Request};

pub const SCENARIO: Scenario = Scenario {
    name: "otlp-ingest",
    about: "OTLP exports in protobuf, 100 spans a request: 10 new traces of an agent's call with its \
            model calls, or all in one trace that 16 connections write at once (`one-trace`).",
    prepare: |_| Box::pin(async { Ok(cases()) }),
};

const TRACES: u64 = 10;
const SPANS: u64 = 10;

fn cases() -> Vec<Case> {
    let case = |name: &str, spans: fn(u64) -> Vec<Span>| {
        let case = Case::new(name, move |number| {
            Request::post("/v1/traces", export(&spans(number)))
                .of_type("application/x-protobuf")
                .header("x-mlflow-experiment-id", "0")
        });
        case.stores("SELECT count(*) FROM spans", TRACES * SPANS)
    };
    vec![
        case("otlp-ingest", new_traces).connections(&[1, 8]).beside(insert),
        case("one-trace", one_trace).connections(&[16]),
    ]
}

/// A span: the first of a trace is its root, every third one a call of a model.
struct Span {
    trace_id: u128,
    place: u64,
    parent: u64,
    number: u64,
}

fn new_traces(number: u64) -> Vec<Span> {
    let spans = (0..TRACES * SPANS).map(|index| {
        let (trace, place) = (index / SPANS, index % SPANS);
        let trace_id = u128::from(number) << 64 | u128::from(trace + 1);
        Span { trace_id, place, parent: u64::from(place != 0), number }
    });
    spans.collect()
}

fn one_trace(number: u64) -> Vec<Span> {
    let first = number * TRACES * SPANS;
    let spans = (0..TRACES * SPANS).map(|index| Span {
        trace_id: 1,
        place: first + index,
        parent: 1,
        number,
    });
    spans.collect()
}

impl Span {
    fn start(&self) -> u64 {
        1_700_000_000_000_000_000 + self.number * 1_000_000_000 + self.place * 1_000_000
    }

    fn end(&self) -> u64 {
        self.start() + 900_000
    }

    fn kind(&self) -> &'static str {
        match self.place % 3 {
            0 if self.place == 0 => "AGENT",
            0 => "TOOL",
            1 => "CHAT_MODEL",
            _ => "CHAIN",
        }
    }

    /// Its attributes but for `thread.id`, the only number: each with its text.
    fn texts(&self) -> Vec<(&'static str, String)> {
        let Span { place, number, .. } = self;
        let question =
            format!("What did the customer with the number {number} order last week? {place}");
        let mut texts = vec![
            ("mlflow.spanInputs", chat("user", &question)),
            ("mlflow.spanOutputs", chat("assistant", &"Three pears, a box. ".repeat(8))),
            ("code.function.name", "answer_question".to_owned()),
        ];
        match self.kind() {
            "AGENT" => texts.push(("session.id", format!("session-{}", number % 100))),
            "CHAT_MODEL" => {
                let usage = r#"{"input_tokens": 412, "output_tokens": 63, "total_tokens": 475}"#;
                texts.push(("mlflow.chat.tokenUsage", usage.to_owned()));
                texts.push(("mlflow.llm.model", "\"a-model\"".to_owned()));
            }
            _ => {}
        }
        texts.push(("mlflow.spanType", format!("\"{}\"", self.kind())));
        texts
    }

    fn protobuf(&self) -> Vec<u8> {
        let mut span = [
            bytes(1, &self.trace_id.to_be_bytes()),
            bytes(2, &(self.place + 1).to_be_bytes()),
            if self.parent == 0 { Vec::new() } else { bytes(4, &self.parent.to_be_bytes()) },
            bytes(5, format!("step {}", self.place).as_bytes()),
            fixed(7, self.start()),
            fixed(8, self.end()),
            bytes(9, &attribute("thread.id", &int(self.number))),
        ]
        .concat();
        for (key, value) in self.texts() {
            span.extend(bytes(9, &attribute(key, &text(&value))));
        }
        span
    }

    /// The JSON that a server keeps of it, but for the order of its fields.
    fn content(&self) -> String {
        let mut attributes = Map::new();
        attributes
            .insert("mlflow.traceRequestId".to_owned(), format!("\"{}\"", self.trace()).into());
        attributes.insert("thread.id".to_owned(), self.number.to_string().into());
        for (key, value) in self.texts() {
            let is_json = value.starts_with(['{', '"']);
            let value = if is_json { value } else { Value::from(value).to_string() };
            attributes.insert(key.to_owned(), value.into());
        }
        let (start, end, name) = (self.start(), self.end(), format!("step {}", self.place));
        format!(
            "{{\"trace_id\": \"AAECAwQFBgcICQoLDA0ODw==\", \"span_id\": \"AAECAwQFBgc=\", \
             \"parent_span_id\": \"AAECAwQFBgc=\", \"name\": \"{name}\", \
             \"start_time_unix_nano\": {start}, \"end_time_unix_nano\": {end}, \"events\": [], \
             \"status\": {{\"code\": \"STATUS_CODE_UNSET\", \"message\": \"\"}}, \
             \"attributes\": {}, \"links\": []}}",
            Value::from(attributes)
        )
    }

    fn trace(&self) -> String {
        format!("tr-{:032x}", self.trace_id)
    }
}

/// What the request of this number writes, row by row.
fn insert(number: u64) -> String {
    let spans = new_traces(number);
    let mut traces = Vec::new();
    let mut tags = Vec::new();
    for root in spans.iter().filter(|span| span.place == 0) {
        let (trace, start) = (root.trace(), root.start() / 1_000_000);
        let question = format!("What did the customer with the number {number} order last week? 0");
        let answer = "Three pears, a box. ".repeat(8);
        traces.push(format!(
            "('{trace}',0,{start},10,'OK','{question}','{answer}',1,'session-{}',1236,189,1425)",
            number % 100
        ));
        for (key, value) in [
            ("mlflow.artifactLocation", format!("mlflow-artifacts:/0/traces/{trace}/artifacts")),
            ("mlflow.trace.spansLocation", "TRACKING_STORE".to_owned()),
            ("service.name", "agent".to_owned()),
        ] {
            tags.push(format!("('{trace}','{key}','{value}')"));
        }
    }
    let rows = spans.iter().map(|span| {
        let parent = if span.parent == 0 { "NULL" } else { "'0000000000000001'" };
        let model = if span.kind() == "CHAT_MODEL" { "'a-model'" } else { "NULL" };
        let (trace, place, kind) = (span.trace(), span.place, span.kind());
        let (start, end, content) = (span.start(), span.end(), span.content());
        format!(
            "('{trace}',0,'{:016x}',{parent},'step {place}','{kind}','UNSET',{start},{end},'{content}',{model})",
            place + 1
        )
    });
    format!(
        "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, execution_time_ms, status, \
         request_preview, response_preview, db_payload_generation, session_id, input_tokens, \
         output_tokens, total_tokens) VALUES {}; \
         INSERT INTO spans (trace_id, experiment_id, span_id, parent_span_id, name, type, status, \
         start_time_unix_nano, end_time_unix_nano, content, model_name) VALUES {}; \
         INSERT INTO trace_tags (request_id, key, value) VALUES {}",
        traces.join(","),
        rows.collect::<Vec<_>>().join(","),
        tags.join(",")
    )
}

fn export(spans: &[Span]) -> Vec<u8> {
    let resource = bytes(1, &attribute("service.name", &text("agent")));
    let spans: Vec<u8> = spans.iter().flat_map(|span| bytes(2, &span.protobuf())).collect();
    bytes(1, &[bytes(1, &resource), bytes(2, &spans)].concat())
}

fn chat(role: &str, content: &str) -> String {
    format!(r#"{{"messages": [{{"role": "{role}", "content": "{content}"}}]}}"#)
}

// Protobuf's wire format, as much of it as is needed here.

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn bytes(field: u8, value: &[u8]) -> Vec<u8> {
    [&[field << 3 | 2], varint(value.len() as u64).as_slice(), value].concat()
}

fn fixed(field: u8, value: u64) -> Vec<u8> {
    [&[field << 3 | 1], value.to_le_bytes().as_slice()].concat()
}

fn attribute(key: &str, value: &[u8]) -> Vec<u8> {
    [bytes(1, key.as_bytes()), bytes(2, value)].concat()
}

fn text(value: &str) -> Vec<u8> {
    bytes(1, value.as_bytes())
}

fn int(value: u64) -> Vec<u8> {
    [vec![3 << 3], varint(value)].concat()
}
