//! The handlers of MCP servers, their tags and aliases.

use app::{ApiError, Call, Reply, Shared};
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

pub(super) async fn create(State(app): Shared, body: Body) -> Reply<McpServer> {
    let fields = body.object(body::CREATE_SERVER)?;
    let icons = match fields.get("icons") {
        Some(icons) => icons::stored(icons, "icons").await?,
        None => Value::Null,
    };
    let name = body::text(&fields, "name").unwrap_or_default();
    names::check(&name)?;
    let description = body::text(&fields, "description");
    let new = NewServer { name, description, icons, now: app.clock.now_ms() };
    Ok(Json(app.db.write(new, |tx, new| Box::pin(store::create(tx, new))).await?))
}

pub(super) async fn get(State(app): Shared, path: Named) -> Reply<McpServer> {
    Ok(Json(app.db.read(path.server, |tx, name| Box::pin(store::get(tx, name))).await?))
}

pub(super) async fn search(
    State(app): Shared,
    Call(query): Call<Query>,
) -> Reply<SearchServersResponse> {
    let search = search::plan(Entity::Server, &query)?;
    Ok(Json(app.db.search(search, |tx, search| Box::pin(store::search(tx, search))).await?))
}

pub(super) async fn update(State(app): Shared, path: Named, body: Body) -> Reply<McpServer> {
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
    Ok(Json(app.db.write(change, |tx, change| Box::pin(store::update(tx, change))).await?))
}

pub(super) async fn delete(State(app): Shared, path: Named) -> Reply<Empty> {
    app.db.write(path.server, |tx, name| Box::pin(store::delete(tx, name))).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn set_tag(State(app): Shared, path: Named, body: Body) -> Reply<Empty> {
    let fields = body.object(body::TAG)?;
    let text = |name| body::text(&fields, name).unwrap_or_default();
    let input = (path.server, text("key"), text("value"));
    app.db
        .write(input, |tx, (name, key, value)| Box::pin(store::set_tag(tx, name, key, value)))
        .await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete_tag(State(app): Shared, path: Named) -> Reply<Empty> {
    app.db.write(path, |tx, path| Box::pin(store::delete_tag(tx, &path.server, &path.key))).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn set_alias(State(app): Shared, path: Named, body: Body) -> Reply<Empty> {
    let fields = body.object(body::ALIAS)?;
    let text = |name| body::text(&fields, name).unwrap_or_default();
    let input = (path.server, text("alias"), text("version"));
    if input.1 == LATEST {
        return Err(ApiError::invalid(
            "The alias name 'latest' is reserved for automatic resolution",
        ));
    }
    app.db
        .write(input, |tx, (name, alias, version)| {
            Box::pin(store::set_alias(tx, name, alias, version))
        })
        .await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete_alias(State(app): Shared, path: Named) -> Reply<Empty> {
    app.db
        .write(path, |tx, path| Box::pin(store::delete_alias(tx, &path.server, &path.alias)))
        .await?;
    Ok(Json(Empty {}))
}
