//! The handlers of assessments.

use app::{ApiError, App, Call, Caller, Reply, Shared};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;
use tracking::experiments::wire::Empty;

use super::store::{self, Change, Kind, NewAssessment, Values};
use super::wire::{
    AssessmentResponse, CreateAssessment, GivenAssessment, GivenExpectation, GivenFeedback,
    UpdateAssessment,
};
use crate::floats::floats;

const JSON_FORMAT: &str = "JSON_FORMAT";

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn expected(expectation: GivenExpectation) -> Result<Value, ApiError> {
    let value = match expectation.serialized_value {
        Some(serialized) if serialized.serialization_format != JSON_FORMAT => {
            return Err(ApiError::invalid(format!(
                "Unknown serialization format: {}. Only JSON_FORMAT is supported.",
                serialized.serialization_format
            )));
        }
        Some(serialized) => app::json::read(&serialized.value).map_err(|error| {
            ApiError::invalid(format!("The expectation's value is no JSON: {error}"))
        })?,
        None => floats(expectation.value),
    };
    if value.is_null() {
        return Err(ApiError::invalid("The `value` field must be specified."));
    }
    Ok(value)
}

fn feedback(given: GivenFeedback) -> Values {
    Values { value: floats(given.value), error: given.error }
}

/// What is said about the trace, and in which kind of assessment.
fn values(given: &mut GivenAssessment) -> Result<(Kind, Values), ApiError> {
    let parts = (given.feedback.take(), given.expectation.take(), given.issue.take());
    match parts {
        (Some(given), None, None) => Ok((Kind::Feedback, feedback(given))),
        (None, Some(expectation), None) => {
            let values = Values { value: expected(expectation)?, error: None };
            Ok((Kind::Expectation, values))
        }
        (None, None, Some(issue)) => {
            let value = serde_json::json!({"issue_name": issue.issue_name});
            Ok((Kind::Issue, Values { value, error: None }))
        }
        (None, None, None) => Err(ApiError::invalid("Unknown assessment type: None")),
        _ => Err(ApiError::invalid(
            "Exactly one of `expectation`, `feedback`, or `issue` should be specified.",
        )),
    }
}

impl NewAssessment {
    /// # Errors
    /// When it says nothing, or something that is no value.
    pub fn check(
        mut assessment: GivenAssessment,
        trace_id: String,
        app: &App,
    ) -> Result<Self, ApiError> {
        let (kind, values) = values(&mut assessment)?;
        let now = app.clock.now_ms();
        let source = assessment.source.unwrap_or_default();
        let time = |time: Option<crate::time::Timestamp>| {
            time.map(|time| time.0).filter(|millis| *millis != 0).unwrap_or(now)
        };
        let rationale = given(assessment.rationale);
        Ok(Self {
            id: given(assessment.assessment_id).unwrap_or_else(|| format!("a-{}", app.ids.hex())),
            trace_id,
            name: assessment.assessment_name.unwrap_or_default(),
            kind,
            values,
            created_ms: time(assessment.create_time),
            updated_ms: time(assessment.last_update_time),
            source_type: source.source_type.0.unwrap_or_default().name(),
            source_id: given(source.source_id),
            span_id: given(assessment.span_id),
            rationale: rationale.filter(|_| kind != Kind::Expectation),
            overrides: given(assessment.overrides).filter(|_| kind == Kind::Feedback),
            metadata: assessment.metadata.unwrap_or_default(),
        })
    }
}

pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    Path(trace_id): Path<String>,
    Call(request): Call<CreateAssessment>,
) -> Reply<AssessmentResponse> {
    let assessment = request.assessment.ok_or_else(|| app::call::missing("assessment"))?;
    let new = NewAssessment::check(assessment, trace_id, &app)?;
    let assessment = app.write(&caller, store::create, (new,)).await?;
    Ok(Json(AssessmentResponse { assessment }))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Path(ids): Path<(String, String)>,
) -> Reply<AssessmentResponse> {
    let assessment = app.read(&caller, store::get, ids).await?;
    Ok(Json(AssessmentResponse { assessment }))
}

/// Takes the fields that the mask names; others, and those that never change, stay.
fn change(
    mut assessment: GivenAssessment,
    mask: &str,
    trace_id: String,
    id: String,
    now_ms: i64,
) -> Result<Change, ApiError> {
    let mut change = Change { trace_id, id, now_ms, ..Change::default() };
    for path in mask.split(',').map(str::trim) {
        match path {
            "assessmentName" | "assessment_name" => {
                change.name = Some(assessment.assessment_name.take().unwrap_or_default());
            }
            "expectation" => {
                let value = expected(assessment.expectation.take().unwrap_or_default())?;
                change.expectation = Some(Values { value, error: None });
            }
            "feedback" => {
                change.feedback = Some(feedback(assessment.feedback.take().unwrap_or_default()));
            }
            "rationale" => {
                change.rationale = Some(assessment.rationale.take().unwrap_or_default());
            }
            "metadata" => change.metadata = assessment.metadata.take().unwrap_or_default(),
            _ => {}
        }
    }
    Ok(change)
}

pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
    Path((trace_id, id)): Path<(String, String)>,
    Call(request): Call<UpdateAssessment>,
) -> Reply<AssessmentResponse> {
    let assessment = request.assessment.ok_or_else(|| app::call::missing("assessment"))?;
    let mask = app::required(request.update_mask, "update_mask")?;
    let change = change(assessment, &mask, trace_id, id, app.clock.now_ms())?;
    let assessment = app.write(&caller, store::update, (change,)).await?;
    Ok(Json(AssessmentResponse { assessment }))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Path(ids): Path<(String, String)>,
) -> Reply<Empty> {
    app.write(&caller, store::delete, ids).await?;
    Ok(Json(Empty {}))
}
