//! The spans of a trace, as an answer writes them.

use serde::Deserialize;

use super::otlp_json;
use crate::info::wire::TraceInfo;

/// The metadata that says how many spans a finished trace has.
const SIZE_STATS: &str = "mlflow.trace.sizeStats";

/// How an answer writes spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As protobuf's JSON mapping writes OpenTelemetry's.
    OpenTelemetry,
    /// As they are stored.
    Stored,
}

app::lend!(copy Form);

/// Spans, written one behind the other with commas between them.
#[derive(Debug)]
pub struct Spans {
    form: Form,
    json: Vec<u8>,
    count: u64,
}

#[derive(Deserialize)]
struct SizeStats {
    #[serde(default)]
    num_spans: u64,
}

impl Spans {
    pub fn new(form: Form) -> Self {
        Self { form, json: Vec::new(), count: 0 }
    }

    /// Adds a span as it is stored: empty if it moved to the archive. One that cannot be read is
    /// left out.
    pub fn push_stored(&mut self, content: &str) {
        if content.is_empty() {
            return;
        }
        let start = self.json.len();
        if start > 0 {
            self.json.push(b',');
        }
        match self.form {
            Form::Stored => self.json.extend_from_slice(content.as_bytes()),
            Form::OpenTelemetry => {
                if otlp_json::push_span(&mut self.json, content).is_err() {
                    self.json.truncate(start);
                    return;
                }
            }
        }
        self.count += 1;
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    pub fn into_json(self) -> Vec<u8> {
        self.json
    }
}

/// Whether so many spans are all that the trace is said to have, and at least one.
pub fn complete(count: u64, info: &TraceInfo) -> bool {
    let stats = info.trace_metadata.get(SIZE_STATS);
    let stats: Option<SizeStats> = stats.and_then(|text| serde_json::from_str(text).ok());
    count > 0 && count >= stats.map_or(0, |stats| stats.num_spans)
}
