//! The SQL of registered models.

use std::collections::HashMap;

use app::{ApiError, EventKind, Unit};
use db::{Bulk, ColumnType, DbError, Row, Value};
use python::repr_text;
use tracking::tags::{KeyValue, last_of_each_key};

use super::search::Search;
use super::wire::{Alias, RegisteredModel, SearchRegisteredModelsResponse};
use crate::changes::{self, Detail};
use crate::model_versions::store as versions;
use crate::model_versions::wire::ModelVersion;
use crate::prompts;

static TAGS: Bulk<4> = Bulk::new(
    "registered_model_tags",
    [
        ("workspace", ColumnType::Text),
        ("name", ColumnType::Text),
        ("key", ColumnType::Text),
        ("value", ColumnType::Text),
    ],
    "ON CONFLICT (workspace, key, name) DO UPDATE SET value = excluded.value",
);

/// What a new model is made of.
#[derive(Clone, Debug, Default)]
pub struct NewModel {
    pub name: String,
    pub description: String,
    /// Of tags with the same key the last one counts.
    pub tags: Vec<KeyValue>,
    /// Milliseconds since 1970.
    pub now: i64,
}

app::lend!(NewModel);

pub fn not_found(name: &str) -> ApiError {
    ApiError::missing(format!("Registered Model with name={name} not found"))
}

/// Says which of a model and a prompt has the name already, and which was to get it.
fn taken(name: &str, is_prompt: bool, wants_prompt: bool) -> ApiError {
    let entity = |is_prompt: bool| if is_prompt { "Prompt" } else { "Registered Model" };
    let (old, new) = (entity(is_prompt), entity(wants_prompt));
    ApiError::exists(if old == new {
        format!("{new} (name={name}) already exists.")
    } else {
        format!(
            "Tried to create a {} with name {}, but the name is already taken by a {}. MLflow does \
             not allow creating a model and a prompt with the same name.",
            new.to_lowercase(),
            repr_text(name),
            old.to_lowercase()
        )
    })
}

fn tag_rows<'t>(workspace: &'t str, name: &'t str, tags: &'t [KeyValue]) -> Vec<[Value<'t>; 4]> {
    let row =
        |tag: &'t KeyValue| [workspace.into(), name.into(), (&tag.key).into(), (&tag.value).into()];
    last_of_each_key(tags).into_iter().map(row).collect()
}

pub async fn create(tx: &mut Unit<'_>, new: &NewModel) -> Result<RegisteredModel, ApiError> {
    let workspace = tx.workspace();
    let created = tx
        .execute(
            "INSERT INTO registered_models (workspace, name, creation_time, last_updated_time, \
             description) VALUES ($1, $2, $3, $3, $4) ON CONFLICT (workspace, name) DO NOTHING",
            &[workspace.into(), (&new.name).into(), new.now.into(), (&new.description).into()],
        )
        .await?;
    if created == 0 {
        let is_prompt = tag(tx, &new.name, prompts::TAG).await?.is_some();
        let wants_prompt = new.tags.iter().any(|tag| tag.key == prompts::TAG);
        return Err(taken(&new.name, is_prompt, wants_prompt));
    }
    tx.insert_rows(&TAGS, &tag_rows(workspace, &new.name, &new.tags)).await?;
    changes::model_created(tx, new)?;
    Ok(RegisteredModel {
        name: new.name.clone(),
        creation_timestamp: Some(new.now),
        last_updated_timestamp: Some(new.now),
        description: new.description.clone(),
        tags: last_of_each_key(&new.tags).into_iter().cloned().collect(),
        ..RegisteredModel::default()
    })
}

/// The value of a model's tag. A tag without a value has an empty one.
async fn tag(tx: &mut Unit<'_>, name: &str, key: &str) -> Result<Option<String>, DbError> {
    let workspace = tx.workspace();
    tx.query_opt(
        "SELECT value FROM registered_model_tags WHERE workspace = $1 AND key = $2 AND name = $3",
        &[workspace.into(), key.into(), name.into()],
        |row| Ok(row.get::<Option<String>>(0)?.unwrap_or_default()),
    )
    .await
}

/// Whether a model is a prompt.
///
/// # Errors
/// When there is no such model.
pub async fn is_prompt(tx: &mut Unit<'_>, name: &str) -> Result<bool, ApiError> {
    check_exists(tx, name).await?;
    Ok(is_marked_prompt(tx, name).await?)
}

