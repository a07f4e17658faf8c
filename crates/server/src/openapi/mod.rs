//! The OpenAPI document, made of the route table itself: it lists what is there and nothing else.

mod document;

use app::{Guard, Routes};
use axum::http::header;
use bytes::Bytes;

const PATH: &str = "/openapi.json";

/// Adds the route that serves the document of all these routes, its own among them.
pub fn describe(routes: Routes) -> Routes {
    let own = Routes::root().get(PATH, async || "", Guard::none());
    let document = document::of(routes.iter().chain(own.iter()));
    let text = Bytes::from(document.to_string());
    let serve =
        move || std::future::ready(([(header::CONTENT_TYPE, "application/json")], text.clone()));
    routes.merge(Routes::root().get(PATH, serve, Guard::none()))
}
