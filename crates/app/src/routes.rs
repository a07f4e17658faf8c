//! Route tables: a feature's paths, methods, handlers and guards, declared once.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use schemars::{JsonSchema, Schema};

use crate::messages::{Described, Describer, Messages};
use crate::needs::{Guarded, Need, Scope};
use crate::{App, Handling, Limit};

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

/// One route: a path without its prefix, what its caller needs, and how its requests are handled.
#[derive(Clone, Debug)]
pub struct Route {
    pub method: Method,
    /// axum's path syntax (`/2.0/mlflow/logged-models/{model_id}`), without `/api`.
    pub path: String,
    pub prefixes: Prefixes,
    /// What a caller needs: all of them.
    pub needs: Arc<[Need]>,
    /// One sentence for the document of all routes: what the route does for the client.
    pub summary: &'static str,
    pub handling: Handling,
    messages: fn(&mut Describer) -> Messages,
    touches: fn() -> Vec<Scope>,
    request: Option<fn(&mut Describer) -> Schema>,
    answer: Option<fn(&mut Describer) -> Schema>,
    handler: MethodRouter<Arc<App>>,
}

impl Route {
    /// The messages that the route reads and responds with.
    pub fn messages(&self, describer: &mut Describer) -> Messages {
        let mut messages = (self.messages)(describer);
        messages.request = self.request.map(|request| request(describer)).or(messages.request);
        messages.answer = self.answer.map(|answer| answer(describer)).or(messages.answer);
        messages
    }

    /// What the message that the handler reads can name.
    pub fn touches(&self) -> Vec<Scope> {
        (self.touches)()
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
///     .post("create", api::create, [experiment(Update), run(NotDenied).of(Scope::Experiment)])
///     .summary("Start a run")
///     .get("get", api::get, [run(Read)])
///     .summary("Get a run with its latest metrics, params and tags")
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

    fn add<H, T>(
        mut self,
        method: Method,
        path: &str,
        handler: H,
        needs: impl Into<Arc<[Need]>>,
    ) -> Self
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
        let needs = needs.into();
        let handler = on(filter, handler).layer(Guarded(Arc::clone(&needs)));
        let messages = H::messages;
        let prefixes = self.prefixes;
        let (request, answer) = (None, None);
        self.routes.push(Route {
            method,
            path,
            prefixes,
            needs,
            summary: "",
            handling: Handling::default(),
            messages,
            touches: H::touches,
            request,
            answer,
            handler,
        });
        self
    }

    /// Changes the last route.
    fn last(mut self, change: impl FnOnce(&mut Route)) -> Self {
        if let Some(route) = self.routes.last_mut() {
            change(route);
        }
        self
    }

    /// What the last route does for the client: one sentence.
    #[must_use]
    pub fn summary(self, summary: &'static str) -> Self {
        self.last(|route| route.summary = summary)
    }

    /// The last route reads this message, which its handler's arguments do not show.
    #[must_use]
    pub fn reads(self, request: fn(&mut Describer) -> Schema) -> Self {
        self.last(|route| route.request = Some(request))
    }

    /// The last route responds with this message, which its handler's type does not show.
    #[must_use]
    pub fn answers<R: JsonSchema>(self) -> Self {
        self.last(|route| route.answer = Some(Describer::answer::<R>))
    }

    /// The last route takes its body as it arrives. It is counted among the uploads.
    #[must_use]
    pub fn streams(self) -> Self {
        self.last(|route| {
            route.handling.streams = true;
            route.handling.limit = Limit::Uploads;
        })
    }

    /// The last route is asked by load balancers and container hosts, of any server and at any time.
    #[must_use]
    pub fn probe(self) -> Self {
        self.last(|route| {
            route.handling = Handling {
                probe: true,
                quiet: true,
                without_database: true,
                outside_workspaces: true,
                limit: Limit::Unlimited,
                ..route.handling
            };
        })
    }

    /// Successes of the last route are logged for debugging only.
    #[must_use]
    pub fn quiet(self) -> Self {
        self.last(|route| route.handling.quiet = true)
    }

    /// The last route is answered where only artifacts are served, too.
    #[must_use]
    pub fn without_database(self) -> Self {
        self.last(|route| route.handling.without_database = true)
    }

    /// The last route is about the server itself, whatever workspace a request names.
    #[must_use]
    pub fn outside_workspaces(self) -> Self {
        self.last(|route| route.handling.outside_workspaces = true)
    }

    /// A stopping server ends the last route's responses instead of waiting for them.
    #[must_use]
    pub fn cut_at_shutdown(self) -> Self {
        self.last(|route| route.handling.cut_at_shutdown = true)
    }

    /// The last route's requests are counted by this limit.
    #[must_use]
    pub fn limited_as(self, limit: Limit) -> Self {
        self.last(|route| route.handling.limit = limit)
    }

    #[must_use]
    pub fn get<H, T>(self, path: &str, handler: H, needs: impl Into<Arc<[Need]>>) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
        T: 'static,
    {
        self.add(Method::GET, path, handler, needs)
    }

    #[must_use]
    pub fn post<H, T>(self, path: &str, handler: H, needs: impl Into<Arc<[Need]>>) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
        T: 'static,
    {
        self.add(Method::POST, path, handler, needs)
    }

    #[must_use]
    pub fn put<H, T>(self, path: &str, handler: H, needs: impl Into<Arc<[Need]>>) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
        T: 'static,
    {
        self.add(Method::PUT, path, handler, needs)
    }

    #[must_use]
    pub fn patch<H, T>(self, path: &str, handler: H, needs: impl Into<Arc<[Need]>>) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
        T: 'static,
    {
        self.add(Method::PATCH, path, handler, needs)
    }

    #[must_use]
    pub fn delete<H, T>(self, path: &str, handler: H, needs: impl Into<Arc<[Need]>>) -> Self
    where
        H: Handler<T, Arc<App>> + Described<T>,
        T: 'static,
    {
        self.add(Method::DELETE, path, handler, needs)
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
