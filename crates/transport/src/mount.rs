//! The routers of a server whose routes stand below a static prefix.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware::from_fn;

use crate::middleware::{Middleware, compression, pages};

/// What is answered below a prefix, and what little is answered beside it.
///
/// The prefix is taken off the path before routing. `Router::nest` would make it a part of the matched path, by which
/// requests are measured and routes looked up.
#[derive(Clone)]
pub struct Mount {
    prefix: String,
    inside: Router,
    outside: Router,
}

impl Mount {
    /// Puts the middleware around both routers. `prefix` is empty, or `/x` without a slash at its end.
    pub fn new(
        prefix: &str,
        inside: Router,
        outside: Router,
        middleware: &Arc<Middleware>,
    ) -> Self {
        Self {
            prefix: prefix.to_owned(),
            inside: wrap(inside, middleware),
            outside: wrap(outside, middleware),
        }
    }

    /// The router that an address belongs to, and the address as that router knows it.
    pub(crate) fn locate(&self, uri: &Uri) -> (&Router, Option<Uri>) {
        let path = from_last_slash(uri.path());
        let (router, path) = match below(&self.prefix, path) {
            Some(rest) => (&self.inside, rest),
            None => (&self.outside, path),
        };
        (router, (path.len() != uri.path().len()).then(|| relocated(uri, path)))
    }
}

fn wrap(router: Router, middleware: &Arc<Middleware>) -> Router {
    let middleware = Arc::clone(middleware);
    router
        .method_not_allowed_fallback(pages::other_method)
        .layer(DefaultBodyLimit::disable())
        .layer(compression::layer())
        .layer(from_fn(move |request, next| Arc::clone(&middleware).handle(request, next)))
}

/// The part of a path below the prefix, from its slash on.
fn below<'p>(prefix: &str, path: &'p str) -> Option<&'p str> {
    path.strip_prefix(prefix).filter(|rest| rest.starts_with('/'))
}

/// A path that begins with one slash. Clients whose server's address ends in a slash send two.
fn from_last_slash(path: &str) -> &str {
    let slashes = path.bytes().take_while(|byte| *byte == b'/').count();
    &path[slashes.saturating_sub(1)..]
}

/// The same address with another path.
fn relocated(uri: &Uri, path: &str) -> Uri {
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(path_and_query).ok();
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_below_the_prefix_or_beside_it() {
        assert_eq!(below("", "/health"), Some("/health"));
        assert_eq!(below("/x", "/x/health"), Some("/health"));
        assert_eq!(below("/x", "/x/"), Some("/"));
        for path in ["/x", "/xy/health", "/health", "x/health", "*", ""] {
            assert_eq!(below("/x", path), None, "{path}");
        }
    }

    #[test]
    fn only_the_path_of_an_address_changes() {
        for (uri, path, expected) in [
            ("/x/a%20b?q=1&r", "/a%20b", "/a%20b?q=1&r"),
            ("/x/", "/", "/"),
            ("//x//y?q=//", "/x//y", "/x//y?q=//"),
            ("http://host:1/x/a", "/a", "http://host:1/a"),
        ] {
            let uri: Uri = uri.parse().unwrap();
            assert_eq!(relocated(&uri, path).to_string(), expected);
        }
    }

    #[test]
    fn a_path_begins_with_one_slash() {
        for (path, expected) in [
            ("/", "/"),
            ("//", "/"),
            ("///api//x/", "/api//x/"),
            ("/a", "/a"),
            ("*", "*"),
            ("", ""),
        ] {
            assert_eq!(from_last_slash(path), expected);
        }
    }
}
