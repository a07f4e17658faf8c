//! Puts names in the place of ids and times, so that answers of different runs can be compared.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value};
use traces::time::Timestamp;

use super::player::text_of;

/// Shorter values, such as the number of an experiment, are only looked for where ids stand.
const LONG_ENOUGH: usize = 8;
const DAY_MILLIS: i64 = 86_400_000;
const ID_FIELDS: &[&str] = &["experiment_id", "experimentId", "experiment_ids"];
const ID_TEXTS: &[&str] = &[
    "message",
    "detail",
    "artifact_uri",
    "artifactUri",
    "artifact_location",
    "artifactLocation",
    "root_uri",
    "rootUri",
];
const STORED: &str = "mlflow-artifacts:/";
/// JSON in a string, with times of its own.
const JSON_FIELDS: &[&str] = &["records", "serialized_scorer", "tags"];
const UNORDERED: &[&str] = &["dataset_summaries", "datasetSummaries", "latest_versions"];
const TOKEN_FIELDS: &[&str] = &["next_page_token", "nextPageToken"];

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

static TIME_FIELD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "^(?:(creation|create|created|completed|last_seen|last_update|last_updated|request|start|end)\
         _(at|time(stamp)?(_ms)?)|timestamp(_ms)?|(creation|lastUpdate|start|end)Time)$",
    )
});
static RANDOM_NAME: LazyLock<Regex> = LazyLock::new(|| regex(r"^[a-z]+-[a-z]+-\d{1,3}$"));
static HEX: LazyLock<Regex> = LazyLock::new(|| regex("(m-)?[0-9a-f]{32,}"));
static UUID: LazyLock<Regex> = LazyLock::new(|| regex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
/// A set in a message of the reference, whose order differs from process to process.
static PYTHON_SET: LazyLock<Regex> = LazyLock::new(|| regex(r"\{('[^{}]*')\}"));

pub(crate) struct Normal<'a> {
    pub(crate) saved: &'a [(String, Value)],
    pub(crate) now: i64,
}

impl Normal<'_> {
    pub(crate) fn answer(&self, body: Value) -> Value {
        match body {
            Value::String(text) => self.rename(&text, None).into(),
            body => self.value(body, None),
        }
    }

    fn value(&self, value: Value, key: Option<&str>) -> Value {
        match value {
            Value::Object(fields) => self.object(fields),
            Value::Array(items) => self.list(items, key),
            Value::String(text) => {
                let is_json = key.is_some_and(|key| JSON_FIELDS.contains(&key));
                match serde_json::from_str(&text) {
                    Ok(parsed) if is_json => self.value(parsed, None),
                    _ => self.text(&text, key).into(),
                }
            }
            Value::Number(number) if key.is_some_and(|key| ID_FIELDS.contains(&key)) => {
                self.rename(&number.to_string(), key).into()
            }
            Value::Number(number) => {
                let is_time = key.is_some_and(|key| TIME_FIELD.is_match(key));
                match number.as_i64() {
                    Some(millis) if is_time && self.is_recent(millis) => "<time>".into(),
                    _ => Value::Number(number),
                }
            }
            other => other,
        }
    }

    fn object(&self, fields: Map<String, Value>) -> Value {
        let mut fields: Map<String, Value> = fields
            .into_iter()
            .map(|(name, item)| {
                let item = self.value(item, Some(&name));
                (name, item)
            })
            .collect();
        if fields.contains_key("dataset_id") && fields.contains_key("digest") {
            // Made of the data set's name and its times.
            fields.insert("digest".into(), "<digest>".into());
        }
        fields.into()
    }

    fn list(&self, items: Vec<Value>, key: Option<&str>) -> Value {
        let mut items: Vec<Value> = items.into_iter().map(|item| self.value(item, key)).collect();
        // Tags, params and the latest metrics have no order; a history has, under one key.
        if items.iter().all(|item| item.get("key").is_some()) {
            items.sort_by_key(|item| text_of(&item["key"]));
        }
        if key.is_some_and(|key| UNORDERED.contains(&key)) {
            items.sort_by_key(Value::to_string);
        }
        items.into()
    }

    fn text(&self, text: &str, key: Option<&str>) -> String {
        let is_one_of = |fields: &[&str]| key.is_some_and(|key| fields.contains(&key));
        if is_one_of(TOKEN_FIELDS) && !text.is_empty() {
            return "<token>".into();
        }
        if RANDOM_NAME.is_match(text) && !self.saved.iter().any(|(_, value)| value == text) {
            return "<random name>".into();
        }
        if key.is_some_and(|key| TIME_FIELD.is_match(key))
            && text.parse().is_ok_and(|millis| self.is_recent(millis))
        {
            return "<time as text>".into();
        }
        if key.is_some_and(|key| TIME_FIELD.is_match(key))
            && Timestamp::parse(text).is_some_and(|time| self.is_recent(time.0))
        {
            return "<time>".into();
        }
        self.rename(text, key)
    }

    /// Puts the names of saved values in the place of the values.
    fn rename(&self, text: &str, key: Option<&str>) -> String {
        let is_one_of = |fields: &[&str]| key.is_some_and(|key| fields.contains(&key));
        let mut text = text.to_owned();
        let mut saved: Vec<(&str, String)> =
            self.saved.iter().map(|(name, value)| (name.as_str(), text_of(value))).collect();
        saved.sort_by_key(|(_, value)| std::cmp::Reverse(value.chars().count()));
        for (name, value) in saved {
            if value.chars().count() >= LONG_ENOUGH {
                text = text.replace(&value, &format!("<<{name}>>"));
            } else if is_one_of(ID_FIELDS) && text == value {
                return format!("<<{name}>>");
            } else if (is_one_of(ID_TEXTS) || text.starts_with(STORED)) && !value.is_empty() {
                text = rename_id(&text, name, &value);
            }
        }
        if is_one_of(ID_FIELDS) && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return "<id>".into();
        }
        let text = PYTHON_SET.replace_all(&text, |found: &Captures<'_>| {
            let mut items: Vec<&str> = found[1].split(", ").collect();
            items.sort_unstable();
            format!("{{{}}}", items.join(", "))
        });
        // Longer runs of digits are digests.
        let hidden = HEX.replace_all(&text, |found: &Captures<'_>| {
            let digits = found[0].trim_start_matches("m-");
            if digits.len() == 32 { "<id>".to_owned() } else { found[0].to_owned() }
        });
        UUID.replace_all(&hidden, "<id>").into_owned()
    }

    fn is_recent(&self, millis: i64) -> bool {
        (millis - self.now).abs() < DAY_MILLIS
    }
}

/// Renames a short id where the words around it say that it is one.
fn rename_id(text: &str, name: &str, value: &str) -> String {
    let value = regex::escape(value);
    let said = regex(&format!(r"(id=|\bids? |experiment '?|ID '|/){value}([^\w.%]|\.\W|\.?$)"));
    let mut text = text.to_owned();
    while said.is_match(&text) {
        text = said.replace(&text, format!("${{1}}<<{name}>>${{2}}")).into_owned();
    }
    regex(&format!("'{value}/")).replace_all(&text, format!("'<<{name}>>/")).into_owned()
}
