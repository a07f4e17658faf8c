//! The SQL of assessments.

use std::collections::BTreeMap;

use app::rollups::{Changed, Family};
use app::{ApiError, Unit};
use const_format::concatcp;
use db::{DbError, Row};
use serde::Serialize;
use serde_json::Value;

use super::wire::{
    Assessed, Assessment, AssessmentError, Expectation, Feedback, IssueReference, SerializedValue,
    Source,
};
use crate::floats::floats;
use crate::time::Timestamp;
use crate::{changes, info};

/// The metadata that names the run in which an assessment was made.
const SOURCE_RUN: &str = "mlflow.assessment.sourceRunId";

/// Characters of a stack trace that are shown: its end.
const MAX_STACK_TRACE: usize = 10_000;
const STACK_TRACE_CUT: &str = "[Stack trace is truncated]\n...\n";

const COLUMNS: &str = "a.assessment_id, a.trace_id, a.name, a.assessment_type, a.value, a.error, \
     a.created_timestamp, a.last_updated_timestamp, a.source_type, a.source_id, a.span_id, \
     a.rationale, a.overrides, a.valid, a.assessment_metadata";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Feedback,
    Expectation,
    Issue,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Feedback => "feedback",
            Self::Expectation => "expectation",
            Self::Issue => "issue",
        }
    }
}

/// What an assessment says.
#[derive(Clone, Debug)]
pub struct Values {
    pub value: Value,
    pub error: Option<AssessmentError>,
}

impl Values {
    /// The number that aggregations use, and whether the value is one by itself.
    fn aggregate(&self) -> (Option<f64>, bool) {
        match &self.value {
            Value::Bool(flag) => (Some(f64::from(u8::from(*flag))), false),
            Value::Number(number) => (number.as_f64(), number.as_f64().is_some()),
            Value::String(text) => match text.trim().to_lowercase().as_str() {
                "yes" => (Some(1.0), false),
                "no" => (Some(0.0), false),
                _ => (None, false),
            },
            _ => (None, false),
        }
    }

    fn error_text(&self) -> Option<String> {
        /// As stored: with every field.
        #[derive(Serialize)]
        struct Stored<'e> {
            error_code: &'e str,
            error_message: Option<&'e str>,
            stack_trace: Option<&'e str>,
        }
        let given = |text: &'_ Option<String>| text.clone().filter(|text| !text.is_empty());
        self.error.as_ref().map(|error| {
            let (message, stack) = (given(&error.error_message), given(&error.stack_trace));
            python::dumps(&Stored {
                error_code: &error.error_code,
                error_message: message.as_deref(),
                stack_trace: stack.as_deref(),
            })
        })
    }
}

