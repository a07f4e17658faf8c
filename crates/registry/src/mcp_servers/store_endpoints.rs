//! The SQL of access endpoints of MCP servers.

use app::{ApiError, Unit};
use const_format::concatcp;
use db::{DbError, Row, Statement};
use filter::mcp_servers::{Attribute, Clause};
use filter::{Comparison, Literal};

use super::body::Given;
use super::search::{Search, condition};
use super::store::{RANKED, hold};
use super::store_versions::{self, DELETED, read_version};
use super::wire::{AccessEndpoint, SearchEndpointsResponse};

/// Endpoints `e` with the live version `v` that each leads to, by itself or by its alias.
const RESOLVED: &str = concatcp!(
    "FROM mcp_access_endpoints e \
     LEFT JOIN mcp_server_aliases a ON a.workspace = e.workspace AND a.name = e.server_name \
     AND a.alias = e.server_alias AND e.server_alias <> 'latest' LEFT JOIN (",
    RANKED,
    ") n ON n.workspace = e.workspace AND n.name = e.server_name AND n.place = 1 \
     AND e.server_alias = 'latest' \
     JOIN mcp_server_versions v ON v.workspace = e.workspace AND v.name = e.server_name \
     AND v.version = COALESCE(e.server_version, a.version, n.version) AND v.status <> 'deleted'"
);

/// Whether the server `s` of a statement around it has an endpoint that leads anywhere.
pub(super) const ANY_OF_SERVER: &str =
    concatcp!("SELECT 1 ", RESOLVED, " WHERE e.workspace = s.workspace AND e.server_name = s.name");

/// What comes before the columns of the version.
const OWN: usize = 11;

const SELECT: &str = concatcp!(
    "SELECT e.id, e.server_name, e.url, e.transport_type, e.workspace, e.server_version, \
     e.server_alias, e.created_by, e.last_updated_by, e.created_at, e.last_updated_at, ",
    store_versions::COLUMNS,
    " ",
    RESOLVED,
    " WHERE e.workspace = "
);

fn not_found(id: &str) -> ApiError {
    ApiError::missing(format!("MCPAccessEndpoint not found (id='{id}')"))
}

fn other_server(id: &str, name: &str) -> ApiError {
    ApiError::missing(format!("MCPAccessEndpoint {id} does not belong to server '{name}'"))
}

fn read_endpoint(row: Row<'_>) -> Result<AccessEndpoint, DbError> {
    Ok(AccessEndpoint {
        id: row.get(0)?,
        server_name: row.get(1)?,
        url: row.get(2)?,
        transport_type: row.get(3)?,
        workspace: row.get(4)?,
        server_version: row.get(5)?,
        server_alias: row.get(6)?,
        resolved_version: Some(read_version(row, OWN)?),
        created_by: row.get(7)?,
        last_updated_by: row.get(8)?,
        creation_timestamp: row.get(9)?,
        last_updated_timestamp: row.get(10)?,
    })
}

async fn read(tx: &mut Unit<'_>, statement: &Statement) -> Result<Vec<AccessEndpoint>, DbError> {
    let mut endpoints = statement.query(tx, read_endpoint).await?;
    let versions = endpoints.iter_mut().filter_map(|endpoint| endpoint.resolved_version.as_mut());
    store_versions::add_details(tx, versions).await?;
    Ok(endpoints)
}

/// What a filter on endpoints asks for: that there are some, or that there are none.
pub(super) fn wants_endpoints(clause: &Clause) -> Result<bool, ApiError> {
    let wanted = match &clause.literal {
        Literal::Text(text) if clause.comparison == Comparison::Equal => text.to_lowercase(),
        _ => String::new(),
    };
    match wanted.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(ApiError::invalid("has_access_endpoints only supports '= true' or '= false'")),
    }
}

/// The endpoints of servers that lead anywhere.
pub(super) async fn of_servers(
    tx: &mut Unit<'_>,
    names: &[String],
) -> Result<Vec<AccessEndpoint>, DbError> {
    let workspace = tx.workspace();
    let mut statement = Statement::new(SELECT);
    statement.bind(workspace.to_owned()).text(" AND e.server_name = ANY(").bind(names.to_vec());
    statement.text(") ORDER BY e.id");
    read(tx, &statement).await
}

