//! The SQL of MCP servers, their tags and aliases.

use std::collections::{BTreeMap, HashMap};

use app::{ApiError, Unit};
use const_format::concatcp;
use db::{DbError, Row, Statement};
use filter::mcp_servers::{Attribute, Field};
use serde_json::Value;
use tracking::keyset;

use super::body::Given;
use super::search::{Search, condition};
use super::wire::{McpServer, SearchServersResponse};
use super::{icons, store_endpoints, store_versions};
use crate::registered_models::wire::Alias;

/// Live versions, the latest of a server at place 1: an active one before all others, then by the
/// order of semantic versions.
pub(super) const RANKED: &str = "SELECT workspace, name, version, status, server_json, \
    row_number() OVER (PARTITION BY workspace, name ORDER BY \
    CASE WHEN status = 'active' THEN 0 ELSE 1 END, version_major DESC, version_minor DESC, \
    version_patch DESC, version_prerelease_sort_key DESC, created_at DESC, version DESC) AS place \
    FROM mcp_server_versions WHERE status <> 'deleted'";

const SELECT: &str = concatcp!(
    "SELECT s.name, s.display_name, s.description, s.icons, s.created_by, s.last_updated_by, \
     s.created_at, s.last_updated_at, l.version, l.status, l.server_json, s.workspace \
     FROM mcp_servers s LEFT JOIN (",
    RANKED,
    ") l ON l.workspace = s.workspace AND l.name = s.name AND l.place = 1 WHERE s.workspace = "
);

pub(super) fn not_found(name: &str) -> ApiError {
    ApiError::missing(format!("MCPServer not found (name='{name}')"))
}

/// A stored JSON value. Compat: MLflow stores nothing as JSON's `null`.
pub(super) fn json(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

/// A JSON value as it is stored; null is nothing.
pub(super) fn stored(value: &Value) -> Option<String> {
    (!value.is_null()).then(|| value.to_string())
}

fn read_server(row: Row<'_>) -> Result<McpServer, DbError> {
    let own_icons = json(row.get(3)?);
    let latest = json(row.get(10)?);
    let description: Option<String> = row.get(2)?;
    let inherited = || latest.get("description").and_then(Value::as_str).map(str::to_owned);
    Ok(McpServer {
        name: row.get(0)?,
        display_name: row.get(1)?,
        description: description.or_else(inherited),
        icons: icons::resolved(&own_icons, latest.get("icons")),
        workspace: row.get(11)?,
        status: row.get(9)?,
        access_endpoints: Vec::new(),
        latest_version: row.get(8)?,
        aliases: Vec::new(),
        tags: BTreeMap::new(),
        created_by: row.get(4)?,
        last_updated_by: row.get(5)?,
        creation_timestamp: row.get(6)?,
        last_updated_timestamp: row.get(7)?,
    })
}

/// A server to write.
#[derive(Debug)]
pub struct NewServer {
    pub name: String,
    pub description: Option<String>,
    pub icons: Value,
    pub now: i64,
}

app::lend!(NewServer);

/// Inserts a server; false if its name is taken.
pub(super) async fn insert(tx: &mut Unit<'_>, new: &NewServer) -> Result<bool, DbError> {
    let workspace = tx.workspace();
    let inserted = tx
        .execute(
            "INSERT INTO mcp_servers (workspace, name, description, icons, created_at, \
             last_updated_at) VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
            &[
                workspace.into(),
                (&new.name).into(),
                (&new.description).into(),
                stored(&new.icons).into(),
                new.now.into(),
            ],
        )
        .await?;
    Ok(inserted > 0)
}

pub async fn create(tx: &mut Unit<'_>, new: &NewServer) -> Result<McpServer, ApiError> {
    if !insert(tx, new).await? {
        let message = format!("MCP server with name '{}' already exists", new.name);
        return Err(ApiError::exists(message));
    }
    get(tx, &new.name).await
}

/// Refuses a server that is not there.
pub(super) async fn check_exists(tx: &mut Unit<'_>, name: &str) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT 1 FROM mcp_servers WHERE workspace = $1 AND name = $2",
            &[workspace.into(), name.into()],
            |_| Ok(()),
        )
        .await?;
    found.ok_or_else(|| not_found(name))
}

