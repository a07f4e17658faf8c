//! The SQL that makes and reads model versions. What changes them is in `store_changes`.

use std::collections::HashMap;

use app::{ApiError, Unit};
use const_format::concatcp;
use db::{Bulk, ColumnType, DbError, Row, Statement, Value};
use tracking::logged_models::store_versions as logged_models;
use tracking::tags::{KeyValue, last_of_each_key};

use super::search::Search;
use super::stage::{DELETED, Stage};
use super::wire::{ModelVersion, SearchModelVersionsResponse};
use crate::changes;
use crate::names::version_not_found;
use crate::registered_models::store as models;

/// What [`read_version`] reads, in its order.
pub(super) const COLUMNS: &str = "v.name, v.version, v.creation_time, v.last_updated_time, \
     v.user_id, v.current_stage, v.description, v.source, v.run_id, v.status, v.status_message, \
     v.run_link";
pub(super) const COLUMN_COUNT: usize = 12;

pub(super) static TAGS: Bulk<5> = Bulk::new(
    "model_version_tags",
    [
        ("workspace", ColumnType::Text),
        ("name", ColumnType::Text),
        ("version", ColumnType::Int),
        ("key", ColumnType::Text),
        ("value", ColumnType::Text),
    ],
    "ON CONFLICT (workspace, key, name, version) DO UPDATE SET value = excluded.value",
);

/// What a new version is made of.
#[derive(Clone, Debug, Default)]
pub struct NewVersion {
    pub name: String,
    /// What the client calls its origin.
    pub source: String,
    /// Where its artifacts are.
    pub storage_location: String,
    pub run_id: String,
    pub run_link: String,
    pub description: String,
    /// Of tags with the same key the last one counts.
    pub tags: Vec<KeyValue>,
    /// Milliseconds since 1970.
    pub now: i64,
}

app::lend!(NewVersion);

pub(super) fn tag_rows<'t>(
    workspace: &'t str,
    name: &'t str,
    version: i64,
    tags: &'t [KeyValue],
) -> Vec<[Value<'t>; 5]> {
    let row = |tag: &'t KeyValue| {
        let (key, value) = ((&tag.key).into(), (&tag.value).into());
        [workspace.into(), name.into(), version.into(), key, value]
    };
    last_of_each_key(tags).into_iter().map(row).collect()
}

/// Makes the next version of a model and says its number.
pub async fn create(tx: &mut Unit<'_>, new: &NewVersion) -> Result<(i64, ModelVersion), ApiError> {
    let workspace = tx.workspace();
    // Changing the model's row makes whoever else adds a version wait, so that numbers follow each
    // other without a gap.
    if !models::touch(tx, &new.name, new.now).await? {
        return Err(models::not_found(&new.name));
    }
    let version: i64 = tx
        .query_one(
            "SELECT COALESCE(max(version), 0) + 1 FROM model_versions \
             WHERE workspace = $1 AND name = $2",
            &[workspace.into(), (&new.name).into()],
            |row| row.get(0),
        )
        .await?;
    tx.execute(
        "INSERT INTO model_versions (workspace, name, version, creation_time, last_updated_time, \
         description, current_stage, source, storage_location, run_id, run_link, status) \
         VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, 'READY')",
        &[
            workspace.into(),
            (&new.name).into(),
            version.into(),
            new.now.into(),
            (&new.description).into(),
            Stage::None.name().into(),
            (&new.source).into(),
            (&new.storage_location).into(),
            (&new.run_id).into(),
            (&new.run_link).into(),
        ],
    )
    .await?;
    tx.insert_rows(&TAGS, &tag_rows(workspace, &new.name, version, &new.tags)).await?;
    let created = ModelVersion {
        name: new.name.clone(),
        version: version.to_string(),
        creation_timestamp: Some(new.now),
        last_updated_timestamp: Some(new.now),
        current_stage: Some(Stage::None.name().to_owned()),
        description: Some(new.description.clone()),
        source: Some(new.source.clone()),
        run_id: Some(new.run_id.clone()),
        status: Some("READY".to_owned()),
        tags: last_of_each_key(&new.tags).into_iter().cloned().collect(),
        run_link: Some(new.run_link.clone()),
        ..ModelVersion::default()
    };
    changes::version_created(tx, new, version)?;
    Ok((version, created))
}

