//! The demo's prompts, evaluation runs with their data set, and scorers.

use serde_json::{Value, json};

use super::content::{Content, Run};
use super::traces::{HOUR, Told, tell};
use super::{DoorError, Scene, text};

const DATASET: &str = "lantern-questions";
const IS_PROMPT: &str = "mlflow.prompt.is_prompt";

pub(super) async fn prompts(scene: &Scene<'_>) -> Result<(), DoorError> {
    for prompt in &scene.content.prompts {
        let name = &prompt.name;
        let mut tags = vec![json!({"key": IS_PROMPT, "value": "true"})];
        tags.extend(prompt.tags.iter().map(|(key, value)| json!({"key": key, "value": value})));
        let body = json!({"name": name, "tags": tags});
        match scene.door.post("2.0/mlflow/registered-models/create", &body).await {
            // It is there from before, with its versions.
            Err(error) if error.is_taken() => continue,
            other => other?,
        };
        for version in &prompt.versions {
            let tags = json!([
                {"key": IS_PROMPT, "value": "true"},
                {"key": "_mlflow_prompt_type", "value": "text"},
                {"key": "mlflow.prompt.text", "value": version.text},
            ]);
            let body = json!({
                "name": name,
                "source": "dummy-source",
                "description": version.message,
                "tags": tags,
            });
            scene.door.post("2.0/mlflow/model-versions/create", &body).await?;
        }
        for (alias, version) in &prompt.aliases {
            let body = json!({"name": name, "alias": alias, "version": version.to_string()});
            scene.door.post("2.0/mlflow/registered-models/alias", &body).await?;
        }
    }
    Ok(())
}

async fn dataset(scene: &Scene<'_>) -> Result<Value, DoorError> {
    let body = json!({
        "name": DATASET,
        "experiment_ids": [scene.experiment_id],
        "tags": json!({"team": "passenger-care"}).to_string(),
    });
    let made = scene.door.post("3.0/mlflow/datasets/create", &body).await?;
    let record = |question: &super::content::Question| {
        json!({
            "inputs": {"question": question.question},
            "expectations": {"expected_answer": question.expected},
            "tags": {"topic": question.key, "rule": question.rule},
            "source": {"source_type": "HUMAN", "source_data": {"user_name": "mira"}},
        })
    };
    let records: Vec<Value> = scene.content.questions.iter().map(record).collect();
    let id = text(&made["dataset"]["dataset_id"]);
    let body = json!({"records": Value::from(records).to_string()});
    scene.door.post(&format!("3.0/mlflow/datasets/{id}/records"), &body).await?;
    Ok(scene.door.get(&format!("3.0/mlflow/datasets/{id}")).await?["dataset"].take())
}

/// A data set, and a run for each prompt that was tried on it.
pub(super) async fn runs(scene: &Scene<'_>) -> Result<(), DoorError> {
    let dataset = dataset(scene).await?;
    for run in &scene.content.runs {
        evaluate(scene, run, &dataset).await?;
    }
    Ok(())
}

async fn evaluate(scene: &Scene<'_>, run: &Run, dataset: &Value) -> Result<(), DoorError> {
    let content = &scene.content;
    let Some(model) = content.models.get(&run.model) else { return Ok(()) };
    let start = scene.now - run.hours_ago * HOUR;
    let tags = json!([
        {"key": "mlflow.runType", "value": "genai_evaluate"},
        {"key": "mlflow.user", "value": "mira"},
        {"key": "mlflow.source.name", "value": "evaluate.py"},
    ]);
    let body = json!({
        "experiment_id": scene.experiment_id,
        "run_name": run.name,
        "start_time": start,
        "tags": tags,
    });
    let made = scene.door.post("2.0/mlflow/runs/create", &body).await?;
    let run_id = text(&made["run"]["info"]["run_id"]);
    let told: Vec<Told<'_>> = (0_i64..)
        .zip(&content.questions)
        .map(|(index, question)| Told {
            question,
            kind: run.kind(question),
            prompt: run.prompt,
            model,
            at: start + index * 4_000,
            session: None,
            run_id: Some(&run_id),
            fails: false,
            pace: 60 + 25 * i64::from(run.prompt) + (index * 29) % 40,
        })
        .collect();
    let trace_ids = tell(scene, &told).await?;
    let link = json!({"run_id": run_id, "trace_ids": trace_ids});
    scene.door.post("2.0/mlflow/traces/link-to-run", &link).await?;
    let end = start + 90_000;
    let metrics: Vec<Value> = means(content, run)
        .into_iter()
        .map(|(key, value)| json!({"key": key, "value": value, "timestamp": end, "step": 0}))
        .collect();
    let body = json!({
        "run_id": run_id,
        "metrics": metrics,
        "params": [
            {"key": "prompt", "value": format!("lantern-answer/{}", run.prompt)},
            {"key": "model", "value": model.name},
        ],
    });
    scene.door.post("2.0/mlflow/runs/log-batch", &body).await?;
    let source = json!({"dataset_id": dataset["dataset_id"]}).to_string();
    let input = json!({
        "tags": [{"key": "mlflow.data.context", "value": "eval"}],
        "dataset": {
            "name": dataset["name"],
            "digest": dataset["digest"],
            "source_type": "mlflow_evaluation_dataset",
            "source": source,
        },
    });
    let body = json!({"run_id": run_id, "datasets": [input]});
    scene.door.post("2.0/mlflow/runs/log-inputs", &body).await?;
    let body = json!({"run_id": run_id, "status": "FINISHED", "end_time": end});
    scene.door.post("2.0/mlflow/runs/update", &body).await.map(drop)
}

