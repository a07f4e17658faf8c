//! The SQL of versions of MCP servers.

use std::collections::{BTreeMap, HashMap};

use app::{ApiError, Unit};
use const_format::concatcp;
use db::{DbError, Row, Statement};
use filter::mcp_servers::Attribute;
use serde_json::{Map, Value};

use super::search::{Search, condition};
use super::semver::SortKey;
use super::store::{self, NewServer, RANKED, json, stored};
use super::store_endpoints;
use super::wire::{McpServerVersion, SearchVersionsResponse, shown_tool};

pub(super) const DELETED: &str = "deleted";
/// The alias that nobody sets: it leads to the latest version.
pub(super) const LATEST: &str = "latest";

pub(super) const COLUMNS: &str = "v.name, v.version, v.server_json, v.workspace, v.status, \
    v.tools, v.connect_options, v.source, v.created_by, v.last_updated_by, v.created_at, \
    v.last_updated_at";

const SELECT: &str = concatcp!(
    "SELECT ",
    COLUMNS,
    " FROM mcp_server_versions v WHERE v.status <> 'deleted' AND v.workspace = "
);

fn not_found(name: &str, version: &str) -> ApiError {
    ApiError::missing(format!("MCP server version '{name}' version '{version}' not found"))
}

/// Reads [`COLUMNS`], the first of which is column `first` of the row.
pub(super) fn read_version(row: Row<'_>, first: usize) -> Result<McpServerVersion, DbError> {
    let tools = json(row.get(first + 5)?);
    let options = json(row.get(first + 6)?);
    Ok(McpServerVersion {
        name: row.get(first)?,
        version: row.get(first + 1)?,
        server_json: json(row.get(first + 2)?),
        workspace: row.get(first + 3)?,
        status: row.get(first + 4)?,
        has_tools: tools.is_array(),
        tools: tools.as_array().into_iter().flatten().map(shown_tool).collect(),
        aliases: Vec::new(),
        tags: BTreeMap::new(),
        connect_options: if options.is_object() { options } else { Map::new().into() },
        source: row.get(first + 7)?,
        created_by: row.get(first + 8)?,
        last_updated_by: row.get(first + 9)?,
        creation_timestamp: row.get(first + 10)?,
        last_updated_timestamp: row.get(first + 11)?,
    })
}

/// Reads the tags and aliases of versions.
pub(super) async fn add_details<'v>(
    tx: &mut Unit<'_>,
    versions: impl Iterator<Item = &'v mut McpServerVersion>,
) -> Result<(), DbError> {
    let workspace = tx.workspace();
    let versions: Vec<&mut McpServerVersion> = versions.collect();
    if versions.is_empty() {
        return Ok(());
    }
    let mut names: Vec<String> = versions.iter().map(|version| version.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let mut tags: HashMap<(String, String), BTreeMap<String, String>> = HashMap::new();
    let rows = tx
        .query(
            "SELECT name, version, key, value FROM mcp_server_version_tags \
             WHERE workspace = $1 AND name = ANY($2)",
            &[workspace.into(), (&names).into()],
            |row| {
                let value = row.get::<Option<String>>(3)?.unwrap_or_default();
                Ok(((row.get(0)?, row.get(1)?), row.get(2)?, value))
            },
        )
        .await?;
    for (version, key, value) in rows {
        tags.entry(version).or_default().insert(key, value);
    }
    let aliases = store::aliases_of(tx, &names).await?;
    for version in versions {
        let of_version = aliases
            .iter()
            .filter(|(name, alias)| *name == version.name && alias.version == version.version);
        version.aliases = of_version.map(|(_, alias)| alias.alias.clone()).collect();
        let key = (version.name.clone(), version.version.clone());
        version.tags = tags.get(&key).cloned().unwrap_or_default();
    }
    Ok(())
}

/// A version to write.
#[derive(Debug)]
pub struct NewVersion {
    pub name: String,
    pub version: String,
    pub sort_key: SortKey,
    pub server_json: Value,
    pub status: &'static str,
    pub tools: Value,
    pub source: Option<String>,
    pub connect_options: Value,
    pub now: i64,
}

app::lend!(NewVersion);

/// Writes a version, and its server if there is none of that name yet.
pub async fn create(tx: &mut Unit<'_>, new: &NewVersion) -> Result<McpServerVersion, ApiError> {
    let workspace = tx.workspace();
    let server =
        NewServer { name: new.name.clone(), description: None, icons: Value::Null, now: new.now };
    store::insert(tx, &server).await?;
    let inserted = tx
        .execute(
            "INSERT INTO mcp_server_versions (workspace, name, version, version_major, \
             version_minor, version_patch, version_prerelease_sort_key, server_json, status, \
             tools, source, connect_options, created_at, last_updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) \
             ON CONFLICT DO NOTHING",
            &[
                workspace.into(),
                (&new.name).into(),
                (&new.version).into(),
                new.sort_key.major.into(),
                new.sort_key.minor.into(),
                new.sort_key.patch.into(),
                (&new.sort_key.prerelease).into(),
                new.server_json.to_string().into(),
                new.status.into(),
                stored(&new.tools).into(),
                (&new.source).into(),
                stored(&new.connect_options).into(),
                new.now.into(),
            ],
        )
        .await?;
    if inserted == 0 {
        return Err(ApiError::exists(format!(
            "MCP server version '{}' version '{}' already exists",
            new.name, new.version
        )));
    }
    get(tx, &new.name, &new.version).await
}

pub async fn get(
    tx: &mut Unit<'_>,
    name: &str,
    version: &str,
) -> Result<McpServerVersion, ApiError> {
    let workspace = tx.workspace();
    let mut statement = Statement::new(SELECT);
    statement.bind(workspace.to_owned()).text(" AND v.name = ").bind(name.to_owned());
    statement.text(" AND v.version = ").bind(version.to_owned());
    let mut found = statement.query(tx, |row| read_version(row, 0)).await?;
    add_details(tx, found.iter_mut()).await?;
    found.pop().ok_or_else(|| not_found(name, version))
}

/// The status of a version that is there, even if it is deleted.
pub(super) async fn status_of(
    tx: &mut Unit<'_>,
    name: &str,
    version: &str,
) -> Result<String, ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT status FROM mcp_server_versions \
             WHERE workspace = $1 AND name = $2 AND version = $3 FOR UPDATE",
            &[workspace.into(), name.into(), version.into()],
            |row| row.get(0),
        )
        .await?;
    found.ok_or_else(|| not_found(name, version))
}

