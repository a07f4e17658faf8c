//! From routes to a document.

use std::collections::BTreeMap;

use app::messages::{Describer, Messages};
use app::{Guard, Level, Prefixes, Route, Scope};
use serde_json::{Map, Value, json};

use super::schemas::{self, Schemas};

use crate::MLFLOW_VERSION;

const ABOUT: &str = "Every route of this server, with who may call it. Routes below `/api` stand \
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
    let scope = scope_of(route.guard);
    let text = json!({"type": "string"});
    let list = json!({"type": "array", "items": {"type": "string"}});
    let mut parameters: Vec<Value> = path_names
        .iter()
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": text}))
        .collect();
    let reads = route.method == "GET";
    let mut operation = json!({
        "operationId": id_of(route.method.as_str(), path),
        "tags": [family(path)],
        "summary": who_may(route.guard),
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
    let is_told = |name: &str| {
        path_names.iter().any(|known| known == name) || fields.iter().any(|f| f.name == name)
    };
    let named = scope.filter(|scope| !is_told(scope.field));
    if let Some(scope) = &named {
        let schema = if scope.many { &list } else { &text };
        let place = if scope.header { "header" } else { "query" };
        if reads || scope.header {
            parameters.push(json!({"name": scope.field, "in": place, "schema": schema}));
        }
    }
    if reads {
        let asked = fields.iter().filter(|field| !path_names.iter().any(|name| name == field.name));
        parameters.extend(asked.map(schemas::Field::as_parameter));
    } else if let Some(request) = request {
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": request}}});
    } else if let Some(scope) = named.filter(|scope| !scope.header) {
        let schema = if scope.many { list } else { text };
        let body = json!({"type": "object", "properties": {scope.field: schema}});
        operation["requestBody"] = json!({"content": {"application/json": {"schema": body}}});
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

struct Touched {
    what: &'static str,
    field: &'static str,
    many: bool,
    header: bool,
}

fn scope_of(guard: Guard) -> Option<Touched> {
    let Guard::Needs(_, scope) = guard else { return None };
    let one = |what, field| Some(Touched { what, field, many: false, header: false });
    let many = |what, field| Some(Touched { what, field, many: true, header: false });
    match scope {
        Scope::Experiment(field) | Scope::ExperimentName(field) => one("the experiment", field),
        Scope::ExperimentHeader(field) => {
            Some(Touched { what: "the experiment", field, many: false, header: true })
        }
        Scope::Experiments(field) => many("the experiments", field),
        Scope::Run(field) => one("the run's experiment", field),
        Scope::Runs(field) => many("the runs' experiments", field),
        Scope::Trace(field) => one("the trace's experiment", field),
        Scope::Traces(field) => many("the traces' experiments", field),
        Scope::LoggedModel(field) => one("the model's experiment", field),
        Scope::ArtifactPath(field) => one("what owns the artifact", field),
        Scope::RegisteredModel(field) => one("the registered model", field),
        Scope::EvaluationDataset(field) => one("the data set's experiments", field),
        Scope::LabelSchema(field) => one("the label schema's experiment", field),
        Scope::ReviewQueue(field) => one("the review queue's experiment", field),
        Scope::Issue(field) => one("the issue's experiment", field),
        Scope::McpServer(field) => one("the MCP server", field),
        _ => None,
    }
}

fn who_may(guard: Guard) -> String {
    let Guard::Needs(level, scope) = guard else {
        return match guard {
            Guard::Public => "Anyone may call it.".to_owned(),
            _ => "Any known caller may.".to_owned(),
        };
    };
    let level = match level {
        Level::Read => "read",
        Level::Use => "use",
        Level::Edit => "edit",
        Level::Manage => "manage",
    };
    let what = match (scope_of(guard), scope) {
        (Some(touched), _) => touched.what,
        (None, Scope::Workspace) => "the workspace",
        (None, _) => "the server",
    };
    format!("For who may {level} {what}.")
}

#[cfg(test)]
mod tests {
    use app::Routes;

    use super::*;

    #[test]
    fn a_route_says_where_it_is_and_what_it_touches() {
        let routes = Routes::v2("mlflow/runs")
            .post("create", async || "", Guard::edit(Scope::Experiment("experiment_id")))
            .get("{run_id}/files/{*path}", async || "", Guard::read(Scope::Run("run_id")));
        let document = of(routes.iter());
        let create = &document["paths"]["/api/2.0/mlflow/runs/create"]["post"];
        assert_eq!(create["operationId"], "post_2_0_mlflow_runs_create");
        assert_eq!(create["tags"], json!(["runs"]));
        assert_eq!(create["summary"], "For who may edit the experiment.");
        let body = &create["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(body["properties"], json!({"experiment_id": {"type": "string"}}));
        let files = &document["paths"]["/api/2.0/mlflow/runs/{run_id}/files/{path}"]["get"];
        let names = |value: &Value| {
            let list = value.as_array().cloned().unwrap_or_default();
            list.iter().map(|each| each["name"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&files["parameters"]), [json!("run_id"), json!("path")]);
    }
}
