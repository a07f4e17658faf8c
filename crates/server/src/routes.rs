//! All routes of the server. Adding a feature is one line of [`routes`].

use std::sync::Arc;

use app::{ApiError, App, Caller, Limit, Need, Route, Routes};
use artifacts::Stores;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use transport::middleware::{Handlings, Slashes, pages};
use transport::{Middleware, Mount};

use crate::metrics::Metrics;
use crate::status::Offers;
use crate::ui::Ui;
use crate::{metrics, openapi, status};

/// What the features are made with.
#[derive(Clone)]
pub struct Parts {
    pub app: Arc<App>,
    pub stores: Stores,
    pub registry: registry::Registry,
    /// How large GraphQL requests may be.
    pub graphql: graphql::Limits,
    /// What clients are told that the server can do.
    pub offers: Offers,
}

/// The routes of all features, without their static prefix.
pub fn routes(parts: &Parts) -> Routes {
    let inside = parts.clone();
    let router = move || self::inside(&inside);
    openapi::describe(features(parts).merge(demo::api::routes(router)))
}

/// The server's own way to its features: past the middleware, as the server itself.
pub(crate) fn inside(parts: &Parts) -> Router {
    let router = features(parts).into_router().with_state(Arc::clone(&parts.app));
    router.layer(Extension(Caller::server().clone()))
}

/// All but the demo, which is made through them.
pub(crate) fn features(parts: &Parts) -> Routes {
    status::routes(parts.offers)
        .merge(tracking::routes(&parts.app))
        .merge(tracking::promptlab::routes(parts.stores.sink()))
        .merge(traces::routes(&parts.stores))
        .merge(artifacts::routes(&parts.stores))
        .merge(registry::routes(&parts.stores, &parts.registry))
        .merge(evaluation::routes(&parts.app))
        .merge(graphql::routes(&parts.stores, parts.graphql))
}

/// The whole server as it answers below its static prefix, and what little it answers outside.
pub fn mount(
    parts: &Parts,
    settings: transport::Settings,
    metrics: Option<Arc<Metrics>>,
    ui: Arc<Ui>,
    prefix: &str,
) -> Mount {
    let routes = routes(parts);
    // Compat: a static prefix does not move the artifacts' own routes; they are at both places.
    let files = artifacts::file_routes(&parts.stores);
    let slashes = Arc::new(Slashes::new(paths(&routes), prefix.to_owned()));
    let elsewhere = Arc::new(Slashes::new(paths(&files), String::new()));
    // Compat: nor does it move the metrics, which are at one place.
    let metrics = metrics.map_or_else(Routes::root, scrape_routes);
    let handlings = Handlings::new(routes.iter().chain(files.iter()).chain(metrics.iter()));
    let middleware = Arc::new(Middleware::new(settings, handlings, &parts.app.ids));

    let (inside, outside) = if prefix.is_empty() {
        (routes.merge(metrics), files)
    } else {
        (routes, files.merge(metrics))
    };
    let router = |routes: Routes| routes.into_router().with_state(Arc::clone(&parts.app));
    let inside = router(inside).fallback(async move |request: Request| {
        match slashes.merge(request.uri()).await {
            Some(redirect) => redirect,
            None => crate::ui::serve(ui, request).await,
        }
    });
    let mut outside = router(outside).fallback(async move |request: Request| {
        elsewhere.merge(request.uri()).await.unwrap_or_else(pages::not_found)
    });
    if !prefix.is_empty() {
        // Relative: a proxy may have taken away what stands in front of the prefix.
        let home = format!("./{}/", prefix.rsplit('/').next().unwrap_or_default());
        let redirect = get(move || std::future::ready(Redirect::permanent(&home)));
        outside = outside.route(prefix, redirect);
    }
    // Until there are users, everybody may do everything.
    let caller = Extension(Caller::everybody().clone());
    Mount::new(prefix, inside.layer(caller.clone()), outside.layer(caller), &middleware)
}

fn paths(routes: &Routes) -> impl Iterator<Item = String> {
    routes.iter().flat_map(Route::paths)
}

fn scrape_routes(metrics: Arc<Metrics>) -> Routes {
    let scrape = move |headers: HeaderMap| std::future::ready(scrape(&metrics, &headers));
    Routes::root()
        .get("/metrics", scrape, [Need::Admin])
        .summary("Scrape the metrics of this process")
        .quiet()
        .without_database()
        .limited_as(Limit::Unlimited)
}

fn scrape(metrics: &Metrics, headers: &HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    match metrics.encode() {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::content_type(accept))], text).into_response(),
        Err(error) => ApiError::internal(error).into_response(),
    }
}
