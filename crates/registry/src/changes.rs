//! What webhooks are told about changes of the registry: MLflow's events, with MLflow's fields. Each
//! is recorded in the transaction of its change.

use std::collections::BTreeMap;

use app::{EventKind, Unit, events};
use db::DbError;
use serde::Serialize;
use tracking::tags::KeyValue;

use crate::model_versions::store::NewVersion;
use crate::prompts;
use crate::registered_models::store::{self as models, NewModel};

/// Tags that only tell that something is a prompt.
const MARKS: [&str; 2] = [prompts::TAG, prompts::TYPE_TAG];

/// Tags as an event shows them: of those with the same key the last one.
fn shown<'t>(tags: &'t [KeyValue], hidden: &[&str]) -> BTreeMap<&'t str, &'t str> {
    let pairs = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
    pairs.filter(|(key, _)| !hidden.contains(key)).collect()
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

#[derive(Serialize)]
struct ModelCreated<'a> {
    name: &'a str,
    tags: BTreeMap<&'a str, &'a str>,
    description: &'a str,
}

pub fn model_created(tx: &mut Unit<'_>, new: &NewModel) -> Result<(), DbError> {
    let is_prompt = prompts::is_prompt(&new.tags);
    let (kind, hidden): (_, &[&str]) = if is_prompt {
        (EventKind::PromptCreated, &MARKS[..])
    } else {
        (EventKind::RegisteredModelCreated, &[])
    };
    let (name, tags, description) = (&new.name, shown(&new.tags, hidden), &new.description);
    events::record(tx, kind, &ModelCreated { name, tags, description })
}

#[derive(Serialize)]
struct ModelVersionCreated<'a> {
    name: &'a str,
    version: String,
    source: &'a str,
    run_id: Option<&'a str>,
    tags: BTreeMap<&'a str, &'a str>,
    description: Option<&'a str>,
}

#[derive(Serialize)]
struct PromptVersionCreated<'a> {
    name: &'a str,
    version: String,
    template: Option<&'a str>,
    tags: BTreeMap<&'a str, &'a str>,
    description: Option<&'a str>,
}

pub fn version_created(tx: &mut Unit<'_>, new: &NewVersion, version: i64) -> Result<(), DbError> {
    let (name, version, description) =
        (new.name.as_str(), version.to_string(), given(&new.description));
    let mut tags = shown(&new.tags, &[]);
    if !prompts::is_prompt(&new.tags) {
        let (source, run_id) = (new.source.as_str(), given(&new.run_id));
        let data = ModelVersionCreated { name, version, source, run_id, tags, description };
        return events::record(tx, EventKind::ModelVersionCreated, &data);
    }
    let template = tags.remove(prompts::TEXT_TAG);
    tags.retain(|key, _| !MARKS.contains(key));
    let data = PromptVersionCreated { name, version, template, tags, description };
    events::record(tx, EventKind::PromptVersionCreated, &data)
}

/// A change of a tag or an alias. What does not apply is left out.
#[derive(Default, Serialize)]
pub struct Detail<'a> {
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<&'a str>,
}

/// Records one event of a model, or the other of a prompt. Compat: tags of a model itself are an
/// event of prompts only.
pub async fn changed(
    tx: &mut Unit<'_>,
    of_model: Option<EventKind>,
    of_prompt: EventKind,
    detail: Detail<'_>,
) -> Result<(), DbError> {
    let is_prompt = models::is_marked_prompt(tx, detail.name).await?;
    match if is_prompt { Some(of_prompt) } else { of_model } {
        Some(kind) => events::record(tx, kind, &detail),
        None => Ok(()),
    }
}