/// Whether a model that exists is a prompt.
pub async fn is_marked_prompt(tx: &mut Unit<'_>, name: &str) -> Result<bool, DbError> {
    let value = tag(tx, name, prompts::TAG).await?;
    Ok(value.is_some_and(|value| value.to_lowercase() == "true"))
}

/// Refuses a model that does not exist.
pub async fn check_exists(tx: &mut Unit<'_>, name: &str) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT 1 FROM registered_models WHERE workspace = $1 AND name = $2",
            &[workspace.into(), name.into()],
            |_| Ok(()),
        )
        .await?;
    found.ok_or_else(|| not_found(name))
}

/// As [`check_exists`], and the model stays as it is until this transaction's end.
pub async fn hold(tx: &mut Unit<'_>, name: &str) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT 1 FROM registered_models WHERE workspace = $1 AND name = $2 FOR SHARE",
            &[workspace.into(), name.into()],
            |_| Ok(()),
        )
        .await?;
    found.ok_or_else(|| not_found(name))
}

/// Notes that a model was changed, and makes all other changes of it wait until this one's end;
/// false if there is no such model.
pub async fn touch(tx: &mut Unit<'_>, name: &str, now: i64) -> Result<bool, DbError> {
    let workspace = tx.workspace();
    let touched = tx
        .execute(
            "UPDATE registered_models SET last_updated_time = $3 WHERE workspace = $1 AND name = $2",
            &[workspace.into(), name.into(), now.into()],
        )
        .await?;
    Ok(touched > 0)
}

fn read_model(row: Row<'_>) -> Result<RegisteredModel, DbError> {
    Ok(RegisteredModel {
        name: row.get(0)?,
        // Compat: MLflow leaves out a time of 0.
        creation_timestamp: row.get::<Option<i64>>(1)?.filter(|time| *time != 0),
        last_updated_timestamp: row.get::<Option<i64>>(2)?.filter(|time| *time != 0),
        description: row.get::<Option<String>>(3)?.unwrap_or_default(),
        ..RegisteredModel::default()
    })
}

fn grouped<T>(rows: Vec<(String, T)>) -> HashMap<String, Vec<T>> {
    let mut groups: HashMap<String, Vec<T>> = HashMap::new();
    for (name, item) in rows {
        groups.entry(name).or_default().push(item);
    }
    groups
}

/// Reads the tags, aliases and latest versions of all `models`.
async fn add_details(tx: &mut Unit<'_>, models: &mut [RegisteredModel]) -> Result<(), DbError> {
    let workspace = tx.workspace();
    if models.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = models.iter().map(|model| model.name.clone()).collect();
    let values: [Value<'_>; 2] = [workspace.into(), (&names).into()];
    let tags = tx
        .query(
            "SELECT name, key, value FROM registered_model_tags \
             WHERE workspace = $1 AND name = ANY($2) ORDER BY name, key",
            &values,
            |row| {
                let value = row.get::<Option<String>>(2)?.unwrap_or_default();
                Ok((row.get(0)?, KeyValue { key: row.get(1)?, value }))
            },
        )
        .await?;
    let aliases = tx
        .query(
            "SELECT name, alias, version FROM registered_model_aliases \
             WHERE workspace = $1 AND name = ANY($2) ORDER BY name, alias",
            &values,
            |row| {
                let version = row.get::<i64>(2)?.to_string();
                Ok((row.get(0)?, Alias { alias: row.get(1)?, version }))
            },
        )
        .await?;
    let latest = versions::latest(tx, &names).await?;
    let latest = latest.into_iter().map(|version| (version.name.clone(), version)).collect();
    let (mut tags, mut aliases, mut latest) = (grouped(tags), grouped(aliases), grouped(latest));
    for model in models {
        model.tags = tags.remove(&model.name).unwrap_or_default();
        model.aliases = aliases.remove(&model.name).unwrap_or_default();
        model.latest_versions = latest.remove(&model.name).unwrap_or_default();
    }
    Ok(())
}

pub async fn get(tx: &mut Unit<'_>, name: &str) -> Result<RegisteredModel, ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT name, creation_time, last_updated_time, description FROM registered_models \
             WHERE workspace = $1 AND name = $2",
            &[workspace.into(), name.into()],
            read_model,
        )
        .await?;
    let mut models = [found.ok_or_else(|| not_found(name))?];
    add_details(tx, &mut models).await?;
    let [model] = models;
    Ok(model)
}

/// The highest version of each stage, with their aliases.
pub async fn latest_of(tx: &mut Unit<'_>, name: &str) -> Result<Vec<ModelVersion>, ApiError> {
    check_exists(tx, name).await?;
    let mut latest = versions::latest(tx, &[name.to_owned()]).await?;
    versions::add_aliases(tx, name, &mut latest).await?;
    Ok(latest)
}

