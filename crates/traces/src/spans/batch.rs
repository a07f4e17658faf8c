//! The spans of one request, sorted by trace, and what each trace learns from them.

use std::collections::{BTreeMap, HashMap};

use tracking::validation;

use super::attributes::Attributes;
use super::json;
use super::keys::{self, span as key, state, tag};
use super::preview::{self, Role};
use super::record::{self, Refusal, SpanRow};
use super::usage::{Cost, Node, TokenUsage, total_cost, total_usage};
use crate::links::store::Link;
use crate::otlp::budget::{MAX_PER_PART, MAX_PER_SPAN};
use crate::otlp::model::{self, AnyValue, Export, KeyValue, ResourceSpans};

/// Names of services that are kept on root spans: known coding assistants. Compat: MLflow keeps no
/// others there.
const KNOWN_SERVICES: [&str; 5] =
    ["claude-code", "codex_cli_rs", "codex_vscode", "gemini-cli", "qwen-code"];

/// Bytes that the tags of a request may take that are made of what is told of processes, and about what
/// each takes beside its texts.
const RESOURCE_TAGS: usize = 32 << 20;
const TAG_ROW: usize = 100;

/// Spans to be stored.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The experiment of traces that are new.
    pub experiment_id: i64,
    /// By trace id, which is the order in which all writers lock them.
    pub traces: BTreeMap<String, TraceDraft>,
    /// From traces to the one run that they were made in.
    pub links: Vec<Link>,
}

app::lend!(Batch);

/// What the spans of a request say of one trace.
#[derive(Clone, Debug, Default)]
pub struct TraceDraft {
    /// At most one of each id.
    pub spans: Vec<SpanRow>,
    /// The state that the root span gives, if it is among them.
    pub root_state: Option<&'static str>,
    pub request_preview: Option<String>,
    pub response_preview: Option<String>,
    pub name: Option<String>,
    pub session_id: Option<String>,
    pub user: Option<String>,
    /// At most one of each key, in the order of keys.
    pub tags: BTreeMap<String, String>,
}

/// What did not go in, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    pub spans: usize,
    pub reasons: Vec<String>,
}

impl Dropped {
    /// Reasons that are told; a request of ten thousand bad spans needs not as many sentences.
    const TOLD: usize = 5;

    fn span(&mut self, name: &str, refusal: Refusal) {
        self.spans += 1;
        let name: String = name.chars().take(100).collect();
        self.note(format!("span '{name}' was dropped: {refusal}"));
    }

