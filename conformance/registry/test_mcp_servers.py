"""The registry of MCP servers: by the client, and what the wire says of what is wrong."""

import urllib.parse

import pytest

from rest import Rest, assert_error, assert_invalid, assert_missing

pytestmark = pytest.mark.mlflow3

BAD_NAME = (
    "Invalid MCP server name. Expected '<reverse-dns namespace>/<server slug>' such as "
    "'com.example/server-name'."
)


class Servers(Rest):
    """Every route is below the one of the servers."""

    def send(self, method, route, **arguments):
        return super().send(method, self.prefix + route, **arguments)


@pytest.fixture
def servers(server):
    return Servers(server.url, "/api/3.0/mlflow/mcp-servers")


@pytest.fixture
def name(servers, unique):
    name = f"com.example/s{unique()}".replace("_", "-").lower()
    servers.ok("POST", "", {"name": name})
    return name


def version(servers, name, number, **fields):
    server_json = {"name": name, "version": number, **fields.pop("server_json", {})}
    return servers.ok("POST", f"/{name}/versions", {"server_json": server_json, **fields})


def test_a_server_lives_through_the_client(client, name):
    store = client._tracking_client.store
    made = store.create_mcp_server_version(
        {"name": name, "version": "1.0.0", "description": "tells the tide"},
        status=__import__("mlflow").entities.MCPStatus.ACTIVE,
        source="https://example.com/repository",
    )
    assert (made.version, str(made.status), made.tools) == ("1.0.0", "active", [])
    server = store.get_mcp_server(name)
    assert (server.latest_version, server.description) == ("1.0.0", "tells the tide")
    assert store.update_mcp_server(name, display_name="Tides").display_name == "Tides"
    store.set_mcp_server_tag(name, "team/sea", "harbour")
    store.set_mcp_server_alias(name, "prod", "1.0.0")
    store.set_mcp_server_version_tag(name, "1.0.0", "checked", "yes")
    found = store.get_mcp_server_version_by_alias(name, "prod")
    assert (found.aliases, found.tags) == (["prod"], {"checked": "yes"})
    endpoint = store.create_mcp_access_endpoint(name, "https://x.example", server_alias="prod")
    assert endpoint.resolved_version.version == "1.0.0"
    server = store.get_mcp_server(name)
    assert (server.tags, server.aliases) == ({"team/sea": "harbour"}, {"prod": "1.0.0"})
    assert [endpoint.id for endpoint in server.access_endpoints] == [endpoint.id]
    store.delete_mcp_server_tag(name, "team/sea")
    store.delete_mcp_server_alias(name, "prod")
    assert store.get_mcp_server(name).access_endpoints == []


def test_the_slash_of_a_name_may_be_escaped(servers, name):
    version(servers, name, "1.0.0+build.1")
    escaped = urllib.parse.quote(name, safe="")
    assert servers.ok("GET", f"/{escaped}") == servers.ok("GET", f"/{name}")
    path = f"/{escaped}/versions/{urllib.parse.quote('1.0.0+build.1', safe='')}"
    assert servers.ok("GET", path)["version"] == "1.0.0+build.1"


def test_the_latest_version(servers, name):
    assert servers.ok("GET", f"/{name}")["status"] is None
    for number in ("1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1"):
        version(servers, name, number)
    assert servers.ok("GET", f"/{name}")["latest_version"] == "2.0.0-rc.1"
    servers.ok("PATCH", f"/{name}/versions/1.9.0", {"status": "active"})
    assert servers.ok("GET", f"/{name}")["latest_version"] == "1.9.0"
    assert servers.ok("GET", f"/{name}/aliases/latest")["version"] == "1.9.0"
    query = {"filter_string": "version > '1.0.0' AND status = 'draft'", "order_by": "`version` DESC"}
    found = servers.ok("GET", f"/{name}/versions", query=query)
    numbers = [found["version"] for found in found["mcp_server_versions"]]
    assert numbers == ["2.0.0-rc.1", "1.10.0"]
    assert_invalid(
        servers.delete(f"/{name}"),
        f"Cannot delete MCP server '{name}' while it still has an active version ('1.9.0'). "
        "Delete or deactivate the active version first.",
    )


