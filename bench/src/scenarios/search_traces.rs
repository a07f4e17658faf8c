//! Searches for traces, and reading a long one.

use serde_json::{Value, json};

use super::Scenario;
use crate::Result;
use crate::case::{Case, Request, occurs};
use crate::stage::Stage;

pub const SCENARIO: Scenario = Scenario {
    name: "search-traces",
    about: "100 of 20,000 traces with 5 tags, 2 metadata entries and 2 spans each.",
    prepare: |stage| Box::pin(prepare(stage)),
};

pub const MILLION: Scenario = Scenario {
    name: "search-traces-million",
    about: "100 of 1,000,000 traces with 5 tags, 2 metadata entries and 10 spans each, or of as many as \
            BENCH_TRACES and BENCH_SPANS say. `user`: a tag that one trace in 10,000 has. `slow-errors`: one \
            trace in 500. `text-rare`: a word that one trace in 5,000 has.",
    prepare: |stage| Box::pin(prepare_million(stage)),
};

pub const READ: Scenario = Scenario {
    name: "read-trace",
    about: "A whole trace of 10,000 spans, in one answer.",
    prepare: |stage| Box::pin(prepare_long(stage)),
};

const PATH: &str = "/api/3.0/mlflow/traces/search";

async fn prepare(stage: &Stage) -> Result<Vec<Case>> {
    fill(stage, 20_000, 2).await?;
    Ok(vec![
        page("newest", "", "timestamp_ms DESC").connections(&[1, 4]),
        page("tag", "tag.env = 'prod'", "timestamp_ms DESC"),
        page("error", "status = 'ERROR'", "timestamp_ms DESC"),
        page("slow", "execution_time_ms > 500", "execution_time_ms DESC"),
        page("text", "trace.text LIKE '%marigold%'", "timestamp_ms DESC"),
    ])
}

async fn prepare_million(stage: &Stage) -> Result<Vec<Case>> {
    let traces = from_environment("BENCH_TRACES", 1_000_000)?;
    let spans = from_environment("BENCH_SPANS", 10)?;
    fill(stage, traces, spans).await?;
    Ok(vec![
        page("million-newest", "", "timestamp_ms DESC"),
        page("million-oldest", "", "timestamp_ms ASC"),
        page("million-tag", "tag.env = 'prod'", "timestamp_ms DESC"),
        some("million-user", "tag.user = 'u77'"),
        some("million-slow-errors", "status = 'ERROR' AND execution_time_ms > 9000"),
        some("million-slow", "execution_time_ms > 9990"),
        page("million-text", "trace.text LIKE '%marigold%'", "timestamp_ms DESC"),
        some("million-text-rare", "trace.text ILIKE '%quetzal%'"),
    ])
}

async fn prepare_long(stage: &Stage) -> Result<Vec<Case>> {
    fill(stage, 1, 10_000).await?;
    let path = format!("/api/3.0/mlflow/traces/get?trace_id={FIRST}");
    let case = Case::new("read-10000-spans", move |_| Request::get(path.clone()));
    Ok(vec![case.connections(&[1]).expects(|answer| occurs(answer, "\"parent_span_id\"", 9_999))])
}

fn from_environment(variable: &str, otherwise: u32) -> Result<u32> {
    match std::env::var(variable) {
        Ok(text) => Ok(text.parse()?),
        Err(_) => Ok(otherwise),
    }
}

/// A search that fills its page.
fn page(name: &str, filter: &str, order: &str) -> Case {
    search(name, filter, order).expects(|answer| occurs(answer, "\"request_time\"", 100))
}

/// A search that finds something, but not always a page of it.
fn some(name: &str, filter: &str) -> Case {
    search(name, filter, "timestamp_ms DESC").expects(|answer| {
        let found = String::from_utf8_lossy(answer).contains("\"request_time\"");
        if found { Ok(()) } else { Err("nothing was found".into()) }
    })
}

fn search(name: &str, filter: &str, order: &str) -> Case {
    let body: Value = json!({
        "locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}],
        "filter": filter, "order_by": [order], "max_results": 100,
    });
    let body = body.to_string();
    Case::new(name, move |_| Request::post(PATH, body.clone())).connections(&[1])
}

/// The id of trace `i`: scattered, as random ids are.
const TRACE: &str = "'tr-' || CAST(100000000000 + (i * 2654435761) % 10000000019 AS TEXT) \
                     || '0123456789abcdef0123'";
/// What [`TRACE`] is for 1.
const FIRST: &str = "tr-1026544357610123456789abcdef0123";
/// Words for the text of spans: common ones in turn, then one that is seldom and one that is rare.
const WORDS: &str = "CASE (i * 31 + k * 17) % 7 WHEN 0 THEN 'invoice' WHEN 1 THEN 'shipment' \
     WHEN 2 THEN 'refund' WHEN 3 THEN 'warranty' WHEN 4 THEN 'catalogue' WHEN 5 THEN 'payment' \
     ELSE 'delivery' END || CASE WHEN i % 50 = 7 THEN ' marigold' ELSE '' END \
     || CASE WHEN i % 5000 = 77 THEN ' quetzal' ELSE '' END";
