//! What each route says of itself, found by the path and method of a request.

use std::collections::HashMap;

use app::{Handling, Route};
use axum::http::Method;

/// The handling of every route, by its full path in axum's syntax.
#[derive(Debug, Default)]
pub struct Handlings(HashMap<String, Vec<(Method, Handling)>>);

impl Handlings {
    pub fn new<'r>(routes: impl IntoIterator<Item = &'r Route>) -> Self {
        let mut handlings: HashMap<String, Vec<_>> = HashMap::new();
        for route in routes {
            for path in route.paths() {
                let methods = handlings.entry(path).or_default();
                methods.push((route.method.clone(), route.handling));
            }
        }
        Self(handlings)
    }

    /// `path`: the matched path; `None` if no route has the request's path.
    pub fn of(&self, path: Option<&str>, method: &Method) -> Handling {
        let Some(methods) = path.and_then(|path| self.0.get(path)) else {
            return Handling::default();
        };
        let method = if method == Method::HEAD { &Method::GET } else { method };
        if let Some((_, handling)) = methods.iter().find(|(known, _)| known == method) {
            return *handling;
        }
        // The router refuses a method that the path does not have, so nobody reads its body.
        let handling = methods.first().map(|(_, handling)| *handling).unwrap_or_default();
        Handling { streams: false, ..handling }
    }
}

#[cfg(test)]
mod tests {
    use app::{Limit, Need, Routes};

    use super::*;

    #[test]
    fn a_route_is_found_by_its_path_and_method() {
        let routes = Routes::v2("files")
            .get("{*path}", async || "", [Need::Public])
            .put("{*path}", async || "", [Need::Public])
            .streams()
            .merge(Routes::root().get("/health", async || "", [Need::Public]).probe());
        let handlings = Handlings::new(routes.iter());
        let path = Some("/ajax-api/2.0/files/{*path}");
        assert_eq!(handlings.of(path, &Method::GET), Handling::default());
        assert_eq!(handlings.of(path, &Method::HEAD), Handling::default());
        let upload = handlings.of(path, &Method::PUT);
        assert!(upload.streams && upload.limit == Limit::Uploads);
        assert!(!handlings.of(path, &Method::POST).streams);
        assert!(handlings.of(Some("/health"), &Method::POST).probe);
        assert_eq!(handlings.of(Some("/other"), &Method::GET), Handling::default());
        assert_eq!(handlings.of(None, &Method::GET), Handling::default());
    }
}
