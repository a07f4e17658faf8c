//! The handlers of MCP servers, their tags and aliases.

use app::{ApiError, Call, Caller, Reply, Shared};
use axum::Json;
use axum::extract::State;
use filter::mcp_servers::Entity;
use serde_json::Value;
use tracking::experiments::wire::Empty;

use super::body::{self, Body};
use super::path::Named;
use super::store::{Change, NewServer};
use super::store_versions::LATEST;
use super::wire::{McpServer, Query, SearchServersResponse};
use super::{icons, names, search, store};

pub(super) async fn create(State(app): Shared, caller: Caller, body: Body) -> Reply<McpServer> {
    let fields = body.object(body::CREATE_SERVER)?;
    let icons = match fields.get("icons") {
        Some(icons) => icons::stored(icons, "icons").await?,
        None => Value::Null,
    };
    let name = body::text(&fields, "name").unwrap_or_default();
    names::check(&name)?;
    let description = body::text(&fields, "description");
    let new = NewServer { name, description, icons, now: app.clock.now_ms() };
    Ok(Json(app.write(&caller, store::create, (new,)).await?))
}

pub(super) async fn get(State(app): Shared, caller: Caller, path: Named) -> Reply<McpServer> {
    Ok(Json(app.read(&caller, store::get, (path.server,)).await?))
}

pub(super) async fn search(
    State(app): Shared,
    caller: Caller,
    Call(query): Call<Query>,
) -> Reply<SearchServersResponse> {
    let search = search::plan(Entity::Server, &query)?;
    Ok(Json(app.search(&caller, store::search, (search,)).await?))
}

pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
    path: Named,
    body: Body,
) -> Reply<McpServer> {
    let body = body.map(|value| match value.get("latest_version") {
        None => Ok(()),
        Some(_) => Err(body::invalid(
            "Value error, latest_version is read-only; it is resolved automatically from \
             semantic-version ordering",
        )),
    })?;
    let fields = body.object(body::UPDATE_SERVER)?;
    let icons = match fields.get("icons") {
        Some(icons) => Some(icons::stored(icons, "icons").await?),
        None => None,
    };
    let change = Change {
        name: path.server,
        display_name: body::change(&fields, "display_name"),
        description: body::change(&fields, "description"),
        icons,
        now: app.clock.now_ms(),
    };
    Ok(Json(app.write(&caller, store::update, (change,)).await?))
}

pub(super) async fn delete(State(app): Shared, caller: Caller, path: Named) -> Reply<Empty> {
    app.write(&caller, store::delete, (path.server,)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn set_tag(
    State(app): Shared,
    caller: Caller,
    path: Named,
    body: Body,
) -> Reply<Empty> {
    let fields = body.object(body::TAG)?;
    let text = |name| body::text(&fields, name).unwrap_or_default();
    let input = (path.server, text("key"), text("value"));
    app.write(&caller, store::set_tag, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete_tag(State(app): Shared, caller: Caller, path: Named) -> Reply<Empty> {
    app.write(&caller, store::delete_tag, (path.server, path.key)).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn set_alias(
    State(app): Shared,
    caller: Caller,
    path: Named,
    body: Body,
) -> Reply<Empty> {
    let fields = body.object(body::ALIAS)?;
    let text = |name| body::text(&fields, name).unwrap_or_default();
    let input = (path.server, text("alias"), text("version"));
    if input.1 == LATEST {
        return Err(ApiError::invalid(
            "The alias name 'latest' is reserved for automatic resolution",
        ));
    }
    app.write(&caller, store::set_alias, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete_alias(State(app): Shared, caller: Caller, path: Named) -> Reply<Empty> {
    app.write(&caller, store::delete_alias, (path.server, path.alias)).await?;
    Ok(Json(Empty {}))
}