pub(super) async fn delete_of_aliases(
    tx: &mut Unit<'_>,
    name: &str,
    aliases: &[String],
) -> Result<(), DbError> {
    let workspace = tx.workspace();
    tx.execute(
        "DELETE FROM mcp_access_endpoints \
         WHERE workspace = $1 AND server_name = $2 AND server_alias = ANY($3)",
        &[workspace.into(), name.into(), aliases.into()],
    )
    .await?;
    Ok(())
}

async fn by_id(tx: &mut Unit<'_>, id: &str) -> Result<Option<AccessEndpoint>, DbError> {
    let workspace = tx.workspace();
    let mut statement = Statement::new(SELECT);
    statement.bind(workspace.to_owned()).text(" AND e.id = ").bind(id.to_owned());
    Ok(read(tx, &statement).await?.pop())
}

pub async fn get(tx: &mut Unit<'_>, name: &str, id: &str) -> Result<AccessEndpoint, ApiError> {
    let missing = || ApiError::missing(format!("MCPAccessEndpoint {id} not found"));
    let endpoint = by_id(tx, id).await?.ok_or_else(missing)?;
    if endpoint.server_name != name {
        return Err(other_server(id, name));
    }
    Ok(endpoint)
}

/// An endpoint to write.
#[derive(Debug)]
pub struct NewEndpoint {
    pub id: String,
    pub server_name: String,
    pub url: String,
    pub transport_type: String,
    pub target: Target,
    pub now: i64,
}

app::lend!(NewEndpoint);

/// Where an endpoint leads to.
#[derive(Debug)]
pub enum Target {
    Version(String),
    Alias(String),
}

impl Target {
    fn columns(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Target::Version(version) => (Some(version), None),
            Target::Alias(alias) => (None, Some(alias)),
        }
    }
}

/// Refuses a target that is not there. `what` says what is done to the endpoint.
async fn check(tx: &mut Unit<'_>, name: &str, target: &Target, what: &str) -> Result<(), ApiError> {
    match target {
        Target::Version(version) => {
            if store_versions::status_of(tx, name, version).await? == DELETED {
                return Err(ApiError::invalid(format!(
                    "Cannot {what} MCP access endpoint to deleted MCP server version '{name}' \
                     version '{version}'"
                )));
            }
        }
        Target::Alias(alias) => {
            let version = store_versions::of_alias(tx, name, alias).await?;
            let status = store_versions::status_of(tx, name, &version).await.map_err(|_| {
                ApiError::invalid(format!(
                    "Alias '{alias}' for MCP server '{name}' points to missing version '{version}'"
                ))
            })?;
            if status == DELETED {
                return Err(ApiError::invalid(format!(
                    "Alias '{alias}' for MCP server '{name}' points to deleted version '{version}'"
                )));
            }
        }
    }
    Ok(())
}

pub async fn create(tx: &mut Unit<'_>, new: &NewEndpoint) -> Result<AccessEndpoint, ApiError> {
    let workspace = tx.workspace();
    hold(tx, &new.server_name).await?;
    check(tx, &new.server_name, &new.target, "create").await?;
    let (version, alias) = new.target.columns();
    tx.execute(
        "INSERT INTO mcp_access_endpoints (id, workspace, server_name, server_version, \
         server_alias, url, transport_type, created_at, last_updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        &[
            (&new.id).into(),
            workspace.into(),
            (&new.server_name).into(),
            version.into(),
            alias.into(),
            (&new.url).into(),
            (&new.transport_type).into(),
            new.now.into(),
        ],
    )
    .await?;
    get(tx, &new.server_name, &new.id).await
}

/// A change of an endpoint: what is `None` stays as it is.
#[derive(Debug)]
pub struct Change {
    pub id: String,
    pub server_name: String,
    pub target: Option<Target>,
    pub url: Given,
    pub transport_type: Option<String>,
    pub now: i64,
}

