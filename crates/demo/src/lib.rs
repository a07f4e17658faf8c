//! The demo: what a first visitor looks at, made of original content (`content.json`) by the calls
//! that any client would make. So it can fill this server from inside, for the web page and for
//! `headwater demo`, or another one over HTTP.
//!
//! Each part notes itself in a tag of the experiment when it is complete. A demo that was cut short is
//! completed by the next call, and a whole one is left alone.

pub mod api;
mod content;
mod door;
mod evaluation;
mod review;
mod traces;
mod views;

use std::collections::HashMap;

use serde_json::{Value, json};

use content::Content;
pub use door::{Door, DoorError};

/// The experiment that everything is in.
pub const EXPERIMENT: &str = "Headwater Demo";
const DONE: &str = "headwater.demo.";

/// The parts of the demo, in the order in which they are made. Their names are MLflow's.
pub const FEATURES: [&str; 8] = [
    "prompts",
    "traces",
    "custom_view",
    "saved_views",
    "evaluation",
    "judges",
    "issues",
    "review_queues",
];

/// What was made.
#[derive(Debug)]
pub struct Made {
    pub experiment_id: String,
    pub features: Vec<&'static str>,
}

/// Where and when the parts are made.
struct Scene<'d> {
    door: &'d Door,
    content: Content,
    experiment_id: String,
    /// Milliseconds since 1970.
    now: i64,
}

/// Makes what is missing of `wanted`; all parts if that is empty.
///
/// # Errors
/// When the server refuses a call or cannot be reached.
pub async fn generate(door: &Door, wanted: &[String]) -> Result<Made, DoorError> {
    let content = Content::read()?;
    let (experiment_id, tags) = match find(door).await? {
        Some(found) => found,
        None => (create(door).await?, HashMap::new()),
    };
    let scene = Scene { door, content, experiment_id, now: door.now() };
    let mut features = Vec::new();
    for feature in FEATURES {
        let asked = wanted.is_empty() || wanted.iter().any(|name| name == feature);
        // What is made of traces needs them.
        let needed = feature == "traces"
            && wanted.iter().any(|name| matches!(name.as_str(), "issues" | "review_queues"));
        if !(asked || needed) || tags.contains_key(&format!("{DONE}{feature}")) {
            continue;
        }
        match feature {
            "prompts" => evaluation::prompts(&scene).await?,
            "traces" => traces::production(&scene).await?,
            "custom_view" => views::custom(&scene).await?,
            "saved_views" => views::saved(&scene).await?,
            "evaluation" => evaluation::runs(&scene).await?,
            "judges" => evaluation::scorers(&scene).await?,
            "issues" => review::issues(&scene).await?,
            _ => review::queue(&scene).await?,
        }
        scene.tag(&format!("{DONE}{feature}"), "1").await?;
        features.push(feature);
    }
    Ok(Made { experiment_id: scene.experiment_id, features })
}

impl Scene<'_> {
    async fn tag(&self, key: &str, value: &str) -> Result<(), DoorError> {
        let body = json!({"experiment_id": self.experiment_id, "key": key, "value": value});
        self.door.post("2.0/mlflow/experiments/set-experiment-tag", &body).await.map(drop)
    }
}

/// The demo's experiment and its tags, unless it was deleted.
async fn find(door: &Door) -> Result<Option<(String, HashMap<String, String>)>, DoorError> {
    let path = "2.0/mlflow/experiments/get-by-name?experiment_name=Headwater%20Demo";
    let found = match door.get(path).await {
        Err(error) if error.is_missing() => return Ok(None),
        other => other?,
    };
    let experiment = &found["experiment"];
    if experiment["lifecycle_stage"] == "deleted" {
        // Somebody threw it away by hand: it makes room for a new one.
        let id = text(&experiment["experiment_id"]);
        door.post("2.0/mlflow/experiments/restore", &json!({"experiment_id": id})).await?;
        retire(door, &id).await?;
        return Ok(None);
    }
    let tag = |tag: &Value| (text(&tag["key"]), text(&tag["value"]));
    let tags = experiment["tags"].as_array().into_iter().flatten().map(tag).collect();
    Ok(Some((text(&experiment["experiment_id"]), tags)))
}

async fn create(door: &Door) -> Result<String, DoorError> {
    let note = "Lantern, the assistant of a railway: its traces and conversations, the prompts it \
                went through, and how each of them did. Everything here was made by the demo, and may \
                be changed or deleted.";
    let tags = json!([
        {"key": "mlflow.note.content", "value": note},
        {"key": "mlflow.experimentKind", "value": "genai_development"},
    ]);
    let body = json!({"name": EXPERIMENT, "tags": tags});
    Ok(text(&door.post("2.0/mlflow/experiments/create", &body).await?["experiment_id"]))
}

/// Deletes an experiment and frees its name.
async fn retire(door: &Door, experiment_id: &str) -> Result<(), DoorError> {
    let name = format!("{EXPERIMENT} (deleted {})", door.now());
    let rename = json!({"experiment_id": experiment_id, "new_name": name});
    door.post("2.0/mlflow/experiments/update", &rename).await?;
    let body = json!({"experiment_id": experiment_id});
    door.post("2.0/mlflow/experiments/delete", &body).await.map(drop)
}

/// Deletes all that [`generate`] made; answers with the parts that were there.
///
/// # Errors
/// As [`generate`].
pub async fn delete(door: &Door) -> Result<Vec<&'static str>, DoorError> {
    let content = Content::read()?;
    let Some((experiment_id, tags)) = find(door).await? else { return Ok(Vec::new()) };
    let scene = Scene { door, content, experiment_id, now: door.now() };
    evaluation::delete(&scene).await?;
    review::delete(&scene).await?;
    traces::delete(&scene).await?;
    retire(door, &scene.experiment_id).await?;
    let was_there = |feature: &&str| tags.contains_key(&format!("{DONE}{feature}"));
    Ok(FEATURES.into_iter().filter(was_there).collect())
}

/// The text of a JSON value; nothing if it is none.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::content::Content;

    #[test]
    fn the_content_holds_together() {
        let content = Content::read().unwrap();
        for key in content.sessions.iter().flat_map(|session| &session.turns) {
            assert!(content.question(key).is_some(), "{key}");
        }
        for key in content.issues.iter().flat_map(|issue| &issue.questions) {
            assert!(content.question(key).is_some(), "{key}");
        }
        for run in &content.runs {
            assert!(content.models.contains_key(&run.model), "{}", run.model);
        }
        for question in &content.questions {
            assert!(question.marks.contains_key("draft") && question.marks.contains_key("answer"));
        }
    }
}