/// The spans of a trace are inserted for so many traces at a time.
const CHUNK: u32 = 50_000;

/// Fills in traces with scattered ids, the newest last, and their spans.
async fn fill(stage: &Stage, traces: u32, spans: u32) -> Result<()> {
    let mut first = 1;
    while first <= traces {
        let last = traces.min(first + CHUNK - 1);
        fill_chunk(stage, first, last, spans).await?;
        first = last + 1;
    }
    Ok(())
}

async fn fill_chunk(stage: &Stage, first: u32, last: u32, spans: u32) -> Result<()> {
    let numbers = format!(
        "WITH RECURSIVE n(i) AS (SELECT CAST({first} AS BIGINT) UNION ALL SELECT i + 1 FROM n \
         WHERE i < {last}), e(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM e WHERE k < {spans})"
    );
    stage
        .fill(&format!(
            "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, execution_time_ms, status, \
             request_preview, response_preview, trace_name, session_id, input_tokens, output_tokens, \
             total_tokens) {numbers} SELECT {TRACE}, 0, 1700000000000 + i * 100, (i * 7919) % 10007, \
             CASE WHEN i % 50 = 0 THEN 'ERROR' ELSE 'OK' END, 'What became of order ' || i || '?', \
             'It is on its way.', 'agent-' || i % 20, 'session-' || i / 5, 100 + i % 900, i % 300, \
             100 + i % 900 + i % 300 FROM n"
        ))
        .await?;
    let tags = [
        ("mlflow.trace.spansLocation", "'TRACKING_STORE'"),
        ("mlflow.artifactLocation", "'mlflow-artifacts:/0/traces/' || i || '/artifacts'"),
        ("env", "CASE i % 3 WHEN 0 THEN 'prod' WHEN 1 THEN 'test' ELSE 'dev' END"),
        ("user", "'u' || i % 10000"),
        ("release", "'1.' || i / 10000"),
    ];
    for (key, value) in tags {
        stage
            .fill(&format!(
                "INSERT INTO trace_tags (request_id, key, value) {numbers} \
                 SELECT {TRACE}, '{key}', {value} FROM n"
            ))
            .await?;
    }
    let stats = format!("'{{\"num_spans\": {spans}}}'");
    for (key, value) in [("mlflow.trace.sizeStats", stats.as_str()), ("mlflow.user", "'bench'")] {
        stage
            .fill(&format!(
                "INSERT INTO trace_request_metadata (request_id, key, value) {numbers} \
                 SELECT {TRACE}, '{key}', {value} FROM n"
            ))
            .await?;
    }
    let content = CONTENT.replace("{START}", START).replace("{WORDS}", WORDS);
    stage
        .fill(&format!(
            "INSERT INTO spans (trace_id, experiment_id, span_id, parent_span_id, name, type, status, \
             start_time_unix_nano, end_time_unix_nano, content) {numbers} SELECT {TRACE}, 0, {SPAN}, \
             CASE WHEN k = 1 THEN NULL ELSE '1000000000000001' END, 'step-' || k, \
             CASE WHEN k % 3 = 0 THEN 'LLM' ELSE 'CHAIN' END, 'OK', {START}, {START} + 5000000, {content} \
             FROM n, e"
        ))
        .await
}

/// The id of span `k` of trace `i`.
const SPAN: &str = "CAST(1000000000000000 + k AS TEXT)";
const START: &str = "(1700000000000 + i * 100) * 1000000 + k * 1000";
/// The JSON of a span, half a kilobyte of it. Ids are those of one span and do for all.
const CONTENT: &str = "'{\"trace_id\": \"AAECAwQFBgcICQoLDA0ODw==\", \"span_id\": \"AAECAwQFBgc=\", \
     \"parent_span_id\": ' || CASE WHEN k = 1 THEN 'null' ELSE '\"AAECAwQFBgA=\"' END \
     || ', \"name\": \"step-' || k || '\", \"start_time_unix_nano\": ' || CAST({START} AS TEXT) \
     || ', \"end_time_unix_nano\": ' || CAST({START} + 5000000 AS TEXT) || ', \"events\": [], \
     \"status\": {\"code\": \"STATUS_CODE_OK\", \"message\": \"\"}, \"attributes\": \
     {\"mlflow.traceRequestId\": \"\\\"tr-00010203040506070809\\\"\", \"mlflow.spanType\": \"\\\"CHAIN\\\"\", \
     \"mlflow.spanInputs\": \"{\\\"messages\\\": [{\\\"role\\\": \\\"user\\\", \\\"content\\\": \\\"Where is the ' \
     || {WORDS} || ' of order ' || i || '?\\\"}]}\", \"mlflow.spanOutputs\": \"{\\\"answer\\\": \\\"Step ' \
     || k || ' looked it up and found nothing wrong with it.\\\", \\\"score\\\": 0.5}\"}, \"links\": []}'";
