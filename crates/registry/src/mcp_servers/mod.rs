//! The registry of MCP servers: a server has versions (its `server.json`), tags, aliases that name
//! versions, and access endpoints at which a version or an alias can be reached.
//!
//! A server's name is `namespace/slug`. Clients send the slash bare or escaped, so every route of
//! one server stands at two paths.

mod api;
mod body;
mod endpoints;
mod icons;
mod names;
mod path;
mod search;
mod semver;
pub mod store;
mod store_endpoints;
mod store_versions;
mod versions;
pub mod wire;

use app::needs::Action::{Delete, NotDenied, Read, Update};
use app::needs::{Scope, Tier, mcp_server, mcp_server_version};
use app::{Need, Routes};

pub fn routes() -> Routes {
    let rows = [Need::Rows(Tier::McpServer)];
    Routes::v3("mlflow/mcp-servers")
        .post("", api::create, [Need::Create, mcp_server(NotDenied).of(Scope::Workspace)])
        .summary("Register an MCP server")
        .reads(|_| body::schema(body::CREATE_SERVER))
        .get("", api::search, rows)
        .summary("Search MCP servers")
        .get("endpoints", endpoints::search, rows)
        .summary("Search access endpoints of all MCP servers")
        .merge(of_server("{name}", &["name"]))
        .merge(of_server("{name}/{slug}", &["name", "slug"]))
}

/// The routes of the server whose name the path has at `server`.
fn of_server(server: &str, name: &'static [&'static str]) -> Routes {
    let at = |path: &str| format!("{server}/{path}");
    let (version, endpoint) = (at("versions/{version}"), at("endpoints/{endpoint_id}"));
    let read = [mcp_server(Read).in_path(name)];
    let update = [mcp_server(Update).in_path(name)];
    let delete = [mcp_server(Delete).in_path(name)];
    let of_version = |action| [read[0], mcp_server_version(action).in_path(name)];
    Routes::v3("mlflow/mcp-servers")
        .get(server, api::get, read)
        .summary("Get an MCP server")
        .patch(server, api::update, update)
        .summary("Change an MCP server")
        .reads(|_| body::schema(body::UPDATE_SERVER))
        .delete(server, api::delete, delete)
        .summary("Delete an MCP server with all its versions")
        .post(&at("tags"), api::set_tag, update)
        .summary("Set a tag of an MCP server")
        .reads(|_| body::schema(body::TAG))
        .delete(&at("tags/{*key}"), api::delete_tag, delete)
        .summary("Delete a tag of an MCP server")
        .post(&at("aliases"), api::set_alias, update)
        .summary("Let an alias stand for a version of an MCP server")
        .reads(|_| body::schema(body::ALIAS))
        .get(&at("aliases/{*alias}"), versions::by_alias, of_version(Read))
        .summary("Get the version that an alias stands for")
        .delete(&at("aliases/{*alias}"), api::delete_alias, delete)
        .summary("Delete an alias of an MCP server")
        .post(
            &at("versions"),
            versions::create,
            [update[0], mcp_server_version(NotDenied).in_path(name)],
        )
        .summary("Register a version of an MCP server")
        .reads(|_| body::schema(body::CREATE_VERSION))
        .get(&at("versions"), versions::search, of_version(Read))
        .summary("Search versions of an MCP server")
        .get(&version, versions::get, of_version(Read))
        .summary("Get a version of an MCP server")
        .patch(&version, versions::update, of_version(Update))
        .summary("Change a version of an MCP server")
        .reads(|_| body::schema(body::UPDATE_VERSION))
        .delete(&version, versions::delete, of_version(Delete))
        .summary("Delete a version of an MCP server")
        .post(&at("versions/{version}/tags"), versions::set_tag, of_version(Update))
        .summary("Set a tag of a version of an MCP server")
        .reads(|_| body::schema(body::TAG))
        .delete(&at("versions/{version}/tags/{*key}"), versions::delete_tag, of_version(Delete))
        .summary("Delete a tag of a version of an MCP server")
        .post(&at("endpoints"), endpoints::create, update)
        .summary("Add an access endpoint to an MCP server")
        .reads(|_| body::schema(body::CREATE_ENDPOINT))
        .get(&at("endpoints"), endpoints::search_of_server, read)
        .summary("Search access endpoints of an MCP server")
        .get(&endpoint, endpoints::get, read)
        .summary("Get an access endpoint")
        .patch(&endpoint, endpoints::update, update)
        .summary("Change an access endpoint")
        .reads(|_| body::schema(body::UPDATE_ENDPOINT))
        .delete(&endpoint, endpoints::delete, delete)
        .summary("Delete an access endpoint")
}
