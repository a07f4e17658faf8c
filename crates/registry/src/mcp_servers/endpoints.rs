//! The handlers of access endpoints of MCP servers.

use app::{ApiError, Call, Caller, Reply, Shared};
use axum::Json;
use axum::extract::State;
use filter::mcp_servers::Entity;
use tracking::experiments::wire::Empty;

use super::body::{self, Body};
use super::path::Named;
use super::search;
use super::store_endpoints::{self as store, Change, Narrowed, NewEndpoint, Target};
use super::wire::{AccessEndpointWithTools, Query, SearchEndpointsResponse};

fn transport(text: String) -> Result<String, ApiError> {
    match text.as_str() {
        "streamable-http" | "sse" => Ok(text),
        _ => Err(ApiError::invalid(format!("Invalid transport_type: '{text}'"))),
    }
}

pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    path: Named,
    body: Body,
) -> Reply<AccessEndpointWithTools> {
    let fields = body.object(body::CREATE_ENDPOINT)?;
    let text = |name| body::text(&fields, name);
    let transport_type =
        transport(text("transport_type").unwrap_or_else(|| "streamable-http".to_owned()))?;
    let target = match (text("server_version"), text("server_alias")) {
        (Some(version), None) => Target::Version(version),
        (None, Some(alias)) => Target::Alias(alias),
        _ => {
            return Err(ApiError::invalid(
                "Exactly one of server_version or server_alias must be provided",
            ));
        }
    };
    let url = text("url").unwrap_or_default();
    store::check_url(&url)?;
    let new = NewEndpoint {
        id: format!("ae-{}", app.ids.hex()),
        server_name: path.server,
        url,
        transport_type,
        target,
        now: app.clock.now_ms(),
    };
    let endpoint = app.write(&caller, store::create, (new,)).await?;
    Ok(Json(endpoint.into()))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    path: Named,
) -> Reply<AccessEndpointWithTools> {
    let endpoint = app.read(&caller, store::get, (path.server, path.endpoint_id)).await?;
    Ok(Json(endpoint.into()))
}

pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
    path: Named,
    body: Body,
) -> Reply<AccessEndpointWithTools> {
    let fields = body.object(body::UPDATE_ENDPOINT)?;
    let text = |name| body::text(&fields, name);
    let transport_type = text("transport_type").map(transport).transpose()?;
    let target = match (text("server_version"), text("server_alias")) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid(
                "Cannot set both server_version and server_alias in a single update",
            ));
        }
        (Some(version), None) => Some(Target::Version(version)),
        (None, alias) => alias.map(Target::Alias),
    };
    let change = Change {
        id: path.endpoint_id,
        server_name: path.server,
        target,
        url: body::change(&fields, "url"),
        transport_type,
        now: app.clock.now_ms(),
    };
    let endpoint = app.write(&caller, store::update, (change,)).await?;
    Ok(Json(endpoint.into()))
}

pub(super) async fn delete(State(app): Shared, caller: Caller, path: Named) -> Reply<Empty> {
    app.write(&caller, store::delete, (path.server, path.endpoint_id)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn search(
    state: Shared,
    caller: Caller,
    Call(query): Call<Query>,
) -> Reply<SearchEndpointsResponse> {
    narrowed(state, caller, query, None).await
}

pub(super) async fn search_of_server(
    state: Shared,
    caller: Caller,
    path: Named,
    Call(query): Call<Query>,
) -> Reply<SearchEndpointsResponse> {
    narrowed(state, caller, query, Some(path.server)).await
}

async fn narrowed(
    State(app): Shared,
    caller: Caller,
    query: Query,
    server_name: Option<String>,
) -> Reply<SearchEndpointsResponse> {
    let search = search::plan(Entity::Endpoint, &query)?;
    let Query { server_version, server_alias, .. } = query;
    let asked = Narrowed { server_name, server_version, server_alias, search };
    Ok(Json(app.search(&caller, store::search, (asked,)).await?))
}
