//! From routes to a document.

use std::collections::BTreeMap;

use app::messages::{Describer, Messages};
use app::needs::Place;
use app::{Need, Prefixes, Route};
use serde_json::{Map, Value, json};

use super::schemas::{self, Schemas};

use app::MLFLOW_VERSION;

const ABOUT: &str = "Every route of this server, with what its caller needs. Routes below `/api` stand \
    below `/ajax-api`, too. Their messages are MLflow's. An error is a JSON object with a code and a \
    message.";

/// The document of these routes.
pub(super) fn of<'r>(routes: impl Iterator<Item = &'r Route>) -> Value {
    let mut describer = Describer::default();
    let described: Vec<(&Route, Messages)> =
        routes.map(|route| (route, route.messages(&mut describer))).collect();
    let mut schemas = Schemas::new(describer);
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (route, messages) in described {
        let (path, parameters) = path_of(route);
        let method = route.method.as_str().to_lowercase();
        let operation = operation(route, &path, &parameters, messages, &schemas);
        paths.entry(path).or_default().insert(method, operation);
    }
    schemas.add(
        "Error",
        json!({
            "type": "object",
            "description": "Why a call was refused, or failed.",
            "required": ["error_code", "message"],
            "properties": {
                "error_code": {"type": "string", "examples": ["INVALID_PARAMETER_VALUE"]},
                "message": {"type": "string"},
            },
        }),
    );
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Headwater",
            "version": env!("CARGO_PKG_VERSION"),
            "description": format!("{ABOUT} It speaks MLflow {MLFLOW_VERSION}."),
        },
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {"schemas": schemas.into_all()},
    })
}

/// A route's path in OpenAPI's spelling, and the names of the parts that vary.
fn path_of(route: &Route) -> (String, Vec<String>) {
    let path = match route.prefixes {
        Prefixes::Both => format!("/api{}", route.path),
        Prefixes::Ajax => format!("/ajax-api{}", route.path),
        Prefixes::Root => route.path.clone(),
    };
    // axum writes `{*path}` for a part that may hold slashes, which OpenAPI cannot tell apart.
    let path = path.replace("{*", "{");
    let names = path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name.to_owned()))
        .collect();
    (path, names)
}

fn operation(
    route: &Route,
    path: &str,
    path_names: &[String],
    messages: Messages,
    schemas: &Schemas,
) -> Value {
    let text = json!({"type": "string"});
    let mut parameters: Vec<Value> = path_names
        .iter()
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": text}))
        .collect();
    let reads = route.method == "GET";
    let mut operation = json!({
        "operationId": id_of(route.method.as_str(), path),
        "tags": [family(path)],
        "summary": route.summary,
        "x-needs": route.needs.iter().map(Need::to_string).collect::<Vec<_>>(),
        "responses": {
            "200": done(messages.answer.map(Value::from)),
            "default": {
                "description": "Refused or failed",
                "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Error"}
                }},
            },
        },
    });
    let request = messages.request.map(|request| schemas.request(request));
    let fields = request.as_ref().map(|request| schemas.fields(request)).unwrap_or_default();
    let is_described = |name: &str| fields.iter().any(|field| field.name == name);
    for (name, place) in route.needs.iter().filter_map(named_outside) {
        if place == "header" || !is_described(name) {
            parameters.push(json!({"name": name, "in": place, "schema": text}));
        }
    }
    if reads {
        let asked = fields.iter().filter(|field| !path_names.iter().any(|name| name == field.name));
        parameters.extend(asked.map(schemas::Field::as_parameter));
    } else if let Some(request) = request {
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": request}}});
    }
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    operation
}

/// The answer of a call that succeeds.
fn done(schema: Option<Value>) -> Value {
    match schema {
        Some(schema) => {
            json!({"description": "Done", "content": {"application/json": {"schema": schema}}})
        }
        None => json!({"description": "Done"}),
    }
}

/// `GET /api/2.0/mlflow/runs/get` → `get_2_0_mlflow_runs_get`.
fn id_of(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/api").unwrap_or(path);
    let mut id = method.to_lowercase();
    for word in path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        id.push('_');
        id.push_str(word);
    }
    // A path and the same with a slash at its end are two.
    if path.ends_with('/') {
        id.push_str("_slash");
    }
    id
}

/// What a path is about: the first word after the version and `mlflow`.
fn family(path: &str) -> &str {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    if !matches!(first, "api" | "ajax-api") {
        return "server";
    }
    let after = parts.nth(1).unwrap_or_default();
    match after {
        "mlflow" => parts.next().unwrap_or(after),
        other => other,
    }
}

/// The query parameter or header that a need finds an id in, and which of the two it is.
fn named_outside(need: &Need) -> Option<(&'static str, &'static str)> {
    match need.place()? {
        Place::Query(names) => Some((names.first()?, "query")),
        Place::Header(name) => Some((name, "header")),
        Place::Message | Place::Path(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use app::Routes;
    use app::needs::Action::{Read, Update};
    use app::needs::{experiment, run};

    use super::*;

    #[test]
    fn a_route_says_where_it_is_and_what_it_touches() {
        let routes = Routes::v2("mlflow/runs")
            .post("create", async || "", [experiment(Update).in_header("x-experiment")])
            .summary("Start a run")
            .get("{run_id}/files/{*path}", async || "", [run(Read).in_path(&["run_id"])]);
        let document = of(routes.iter());
        let create = &document["paths"]["/api/2.0/mlflow/runs/create"]["post"];
        assert_eq!(create["operationId"], "post_2_0_mlflow_runs_create");
        assert_eq!(create["tags"], json!(["runs"]));
        assert_eq!(create["summary"], "Start a run");
        assert_eq!(create["x-needs"], json!(["experiment update"]));
        assert_eq!(create["parameters"][0]["name"], "x-experiment");
        let files = &document["paths"]["/api/2.0/mlflow/runs/{run_id}/files/{path}"]["get"];
        let names = |value: &Value| {
            let list = value.as_array().cloned().unwrap_or_default();
            list.iter().map(|each| each["name"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&files["parameters"]), [json!("run_id"), json!("path")]);
    }
}
