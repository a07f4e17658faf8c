//! Spans, as OpenTelemetry's exporters send them.

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
    let case = |name: &str, export: fn(u64) -> Vec<u8>| {
        let case = Case::new(name, move |number| {
            Request::post("/v1/traces", export(number))
                .of_type("application/x-protobuf")
                .header("x-mlflow-experiment-id", "0")
        });
        case.stores("SELECT count(*) FROM spans", TRACES * SPANS)
    };
    vec![
        case("otlp-ingest", new_traces).connections(&[1, 8]),
        case("one-trace", one_trace).connections(&[16]),
    ]
}

fn new_traces(number: u64) -> Vec<u8> {
    let spans = (0..TRACES * SPANS).map(|index| {
        let (trace, place) = (index / SPANS, index % SPANS);
        let trace_id = u128::from(number) << 64 | u128::from(trace + 1);
        span(trace_id, place, u64::from(place != 0), number)
    });
    export(&spans.collect::<Vec<_>>())
}

fn one_trace(number: u64) -> Vec<u8> {
    let first = number * TRACES * SPANS;
    let spans = (0..TRACES * SPANS).map(|index| span(1, first + index, 1, number));
    export(&spans.collect::<Vec<_>>())
}

fn export(spans: &[Vec<u8>]) -> Vec<u8> {
    let resource = bytes(1, &attribute("service.name", &text("agent")));
    let spans: Vec<u8> = spans.iter().flat_map(|span| bytes(2, span)).collect();
    bytes(1, &[bytes(1, &resource), bytes(2, &spans)].concat())
}

/// A span of a trace: the first is the root, every third a call of a model.
fn span(trace_id: u128, place: u64, parent: u64, number: u64) -> Vec<u8> {
    let start = 1_700_000_000_000_000_000 + number * 1_000_000_000 + place * 1_000_000;
    let question =
        format!("What did the customer with the number {number} order last week? {place}");
    let mut attributes = vec![
        attribute("mlflow.spanInputs", &text(&chat("user", &question))),
        attribute(
            "mlflow.spanOutputs",
            &text(&chat("assistant", &"Three pears, a box. ".repeat(8))),
        ),
        attribute("code.function.name", &text("answer_question")),
        attribute("thread.id", &int(number)),
    ];
    let kind = match place % 3 {
        0 if place == 0 => {
            attributes.push(attribute("session.id", &text(&format!("session-{}", number % 100))));
            "AGENT"
        }
        0 => "TOOL",
        1 => {
            let usage = r#"{"input_tokens": 412, "output_tokens": 63, "total_tokens": 475}"#;
            attributes.push(attribute("mlflow.chat.tokenUsage", &text(usage)));
            attributes.push(attribute("mlflow.llm.model", &text("\"a-model\"")));
            "CHAT_MODEL"
        }
        _ => "CHAIN",
    };
    attributes.push(attribute("mlflow.spanType", &text(&format!("\"{kind}\""))));
    let mut span = [
        bytes(1, &trace_id.to_be_bytes()),
        bytes(2, &(place + 1).to_be_bytes()),
        if parent == 0 { Vec::new() } else { bytes(4, &parent.to_be_bytes()) },
        bytes(5, format!("step {place}").as_bytes()),
        fixed(7, start),
        fixed(8, start + 900_000),
    ]
    .concat();
    span.extend(attributes.iter().flat_map(|attribute| bytes(9, attribute)));
    span
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
