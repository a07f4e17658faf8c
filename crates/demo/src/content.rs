//! What the demo tells, read from `content.json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::DoorError;

#[derive(Debug, Deserialize)]
pub(super) struct Content {
    pub models: BTreeMap<String, Model>,
    pub prompts: Vec<Prompt>,
    pub questions: Vec<Question>,
    pub sessions: Vec<Session>,
    pub runs: Vec<Run>,
    pub rationales: BTreeMap<String, BTreeMap<String, String>>,
    pub scorers: Vec<Scorer>,
    /// As the API takes them, without their experiment.
    pub schemas: Vec<Value>,
    pub queue: Queue,
    pub issues: Vec<Issue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Model {
    pub name: String,
    pub provider: String,
    /// Dollars a token.
    pub input_cost: f64,
    pub output_cost: f64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Prompt {
    pub name: String,
    pub tags: BTreeMap<String, String>,
    pub aliases: BTreeMap<String, u32>,
    pub versions: Vec<PromptVersion>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PromptVersion {
    pub message: String,
    pub text: String,
}

/// A passenger's question, with the answers that the first and the last prompt gave.
#[derive(Debug, Deserialize)]
pub(super) struct Question {
    pub key: String,
    pub question: String,
    pub rule: String,
    pub passage: String,
    pub expected: String,
    pub draft: String,
    pub answer: String,
    /// What the judges said, by answer and judge.
    pub marks: BTreeMap<String, BTreeMap<String, bool>>,
    /// What the timetable says, where it is asked.
    pub lookup: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Session {
    pub id: String,
    pub user: String,
    pub turns: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Run {
    pub name: String,
    pub prompt: u32,
    pub model: String,
    /// Which answers it gives: `draft` or `answer`.
    pub answers: String,
    /// The questions that it still gives the draft's answer to.
    #[serde(default)]
    pub draft_for: Vec<String>,
    pub hours_ago: i64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Scorer {
    pub name: String,
    pub instructions: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Queue {
    pub name: String,
    pub users: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    pub name: String,
    pub severity: String,
    pub status: String,
    pub description: String,
    pub root_causes: Vec<String>,
    pub categories: Vec<String>,
    pub questions: Vec<String>,
}

impl Content {
    pub(super) fn read() -> Result<Self, DoorError> {
        serde_json::from_str(include_str!("content.json")).map_err(DoorError::unreadable)
    }

    pub(super) fn question(&self, key: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.key == key)
    }
}

impl Run {
    /// Which answer the run gives to a question.
    pub(super) fn kind<'r>(&'r self, question: &Question) -> &'r str {
        if self.draft_for.contains(&question.key) { "draft" } else { &self.answers }
    }
}

impl Question {
    pub(super) fn text_of(&self, kind: &str) -> &str {
        if kind == "draft" { &self.draft } else { &self.answer }
    }

    pub(super) fn mark(&self, kind: &str, judge: &str) -> bool {
        self.marks.get(kind).and_then(|marks| marks.get(judge)).copied().unwrap_or_default()
    }
}
