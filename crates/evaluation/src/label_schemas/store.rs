//! The SQL of label schemas.

use app::{ApiError, Unit};
use db::{DbError, Row, Statement};

use super::checks;
use super::wire::{Input, LabelSchema, ListLabelSchemasResponse, SchemaType};
use crate::{experiments, paging};

/// The name of the schema that every experiment has, and what it asks.
pub const DEFAULT_NAME: &str = "Feedback";
const DEFAULT_INSTRUCTION: &str = "Share any feedback on this trace.";

const SELECT: &str = "SELECT schema_id, experiment_id, name, type, instruction, enable_comment, \
    input_type, input_config, created_by, created_time, last_update_time, is_default \
    FROM label_schemas";

fn read_schema(row: Row<'_>) -> Result<LabelSchema, DbError> {
    let expectation = row.get::<&str>(3)? == SchemaType::Expectation.stored();
    Ok(LabelSchema {
        schema_id: row.get(0)?,
        experiment_id: row.get::<i64>(1)?.to_string(),
        name: row.get(2)?,
        kind: if expectation { SchemaType::Expectation } else { SchemaType::Feedback },
        instruction: row.get(4)?,
        enable_comment: row.get(5)?,
        input: Input::read(row.get(6)?, row.get(7)?),
        created_by: row.get(8)?,
        created_at: row.get(9)?,
        last_updated_at: row.get(10)?,
        is_default: row.get(11)?,
    })
}

fn name_taken(name: &str, experiment_id: &str) -> ApiError {
    ApiError::exists(format!(
        "Label schema with name '{name}' already exists for experiment '{experiment_id}'."
    ))
}

/// Inserts a schema; false if its name is taken.
async fn insert(
    tx: &mut Unit<'_>,
    schema: &LabelSchema,
    experiment_id: i64,
) -> Result<bool, DbError> {
    let (input_type, input_config) = schema.input.stored();
    let inserted = tx
        .execute(
            "INSERT INTO label_schemas (schema_id, experiment_id, name, type, instruction, \
             enable_comment, input_type, input_config, created_by, created_time, \
             last_update_time, is_default) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, \
             $11) ON CONFLICT (experiment_id, name) DO NOTHING",
            &[
                (&schema.schema_id).into(),
                experiment_id.into(),
                (&schema.name).into(),
                schema.kind.stored().into(),
                (&schema.instruction).into(),
                schema.enable_comment.into(),
                input_type.into(),
                input_config.into(),
                (&schema.created_by).into(),
                schema.created_at.into(),
                schema.is_default.into(),
            ],
        )
        .await?;
    Ok(inserted > 0)
}

pub async fn create(tx: &mut Unit<'_>, schema: &LabelSchema) -> Result<LabelSchema, ApiError> {
    let experiment_id = schema.experiment_id.parse().unwrap_or_default();
    experiments::visible(tx, experiment_id).await?;
    if insert(tx, schema, experiment_id).await? {
        Ok(schema.clone())
    } else {
        Err(name_taken(&schema.name, &schema.experiment_id))
    }
}

async fn find(tx: &mut Unit<'_>, schema_id: &str) -> Result<Option<LabelSchema>, DbError> {
    let mut statement = Statement::new(SELECT);
    statement.text(" WHERE schema_id = ").bind(schema_id.to_owned());
    Ok(statement.query(tx, read_schema).await?.pop())
}

pub async fn get(tx: &mut Unit<'_>, schema_id: &str) -> Result<LabelSchema, ApiError> {
    find(tx, schema_id)
        .await?
        .ok_or_else(|| ApiError::missing(format!("Label schema with id '{schema_id}' not found.")))
}

pub async fn get_by_name(
    tx: &mut Unit<'_>,
    experiment_id: i64,
    name: &str,
) -> Result<LabelSchema, ApiError> {
    experiments::visible(tx, experiment_id).await?;
    let mut statement = Statement::new(SELECT);
    statement.text(" WHERE experiment_id = ").bind(experiment_id);
    statement.text(" AND name = ").bind(name.to_owned());
    statement.query(tx, read_schema).await?.pop().ok_or_else(|| {
        ApiError::missing(format!(
            "Label schema with name '{name}' not found for experiment '{experiment_id}'."
        ))
    })
}

/// Whether an experiment has its own schema.
pub async fn has_default(tx: &mut Unit<'_>, experiment_id: i64) -> Result<bool, ApiError> {
    experiments::visible(tx, experiment_id).await?;
    let mut statement = Statement::new("SELECT 1 FROM label_schemas WHERE experiment_id = ");
    statement.bind(experiment_id).text(" AND is_default = ").bind(true);
    Ok(!statement.query(tx, |_| Ok(())).await?.is_empty())
}