def test_what_a_version_lends_its_server(servers, name):
    tool = {"name": "tide", "inputSchema": {"type": "object"}, "odd": 1}
    icons = [{"src": "https://8.8.8.8/a.png", "mimeType": " Image/PNG ", "theme": "dark", "x": 1}]
    made = version(
        servers,
        name,
        "1.0.0",
        server_json={"icons": icons, "extra": {"k": [1]}},
        tools=[tool],
        connect_options={"npm": {"hidden": "yes"}},
    )
    assert made["tools"][0]["inputSchema"] == {"type": "object"} and "odd" not in made["tools"][0]
    assert made["tools"][0]["title"] is None
    assert made["connect_options"] == {"npm": {"hidden": True}}
    assert made["server_json"]["extra"] == {"k": [1]}
    icon = {"src": "https://8.8.8.8/a.png", "mimeType": "image/png", "theme": "dark", "x": 1}
    assert servers.ok("GET", f"/{name}")["icons"] == [{**icon, "source": "version"}]
    own = {"src": "https://8.8.8.8/b.png"}
    changed = servers.ok("PATCH", f"/{name}", {"icons": [own]})
    assert changed["icons"] == [{**own, "source": "server"}, {**icon, "source": "version"}]
    assert servers.ok("PATCH", f"/{name}", {"icons": []})["icons"] == []


def test_endpoints(servers, name):
    assert_missing(
        servers.post(f"/{name}/endpoints", {"url": "https://x", "server_alias": "latest"}),
        f"No resolved latest version found for MCP server '{name}'",
    )
    version(servers, name, "1.0.0", tools=[{"name": "t"}])
    version(servers, name, "1.1.0")
    body = {"url": "https://x", "server_alias": "latest"}
    latest = servers.ok("POST", f"/{name}/endpoints", body)
    assert (latest["resolved_version"]["version"], latest["tools"]) == ("1.1.0", None)
    fixed = servers.ok(
        "POST", f"/{name}/endpoints", {"url": "https://y", "server_version": "1.0.0"}
    )
    assert fixed["tools"][0]["name"] == "t" and fixed["id"].startswith("ae-")
    found = servers.ok("GET", "/endpoints", query={"filter_string": f"server_name = '{name}'"})
    assert len(found["mcp_access_endpoints"]) == 2
    only = servers.ok("GET", f"/{name}/endpoints", query={"server_version": "1.0.0"})
    assert [endpoint["id"] for endpoint in only["mcp_access_endpoints"]] == [fixed["id"]]
    change = {"server_version": "1.1.0", "transport_type": "sse"}
    changed = servers.ok("PATCH", f"/{name}/endpoints/{latest['id']}", change)
    assert (changed["server_alias"], changed["server_version"]) == (None, "1.1.0")
    filters = {"filter_string": "has_access_endpoints = 'true'", "max_results": 1000}
    assert name in [one["name"] for one in servers.ok("GET", "", query=filters)["mcp_servers"]]
    # With a version go the endpoints that lead to it.
    servers.ok("DELETE", f"/{name}/versions/1.0.0")
    assert_missing(
        servers.get(f"/{name}/endpoints/{fixed['id']}"), f"MCPAccessEndpoint {fixed['id']} not found"
    )
    servers.ok("DELETE", f"/{name}/endpoints/{latest['id']}")
    assert servers.ok("GET", f"/{name}")["access_endpoints"] == []


def test_search_and_pages(servers, unique):
    namespace = f"org.p{unique()}".replace("_", "-").lower()
    for slug in ("aa", "bb", "cc"):
        servers.ok("POST", "", {"name": f"{namespace}/{slug}"})
    servers.ok("POST", f"/{namespace}/bb/tags", {"key": "k", "value": "v"})
    query = {"filter_string": f"name LIKE '{namespace}%'", "order_by": "name DESC"}
    first = servers.ok("GET", "", query={**query, "max_results": 2})
    second = servers.ok("GET", "", query={**query, "page_token": first["next_page_token"]})
    slugs = [one["name"][-2:] for one in first["mcp_servers"] + second["mcp_servers"]]
    assert slugs == ["cc", "bb", "aa"] and second["next_page_token"] is None
    query["filter_string"] += " AND tags.k = 'v'"
    assert len(servers.ok("GET", "", query=query)["mcp_servers"]) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": "noslash"}, BAD_NAME),
        ({"name": "com.example/tags"}, BAD_NAME),
        (
            {"name": 5, "icons": [{"sr": "x"}], "description": 4},
            "Invalid request: name: Input should be a valid string; description: Input should be a "
            "valid string; icons.0.src: Field required",
        ),
        ([], "Invalid request: Input should be a valid dictionary or object to extract fields from"),
        (
            {"name": "com.example/xx", "icons": [{"src": "http://8.8.8.8/a"}]},
            "Invalid Icon URL scheme: 'http'. Allowed schemes are: 'https'.",
        ),
        (
            {"name": "com.example/xx", "icons": [{"src": "https://127.0.0.1/a"}]},
            "Icon URL must not resolve to a non-public IP address. '127.0.0.1' resolves to "
            "127.0.0.1.",
        ),
        (
            {"name": "com.example/xx", "icons": [{"src": "https://8.8.8.8/a", "mimeType": "text/x"}]},
            "Invalid icon mimeType 'text/x'. Allowed values must use the 'image/*' media type.",
        ),
    ],
)
def test_servers_that_are_refused(servers, body, message):
    assert_invalid(servers.post("", body), message)
    assert servers.get("/com.example/xx").status == 404


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"server_json": {"name": "com.example/other", "version": "1.0.0"}}, "server_json.name "),
        ({"server_json": {"version": "1.0"}}, "Invalid semantic version for server_json.version: "),
        ({"server_json": {"version": "1.0.0"}, "status": "deprecated"}, "Initial MCP server regis"),
        ({"server_json": {"version": "1.0.0"}, "status": "new"}, "Invalid status: 'new'"),
        (
            {
                "server_json": {
                    "version": "1.2.0",
                    "packages": [{"identifier": 3}],
                    "remotes": "x",
                    "repository": {},
                    "websiteUrl": 3,
                    "_meta": [],
                }
            },
            "Invalid request: server_json.packages.0.registryType: Field required; "
            "server_json.packages.0.identifier: Input should be a valid string; "
            "server_json.packages.0.transport: Field required; server_json.remotes: Input should "
            "be a valid list; server_json.repository.url: Field required; "
            "server_json.repository.source: Field required; server_json.websiteUrl: Input should "
            "be a valid string; server_json._meta: Input should be a valid dictionary",
        ),
    ],
)
def test_versions_that_are_refused(servers, name, change, message):
    body = {**change, "server_json": {"name": name, **change["server_json"]}}
    answer = servers.post(f"/{name}/versions", body)
    assert_invalid(answer)
    assert answer.message.startswith(message)
    assert servers.ok("GET", f"/{name}/versions")["mcp_server_versions"] == []