    pub fn note(&mut self, reason: String) {
        if self.reasons.len() < Self::TOLD && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

impl TraceDraft {
    /// The earliest start, in milliseconds since 1970.
    pub fn start_ms(&self) -> i64 {
        self.spans.iter().map(|span| span.start).min().unwrap_or_default().div_euclid(1_000_000)
    }

    /// The latest end, in milliseconds since 1970, if any span is over.
    pub fn end_ms(&self) -> Option<i64> {
        let last = self.spans.iter().filter_map(|span| span.end).max()?;
        Some(last.div_euclid(1_000_000))
    }

    pub fn usage(&self) -> Option<TokenUsage> {
        total_usage(&self.nodes(|span| span.usage))
    }

    pub fn cost(&self) -> Option<Cost> {
        total_cost(&self.nodes(|span| span.cost))
    }

    pub fn nodes<T>(&self, data: impl Fn(&SpanRow) -> Option<T>) -> Vec<Node<'_, T>> {
        let nodes = self.spans.iter().map(|span| Node {
            span_id: &span.span_id,
            parent_id: span.parent_span_id.as_deref(),
            data: data(span),
        });
        nodes.collect()
    }

    fn learn(&mut self, row: &SpanRow, attributes: &Attributes<'_>, dropped: &mut Dropped) {
        let given = |key| attributes.get(key).filter(|value| value.is_given());
        if self.session_id.is_none()
            && let Some(session) = given(key::SESSION_ID).or(given(key::CONVERSATION_ID))
        {
            self.session_id = fitting(&session.plain(), "session id", keys::MAX_SESSION, dropped);
        }
        if self.user.is_none()
            && let Some(user) = given(key::USER_ID)
        {
            self.user = fitting(&user.plain(), "user id", keys::MAX_TAG_VALUE, dropped);
        }
        if row.parent_span_id.is_some() {
            return;
        }
        let state = if row.status == "ERROR" { state::ERROR } else { state::OK };
        self.root_state.get_or_insert(state);
        let preview = |key, role| {
            let mut text = preview::of(&given(key)?.json(), role);
            record::storable(&mut text, usize::MAX);
            Some(text)
        };
        self.request_preview = preview(key::INPUTS, Role::User);
        self.response_preview = preview(key::OUTPUTS, Role::Assistant);
        for (key, value) in attributes.iter() {
            let Some(key) = key.strip_prefix(key::TRACE_TAG_PREFIX) else { continue };
            let value = value.plain();
            if key == tag::NAME {
                self.name = fitting(&value, "trace name", keys::MAX_TRACE_NAME, dropped);
            } else {
                self.set_tag(key, value.into_owned());
            }
        }
    }

    /// Sets a tag; one with a key that no tag may have is left out.
    fn set_tag(&mut self, key: &str, mut value: String) {
        let sound = validation::entity_name(key, "key").is_ok()
            && key.chars().nth(keys::MAX_TAG_KEY).is_none();
        if sound {
            record::storable(&mut value, keys::MAX_TAG_VALUE);
            self.tags.insert(key.to_owned(), value);
        }
    }

    /// Keeps what is told of the process that made the trace, as far as there is room. Each trace of a
    /// request repeats it.
    fn set_resource(&mut self, attributes: &[KeyValue<'_>], room: &mut usize) {
        for pair in json::last_of_each_key(attributes) {
            // The client's own marks; and nothing that MLflow keeps its books with.
            if pair.key.starts_with("telemetry.sdk.") || pair.key.starts_with("mlflow.") {
                continue;
            }
            let value = match &pair.value {
                AnyValue::Text(text) => text.clone().into_owned(),
                other => {
                    let mut out = String::new();
                    json::push_any(&mut out, other);
                    out
                }
            };
            let Some(left) = room.checked_sub(pair.key.len() + value.len() + TAG_ROW) else {
                *room = 0;
                return;
            };
            *room = left;
            self.set_tag(&pair.key, value);
        }
    }
}

/// A text that fits its column; one that is too long is left out, and that is told.
fn fitting(text: &str, what: &str, limit: usize, dropped: &mut Dropped) -> Option<String> {
    if text.chars().nth(limit).is_some() {
        dropped.note(format!("a {what} of more than {limit} characters was left out"));
        return None;
    }
    let mut text = text.to_owned();
    record::storable(&mut text, usize::MAX);
    Some(text)
}

fn service<'a>(resource: &'a ResourceSpans<'_>) -> Option<&'a str> {
    let name = resource.attributes.iter().find(|pair| pair.key == key::SERVICE_NAME)?;
    match &name.value {
        AnyValue::Text(name) => KNOWN_SERVICES.iter().find(|known| *known == name).copied(),
        _ => None,
    }
}

/// Sorts a request's spans by trace. Spans that cannot be stored are left out and told of.
pub fn sort(experiment_id: i64, export: &Export<'_>) -> (Batch, Dropped) {
    let mut batch = Batch { experiment_id, ..Batch::default() };
    let mut dropped = Dropped::default();
    // Where each span stands in its trace: of a span that is there twice the last counts.
    let mut places: HashMap<(String, String), usize> = HashMap::with_capacity(export.span_count());
    let mut room = RESOURCE_TAGS;
    for resource in &export.resources {
        let service = service(resource);
        if resource.dropped > 0 {
            dropped.note(format!("attributes of a resource beyond {MAX_PER_PART} were dropped"));
        }
        for span in &resource.spans {
            let (row, attributes) = match record::read(span, service) {
                Ok(read) => read,
                Err(refusal) => {
                    dropped.span(&span.name, refusal);
                    continue;
                }
            };
            if span.dropped != model::Dropped::default() {
                dropped.note(format!(
                    "attributes, events and links of a span beyond {MAX_PER_SPAN} were dropped"
                ));
            }
            let draft = batch.traces.entry(row.trace_id.clone()).or_default();
            if draft.spans.is_empty() {
                draft.set_resource(&resource.attributes, &mut room);
            }
            draft.learn(&row, &attributes, &mut dropped);
            match places.entry((row.trace_id.clone(), row.span_id.clone())) {
                std::collections::hash_map::Entry::Occupied(place) => {
                    draft.spans[*place.get()] = row;
                }
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert(draft.spans.len());
                    draft.spans.push(row);
                }
            }
        }
    }
    if room == 0 {
        let note =
            "some traces were not tagged with their resource's attributes: there are too many";
        dropped.note(note.to_owned());
    }
    (batch, dropped)
}