/// The latest version of a server, if it has a live one.
async fn latest(tx: &mut Unit<'_>, name: &str) -> Result<Option<String>, DbError> {
    let workspace = tx.workspace();
    tx.query_opt(
        concatcp!(
            "SELECT version FROM (",
            RANKED,
            " AND workspace = $1 AND name = $2) l WHERE place = 1"
        ),
        &[workspace.into(), name.into()],
        |row| row.get(0),
    )
    .await
}

/// The version that an alias names.
pub(super) async fn of_alias(
    tx: &mut Unit<'_>,
    name: &str,
    alias: &str,
) -> Result<String, ApiError> {
    let workspace = tx.workspace();
    if alias == LATEST {
        store::check_exists(tx, name).await?;
        return latest(tx, name).await?.ok_or_else(|| {
            ApiError::missing(format!("No resolved latest version found for MCP server '{name}'"))
        });
    }
    let found = tx
        .query_opt(
            "SELECT version FROM mcp_server_aliases \
             WHERE workspace = $1 AND name = $2 AND alias = $3",
            &[workspace.into(), name.into(), alias.into()],
            |row| row.get(0),
        )
        .await?;
    found.ok_or_else(|| {
        ApiError::missing(format!("Alias '{alias}' not found for MCP server '{name}'"))
    })
}

pub async fn by_alias(
    tx: &mut Unit<'_>,
    name: &str,
    alias: &str,
) -> Result<McpServerVersion, ApiError> {
    let version = of_alias(tx, name, alias).await?;
    get(tx, name, &version).await
}

fn column(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Name => "v.name",
        Attribute::Status => "v.status",
        Attribute::CreatedAt => "v.created_at",
        Attribute::LastUpdatedAt => "v.last_updated_at",
        _ => "v.version",
    }
}

pub async fn search(
    tx: &mut Unit<'_>,
    name: &str,
    search: &Search,
) -> Result<SearchVersionsResponse, ApiError> {
    let workspace = tx.workspace();
    let mut statement = Statement::new(SELECT);
    statement.bind(workspace.to_owned()).text(" AND v.name = ").bind(name.to_owned());
    for clause in &search.clauses {
        condition(&mut statement, clause, column)?;
    }
    search.finish(&mut statement, column, &[Attribute::CreatedAt, Attribute::Version]);
    let mut versions = statement.query(tx, |row| read_version(row, 0)).await?;
    let next_page_token = search.cut(&mut versions);
    add_details(tx, versions.iter_mut()).await?;
    Ok(SearchVersionsResponse { mcp_server_versions: versions, next_page_token })
}

/// A change of a version: what is `None` stays as it is.
#[derive(Debug)]
pub struct Change {
    pub name: String,
    pub version: String,
    pub status: Option<&'static str>,
    pub tools: Option<Value>,
    pub connect_options: Option<Value>,
    pub now: i64,
}

app::lend!(Change);