def test_what_is_there_or_not(servers, name):
    assert_error(
        servers.post("", {"name": name}),
        400,
        "RESOURCE_ALREADY_EXISTS",
        f"MCP server with name '{name}' already exists",
    )
    version(servers, name, "1.0.0")
    body = {"server_json": {"name": name, "version": "1.0.0"}}
    assert_error(servers.post(f"/{name}/versions", body), 400, "RESOURCE_ALREADY_EXISTS")
    assert_missing(servers.get("/com.example/nope"), "MCP server 'com.example/nope' not found")
    assert_missing(servers.patch("/com.example/nope", {}), "MCPServer not found (name='com.example/nope')")
    gone = f"MCP server version '{name}' version '9.0.0' not found"
    assert_missing(servers.get(f"/{name}/versions/9.0.0"), gone)
    assert_missing(servers.post(f"/{name}/aliases", {"alias": "a", "version": "9.0.0"}), gone)
    assert_invalid(
        servers.post(f"/{name}/aliases", {"alias": "latest", "version": "1.0.0"}),
        "The alias name 'latest' is reserved for automatic resolution",
    )
    assert_missing(servers.delete(f"/{name}/tags/a/b"), f"Tag 'a/b' not found on MCP server '{name}'")
    assert_missing(servers.delete(f"/{name}/aliases/x"), f"Alias 'x' not found on MCP server '{name}'")
    assert_invalid(
        servers.patch(f"/{name}/versions/1.0.0", {"status": "deprecated"}),
        "Invalid status transition from 'draft' to 'deprecated'. Allowed transitions: ['active', "
        "'deleted']",
    )
    assert_invalid(
        servers.patch(f"/{name}", {"latest_version": "1"}),
        "Invalid request: Value error, latest_version is read-only; it is resolved automatically "
        "from semantic-version ordering",
    )
    both = {"url": "https://x", "server_alias": "a", "server_version": "1.0.0"}
    assert_invalid(
        servers.post(f"/{name}/endpoints", both),
        "Exactly one of server_version or server_alias must be provided",
    )
    assert_invalid(servers.post(f"/{name}/tags", {"key": "k"}), "Invalid request: value: Field required")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"max_results": 0}, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"),
        ({"max_results": 1001}, "Invalid value for max_results. It must be at most 1000, but got 1001"),
        (
            {"max_results": "x"},
            "Invalid request: query.max_results: Input should be a valid integer, unable to parse "
            "string as an integer",
        ),
        ({"order_by": "foo"}, "Invalid order_by key 'foo'. Valid keys: ['created_at', 'last_updated_at', 'name']"),
        ({"order_by": ["name", "name DESC"]}, "Duplicate order_by field: 'name'"),
        ({"filter_string": "status like 'a'"}, "Invalid comparator 'like' for attribute 'status'."),
        ({"filter_string": "metrics.a = 1"}, "Invalid filter type 'metric'."),
        (
            {"filter_string": "has_access_endpoints = 'maybe'"},
            "has_access_endpoints only supports '= true' or '= false'",
        ),
    ],
)
def test_searches_that_are_refused(servers, query, message):
    assert_invalid(servers.get("", query), message)