/// As [`create`]; a logged model of the same database, if the version was made of one, learns of it.
pub async fn create_and_link(
    tx: &mut Unit<'_>,
    new: &NewVersion,
    model_id: Option<&str>,
) -> Result<(i64, ModelVersion), ApiError> {
    let (version, created) = create(tx, new).await?;
    if let Some(model_id) = model_id {
        logged_models::add(tx, model_id, &new.name, version).await?;
    }
    Ok((version, created))
}

pub(super) fn read_version(row: Row<'_>) -> Result<ModelVersion, DbError> {
    Ok(ModelVersion {
        name: row.get(0)?,
        version: row.get::<i64>(1)?.to_string(),
        creation_timestamp: row.get(2)?,
        last_updated_timestamp: row.get(3)?,
        user_id: row.get(4)?,
        current_stage: row.get(5)?,
        description: row.get(6)?,
        source: row.get(7)?,
        run_id: row.get(8)?,
        status: row.get(9)?,
        status_message: row.get::<Option<String>>(10)?.filter(|text| !text.is_empty()),
        run_link: row.get(11)?,
        ..ModelVersion::default()
    })
}

/// The version with its tags and aliases.
pub async fn get(tx: &mut Unit<'_>, name: &str, version: i64) -> Result<ModelVersion, ApiError> {
    let workspace = tx.workspace();
    const SQL: &str = concatcp!(
        "SELECT ",
        COLUMNS,
        " FROM model_versions v \
         WHERE v.workspace = $1 AND v.name = $2 AND v.version = $3 AND v.current_stage <> $4"
    );
    let values = [workspace.into(), name.into(), version.into(), DELETED.into()];
    let found = tx.query_opt(SQL, &values, read_version).await?;
    let mut versions = [found.ok_or_else(|| version_not_found(name, version))?];
    add_tags(tx, &mut versions).await?;
    add_aliases(tx, name, &mut versions).await?;
    let [version] = versions;
    Ok(version)
}

/// Refuses a version that does not exist. What does exist stays as it is until this transaction's
/// end.
pub async fn hold(tx: &mut Unit<'_>, name: &str, version: i64) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT 1 FROM model_versions \
             WHERE workspace = $1 AND name = $2 AND version = $3 AND current_stage <> $4 FOR SHARE",
            &[workspace.into(), name.into(), version.into(), DELETED.into()],
            |_| Ok(()),
        )
        .await?;
    found.ok_or_else(|| version_not_found(name, version))
}

/// Where the artifacts of a version are.
pub async fn download_uri(tx: &mut Unit<'_>, name: &str, version: i64) -> Result<String, ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT storage_location, source FROM model_versions \
             WHERE workspace = $1 AND name = $2 AND version = $3 AND current_stage <> $4",
            &[workspace.into(), name.into(), version.into(), DELETED.into()],
            |row| Ok((row.get::<Option<String>>(0)?, row.get::<Option<String>>(1)?)),
        )
        .await?;
    let (location, source) = found.ok_or_else(|| version_not_found(name, version))?;
    Ok(location.filter(|location| !location.is_empty()).or(source).unwrap_or_default())
}

/// The highest number of a model's living versions.
pub async fn highest(tx: &mut Unit<'_>, name: &str) -> Result<Option<i64>, DbError> {
    let workspace = tx.workspace();
    let sql = "SELECT version FROM model_versions \
               WHERE workspace = $1 AND name = $2 AND current_stage <> $3 \
               ORDER BY version DESC LIMIT 1";
    let values = [workspace.into(), name.into(), DELETED.into()];
    tx.query_opt(sql, &values, |row| row.get(0)).await
}

/// The highest version of each stage of each of these models, with their tags.
pub async fn latest(tx: &mut Unit<'_>, names: &[String]) -> Result<Vec<ModelVersion>, DbError> {
    let workspace = tx.workspace();
    // Asking for the highest number of each possible stage reads one entry of an index each,
    // however many versions there are.
    const SQL: &str = concatcp!(
        "SELECT ",
        COLUMNS,
        " FROM registered_models m CROSS JOIN (SELECT 'None' AS name UNION ALL SELECT 'Staging' \
         UNION ALL SELECT 'Production' UNION ALL SELECT 'Archived') s \
         JOIN model_versions v ON v.workspace = m.workspace AND v.name = m.name AND v.version = \
         (SELECT max(w.version) FROM model_versions w WHERE w.workspace = m.workspace AND w.name = \
         m.name AND w.current_stage = s.name) \
         WHERE m.workspace = $1 AND m.name = ANY($2) ORDER BY v.name, v.version"
    );
    let mut versions = tx.query(SQL, &[workspace.into(), names.into()], read_version).await?;
    add_tags(tx, &mut versions).await?;
    Ok(versions)
}

