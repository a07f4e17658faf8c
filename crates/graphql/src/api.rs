//! The handler: from a request to its answer.

use app::{ApiError, Call, Caller, Check, Code, Message, Shared, call::Shape, required};
use artifacts::Stores;
use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::answer::Answer;
use super::coerce;
use super::fields::Source;
use super::limits::{Limits, too_deep};
use super::plan::plan;
use super::syntax::{Document, Operation, ParseError, parse};
use super::validate::validate;

/// The longest document, in bytes. Values of any length go into variables.
const MAX_DOCUMENT: usize = 200_000;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Request {
    query: Option<String>,
    variables: Option<Map<String, Json>>,
    operation_name: Option<String>,
}

impl Message for Request {
    const CHECKS: &'static [Check] =
        &[Check::required("query", Shape::Text), Check::optional("variables", Shape::Map)];
}

pub(super) async fn answer(
    State(app): Shared,
    caller: Caller,
    Extension(stores): Extension<Stores>,
    Extension(limits): Extension<Limits>,
    Call(request): Call<Request>,
) -> Result<Response, ApiError> {
    let text = required(request.query, "query")?;
    if text.len() > MAX_DOCUMENT {
        return Err(ApiError::invalid(format!(
            "The query is longer than {MAX_DOCUMENT} bytes. Put long values into variables."
        )));
    }
    let answer = match parse(&text) {
        Ok(document) => {
            let source = Source { app: &app, caller: &caller, stores: &stores };
            let variables = request.variables.unwrap_or_default();
            let name = request.operation_name.as_deref();
            execute(&source, limits, &document, name, &variables)
                .await
                .unwrap_or_else(Answer::refusal)
        }
        Err(ParseError::TooDeep) => Answer::refusal(vec![too_deep()]),
        Err(ParseError::Syntax(message)) => return Err(ApiError::new(Code::BadRequest, message)),
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], answer.into_body()).into_response())
}

async fn execute(
    source: &Source<'_>,
    limits: Limits,
    document: &Document<'_>,
    name: Option<&str>,
    given: &Map<String, Json>,
) -> Result<Answer, Vec<String>> {
    if let Some(refusal) = limits.refusal(document) {
        return Err(vec![refusal]);
    }
    let errors = validate(document);
    if !errors.is_empty() {
        return Err(errors);
    }
    let operation = operation(document, name).map_err(|error| vec![error])?;
    let variables = coerce::variables(operation, given)?;
    let planned = plan(document, operation).ok_or_else(|| {
        vec!["Schema is not configured to execute subscription operation.".to_owned()]
    })?;
    let mut answer = Answer::default();
    for field in &planned {
        let arguments = coerce::arguments(field.arguments, &field.field.arguments, &variables);
        let value = source.resolve(field, arguments).await;
        answer.add(field, value.map_err(told));
        if answer.is_too_long() {
            break;
        }
    }
    Ok(answer)
}

/// The operation to execute: the one of this name, or the only one.
fn operation<'d, 't>(
    document: &'d Document<'t>,
    name: Option<&str>,
) -> Result<&'d Operation<'t>, String> {
    let operations = &document.operations;
    match (name, operations.as_slice()) {
        (Some(name), _) => operations
            .iter()
            .find(|operation| operation.name == Some(name))
            .ok_or_else(|| format!("Unknown operation named '{name}'.")),
        (None, [operation]) => Ok(operation),
        (None, []) => Err("Must provide an operation.".to_owned()),
        (None, _) => {
            Err("Must provide operation name if query contains multiple operations.".to_owned())
        }
    }
}

/// What the caller is told of a failure; its source is logged.
fn told(error: ApiError) -> String {
    error.log("a field failed");
    error.told().into_owned()
}
