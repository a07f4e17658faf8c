//! The OpenAPI document, made of the route table itself: it lists what is there and nothing else.

mod document;
mod schemas;

use std::sync::{Arc, OnceLock};

use app::messages::Described;
use app::{App, Need, Route, Routes};
use axum::handler::Handler;
use axum::http::header;
use bytes::Bytes;

const PATH: &str = "/openapi.json";

/// Adds the route that serves the document of all these routes, its own among them. The document is
/// made when it is first asked for.
pub fn describe(routes: Routes) -> Routes {
    let own = own(async || "");
    let all: Arc<[Route]> = routes.iter().chain(own.iter()).cloned().collect();
    let made: Arc<OnceLock<Bytes>> = Arc::default();
    let serve = move || {
        let text = made.get_or_init(|| Bytes::from(document::of(all.iter()).to_string())).clone();
        std::future::ready(([(header::CONTENT_TYPE, "application/json")], text))
    };
    routes.merge(self::own(serve))
}

/// The document's own route.
fn own<H, T>(handler: H) -> Routes
where
    H: Handler<T, Arc<App>> + Described<T>,
    T: 'static,
{
    Routes::root().get(PATH, handler, [Need::Caller]).summary("Describe every route")
}
