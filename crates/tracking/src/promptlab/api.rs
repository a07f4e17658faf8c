//! The handler of the prompt laboratory.

use app::{ApiError, App, Call, Caller, Reply, Shared};
use axum::extract::State;
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::ArtifactSink;
use super::files::{MODEL, Session, TABLE};
use super::values::as_text;
use super::wire::{CreatePromptlabRun, FreeParam};
use crate::logged_models::history::utc_time;
use crate::logged_models::store_history;
use crate::runs::name::random_name;
use crate::runs::store::{self, Batch, NewRun, RunUpdate};
use crate::runs::wire::{Run, RunResponse, RunStatus};
use crate::tags::{KeyValue, RUN_NAME, unique_keys};
use crate::validation::{
    self, MAX_ENTITY_KEY_LENGTH, MAX_PARAM_VALUE_LENGTH, MAX_TAG_VALUE_LENGTH,
};

/// The tag that tells the web page which artifacts are tables.
const LOGGED_ARTIFACTS: &str = "mlflow.loggedArtifacts";
/// The tag that tells the web page where a run comes from.
const RUN_SOURCE_TYPE: &str = "mlflow.runSourceType";

fn must(name: &str) -> ApiError {
    ApiError::invalid(format!("CreatePromptlabRun request must specify {name}."))
}

fn given(text: Option<String>, name: &str) -> Result<String, ApiError> {
    text.filter(|text| !text.is_empty()).ok_or_else(|| must(name))
}

fn texts(params: Option<Vec<FreeParam>>) -> Vec<KeyValue> {
    let text = |param: FreeParam| {
        let value = as_text(&param.value);
        KeyValue { key: param.key.unwrap_or_default(), value }
    };
    params.unwrap_or_default().into_iter().map(text).collect()
}

fn tag(key: &str, value: impl Into<String>) -> KeyValue {
    KeyValue { key: key.to_owned(), value: value.into() }
}

/// What a request asks for: the run, and what belongs into it.
fn check(app: &App, request: CreatePromptlabRun) -> Result<(NewRun, Session), ApiError> {
    let experiment_id = request.experiment().ok_or_else(|| must("experiment_id"))?;
    let experiment_id = validation::experiment_id(&experiment_id)?;
    let prompt_template = given(request.prompt_template, "prompt_template")?;
    let prompt_parameters = texts(request.prompt_parameters);
    if prompt_parameters.is_empty() {
        return Err(must("prompt_parameters"));
    }
    let model_route = given(request.model_route, "model_route")?;
    let model_input = given(request.model_input, "model_input")?;
    given(request.mlflow_version, "mlflow_version")?;
    let now = app.clock.now_ms();
    let mut tags = request.tags.unwrap_or_default();
    for tag in &mut tags {
        validation::length("key", MAX_ENTITY_KEY_LENGTH, &tag.key)?;
        validation::truncate(&mut tag.value, MAX_TAG_VALUE_LENGTH);
    }
    unique_keys(&tags)?;
    let in_tag = tags.iter().find(|tag| tag.key == RUN_NAME).map(|tag| tag.value.clone());
    let named = |name: Option<String>| name.filter(|name| !name.is_empty());
    let mut name =
        named(request.run_name).or(named(in_tag)).unwrap_or_else(|| random_name(&app.ids));
    validation::truncate(&mut name, MAX_ENTITY_KEY_LENGTH);
    tags.retain(|tag| tag.key != RUN_NAME);
    tags.push(tag(RUN_NAME, name.as_str()));
    let run = NewRun {
        run_id: app.ids.hex(),
        experiment_id,
        name,
        user_id: request.user_id.unwrap_or_else(|| "unknown".to_owned()),
        start_time: request.start_time.map_or(now, i64::from),
        tags,
    };
    let session = Session {
        run_id: run.run_id.clone(),
        model_uuid: app.ids.hex(),
        created: utc_time(now),
        prompt_template,
        prompt_parameters,
        model_route,
        model_parameters: texts(request.model_parameters),
        model_input,
        model_output: request.model_output,
        model_output_parameters: texts(request.model_output_parameters),
    };
    Ok((run, session))
}

/// The params and tags that the run gets.
fn batch(session: &Session) -> Result<Batch, ApiError> {
    let mut params = session.model_parameters.clone();
    params.push(tag("model_route", session.model_route.as_str()));
    params.push(tag("prompt_template", session.prompt_template.as_str()));
    for (index, param) in params.iter_mut().enumerate() {
        validation::entity_name(&param.key, format_args!("params[{index}].key"))?;
        validation::length("Param key", MAX_ENTITY_KEY_LENGTH, &param.key)?;
        validation::truncate(&mut param.value, MAX_PARAM_VALUE_LENGTH);
    }
    validation::batch_limit("params", validation::MAX_PARAMS_TAGS_PER_BATCH, params.len())?;
    unique_keys(&params)?;
    let table = json!([{"path": TABLE, "type": "table"}]);
    let tags = vec![
        tag(LOGGED_ARTIFACTS, python::dumps(&table)),
        tag(RUN_SOURCE_TYPE, "PROMPT_ENGINEERING"),
    ];
    Ok(Batch { run_id: session.run_id.clone(), points: Vec::new(), params, tags })
}

/// The entry of the run's list of models.
fn model_entry(session: &Session) -> Value {
    json!({
        "run_id": session.run_id,
        "artifact_path": MODEL,
        "utc_time_created": session.created,
        "model_uuid": session.model_uuid,
        "flavors": {},
    })
}

/// Fills the run with all that belongs into it.
async fn fill(
    app: &App,
    caller: &Caller,
    sink: &ArtifactSink,
    run: &Run,
    session: &Session,
) -> Result<(), ApiError> {
    app.write(caller, store_history::log_batch_and_model, (batch(session)?, model_entry(session)))
        .await?;
    for file in session.files() {
        sink.write(&run.info.artifact_uri, file).await?;
    }
    Ok(())
}

/// Compat: once the run is there, nothing fails the call any more: what goes wrong fails the run.
pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    Extension(sink): Extension<ArtifactSink>,
    Call(request): Call<CreatePromptlabRun>,
) -> Reply<RunResponse> {
    let (new, session) = check(&app, request)?;
    let run = app.write(&caller, store::create, (new,)).await?;
    let status = match fill(&app, &caller, &sink, &run, &session).await {
        Ok(()) => RunStatus::Finished,
        Err(error) => {
            let cause = error.source.as_ref().map(ToString::to_string).unwrap_or_default();
            tracing::warn!(run_id = session.run_id, %error, cause, "a promptlab run failed");
            RunStatus::Failed
        }
    };
    let update = RunUpdate {
        run_id: session.run_id,
        status: Some(status),
        end_time: Some(app.clock.now_ms()),
        name: None,
    };
    let run = app.write(&caller, store::update_whole, (update,)).await?;
    Ok(Json(RunResponse { run }))
}
