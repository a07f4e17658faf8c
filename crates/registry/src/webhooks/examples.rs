//! What a test sends: an example of each event, with the fields that a real one has.

use app::events::Envelope;
use app::{ApiError, EventKind};
use serde_json::{Value, json};

/// The text that a test of this event sends; `now` is in milliseconds since 1970.
pub fn body(kind: EventKind, now: i64) -> Result<String, ApiError> {
    Ok(Envelope::new(kind, now, &data(kind)).text()?)
}

fn data(kind: EventKind) -> Value {
    use EventKind as E;
    let entity = if kind.text().0.starts_with("prompt") { "prompt" } else { "model" };
    let name = format!("example_{entity}");
    let tags = json!({"example_key": "example_value"});
    let run_id = "abcd1234abcd5678";
    match kind {
        E::RegisteredModelCreated => {
            json!({"name": name, "tags": tags, "description": "An example registered model"})
        }
        E::ModelVersionCreated => json!({
            "name": name, "version": "1", "source": "models:/123", "run_id": run_id, "tags": tags,
            "description": "An example model version",
        }),
        E::PromptCreated => json!({"name": name, "tags": tags, "description": "An example prompt"}),
        E::PromptVersionCreated => json!({
            "name": name, "version": "1", "template": "Hello {{name}}!", "tags": tags,
            "description": "An example prompt version",
        }),
        E::ModelVersionTagSet | E::PromptVersionTagSet => {
            json!({"name": name, "version": "1", "key": "example_key", "value": "example_value"})
        }
        E::ModelVersionTagDeleted | E::PromptVersionTagDeleted => {
            json!({"name": name, "version": "1", "key": "example_key"})
        }
        E::ModelVersionAliasCreated | E::PromptAliasCreated => {
            json!({"name": name, "alias": "example_alias", "version": "1"})
        }
        E::ModelVersionAliasDeleted | E::PromptAliasDeleted => {
            json!({"name": name, "alias": "example_alias"})
        }
        E::PromptTagSet => json!({"name": name, "key": "example_key", "value": "example_value"}),
        E::PromptTagDeleted => json!({"name": name, "key": "example_key"}),
        E::BudgetPolicyExceeded => json!({
            "budget_policy_id": "bp-abc123", "budget_unit": "USD", "budget_amount": 100.0,
            "current_spend": 105.5, "duration_unit": "MONTHS", "duration_value": 1,
            "target_scope": "ENDPOINT", "workspace": "default", "target_value": "ep-abc123",
            "window_start": 1_704_067_200_000_i64,
        }),
        _ => own(kind, run_id),
    }
}

/// An example of one of Headwater's own events.
fn own(kind: EventKind, run_id: &str) -> Value {
    use EventKind as E;
    let (trace_id, start) = ("tr-0123456789abcdef0123456789abcdef", 1_704_067_200_000_i64);
    match kind {
        E::RunCreated | E::RunFinished => {
            let mut run = json!({
                "run_uuid": run_id, "experiment_id": "0", "run_name": "example_run",
                "user_id": "example_user", "status": "RUNNING", "start_time": start,
                "artifact_uri": format!("mlflow-artifacts:/0/{run_id}/artifacts"),
                "lifecycle_stage": "active", "run_id": run_id,
            });
            if kind == E::RunFinished {
                run["status"] = "FINISHED".into();
                run["end_time"] = (start + 60_000).into();
            }
            run
        }
        E::RunDeleted | E::RunRestored => json!({"run_id": run_id, "experiment_id": "0"}),
        E::TraceCreated => json!({
            "trace_id": trace_id, "experiment_id": "0", "state": "OK", "request_time": start,
            "execution_duration_ms": 1200,
        }),
        E::TraceDeleted => json!({"trace_id": trace_id, "experiment_id": "0"}),
        E::AssessmentDeleted => {
            json!({"assessment_id": "a-0123456789abcdef", "trace_id": trace_id})
        }
        _ => json!({
            "assessment_id": "a-0123456789abcdef", "trace_id": trace_id,
            "name": "example_feedback", "kind": "feedback", "value": true,
        }),
    }
}