/// Gives an experiment its own schema, unless its name is taken.
pub async fn make_default(
    tx: &mut Unit<'_>,
    experiment_id: i64,
    schema_id: &str,
) -> Result<(), ApiError> {
    let now = tx.now_ms();
    let schema = LabelSchema {
        schema_id: schema_id.to_owned(),
        experiment_id: experiment_id.to_string(),
        name: DEFAULT_NAME.to_owned(),
        kind: SchemaType::Feedback,
        instruction: Some(DEFAULT_INSTRUCTION.to_owned()),
        enable_comment: false,
        input: Input::Text(super::wire::Text::default()),
        created_by: None,
        created_at: now,
        last_updated_at: now,
        is_default: true,
    };
    insert(tx, &schema, experiment_id).await?;
    Ok(())
}

/// A page of an experiment's schemas.
#[derive(Clone, Debug)]
pub struct Listing {
    pub experiment_id: i64,
    pub size: usize,
    pub offset: i64,
}

app::lend!(Listing);

pub async fn list(
    tx: &mut Unit<'_>,
    listing: &Listing,
) -> Result<ListLabelSchemasResponse, ApiError> {
    let mut statement = Statement::new(SELECT);
    statement.text(" WHERE experiment_id = ").bind(listing.experiment_id);
    statement.text(" ORDER BY created_time DESC, schema_id LIMIT ");
    statement.bind(paging::limit(listing.size)).text(" OFFSET ").bind(listing.offset);
    let mut label_schemas = statement.query(tx, read_schema).await?;
    let next_page_token = paging::cut(&mut label_schemas, listing.size, listing.offset);
    Ok(ListLabelSchemasResponse { label_schemas, next_page_token })
}

/// What to change of a schema; none leaves a field as it is.
#[derive(Clone, Debug)]
pub struct Change {
    pub schema_id: String,
    pub name: Option<String>,
    pub instruction: Option<String>,
    pub enable_comment: Option<bool>,
    pub input: Option<Input>,
}

app::lend!(Change);

/// A schema that may be changed.
async fn for_update(tx: &mut Unit<'_>, schema_id: &str) -> Result<LabelSchema, ApiError> {
    let schema = get(tx, schema_id).await?;
    if schema.is_default {
        return Err(ApiError::invalid("The experiment's default question cannot be edited."));
    }
    Ok(schema)
}

/// Changes a label schema; the experiment's default question cannot be changed.
pub async fn change(tx: &mut Unit<'_>, change: &Change) -> Result<LabelSchema, ApiError> {
    let existing = for_update(tx, &change.schema_id).await?;
    change.name.as_deref().map_or(Ok(()), checks::name)?;
    checks::instruction(change.instruction.as_deref())?;
    if let Some(input) = &change.input {
        input.check()?;
        existing.input.check_change(input)?;
    }
    update(tx, existing, change).await
}

async fn update(
    tx: &mut Unit<'_>,
    mut schema: LabelSchema,
    change: &Change,
) -> Result<LabelSchema, ApiError> {
    schema.name = change.name.clone().unwrap_or(schema.name);
    schema.instruction = change.instruction.clone().or(schema.instruction);
    schema.enable_comment = change.enable_comment.unwrap_or(schema.enable_comment);
    schema.input = change.input.clone().unwrap_or(schema.input);
    schema.last_updated_at = tx.now_ms();
    let (_, input_config) = schema.input.stored();
    let updated = tx
        .execute(
            "UPDATE label_schemas SET name = $2, instruction = $3, enable_comment = $4, \
             input_config = $5, last_update_time = $6 WHERE schema_id = $1",
            &[
                (&schema.schema_id).into(),
                (&schema.name).into(),
                (&schema.instruction).into(),
                schema.enable_comment.into(),
                input_config.into(),
                schema.last_updated_at.into(),
            ],
        )
        .await;
    match updated {
        Err(error) if error.is_unique() => Err(name_taken(&schema.name, &schema.experiment_id)),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(schema),
    }
}

/// Deletes a schema; the answers that were given stay. Compat: one that is not there is no error.
pub async fn delete(tx: &mut Unit<'_>, schema_id: &str) -> Result<(), ApiError> {
    let Some(schema) = find(tx, schema_id).await? else { return Ok(()) };
    if schema.is_default {
        return Err(ApiError::invalid("The experiment's default question cannot be deleted."));
    }
    tx.execute("DELETE FROM label_schemas WHERE schema_id = $1", &[schema_id.into()]).await?;
    Ok(())
}