/// A checked assessment.
#[derive(Debug)]
pub struct NewAssessment {
    pub id: String,
    pub trace_id: String,
    pub name: String,
    pub kind: Kind,
    pub values: Values,
    pub created_ms: i64,
    pub updated_ms: i64,
    pub source_type: &'static str,
    pub source_id: Option<String>,
    pub span_id: Option<String>,
    pub rationale: Option<String>,
    pub overrides: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

app::lend!(NewAssessment);

/// A change; what is `None` stays, metadata are merged.
#[derive(Debug, Default)]
pub struct Change {
    pub trace_id: String,
    pub id: String,
    pub now_ms: i64,
    pub name: Option<String>,
    pub expectation: Option<Values>,
    pub feedback: Option<Values>,
    pub rationale: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

app::lend!(Change);

fn read(row: Row<'_>) -> Result<Assessment, DbError> {
    let value: Value = serde_json::from_str(row.get(4)?).unwrap_or_default();
    let assessed = match row.get::<&str>(3)? {
        "expectation" if value.is_array() || value.is_object() => {
            Assessed::Expectation(Expectation::SerializedValue(SerializedValue {
                serialization_format: "JSON_FORMAT".to_owned(),
                value: python::dumps(&value),
            }))
        }
        "expectation" => Assessed::Expectation(Expectation::Value(floats(value))),
        "issue" => {
            let issue_name = value["issue_name"].as_str().unwrap_or_default().to_owned();
            Assessed::Issue(IssueReference { issue_name })
        }
        _ => {
            let error = row.get::<Option<&str>>(5)?;
            let error = error.and_then(|text| serde_json::from_str(text).ok()).map(shown);
            Assessed::Feedback(Feedback { value: floats(value), error })
        }
    };
    Ok(Assessment {
        assessment_id: row.get(0)?,
        assessment_name: row.get(2)?,
        trace_id: row.get(1)?,
        span_id: row.get(10)?,
        source: Source { source_type: row.get(8)?, source_id: row.get(9)? },
        create_time: Timestamp(row.get(6)?),
        last_update_time: Timestamp(row.get(7)?),
        assessed,
        rationale: row.get(11)?,
        metadata: metadata(row.get(14)?),
        overrides: row.get(12)?,
        valid: row.get(13)?,
    })
}

fn metadata(text: Option<&str>) -> BTreeMap<String, String> {
    let stored: BTreeMap<String, Value> =
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let as_text = |value: Value| match value {
        Value::String(text) => text,
        other => python::dumps(&other),
    };
    stored.into_iter().map(|(key, value)| (key, as_text(value))).collect()
}

fn shown(mut error: AssessmentError) -> AssessmentError {
    if let Some(trace) = &error.stack_trace {
        let length = trace.chars().count();
        if length > MAX_STACK_TRACE {
            let dropped = length - (MAX_STACK_TRACE - STACK_TRACE_CUT.len());
            let end: String = trace.chars().skip(dropped).collect();
            error.stack_trace = Some(format!("{STACK_TRACE_CUT}{end}"));
        }
    }
    error
}

/// The assessments of each of these traces, in the order of their making.
pub async fn of_traces(
    tx: &mut Unit<'_>,
    ids: &[String],
    place: &info::store::Places<'_>,
) -> Result<Vec<Vec<Assessment>>, DbError> {
    let sql = concatcp!("SELECT ", COLUMNS, " FROM assessments a WHERE a.trace_id = ANY($1)");
    let mut of_trace: Vec<Vec<Assessment>> = vec![Vec::new(); ids.len()];
    for assessment in tx.query(sql, &[ids.into()], read).await? {
        if let Some(index) = place.get(assessment.trace_id.as_str()) {
            of_trace[*index].push(assessment);
        }
    }
    for assessments in &mut of_trace {
        assessments.sort_by_key(|assessment| assessment.create_time);
    }
    Ok(of_trace)
}

fn missing(trace_id: &str, id: &str) -> ApiError {
    ApiError::missing(format!("Assessment with ID '{id}' not found for trace '{trace_id}'"))
}

pub async fn get(tx: &mut Unit<'_>, trace_id: &str, id: &str) -> Result<Assessment, ApiError> {
    let sql = concatcp!(
        "SELECT ",
        COLUMNS,
        " FROM assessments a WHERE a.assessment_id = $1 AND a.trace_id = $2"
    );
    if let Some(found) = tx.query_opt(sql, &[id.into(), trace_id.into()], read).await? {
        return Ok(found);
    }
    let sql = "SELECT 1 FROM trace_info WHERE request_id = $1";
    if tx.query_opt(sql, &[trace_id.into()], |_| Ok(())).await?.is_some() {
        return Err(missing(trace_id, id));
    }
    Err(ApiError::missing(format!("Trace with request_id '{trace_id}' not found")))
}

pub async fn create(tx: &mut Unit<'_>, new: &NewAssessment) -> Result<Assessment, ApiError> {
    // The row is held so that the time and the experiment that are copied from it stay true.
    let trace = tx
        .query_opt(
            "SELECT experiment_id, timestamp_ms FROM trace_info WHERE request_id = $1 FOR SHARE",
            &[(&new.trace_id).into()],
            |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)),
        )
        .await?;
    let trace = trace.ok_or_else(|| info::store::not_found(&new.trace_id))?;
    insert(tx, new, trace).await?;
    let created = get(tx, &new.trace_id, &new.id).await?;
    changes::assessments_created(tx, std::slice::from_ref(new)).await?;
    let mut changed = Changed::new(tx);
    changed.add(Family::Assessment, trace.0, trace.1);
    changed.note(tx).await?;
    Ok(created)
}

/// Adds an assessment to the trace with this experiment and start time.
pub async fn insert(
    tx: &mut Unit<'_>,
    new: &NewAssessment,
    (experiment_id, timestamp_ms): (i64, i64),
) -> Result<(), ApiError> {
    if let Some(overridden) = &new.overrides {
        let sql = "UPDATE assessments SET valid = FALSE WHERE trace_id = $1 AND assessment_id = $2";
        if tx.execute(sql, &[(&new.trace_id).into(), overridden.into()]).await? == 0 {
            return Err(missing(&new.trace_id, overridden));
        }
    }
    let (aggregate, is_number) = new.values.aggregate();
    let metadata = (!new.metadata.is_empty()).then(|| python::dumps(&new.metadata));
    let inserted = tx
        .execute(
            "INSERT INTO assessments (assessment_id, trace_id, name, assessment_type, value, \
             error, created_timestamp, last_updated_timestamp, source_type, source_id, run_id, \
             span_id, rationale, overrides, valid, assessment_metadata, experiment_id, \
             trace_timestamp_ms, aggregate_value, is_numeric_value) VALUES ($1, $2, $3, $4, $5, \
             $6, $7, $8, $9, $10, $11, $12, $13, $14, TRUE, $15, $16, $17, $18, $19)",
            &[
                (&new.id).into(),
                (&new.trace_id).into(),
                (&new.name).into(),
                new.kind.name().into(),
                python::dumps(&new.values.value).into(),
                new.values.error_text().into(),
                new.created_ms.into(),
                new.updated_ms.into(),
                new.source_type.into(),
                (&new.source_id).into(),
                new.metadata.get(SOURCE_RUN).map(String::as_str).into(),
                (&new.span_id).into(),
                (&new.rationale).into(),
                (&new.overrides).into(),
                metadata.into(),
                experiment_id.into(),
                timestamp_ms.into(),
                aggregate.into(),
                is_number.into(),
            ],
        )
        .await;
    match inserted {
        Ok(_) => Ok(()),
        // A caller's own id that is taken: MLflow answers 500.
        Err(error) if error.is_unique() => Err(ApiError::exists(format!(
            "Failed to create assessment for trace '{}' due to a constraint violation.",
            new.trace_id
        ))),
        Err(error) => Err(error.into()),
    }
}