/// The means of what the judges and the code said of a run.
fn means(content: &Content, run: &Run) -> Vec<(String, f64)> {
    let count = content.questions.len().max(1) as f64;
    let share = |holds: &dyn Fn(&super::content::Question) -> bool| {
        content.questions.iter().filter(|question| holds(question)).count() as f64 / count
    };
    let mut means: Vec<(String, f64)> = content
        .rationales
        .keys()
        .map(|judge| {
            let mean = share(&|question| question.mark(run.kind(question), judge));
            (format!("{judge}/mean"), mean)
        })
        .collect();
    let output =
        |question: &super::content::Question| question.text_of(run.kind(question)).to_owned();
    means.push((
        "cites_rule/mean".to_owned(),
        share(&|question| output(question).contains(&question.rule)),
    ));
    let words: usize = (content.questions.iter())
        .map(|question| output(question).split_whitespace().count())
        .sum();
    means.push(("words/mean".to_owned(), words as f64 / count));
    means
}

pub(super) async fn scorers(scene: &Scene<'_>) -> Result<(), DoorError> {
    for scorer in &scene.content.scorers {
        let serialized = json!({
            "name": scorer.name,
            "description": null,
            "aggregations": [],
            "is_session_level_scorer": false,
            "mlflow_version": app::MLFLOW_VERSION,
            "serialization_version": 1,
            "builtin_scorer_class": null,
            "builtin_scorer_pydantic_data": null,
            "call_source": null,
            "call_signature": null,
            "original_func_name": null,
            "instructions_judge_pydantic_data": {
                "feedback_value_type": {"type": "string"},
                "instructions": scorer.instructions,
                "model": "openai:/gpt-5-mini",
            },
        });
        let body = json!({
            "experiment_id": scene.experiment_id,
            "name": scorer.name,
            "serialized_scorer": serialized.to_string(),
        });
        scene.door.post("3.0/mlflow/scorers/register", &body).await?;
    }
    Ok(())
}

/// Deletes what stands outside of the experiment, and what it keeps by name.
pub(super) async fn delete(scene: &Scene<'_>) -> Result<(), DoorError> {
    for prompt in &scene.content.prompts {
        let body = json!({"name": prompt.name});
        scene.door.delete("2.0/mlflow/registered-models/delete", &body).await?;
    }
    let body = json!({
        "experiment_ids": [scene.experiment_id],
        "filter_string": format!("name = '{DATASET}'"),
    });
    let found = scene.door.post("3.0/mlflow/datasets/search", &body).await?;
    for dataset in found["datasets"].as_array().into_iter().flatten() {
        let path = format!("3.0/mlflow/datasets/{}", text(&dataset["dataset_id"]));
        scene.door.delete(&path, &json!({})).await?;
    }
    for scorer in &scene.content.scorers {
        let body = json!({"experiment_id": scene.experiment_id, "name": scorer.name});
        scene.door.delete("3.0/mlflow/scorers/delete", &body).await?;
    }
    let body = json!({"experiment_ids": [scene.experiment_id], "max_results": 1000});
    let found = scene.door.post("2.0/mlflow/runs/search", &body).await?;
    for run in found["runs"].as_array().into_iter().flatten() {
        let body = json!({"run_id": run["info"]["run_id"]});
        scene.door.post("2.0/mlflow/runs/delete", &body).await?;
    }
    Ok(())
}