/// Reads the tags of all `versions`.
pub(super) async fn add_tags(
    tx: &mut Unit<'_>,
    versions: &mut [ModelVersion],
) -> Result<(), DbError> {
    let workspace = tx.workspace();
    let Some(first) = versions.first() else { return Ok(()) };
    let mut statement = Statement::new(
        "SELECT t.name, t.version, t.key, t.value FROM model_version_tags t WHERE t.workspace = ",
    );
    statement.bind(workspace.to_owned());
    if versions.iter().all(|version| version.name == first.name) {
        let numbers: Vec<i64> = versions.iter().filter_map(|v| v.version.parse().ok()).collect();
        statement.text(" AND t.name = ").bind(first.name.clone());
        statement.text(" AND t.version = ANY(").bind(numbers).text(")");
    } else {
        let names: Vec<String> = versions.iter().map(|version| version.name.clone()).collect();
        // No name has a slash in it, so this says which version of which model.
        let places: Vec<String> = versions.iter().map(place).collect();
        statement.text(" AND t.name = ANY(").bind(names).text(")");
        statement.text(" AND t.name || '/' || t.version = ANY(").bind(places).text(")");
    }
    statement.text(" ORDER BY t.name, t.version, t.key");
    let rows = statement
        .query(tx, |row| {
            let version: i64 = row.get(1)?;
            let value = row.get::<Option<String>>(3)?.unwrap_or_default();
            let tag = KeyValue { key: row.get(2)?, value };
            Ok((format!("{}/{version}", row.get::<&str>(0)?), tag))
        })
        .await?;
    let mut tags: HashMap<String, Vec<KeyValue>> = HashMap::new();
    for (place, tag) in rows {
        tags.entry(place).or_default().push(tag);
    }
    for version in versions {
        version.tags = tags.remove(&place(version)).unwrap_or_default();
    }
    Ok(())
}

fn place(version: &ModelVersion) -> String {
    format!("{}/{}", version.name, version.version)
}

/// Reads the aliases of versions of one model.
pub async fn add_aliases(
    tx: &mut Unit<'_>,
    name: &str,
    versions: &mut [ModelVersion],
) -> Result<(), DbError> {
    let workspace = tx.workspace();
    let aliases: Vec<(String, String)> = tx
        .query(
            "SELECT version, alias FROM registered_model_aliases \
             WHERE workspace = $1 AND name = $2 ORDER BY alias",
            &[workspace.into(), name.into()],
            |row| Ok((row.get::<i64>(0)?.to_string(), row.get(1)?)),
        )
        .await?;
    for (of, alias) in aliases {
        if let Some(version) = versions.iter_mut().find(|version| version.version == of) {
            version.aliases.push(alias);
        }
    }
    Ok(())
}

pub async fn search(
    tx: &mut Unit<'_>,
    search: &Search,
) -> Result<SearchModelVersionsResponse, ApiError> {
    let rows =
        search.statement.query(tx, |row| Ok((read_version(row)?, search.keys(row)?))).await?;
    let more = rows.len() > search.size;
    let mut last_keys = Vec::new();
    let mut versions = Vec::with_capacity(rows.len());
    for (version, keys) in rows.into_iter().take(search.size) {
        versions.push(version);
        last_keys = keys;
    }
    add_tags(tx, &mut versions).await?;
    let next_page_token = more.then(|| Search::token(last_keys));
    Ok(SearchModelVersionsResponse { model_versions: versions, next_page_token })
}

/// The versions that these runs made, those that were touched last first.
pub async fn of_runs(tx: &mut Unit<'_>, run_ids: &[String]) -> Result<Vec<ModelVersion>, DbError> {
    let workspace = tx.workspace();
    const SQL: &str = concatcp!(
        "SELECT ",
        COLUMNS,
        " FROM model_versions v \
         WHERE v.workspace = $1 AND v.run_id = ANY($2) AND v.current_stage <> $3 \
         ORDER BY COALESCE(v.last_updated_time, 0) DESC, v.name, v.version DESC"
    );
    let values = [workspace.into(), run_ids.into(), DELETED.into()];
    let mut versions = tx.query(SQL, &values, read_version).await?;
    add_tags(tx, &mut versions).await?;
    Ok(versions)
}
