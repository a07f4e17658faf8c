//! The handlers of label schemas.

use app::{ApiError, Call, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use tracking::validation;

use super::wire::{
    CreateLabelSchema, LabelSchema, LabelSchemaResponse, ListLabelSchemas,
    ListLabelSchemasResponse, SchemaById, SchemaByName, UpdateLabelSchema,
};
use super::{input, store};
use crate::{Empty, paging};

const DEFAULT_PAGE: i64 = 100;
/// Characters.
const MAX_NAME: usize = 250;
const MAX_INSTRUCTION: usize = 1000;

fn check_name(name: &str) -> Result<(), ApiError> {
    let length = name.chars().count();
    if length == 0 {
        return Err(ApiError::invalid("Label schema `name` must be a non-empty string; got ''."));
    }
    if length > MAX_NAME {
        return Err(ApiError::invalid(format!(
            "Label schema `name` must be at most {MAX_NAME} characters; got {length}."
        )));
    }
    if name.trim().to_lowercase() == store::DEFAULT_NAME.to_lowercase() {
        return Err(ApiError::invalid(format!(
            "`{name}` is reserved for the experiment's default question and cannot be used for \
             another label schema."
        )));
    }
    Ok(())
}

fn check_instruction(instruction: Option<&str>) -> Result<(), ApiError> {
    let length = instruction.map_or(0, |text| text.chars().count());
    if length > MAX_INSTRUCTION {
        return Err(ApiError::invalid(format!(
            "Label schema `instruction` must be at most {MAX_INSTRUCTION} characters; got {length}."
        )));
    }
    Ok(())
}

pub(super) async fn create(
    State(app): Shared,
    Call(request): Call<CreateLabelSchema>,
) -> Reply<LabelSchemaResponse> {
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let name = required(request.name, "name")?;
    let kind = request.kind.0.ok_or_else(|| {
        ApiError::invalid(
            "Label schema `type` must be one of FEEDBACK or EXPECTATION; got proto enum value 0.",
        )
    })?;
    let input = input::chosen(request.input)?;
    check_name(&name)?;
    check_instruction(request.instruction.as_deref())?;
    input.check()?;
    let now = app.clock.now_ms();
    let schema = LabelSchema {
        schema_id: format!("ls-{}", app.ids.hex()),
        experiment_id: validation::experiment_id(&experiment_id)?.to_string(),
        name,
        kind,
        instruction: request.instruction,
        enable_comment: request.enable_comment.unwrap_or_default(),
        input,
        created_by: None,
        created_at: now,
        last_updated_at: now,
        is_default: false,
    };
    let label_schema = app.db.write(schema, |tx, new| Box::pin(store::create(tx, new))).await?;
    Ok(Json(LabelSchemaResponse { label_schema }))
}

pub(super) async fn get(
    State(app): Shared,
    Call(request): Call<SchemaById>,
) -> Reply<LabelSchemaResponse> {
    let id = required(request.schema_id, "schema_id")?;
    let label_schema = app.db.read(id, |tx, id| Box::pin(store::get(tx, id))).await?;
    Ok(Json(LabelSchemaResponse { label_schema }))
}

pub(super) async fn get_by_name(
    State(app): Shared,
    Call(request): Call<SchemaByName>,
) -> Reply<LabelSchemaResponse> {
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let name = required(request.name, "name")?;
    let input = (validation::experiment_id(&experiment_id)?, name);
    let label_schema =
        app.db.read(input, |tx, (id, name)| Box::pin(store::get_by_name(tx, *id, name))).await?;
    Ok(Json(LabelSchemaResponse { label_schema }))
}

pub(super) async fn list(
    State(app): Shared,
    Call(request): Call<ListLabelSchemas>,
) -> Reply<ListLabelSchemasResponse> {
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let size = paging::within(request.max_results, DEFAULT_PAGE)?;
    let experiment_id = validation::experiment_id(&experiment_id)?;
    let default_id = format!("ls-{}", app.ids.hex());
    let listing = store::Listing {
        experiment_id,
        size,
        offset: paging::offset(request.page_token.as_deref())?,
    };
    let has_default =
        app.db.read(experiment_id, |tx, id| Box::pin(store::has_default(tx, *id))).await?;
    if !has_default {
        let new = (experiment_id, default_id, app.clock.now_ms());
        app.db
            .write(new, |tx, (id, default, now)| {
                Box::pin(store::make_default(tx, *id, default, *now))
            })
            .await?;
    }
    Ok(Json(app.db.read(listing, |tx, listing| Box::pin(store::list(tx, listing))).await?))
}

pub(super) async fn update(
    State(app): Shared,
    Call(request): Call<UpdateLabelSchema>,
) -> Reply<LabelSchemaResponse> {
    let schema_id = required(request.schema_id, "schema_id")?;
    let input = request.input.map(|any| input::chosen(Some(any))).transpose()?;
    let change = store::Change {
        schema_id,
        name: request.name,
        instruction: request.instruction,
        enable_comment: request.enable_comment,
        input,
        now: app.clock.now_ms(),
    };
    let label_schema = app
        .db
        .write(change, |tx, change| {
            Box::pin(async move {
                let existing = store::for_update(tx, &change.schema_id).await?;
                change.name.as_deref().map_or(Ok(()), check_name)?;
                check_instruction(change.instruction.as_deref())?;
                if let Some(input) = &change.input {
                    input.check()?;
                    existing.input.check_change(input)?;
                }
                store::update(tx, existing, change).await
            })
        })
        .await?;
    Ok(Json(LabelSchemaResponse { label_schema }))
}

pub(super) async fn delete(State(app): Shared, Call(request): Call<SchemaById>) -> Reply<Empty> {
    let id = required(request.schema_id, "schema_id")?;
    app.db.write(id, |tx, id| Box::pin(store::delete(tx, id))).await?;
    Ok(Json(Empty {}))
}