pub async fn update(tx: &mut Unit<'_>, change: &Change) -> Result<McpServerVersion, ApiError> {
    let workspace = tx.workspace();
    let (name, version) = (&change.name, &change.version);
    let status = status_of(tx, name, version).await?;
    if status == DELETED {
        return Err(not_found(name, version));
    }
    let mut statement = Statement::new("UPDATE mcp_server_versions SET last_updated_by = NULL");
    statement.text(", last_updated_at = ").bind(change.now);
    if let Some(new) = change.status {
        check_transition(&status, new)?;
        statement.text(", status = ").bind(new);
    }
    if let Some(tools) = &change.tools {
        statement.text(", tools = ").bind(stored(tools));
    }
    if let Some(options) = &change.connect_options {
        statement.text(", connect_options = ").bind(stored(options));
    }
    statement.text(" WHERE workspace = ").bind(workspace.to_owned());
    statement.text(" AND name = ").bind(name.clone());
    statement.text(" AND version = ").bind(version.clone()).text(" RETURNING version");
    // Compat: MLflow answers with what it has just deleted, too.
    statement.query(tx, |_| Ok(())).await?;
    if change.status == Some(DELETED) {
        drop_latest_endpoints(tx, name).await?;
        return deleted(tx, name, version).await;
    }
    get(tx, name, version).await
}

async fn deleted(
    tx: &mut Unit<'_>,
    name: &str,
    version: &str,
) -> Result<McpServerVersion, ApiError> {
    let workspace = tx.workspace();
    let mut statement = Statement::new(concatcp!(
        "SELECT ",
        COLUMNS,
        " FROM mcp_server_versions v WHERE v.workspace = "
    ));
    statement.bind(workspace.to_owned()).text(" AND v.name = ").bind(name.to_owned());
    statement.text(" AND v.version = ").bind(version.to_owned());
    let mut found = statement.query(tx, |row| read_version(row, 0)).await?;
    add_details(tx, found.iter_mut()).await?;
    found.pop().ok_or_else(|| not_found(name, version))
}

/// Takes away the endpoints that lead to the latest version once there is none.
async fn drop_latest_endpoints(tx: &mut Unit<'_>, name: &str) -> Result<(), ApiError> {
    if latest(tx, name).await?.is_none() {
        store_endpoints::delete_of_aliases(tx, name, &[LATEST.to_owned()]).await?;
    }
    Ok(())
}

fn check_transition(from: &str, to: &str) -> Result<(), ApiError> {
    let allowed: &[&str] = match from {
        "active" => &["deprecated", "draft"],
        "draft" | "deprecated" => &["active", "deleted"],
        _ => &[],
    };
    if allowed.contains(&to) {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Invalid status transition from '{from}' to '{to}'. Allowed transitions: {}",
        python::repr_list(allowed)
    )))
}

/// Marks a version as deleted; its aliases, and the endpoints that lead to it, go.
pub async fn delete(tx: &mut Unit<'_>, name: &str, version: &str) -> Result<(), ApiError> {
    let (workspace, now) = (tx.workspace(), tx.now_ms());
    let status = status_of(tx, name, version).await?;
    check_transition(&status, DELETED)?;
    let values = [workspace.into(), name.into(), version.into()];
    let aliases: Vec<String> = tx
        .query(
            "DELETE FROM mcp_server_aliases WHERE workspace = $1 AND name = $2 AND version = $3 \
             RETURNING alias",
            &values,
            |row| row.get(0),
        )
        .await?;
    store_endpoints::delete_of_aliases(tx, name, &aliases).await?;
    tx.execute(
        "DELETE FROM mcp_access_endpoints \
         WHERE workspace = $1 AND server_name = $2 AND server_version = $3",
        &values,
    )
    .await?;
    tx.execute(
        "UPDATE mcp_server_versions SET status = 'deleted', last_updated_at = $4 \
         WHERE workspace = $1 AND name = $2 AND version = $3",
        &[workspace.into(), name.into(), version.into(), now.into()],
    )
    .await?;
    drop_latest_endpoints(tx, name).await
}

/// Refuses a version that is not there or deleted.
async fn live(tx: &mut Unit<'_>, name: &str, version: &str) -> Result<(), ApiError> {
    match status_of(tx, name, version).await?.as_str() {
        DELETED => Err(not_found(name, version)),
        _ => Ok(()),
    }
}

pub async fn set_tag(
    tx: &mut Unit<'_>,
    name: &str,
    version: &str,
    key: &str,
    value: &str,
) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    live(tx, name, version).await?;
    tx.execute(
        "INSERT INTO mcp_server_version_tags (workspace, name, version, key, value) \
         VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (workspace, name, version, key) DO UPDATE SET value = excluded.value",
        &[workspace.into(), name.into(), version.into(), key.into(), value.into()],
    )
    .await?;
    Ok(())
}

pub async fn delete_tag(
    tx: &mut Unit<'_>,
    name: &str,
    version: &str,
    key: &str,
) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    live(tx, name, version).await?;
    let deleted = tx
        .execute(
            "DELETE FROM mcp_server_version_tags \
             WHERE workspace = $1 AND name = $2 AND version = $3 AND key = $4",
            &[workspace.into(), name.into(), version.into(), key.into()],
        )
        .await?;
    if deleted == 0 {
        return Err(ApiError::missing(format!(
            "Tag '{key}' not found on MCP server version '{name}' version '{version}'"
        )));
    }
    Ok(())
}
