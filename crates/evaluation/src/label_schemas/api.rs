//! The handlers of label schemas.

use app::{ApiError, Call, Caller, Reply, Shared, required};
use axum::Json;
use axum::extract::State;
use tracking::validation;

use super::wire::{
    CreateLabelSchema, LabelSchema, LabelSchemaResponse, ListLabelSchemas,
    ListLabelSchemasResponse, SchemaById, SchemaByName, UpdateLabelSchema,
};
use super::{checks, input, store};
use crate::{Empty, paging};

const DEFAULT_PAGE: i64 = 100;
pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
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
    checks::name(&name)?;
    checks::instruction(request.instruction.as_deref())?;
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
    let label_schema = app.write(&caller, store::create, (schema,)).await?;
    Ok(Json(LabelSchemaResponse { label_schema }))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SchemaById>,
) -> Reply<LabelSchemaResponse> {
    let id = required(request.schema_id, "schema_id")?;
    let label_schema = app.read(&caller, store::get, (id,)).await?;
    Ok(Json(LabelSchemaResponse { label_schema }))
}

pub(super) async fn get_by_name(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SchemaByName>,
) -> Reply<LabelSchemaResponse> {
    let experiment_id = required(request.experiment_id, "experiment_id")?;
    let name = required(request.name, "name")?;
    let input = (validation::experiment_id(&experiment_id)?, name);
    let label_schema = app.read(&caller, store::get_by_name, input).await?;
    Ok(Json(LabelSchemaResponse { label_schema }))
}

pub(super) async fn list(
    State(app): Shared,
    caller: Caller,
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
    let has_default = app.read(&caller, store::has_default, (experiment_id,)).await?;
    if !has_default {
        let new = (experiment_id, default_id);
        app.write(&caller, store::make_default, new).await?;
    }
    Ok(Json(app.read(&caller, store::list, (listing,)).await?))
}

pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
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
    };
    let label_schema = app.write(&caller, store::change, (change,)).await?;
    Ok(Json(LabelSchemaResponse { label_schema }))
}

pub(super) async fn delete(
    State(app): Shared,
    caller: Caller,
    Call(request): Call<SchemaById>,
) -> Reply<Empty> {
    let id = required(request.schema_id, "schema_id")?;
    app.write(&caller, store::delete, (id,)).await?;
    Ok(Json(Empty {}))
}
