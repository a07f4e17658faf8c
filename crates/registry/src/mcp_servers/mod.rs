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

use app::{Guard, Routes, Scope};

pub fn routes() -> Routes {
    Routes::v3("mlflow/mcp-servers")
        .post("", api::create, Guard::edit(Scope::Workspace))
        .reads(|_| body::schema(body::CREATE_SERVER))
        .get("", api::search, Guard::read(Scope::Workspace))
        .get("endpoints", endpoints::search, Guard::read(Scope::Workspace))
        .merge(of_server("{name}"))
        .merge(of_server("{name}/{slug}"))
}

/// The routes of the server whose name the path has at `server`.
fn of_server(server: &str) -> Routes {
    let scope = Scope::McpServer("name");
    let (read, edit, manage) = (Guard::read(scope), Guard::edit(scope), Guard::manage(scope));
    let at = |path: &str| format!("{server}/{path}");
    let (version, endpoint) = (at("versions/{version}"), at("endpoints/{endpoint_id}"));
    Routes::v3("mlflow/mcp-servers")
        .get(server, api::get, read)
        .patch(server, api::update, edit)
        .reads(|_| body::schema(body::UPDATE_SERVER))
        .delete(server, api::delete, manage)
        .post(&at("tags"), api::set_tag, edit)
        .reads(|_| body::schema(body::TAG))
        .delete(&at("tags/{*key}"), api::delete_tag, edit)
        .post(&at("aliases"), api::set_alias, edit)
        .reads(|_| body::schema(body::ALIAS))
        .get(&at("aliases/{*alias}"), versions::by_alias, read)
        .delete(&at("aliases/{*alias}"), api::delete_alias, edit)
        .post(&at("versions"), versions::create, edit)
        .reads(|_| body::schema(body::CREATE_VERSION))
        .get(&at("versions"), versions::search, read)
        .get(&version, versions::get, read)
        .patch(&version, versions::update, edit)
        .reads(|_| body::schema(body::UPDATE_VERSION))
        .delete(&version, versions::delete, manage)
        .post(&at("versions/{version}/tags"), versions::set_tag, edit)
        .reads(|_| body::schema(body::TAG))
        .delete(&at("versions/{version}/tags/{*key}"), versions::delete_tag, edit)
        .post(&at("endpoints"), endpoints::create, edit)
        .reads(|_| body::schema(body::CREATE_ENDPOINT))
        .get(&at("endpoints"), endpoints::search_of_server, read)
        .get(&endpoint, endpoints::get, read)
        .patch(&endpoint, endpoints::update, edit)
        .reads(|_| body::schema(body::UPDATE_ENDPOINT))
        .delete(&endpoint, endpoints::delete, edit)
}