pub async fn describe(
    tx: &mut Unit<'_>,
    name: &str,
    description: &str,
) -> Result<RegisteredModel, ApiError> {
    let now = tx.now_ms();
    let workspace = tx.workspace();
    tx.execute(
        "UPDATE registered_models SET description = $3, last_updated_time = $4 \
         WHERE workspace = $1 AND name = $2",
        &[workspace.into(), name.into(), description.into(), now.into()],
    )
    .await?;
    get(tx, name).await
}

/// Gives a model another name. Its versions, tags and aliases follow by their foreign keys.
pub async fn rename(
    tx: &mut Unit<'_>,
    name: &str,
    new_name: &str,
) -> Result<RegisteredModel, ApiError> {
    let now = tx.now_ms();
    let workspace = tx.workspace();
    let renamed = tx
        .execute(
            "UPDATE registered_models SET name = $3, last_updated_time = $4 \
             WHERE workspace = $1 AND name = $2",
            &[workspace.into(), name.into(), new_name.into(), now.into()],
        )
        .await;
    match renamed {
        Err(error) if error.is_unique() => {
            let message = format!("Registered Model (name={new_name}) already exists.");
            return Err(ApiError::exists(message));
        }
        Ok(0) => return Err(not_found(name)),
        other => other?,
    };
    tx.execute(
        "UPDATE model_versions SET last_updated_time = $3 WHERE workspace = $1 AND name = $2",
        &[workspace.into(), new_name.into(), now.into()],
    )
    .await?;
    get(tx, new_name).await
}

/// Deletes a model with everything that belongs to it.
pub async fn delete(tx: &mut Unit<'_>, name: &str) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    let values: [Value<'_>; 2] = [workspace.into(), name.into()];
    // The row is locked first, so that no version is added meanwhile.
    let found = tx
        .query_opt(
            "SELECT 1 FROM registered_models WHERE workspace = $1 AND name = $2 FOR UPDATE",
            &values,
            |_| Ok(()),
        )
        .await?;
    found.ok_or_else(|| not_found(name))?;
    for statement in [
        "DELETE FROM model_version_tags WHERE workspace = $1 AND name = $2",
        "DELETE FROM model_versions WHERE workspace = $1 AND name = $2",
        "DELETE FROM registered_model_aliases WHERE workspace = $1 AND name = $2",
        "DELETE FROM registered_model_tags WHERE workspace = $1 AND name = $2",
        "DELETE FROM registered_models WHERE workspace = $1 AND name = $2",
    ] {
        tx.execute(statement, &values).await?;
    }
    Ok(())
}

pub async fn search(
    tx: &mut Unit<'_>,
    search: &Search,
) -> Result<SearchRegisteredModelsResponse, ApiError> {
    let rows = search.statement.query(tx, |row| Ok((read_model(row)?, search.keys(row)?))).await?;
    let more = rows.len() > search.size;
    let mut last_keys = Vec::new();
    let mut models = Vec::with_capacity(rows.len());
    for (model, keys) in rows.into_iter().take(search.size) {
        models.push(model);
        last_keys = keys;
    }
    add_details(tx, &mut models).await?;
    let next_page_token = more.then(|| Search::token(last_keys));
    Ok(SearchRegisteredModelsResponse { registered_models: models, next_page_token })
}

pub async fn set_tag(tx: &mut Unit<'_>, name: &str, tag: &KeyValue) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    hold(tx, name).await?;
    tx.insert_rows(&TAGS, &tag_rows(workspace, name, std::slice::from_ref(tag))).await?;
    let (key, value) = (Some(tag.key.as_str()), Some(tag.value.as_str()));
    let detail = Detail { name, key, value, ..Detail::default() };
    Ok(changes::changed(tx, None, EventKind::PromptTagSet, detail).await?)
}

/// Compat: to delete a tag that is not there is fine.
pub async fn delete_tag(tx: &mut Unit<'_>, name: &str, key: &str) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    hold(tx, name).await?;
    tx.execute(
        "DELETE FROM registered_model_tags WHERE workspace = $1 AND key = $2 AND name = $3",
        &[workspace.into(), key.into(), name.into()],
    )
    .await?;
    let detail = Detail { name, key: Some(key), ..Detail::default() };
    Ok(changes::changed(tx, None, EventKind::PromptTagDeleted, detail).await?)
}
