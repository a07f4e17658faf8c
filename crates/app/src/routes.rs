//! Route tables: a feature's paths, methods, handlers and guards, declared once.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use schemars::{JsonSchema, Schema};

use crate::messages::{Described, Describer, Messages};
use crate::{App, Guard};

/// Under which prefixes a route stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefixes {
    /// `/api` and `/ajax-api`.
    Both,
    /// `/ajax-api` only: routes made for the web page.
    Ajax,
    /// None: the path as it is.
    Root,
}

/// One route: a path without its prefix, and who may call it.
#[derive(Clone, Debug)]
pub struct Route {
    pub method: Method,
    /// axum's path syntax (`/2.0/mlflow/logged-models/{model_id}`), without `/api`.
    pub path: String,
    pub prefixes: Prefixes,
    pub guard: Guard,
    messages: fn(&mut Describer) -> Messages,
    request: Option<fn(&mut Describer) -> Schema>,
    answer: Option<fn(&mut Describer) -> Schema>,
    handler: MethodRouter<Arc<App>>,
}

impl Route {
    /// What the route reads and answers.
    pub fn messages(&self, describer: &mut Describer) -> Messages {
        let mut messages = (self.messages)(describer);
        messages.request = self.request.map(|request| request(describer)).or(messages.request);
        messages.answer = self.answer.map(|answer| answer(describer)).or(messages.answer);
        messages
    }

    /// The full paths at which the route stands.
    pub fn paths(&self) -> Vec<String> {
        match self.prefixes {
            Prefixes::Both => vec![format!("/api{}", self.path), format!("/ajax-api{}", self.path)],
            Prefixes::Ajax => vec![format!("/ajax-api{}", self.path)],
            Prefixes::Root => vec![self.path.clone()],
        }
    }
}

/// A feature's route table.
///
/// ```ignore
/// Routes::v2("mlflow/runs")
///     .post("create", api::create, Guard::edit(Scope::Experiment("experiment_id")))
///     .get("get", api::get, Guard::read(Scope::Run("run_id")))
/// ```
#[derive(Clone, Debug)]
pub struct Routes {
    base: String,
    prefixes: Prefixes,
    routes: Vec<Route>,
}

impl Routes {
    /// Routes under `/2.0/<base>/`, at `/api` and `/ajax-api`.
    pub fn v2(base: &str) -> Self {
        Self { base: format!("/2.0/{base}"), prefixes: Prefixes::Both, routes: Vec::new() }
    }

    /// Routes under `/3.0/<base>/`, at `/api` and `/ajax-api`.
    pub fn v3(base: &str) -> Self {
        Self { base: format!("/3.0/{base}"), prefixes: Prefixes::Both, routes: Vec::new() }
    }

    /// Routes at their own path.
    pub fn root() -> Self {
        Self { base: String::new(), prefixes: Prefixes::Root, routes: Vec::new() }
    }

    /// The routes that follow stand under `/ajax-api` only.
    #[must_use]
    pub fn ajax_only(mut self) -> Self {
        self.prefixes = Prefixes::Ajax;
        self
    }

    fn add<H, T>(mut self, method: Method, path: &str, handler: H, guard: Guard) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
        T: 'static,
    {
        let path = match (path.is_empty(), path.starts_with('/')) {
            (true, _) => self.base.clone(),
            (_, true) => format!("{}{path}", self.base),
            _ => format!("{}/{path}", self.base),
        };
        let filter = match method {
            Method::POST => MethodFilter::POST,
            Method::PUT => MethodFilter::PUT,
            Method::PATCH => MethodFilter::PATCH,
            Method::DELETE => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        let handler = on(filter, handler);
        let messages = H::messages;
        let prefixes = self.prefixes;
        let (request, answer) = (None, None);
        self.routes.push(Route {
            method,
            path,
            prefixes,
            guard,
            messages,
            request,
            answer,
            handler,
        });
        self
    }

    /// The last route reads such a message, which its handler's arguments do not tell.
    #[must_use]
    pub fn reads(mut self, request: fn(&mut Describer) -> Schema) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.request = Some(request);
        }
        self
    }

    /// The last route answers such a message, which its handler's type does not tell.
    #[must_use]
    pub fn answers<R: JsonSchema>(mut self) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.answer = Some(Describer::answer::<R>);
        }
        self
    }

    #[must_use]
    pub fn get<H, T>(self, path: &str, handler: H, guard: Guard) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
        T: 'static,
    {
        self.add(Method::GET, path, handler, guard)
    }

    #[must_use]
    pub fn post<H, T>(self, path: &str, handler: H, guard: Guard) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
        T: 'static,
    {
        self.add(Method::POST, path, handler, guard)
    }

    #[must_use]
    pub fn put<H, T>(self, path: &str, handler: H, guard: Guard) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
        T: 'static,
    {
        self.add(Method::PUT, path, handler, guard)
    }

    #[must_use]
    pub fn patch<H, T>(self, path: &str, handler: H, guard: Guard) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
        T: 'static,
    {
        self.add(Method::PATCH, path, handler, guard)
    }

    #[must_use]
    pub fn delete<H, T>(self, path: &str, handler: H, guard: Guard) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
        T: 'static,
    {
        self.add(Method::DELETE, path, handler, guard)
    }

    /// Adds another table's routes to this one's.
    #[must_use]
    pub fn merge(mut self, other: Routes) -> Self {
        self.routes.extend(other.routes);
        self
    }

    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    /// The router that serves the whole table.
    pub fn into_router(self) -> Router<Arc<App>> {
        let mut router = Router::new();
        for route in self.routes {
            for path in route.paths() {
                router = router.route(&path, route.handler.clone());
            }
        }
        router
    }
}
