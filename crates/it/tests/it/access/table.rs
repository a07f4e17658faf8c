//! The route tables against `routes.tsv`.

use std::collections::BTreeMap;

use app::Route;
use app::needs::{Need, Permission, Place};
use it::Engine::Sqlite;
use it::Server;

const TABLE: &str = include_str!("routes.tsv");

/// The needs of every route, by method and path, as the specification has them.
fn specified() -> BTreeMap<(String, String), String> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let rows = lines.map(|line| {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut next = || cells.next().expect(line);
        ((next(), next()), next())
    });
    rows.collect()
}

/// The needs that are specified for a route at one of its paths: `run read`, `caller`, …
pub fn needs_of(route: &Route, path: &str) -> Vec<String> {
    let specified = specified();
    let api = path.replace("/ajax-api/", "/api/");
    let needs = [api.as_str(), path]
        .into_iter()
        .find_map(|path| specified.get(&(route.method.to_string(), spelled(path))));
    let needs = needs.unwrap_or_else(|| panic!("{} {path} is not in routes.tsv", route.method));
    needs.split("; ").map(str::to_owned).collect()
}

/// A path as the specification spells it.
fn spelled(path: &str) -> String {
    let path = match path.strip_prefix("/api/") {
        Some(rest) => format!("{{api}}/{rest}"),
        None => path.replace("{*", "{"),
    };
    let path = path.replace("/api/2.0mlflow", "{api}/2.0mlflow").replace("{*", "{");
    path.replace("mcp-servers/{name}/{slug}", "mcp-servers/{server}")
        .replace("mcp-servers/{name}", "mcp-servers/{server}")
}

/// Every path of every route, `/ajax-api` only where there is no `/api`.
fn paths(route: &Route) -> Vec<String> {
    let all = route.paths();
    let ajax = |path: &String| path.starts_with("/ajax-api/");
    let twin = |path: &String| format!("/api/{}", path.trim_start_matches("/ajax-api/"));
    all.iter().filter(|path| !(ajax(path) && all.contains(&twin(path)))).cloned().collect()
}

#[tokio::test]
async fn every_route_has_the_needs_that_are_specified() {
    let server = Server::new(Sqlite).await;
    let mut specified = specified();
    let mut differences = Vec::new();
    let mut seen = BTreeMap::new();
    for route in server.routes().iter() {
        let needs: Vec<String> = route.needs.iter().map(Need::to_string).collect();
        for path in paths(route) {
            // MLflow's route without a slash is declared for each prefix alone.
            let path = spelled(&path).replace("/ajax-api/2.0mlflow", "{api}/2.0mlflow");
            seen.insert((route.method.to_string(), path), needs.join("; "));
        }
    }
    for (route, needs) in seen {
        match specified.remove(&route) {
            Some(wanted) if wanted == needs => {}
            Some(wanted) => differences.push(format!("{route:?}: {needs}, not {wanted}")),
            None => differences.push(format!("{route:?}: not in routes.tsv ({needs})")),
        }
    }
    differences.extend(specified.keys().map(|route| format!("{route:?}: there is no such route")));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[tokio::test]
async fn every_need_finds_its_ids() {
    let server = Server::new(Sqlite).await;
    for route in server.routes().iter() {
        let touches = route.touches();
        for need in route.needs.iter() {
            let Need::Permission(Permission { scope, .. }) = need else { continue };
            let found = match need.place() {
                None | Some(Place::Query(_) | Place::Header(_)) => true,
                Some(Place::Message) => touches.contains(scope),
                // The root of the artifact proxy has no name in its path.
                Some(Place::Path(_)) if route.path.ends_with("mlflow-artifacts/artifacts/") => true,
                Some(Place::Path(names)) => names.iter().all(|name| {
                    route.path.contains(&format!("{{{name}}}"))
                        || route.path.contains(&format!("{{*{name}}}"))
                }),
            };
            assert!(found, "{} {}: nothing says which {need}", route.method, route.path);
        }
    }
}

#[tokio::test]
async fn every_route_has_a_summary() {
    let server = Server::new(Sqlite).await;
    for route in server.routes().iter() {
        let is_sentence = route.summary.starts_with(|c: char| c.is_ascii_uppercase());
        assert!(is_sentence, "{} {}: {:?}", route.method, route.path, route.summary);
        assert!(!route.needs.is_empty(), "{} {}", route.method, route.path);
    }
}
