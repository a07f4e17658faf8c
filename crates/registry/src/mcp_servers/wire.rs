//! The JSON of MCP servers, their versions and their access endpoints.

use std::collections::BTreeMap;

use app::{Check, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::registered_models::wire::Alias;

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct McpServer {
    pub name: String,
    pub display_name: Option<String>,
    /// Its own, or else its latest version's.
    pub description: Option<String>,
    pub icons: Option<Vec<Value>>,
    pub workspace: String,
    /// Of its latest version.
    pub status: Option<String>,
    pub access_endpoints: Vec<AccessEndpoint>,
    pub latest_version: Option<String>,
    pub aliases: Vec<Alias>,
    pub tags: BTreeMap<String, String>,
    pub created_by: Option<String>,
    pub last_updated_by: Option<String>,
    /// Milliseconds since 1970.
    pub creation_timestamp: i64,
    /// Milliseconds since 1970.
    pub last_updated_timestamp: i64,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct McpServerVersion {
    pub name: String,
    pub version: String,
    pub server_json: Value,
    pub workspace: String,
    pub status: String,
    pub tools: Vec<Value>,
    pub aliases: Vec<String>,
    pub tags: BTreeMap<String, String>,
    pub connect_options: Value,
    pub source: Option<String>,
    pub created_by: Option<String>,
    pub last_updated_by: Option<String>,
    /// Milliseconds since 1970.
    pub creation_timestamp: i64,
    /// Milliseconds since 1970.
    pub last_updated_timestamp: i64,
    /// Whether it says anything of tools: none at all is not an empty list.
    #[serde(skip)]
    pub has_tools: bool,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AccessEndpoint {
    pub id: String,
    pub server_name: String,
    pub url: String,
    pub transport_type: String,
    pub workspace: String,
    pub server_version: Option<String>,
    pub server_alias: Option<String>,
    /// The version that it leads to now.
    pub resolved_version: Option<McpServerVersion>,
    pub created_by: Option<String>,
    pub last_updated_by: Option<String>,
    /// Milliseconds since 1970.
    pub creation_timestamp: i64,
    /// Milliseconds since 1970.
    pub last_updated_timestamp: i64,
}

/// An endpoint on its own: with the tools of the version that it leads to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AccessEndpointWithTools {
    pub tools: Option<Vec<Value>>,
    #[serde(flatten)]
    pub endpoint: AccessEndpoint,
}

impl From<AccessEndpoint> for AccessEndpointWithTools {
    fn from(endpoint: AccessEndpoint) -> Self {
        let version = endpoint.resolved_version.as_ref();
        let tools =
            version.filter(|version| version.has_tools).map(|version| version.tools.clone());
        Self { tools, endpoint }
    }
}

/// A tool as answers show it: every field, null where it has none.
pub fn shown_tool(stored: &Value) -> Value {
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
    let field = |name: &str| stored.get(name).cloned().unwrap_or(Value::Null);
    let shown: Map<String, Value> =
        fields.into_iter().map(|name| (name.to_owned(), field(name))).collect();
    Value::Object(shown)
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchServersResponse {
    pub mcp_servers: Vec<McpServer>,
    pub next_page_token: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchVersionsResponse {
    pub mcp_server_versions: Vec<McpServerVersion>,
    pub next_page_token: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchEndpointsResponse {
    pub mcp_access_endpoints: Vec<AccessEndpointWithTools>,
    pub next_page_token: Option<String>,
}

/// The query of the three searches.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Query {
    pub filter_string: Option<String>,
    pub max_results: Option<String>,
    pub order_by: Vec<String>,
    pub page_token: Option<String>,
    /// Of endpoints only.
    pub server_version: Option<String>,
    /// Of endpoints only.
    pub server_alias: Option<String>,
}

impl Message for Query {
    const CHECKS: &'static [Check] = &[];
}