/// Refuses a server that is not there, and lets nobody delete it meanwhile.
pub(super) async fn hold(tx: &mut Unit<'_>, name: &str) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT 1 FROM mcp_servers WHERE workspace = $1 AND name = $2 FOR SHARE",
            &[workspace.into(), name.into()],
            |_| Ok(()),
        )
        .await?;
    found.ok_or_else(|| not_found(name))
}

pub async fn get(tx: &mut Unit<'_>, name: &str) -> Result<McpServer, ApiError> {
    let workspace = tx.workspace();
    let mut statement = Statement::new(SELECT);
    statement.bind(workspace.to_owned()).text(" AND s.name = ").bind(name.to_owned());
    let mut servers = statement.query(tx, read_server).await?;
    add_details(tx, &mut servers).await?;
    servers.pop().ok_or_else(|| ApiError::missing(format!("MCP server '{name}' not found")))
}

fn column(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::DisplayName => "s.display_name",
        Attribute::Status => "l.status",
        Attribute::CreatedAt => "s.created_at",
        Attribute::LastUpdatedAt => "s.last_updated_at",
        _ => "s.name",
    }
}

pub async fn search(tx: &mut Unit<'_>, search: &Search) -> Result<SearchServersResponse, ApiError> {
    let workspace = tx.workspace();
    let mut statement = Statement::new(SELECT);
    statement.bind(workspace.to_owned());
    for clause in &search.clauses {
        match &clause.field {
            Field::Tag(key) => {
                statement.text(
                    " AND EXISTS (SELECT 1 FROM mcp_server_tags t WHERE t.workspace = s.workspace \
                     AND t.name = s.name AND t.key = ",
                );
                statement.bind(key.clone()).text(" AND t.value");
                keyset::compare(&mut statement, clause.comparison, clause.literal.clone());
                statement.text(")");
            }
            Field::Attribute(Attribute::HasAccessEndpoints) => {
                let wanted = store_endpoints::wants_endpoints(clause)?;
                statement.text(if wanted { " AND EXISTS (" } else { " AND NOT EXISTS (" });
                statement.text(store_endpoints::ANY_OF_SERVER).text(")");
            }
            Field::Attribute(_) => condition(&mut statement, clause, column)?,
        }
    }
    search.finish(&mut statement, column, &[Attribute::Name]);
    let mut servers = statement.query(tx, read_server).await?;
    let next_page_token = search.cut(&mut servers);
    add_details(tx, &mut servers).await?;
    Ok(SearchServersResponse { mcp_servers: servers, next_page_token })
}

/// Reads the tags, aliases and endpoints of all `servers`.
async fn add_details(tx: &mut Unit<'_>, servers: &mut [McpServer]) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    if servers.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = servers.iter().map(|server| server.name.clone()).collect();
    let mut tags: HashMap<String, BTreeMap<String, String>> = HashMap::new();
    let rows = tx
        .query(
            "SELECT name, key, value FROM mcp_server_tags WHERE workspace = $1 AND name = ANY($2)",
            &[workspace.into(), (&names).into()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get::<Option<String>>(2)?)),
        )
        .await?;
    for (name, key, value) in rows {
        tags.entry(name).or_default().insert(key, value.unwrap_or_default());
    }
    let mut aliases: HashMap<String, Vec<Alias>> = HashMap::new();
    for (name, alias) in aliases_of(tx, &names).await? {
        aliases.entry(name).or_default().push(alias);
    }
    let mut endpoints = HashMap::<_, Vec<_>>::new();
    for endpoint in store_endpoints::of_servers(tx, &names).await? {
        endpoints.entry(endpoint.server_name.clone()).or_default().push(endpoint);
    }
    for server in servers {
        server.tags = tags.remove(&server.name).unwrap_or_default();
        server.aliases = aliases.remove(&server.name).unwrap_or_default();
        server.access_endpoints = endpoints.remove(&server.name).unwrap_or_default();
    }
    Ok(())
}

/// The aliases of servers, by their names.
pub(super) async fn aliases_of(
    tx: &mut Unit<'_>,
    names: &[String],
) -> Result<Vec<(String, Alias)>, DbError> {
    let workspace = tx.workspace();
    tx.query(
        "SELECT name, alias, version FROM mcp_server_aliases \
         WHERE workspace = $1 AND name = ANY($2) ORDER BY name, alias",
        &[workspace.into(), names.into()],
        |row| Ok((row.get(0)?, Alias { alias: row.get(1)?, version: row.get(2)? })),
    )
    .await
}

