//! The demo's issues, and the queue of traces that people are to look at.

use serde_json::{Value, json};

use super::{DoorError, Scene, text, traces};

/// Traces that an issue is seen in, and traces in the queue.
const SEEN: usize = 4;
const QUEUED: usize = 10;

pub(super) async fn issues(scene: &Scene<'_>) -> Result<(), DoorError> {
    let traces = traces::list(scene).await?;
    for issue in &scene.content.issues {
        let body = json!({
            "experiment_id": scene.experiment_id,
            "name": issue.name,
            "description": issue.description,
            "severity": issue.severity,
            "status": issue.status,
            "root_causes": issue.root_causes,
            "categories": issue.categories,
            "created_by": "mira",
        });
        let made = scene.door.post("3.0/mlflow/issues", &body).await?;
        let id = text(&made["issue"]["issue_id"]);
        let asked: Vec<&str> = (issue.questions.iter())
            .filter_map(|key| scene.content.question(key))
            .map(|question| question.question.as_str())
            .collect();
        let seen = traces.iter().filter(|(_, request)| asked.contains(&request.as_str()));
        for (trace_id, _) in seen.take(SEEN) {
            let assessment = json!({
                "assessment_name": id,
                "trace_id": trace_id,
                "source": {"source_type": "HUMAN", "source_id": "mira"},
                "issue": {"issue_name": issue.name},
            });
            let path = format!("3.0/mlflow/traces/{trace_id}/assessments");
            scene.door.post(&path, &json!({"assessment": assessment})).await?;
        }
    }
    Ok(())
}

pub(super) async fn queue(scene: &Scene<'_>) -> Result<(), DoorError> {
    let mut schema_ids = Vec::new();
    for schema in &scene.content.schemas {
        let mut body = schema.clone();
        body["experiment_id"] = json!(scene.experiment_id);
        scene.door.ensure("3.0/mlflow/label-schemas/create", &body).await?;
        let path = format!(
            "3.0/mlflow/label-schemas/get-by-name?experiment_id={}&name={}",
            scene.experiment_id,
            text(&schema["name"])
        );
        schema_ids.push(scene.door.get(&path).await?["label_schema"]["schema_id"].take());
    }
    let queue = &scene.content.queue;
    let body = json!({
        "experiment_id": scene.experiment_id,
        "name": queue.name,
        "queue_type": "CUSTOM",
        "users": queue.users,
        "schema_ids": schema_ids,
    });
    let made = scene.door.post("3.0/mlflow/review-queues/create", &body).await?;
    let queue_id = &made["review_queue"]["queue_id"];
    let ids: Vec<String> =
        traces::list(scene).await?.into_iter().take(QUEUED).map(|(id, _)| id).collect();
    let body = json!({"queue_id": queue_id, "item_ids": ids});
    scene.door.post("3.0/mlflow/review-queues/items/add", &body).await?;
    for (trace_id, status) in ids.iter().zip(["COMPLETE", "COMPLETE", "DECLINED"]) {
        let reviewer = queue.users.first().map_or("mira", String::as_str);
        if status == "COMPLETE" {
            let assessment = json!({
                "assessment_name": "helpful",
                "trace_id": trace_id,
                "source": {"source_type": "HUMAN", "source_id": reviewer},
                "feedback": {"value": true},
            });
            let path = format!("3.0/mlflow/traces/{trace_id}/assessments");
            scene.door.post(&path, &json!({"assessment": assessment})).await?;
        }
        let body = json!({
            "queue_id": queue_id,
            "item_id": trace_id,
            "status": status,
            "completed_by": reviewer,
        });
        scene.door.post("3.0/mlflow/review-queues/items/set-status", &body).await?;
    }
    Ok(())
}

/// Deletes the queues of the experiment and the questions that they ask.
pub(super) async fn delete(scene: &Scene<'_>) -> Result<(), DoorError> {
    let list = |what: &str| format!("3.0/mlflow/{what}/list?experiment_id={}", scene.experiment_id);
    let queues = scene.door.get(&list("review-queues")).await?;
    for queue in queues["review_queues"].as_array().into_iter().flatten() {
        let body = json!({"queue_id": queue["queue_id"]});
        scene.door.post("3.0/mlflow/review-queues/delete", &body).await?;
    }
    let schemas = scene.door.get(&list("label-schemas")).await?;
    for schema in schemas["label_schemas"].as_array().into_iter().flatten() {
        if schema["is_default"] != Value::Bool(true) {
            let body = json!({"schema_id": schema["schema_id"]});
            scene.door.delete("3.0/mlflow/label-schemas/delete", &body).await?;
        }
    }
    Ok(())
}