app::lend!(Change);

/// Refuses an endpoint that is not there, or not this server's.
async fn own(tx: &mut Unit<'_>, name: &str, id: &str) -> Result<(), ApiError> {
    let workspace = tx.workspace();
    let found = tx
        .query_opt(
            "SELECT server_name FROM mcp_access_endpoints \
             WHERE workspace = $1 AND id = $2 FOR UPDATE",
            &[workspace.into(), id.into()],
            |row| row.get::<String>(0),
        )
        .await?;
    match found {
        None => Err(not_found(id)),
        Some(server) if server != name => Err(other_server(id, name)),
        Some(_) => Ok(()),
    }
}

pub async fn update(tx: &mut Unit<'_>, change: &Change) -> Result<AccessEndpoint, ApiError> {
    own(tx, &change.server_name, &change.id).await?;
    let mut statement = Statement::new("UPDATE mcp_access_endpoints SET last_updated_by = NULL");
    statement.text(", last_updated_at = ").bind(change.now);
    if let Some(target) = &change.target {
        check(tx, &change.server_name, target, "update").await?;
        let (version, alias) = target.columns();
        statement.text(", server_version = ").bind(version.map(str::to_owned));
        statement.text(", server_alias = ").bind(alias.map(str::to_owned));
    }
    match &change.url {
        Given::Missing => {}
        Given::Null => return Err(ApiError::invalid("MCP access endpoint url cannot be None")),
        Given::Text(url) => {
            check_url(url)?;
            statement.text(", url = ").bind(url.clone());
        }
    }
    if let Some(transport) = &change.transport_type {
        statement.text(", transport_type = ").bind(transport.clone());
    }
    statement.text(" WHERE id = ").bind(change.id.clone()).text(" RETURNING id");
    statement.query(tx, |_| Ok(())).await?;
    get(tx, &change.server_name, &change.id).await
}

pub(super) fn check_url(url: &str) -> Result<(), ApiError> {
    if !url.trim().is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "MCP access endpoint url cannot be empty or just whitespace: {}",
        python::repr_text(url)
    )))
}

pub async fn delete(tx: &mut Unit<'_>, name: &str, id: &str) -> Result<(), ApiError> {
    own(tx, name, id).await?;
    tx.execute("DELETE FROM mcp_access_endpoints WHERE id = $1", &[id.into()]).await?;
    Ok(())
}

/// A search for endpoints, narrowed to a server, a version or an alias.
#[derive(Debug)]
pub struct Narrowed {
    pub server_name: Option<String>,
    pub server_version: Option<String>,
    pub server_alias: Option<String>,
    pub search: Search,
}

app::lend!(Narrowed);

fn column(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Status => "v.status",
        Attribute::ServerName => "e.server_name",
        Attribute::TransportType => "e.transport_type",
        Attribute::CreatedAt => "e.created_at",
        Attribute::LastUpdatedAt => "e.last_updated_at",
        _ => "e.id",
    }
}

pub async fn search(
    tx: &mut Unit<'_>,
    asked: &Narrowed,
) -> Result<SearchEndpointsResponse, ApiError> {
    let workspace = tx.workspace();
    let mut statement = Statement::new(SELECT);
    statement.bind(workspace.to_owned());
    for (condition, value) in [
        (" AND e.server_name = ", &asked.server_name),
        (" AND e.server_version = ", &asked.server_version),
        (" AND e.server_alias = ", &asked.server_alias),
    ] {
        if let Some(value) = value {
            statement.text(condition).bind(value.clone());
        }
    }
    for clause in &asked.search.clauses {
        condition(&mut statement, clause, column)?;
    }
    asked.search.finish(&mut statement, column, &[Attribute::Id]);
    let mut endpoints = read(tx, &statement).await?;
    let next_page_token = asked.search.cut(&mut endpoints);
    let mcp_access_endpoints = endpoints.into_iter().map(Into::into).collect();
    Ok(SearchEndpointsResponse { mcp_access_endpoints, next_page_token })
}