/// A change of a server: what is missing stays as it is.
#[derive(Debug)]
pub struct Change {
    pub name: String,
    pub display_name: Given,
    pub description: Given,
    pub icons: Option<Value>,
    pub now: i64,
}

app::lend!(Change);

pub async fn update(tx: &mut Unit<'_>, change: &Change) -> Result<McpServer, ApiError> {
    let workspace = tx.workspace();
    let mut statement = Statement::new("UPDATE mcp_servers SET last_updated_by = NULL");
    statement.text(", last_updated_at = ").bind(change.now);
    if let Some(name) = change.display_name.written() {
        statement.text(", display_name = ").bind(name);
    }
    if let Some(description) = change.description.written() {
        statement.text(", description = ").bind(description);
    }
    if let Some(icons) = &change.icons {
        statement.text(", icons = ").bind(stored(icons));
    }
    statement.text(" WHERE workspace = ").bind(workspace.to_owned());
    statement.text(" AND name = ").bind(change.name.clone()).text(" RETURNING name");
    let updated = statement.query(tx, |_| Ok(())).await?;
    if updated.is_empty() {
        return Err(not_found(&change.name));
    }
    get(tx, &change.name).await
}

/// Deletes a server with all that belongs to it, which follows by its foreign keys.
pub async fn delete(tx: &mut Unit<'_>, name: &str) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    hold(tx, name).await?;
    let active = tx
        .query_opt(
            "SELECT version FROM mcp_server_versions WHERE workspace = $1 AND name = $2 \
             AND status = 'active' ORDER BY version LIMIT 1",
            &[workspace.into(), name.into()],
            |row| row.get::<String>(0),
        )
        .await?;
    if let Some(version) = active {
        return Err(ApiError::invalid(format!(
            "Cannot delete MCP server '{name}' while it still has an active version ('{version}'). \
             Delete or deactivate the active version first."
        )));
    }
    tx.execute(
        "DELETE FROM mcp_servers WHERE workspace = $1 AND name = $2",
        &[workspace.into(), name.into()],
    )
    .await?;
    Ok(())
}

pub async fn set_tag(
    tx: &mut Unit<'_>,
    name: &str,
    key: &str,
    value: &str,
) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    hold(tx, name).await?;
    tx.execute(
        "INSERT INTO mcp_server_tags (workspace, name, key, value) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (workspace, name, key) DO UPDATE SET value = excluded.value",
        &[workspace.into(), name.into(), key.into(), value.into()],
    )
    .await?;
    Ok(())
}

pub async fn delete_tag(tx: &mut Unit<'_>, name: &str, key: &str) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    let deleted = tx
        .execute(
            "DELETE FROM mcp_server_tags WHERE workspace = $1 AND name = $2 AND key = $3",
            &[workspace.into(), name.into(), key.into()],
        )
        .await?;
    if deleted == 0 {
        let message = format!("Tag '{key}' not found on MCP server '{name}'");
        return Err(ApiError::missing(message));
    }
    Ok(())
}

pub async fn set_alias(
    tx: &mut Unit<'_>,
    name: &str,
    alias: &str,
    version: &str,
) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    hold(tx, name).await?;
    if store_versions::status_of(tx, name, version).await? == store_versions::DELETED {
        return Err(ApiError::invalid(format!(
            "Cannot set alias '{alias}' to deleted MCP server version '{name}' version '{version}'"
        )));
    }
    tx.execute(
        "INSERT INTO mcp_server_aliases (workspace, name, alias, version) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (workspace, name, alias) DO UPDATE SET version = excluded.version",
        &[workspace.into(), name.into(), alias.into(), version.into()],
    )
    .await?;
    Ok(())
}

/// Takes an alias away, and the endpoints that lead to it.
pub async fn delete_alias(tx: &mut Unit<'_>, name: &str, alias: &str) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    let deleted = tx
        .execute(
            "DELETE FROM mcp_server_aliases WHERE workspace = $1 AND name = $2 AND alias = $3",
            &[workspace.into(), name.into(), alias.into()],
        )
        .await?;
    if deleted == 0 {
        let message = format!("Alias '{alias}' not found on MCP server '{name}'");
        return Err(ApiError::missing(message));
    }
    store_endpoints::delete_of_aliases(tx, name, &[alias.to_owned()]).await?;
    Ok(())
}
