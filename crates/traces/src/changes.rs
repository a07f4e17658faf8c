//! What webhooks are told about traces and assessments, in the transaction that makes it true.

use app::events::{self, Entity};
use app::{EventKind, Unit};
use db::DbError;
use serde::Serialize;
use serde_json::{Value, json};

use crate::assessments::store::NewAssessment;
use crate::assessments::wire::{Assessed, Assessment, Expectation};
use crate::spans::keys::state;

/// A trace, as far as an event tells of it.
#[derive(Clone, Debug, Serialize)]
pub struct TraceEvent {
    pub trace_id: String,
    pub experiment_id: String,
    pub state: String,
    /// Milliseconds since 1970.
    pub request_time: i64,
    pub execution_duration_ms: Option<i64>,
}

/// Whether a trace in this state has ended.
fn is_final(state: &str) -> bool {
    [state::OK, state::ERROR].contains(&state)
}

/// Records what a write made of traces: each with the state that it was in before, unless it is new.
pub async fn traces_written<'t>(
    tx: &mut Unit<'_>,
    traces: impl IntoIterator<Item = (TraceEvent, Option<&'t str>)>,
) -> Result<(), DbError> {
    let mut all = Vec::new();
    for (trace, before) in traces {
        let ended = is_final(&trace.state) && !before.is_some_and(is_final);
        if before.is_none() {
            all.push((EventKind::TraceCreated, trace.clone()));
        }
        if ended {
            all.push((EventKind::TraceFinished, trace));
        }
    }
    events::record_all(tx, Entity::Trace, all).await
}

pub async fn traces_deleted(
    tx: &mut Unit<'_>,
    experiment_id: i64,
    ids: &[String],
) -> Result<(), DbError> {
    let experiment_id = experiment_id.to_string();
    let data = |id| json!({"trace_id": id, "experiment_id": experiment_id});
    let all = ids.iter().map(|id| (EventKind::TraceDeleted, data(id))).collect();
    events::record_all(tx, Entity::Trace, all).await
}

pub async fn assessments_created(tx: &mut Unit<'_>, new: &[NewAssessment]) -> Result<(), DbError> {
    let data = |new: &NewAssessment| {
        json!({
            "assessment_id": new.id, "trace_id": new.trace_id, "name": new.name,
            "kind": new.kind.name(), "value": new.values.value,
        })
    };
    let all = new.iter().map(|new| (EventKind::AssessmentCreated, data(new))).collect();
    events::record_all(tx, Entity::Assessment, all).await
}

pub fn assessment_updated(tx: &mut Unit<'_>, assessment: &Assessment) -> Result<(), DbError> {
    let (kind, value) = match &assessment.assessed {
        Assessed::Feedback(feedback) => ("feedback", feedback.value.clone()),
        Assessed::Expectation(Expectation::Value(value)) => ("expectation", value.clone()),
        Assessed::Expectation(Expectation::SerializedValue(text)) => {
            ("expectation", serde_json::from_str(&text.value).unwrap_or(Value::Null))
        }
        Assessed::Issue(issue) => ("issue", json!({"issue_name": issue.issue_name})),
    };
    let data = json!({
        "assessment_id": assessment.assessment_id, "trace_id": assessment.trace_id,
        "name": assessment.assessment_name, "kind": kind, "value": value,
    });
    events::record(tx, EventKind::AssessmentUpdated, &data)
}

pub fn assessment_deleted(tx: &mut Unit<'_>, trace_id: &str, id: &str) -> Result<(), DbError> {
    let data = json!({"assessment_id": id, "trace_id": trace_id});
    events::record(tx, EventKind::AssessmentDeleted, &data)
}