pub async fn update(tx: &mut Unit<'_>, change: &Change) -> Result<Assessment, ApiError> {
    let found = get(tx, &change.trace_id, &change.id).await?;
    if change.expectation.is_some() && change.feedback.is_some() {
        return Err(ApiError::invalid(
            "Cannot specify both `expectation` and `feedback` parameters.",
        ));
    }
    if change.expectation.is_some() && !matches!(found.assessed, Assessed::Expectation(_)) {
        return Err(ApiError::invalid("Cannot update expectation value on a Feedback assessment."));
    }
    if change.feedback.is_some() && !matches!(found.assessed, Assessed::Feedback(_)) {
        return Err(ApiError::invalid(
            "Cannot update feedback value on an Expectation assessment.",
        ));
    }
    if let Some(values) = change.expectation.as_ref().or(change.feedback.as_ref()) {
        let (aggregate, is_number) = values.aggregate();
        tx.execute(
            "UPDATE assessments SET value = $2, error = $3, aggregate_value = $4, \
             is_numeric_value = $5 WHERE assessment_id = $1",
            &[
                (&change.id).into(),
                python::dumps(&values.value).into(),
                values.error_text().into(),
                aggregate.into(),
                is_number.into(),
            ],
        )
        .await?;
    }
    let mut metadata = found.metadata;
    metadata.extend(change.metadata.clone());
    let keeps_rationale = !matches!(found.assessed, Assessed::Expectation(_));
    let rationale = change.rationale.as_ref().or(found.rationale.as_ref());
    let day = tx
        .query_opt(
            "UPDATE assessments SET name = $2, rationale = $3, assessment_metadata = $4, \
             last_updated_timestamp = $5, run_id = COALESCE($6, run_id) WHERE assessment_id = $1 \
             RETURNING experiment_id, trace_timestamp_ms",
            &[
                (&change.id).into(),
                change.name.as_ref().unwrap_or(&found.assessment_name).into(),
                rationale.filter(|_| keeps_rationale).map(String::as_str).into(),
                (!metadata.is_empty()).then(|| python::dumps(&metadata)).into(),
                change.now_ms.into(),
                metadata.get(SOURCE_RUN).map(String::as_str).into(),
            ],
            read_day,
        )
        .await?;
    let updated = get(tx, &change.trace_id, &change.id).await?;
    changes::assessment_updated(tx, &updated)?;
    note(tx, day.into_iter().collect()).await?;
    Ok(updated)
}

/// Deletes an assessment, if there is one. The one that it overrode is valid again.
pub async fn delete(tx: &mut Unit<'_>, trace_id: &str, id: &str) -> Result<(), ApiError> {
    let deleted = tx
        .query_opt(
            "DELETE FROM assessments WHERE assessment_id = $1 AND trace_id = $2 \
             RETURNING experiment_id, trace_timestamp_ms, overrides",
            &[id.into(), trace_id.into()],
            |row| Ok((read_day(row)?, row.get::<Option<String>>(2)?)),
        )
        .await?;
    let Some((day, overridden)) = deleted else { return Ok(()) };
    let mut days = vec![day];
    if let Some(overridden) = overridden {
        let sql = "UPDATE assessments SET valid = TRUE WHERE assessment_id = $1 AND trace_id = $2 \
                   RETURNING experiment_id, trace_timestamp_ms";
        days.extend(tx.query(sql, &[overridden.into(), trace_id.into()], read_day).await?);
    }
    changes::assessment_deleted(tx, trace_id, id)?;
    note(tx, days).await
}

/// The experiment of an assessment and the time of its trace, if it knows them.
type Day = (Option<i64>, Option<i64>);

fn read_day(row: Row<'_>) -> Result<Day, DbError> {
    Ok((row.get(0)?, row.get(1)?))
}

async fn note(tx: &mut Unit<'_>, days: Vec<Day>) -> Result<(), ApiError> {
    let mut changed = Changed::new(tx);
    for (experiment_id, time_ms) in days {
        changed.add_assessment(experiment_id, time_ms);
    }
    Ok(changed.note(tx).await?)
}
