//! The handlers of versions of MCP servers.

use app::{ApiError, Call, Caller, Reply, Shared};
use axum::Json;
use axum::extract::State;
use filter::mcp_servers::Entity;
use serde_json::{Map, Value, json};
use tracking::experiments::wire::Empty;

use super::body::{self, Body, Given};
use super::path::Named;
use super::store_versions::{self as store, Change, NewVersion};
use super::wire::{McpServerVersion, Query, SearchVersionsResponse};
use super::{icons, names, search, semver};

fn status(text: &str) -> Result<&'static str, ApiError> {
    ["draft", "active", "deprecated", "deleted"]
        .into_iter()
        .find(|known| *known == text)
        .ok_or_else(|| ApiError::invalid(format!("Invalid status: '{text}'")))
}

/// Takes `server_json` out of the envelope in which public registries answer it.
fn unwrap_envelope(body: &mut Value) -> Result<(), ApiError> {
    let Some(server_json) = body.get_mut("server_json") else { return Ok(()) };
    let complete = |value: &Value| value.get("name").is_some() && value.get("version").is_some();
    if complete(server_json) {
        return Ok(());
    }
    match server_json.get_mut("server").map(Value::take) {
        Some(inner @ Value::Object(_)) if complete(&inner) => *server_json = inner,
        None | Some(Value::Object(_)) => {}
        Some(_) => {
            return Err(body::invalid(
                "Value error, server_json.server: Input should be a valid dictionary",
            ));
        }
    }
    Ok(())
}

/// Tools as they are stored: what they have, and nothing else.
async fn tools(value: Option<&Value>) -> Result<Value, ApiError> {
    let Some(Value::Array(tools)) = value else { return Ok(Value::Null) };
    let fields = [
        "name",
        "title",
        "description",
        "inputSchema",
        "outputSchema",
        "annotations",
        "icons",
        "execution",
    ];
    let mut stored = Vec::with_capacity(tools.len());
    for (index, tool) in tools.iter().enumerate() {
        let mut kept = Map::new();
        for name in fields {
            let value = match tool.get(name) {
                None | Some(Value::Null) => continue,
                Some(icons) if name == "icons" => {
                    icons::stored(icons, &format!("tools[{index}].icons")).await?
                }
                Some(value) => value.clone(),
            };
            kept.insert(name.to_owned(), value);
        }
        stored.push(Value::Object(kept));
    }
    Ok(stored.into())
}

fn connect_options(value: Option<&Value>) -> Value {
    let Some(Value::Object(options)) = value else { return Value::Null };
    let hidden = |value: &Value| value.get("hidden").and_then(body::read_bool).unwrap_or(false);
    options.iter().map(|(name, value)| (name.clone(), json!({"hidden": hidden(value)}))).collect()
}

pub(super) async fn create(
    State(app): Shared,
    caller: Caller,
    path: Named,
    body: Body,
) -> Reply<McpServerVersion> {
    let mut fields = body.map(unwrap_envelope)?.object(body::CREATE_VERSION)?;
    let mut server_json = fields.remove("server_json").unwrap_or_default();
    if let Some(icons) = server_json.get_mut("icons") {
        *icons = icons::stored(icons, "server_json.icons").await?;
    }
    let text =
        |name: &str| server_json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, version) = (text("name"), text("version"));
    let tools = tools(fields.get("tools")).await?;
    names::check(&name)?;
    names::check(&path.server)?;
    if name != path.server {
        return Err(ApiError::invalid(format!(
            "server_json.name '{name}' does not match path parameter '{}'",
            path.server
        )));
    }
    let status = status(body::text(&fields, "status").as_deref().unwrap_or("draft"))?;
    if version.is_empty() {
        return Err(ApiError::invalid("server_json must contain 'name' and 'version' keys"));
    }
    let sort_key = semver::parse(&version, "server_json.version")?;
    if !matches!(status, "draft" | "active") {
        return Err(ApiError::invalid(
            "Initial MCP server registration status must be 'draft' or 'active'.",
        ));
    }
    let new = NewVersion {
        name,
        version,
        sort_key,
        server_json,
        status,
        tools,
        source: body::text(&fields, "source"),
        connect_options: connect_options(fields.get("connect_options")),
        now: app.clock.now_ms(),
    };
    Ok(Json(app.write(&caller, store::create, (new,)).await?))
}

pub(super) async fn get(
    State(app): Shared,
    caller: Caller,
    path: Named,
) -> Reply<McpServerVersion> {
    Ok(Json(app.read(&caller, store::get, (path.server, path.version)).await?))
}

pub(super) async fn by_alias(
    State(app): Shared,
    caller: Caller,
    path: Named,
) -> Reply<McpServerVersion> {
    Ok(Json(app.read(&caller, store::by_alias, (path.server, path.alias)).await?))
}

pub(super) async fn search(
    State(app): Shared,
    caller: Caller,
    path: Named,
    Call(query): Call<Query>,
) -> Reply<SearchVersionsResponse> {
    let input = (path.server, search::plan(Entity::Version, &query)?);
    let found = app.search(&caller, store::search, input).await?;
    Ok(Json(found))
}

pub(super) async fn update(
    State(app): Shared,
    caller: Caller,
    path: Named,
    body: Body,
) -> Reply<McpServerVersion> {
    let fields = body.object(body::UPDATE_VERSION)?;
    let status = match body::change(&fields, "status") {
        Given::Missing => None,
        Given::Null => {
            return Err(ApiError::invalid(
                "status cannot be null; omit the field to leave it unchanged",
            ));
        }
        Given::Text(text) => Some(status(&text)?),
    };
    let tools = match fields.get("tools") {
        Some(value) => Some(tools(Some(value)).await?),
        None => None,
    };
    let change = Change {
        name: path.server,
        version: path.version,
        status,
        tools,
        connect_options: fields.get("connect_options").map(|value| connect_options(Some(value))),
        now: app.clock.now_ms(),
    };
    Ok(Json(app.write(&caller, store::update, (change,)).await?))
}

pub(super) async fn delete(State(app): Shared, caller: Caller, path: Named) -> Reply<Empty> {
    app.write(&caller, store::delete, (path.server, path.version)).await?;
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
    let input = (path.server, path.version, text("key"), text("value"));
    app.write(&caller, store::set_tag, input).await?;
    Ok(Json(Empty {}))
}

pub(super) async fn delete_tag(State(app): Shared, caller: Caller, path: Named) -> Reply<Empty> {
    app.write(&caller, store::delete_tag, (path.server, path.version, path.key)).await?;
    Ok(Json(Empty {}))
}
