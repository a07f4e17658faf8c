//! The layer in front of every route: checks its needs before the handler runs.

use std::borrow::Cow;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use futures_util::future::Either;
use tower::{Layer, Service};

use super::{Asked, Need, Place, asked_of, permit, permit_all};
use crate::{ApiError, Caller, Message};

/// The needs of a route that speak of what its message names. [`crate::Call`] checks them.
#[derive(Clone, Debug)]
pub(crate) struct MessageNeeds {
    caller: Caller,
    needs: Arc<[Need]>,
}

impl MessageNeeds {
    /// What is asked about a message.
    pub(crate) fn asked_of<M: Message>(&self, message: &M) -> Vec<Asked> {
        asked_of(&self.caller, &self.needs, message)
    }

    /// Refuses a caller that may not do this with what the message names.
    pub(crate) async fn check(self, asked: Vec<Asked>) -> Result<(), ApiError> {
        permit_all(&self.caller, asked).await
    }
}

/// The layer that checks the needs of one route.
#[derive(Clone, Debug)]
pub(crate) struct Guarded(pub(crate) Arc<[Need]>);

impl<S> Layer<S> for Guarded {
    type Service = GuardedService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        GuardedService { inner, needs: Arc::clone(&self.0) }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct GuardedService<S> {
    inner: S,
    needs: Arc<[Need]>,
}

type Checked = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<S> Service<Request> for GuardedService<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Checked>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let caller = request.extensions().get::<Caller>().cloned();
        if caller.as_ref().is_some_and(|caller| caller.rights().is_none()) {
            return Either::Left(self.inner.call(request));
        }
        let needs = Arc::clone(&self.needs);
        let mut inner = self.inner.clone();
        Either::Right(Box::pin(async move {
            let Some(caller) = caller else {
                // A router without the middleware that finds out who calls lets nobody in.
                let error = ApiError::internal("the caller of this request is not known");
                return Ok(error.into_response());
            };
            let (mut parts, body) = request.into_parts();
            if let Err(refusal) = check(&caller, &needs, &mut parts).await {
                return Ok(refusal.into_response());
            }
            request = Request::from_parts(parts, body);
            let needs = needs.iter().filter(|need| need.place() == Some(Place::Message)).copied();
            request.extensions_mut().insert(MessageNeeds { caller, needs: needs.collect() });
            inner.call(request).await
        }))
    }
}

/// Checks all needs but those that speak of the message.
async fn check(caller: &Caller, needs: &[Need], parts: &mut Parts) -> Result<(), ApiError> {
    for need in needs {
        let ids = match need.place() {
            Some(Place::Message) => continue,
            None => Vec::new(),
            Some(Place::Path(names)) => in_path(parts, names).await,
            Some(Place::Query(names)) => in_query(parts, names),
            Some(Place::Header(name)) => in_header(parts, name),
        };
        permit(caller, need, &ids).await?;
    }
    Ok(())
}

async fn in_path(parts: &mut Parts, names: &[&str]) -> Vec<Cow<'static, str>> {
    let Ok(params) = RawPathParams::from_request_parts(parts, &()).await else { return Vec::new() };
    let find = |name: &&str| params.iter().find(|(known, _)| known == name).map(|(_, id)| id);
    let Some(found) = names.iter().map(find).collect::<Option<Vec<&str>>>() else {
        return Vec::new();
    };
    vec![found.join("/").into()]
}

fn in_query(parts: &Parts, names: &[&str]) -> Vec<Cow<'static, str>> {
    let query = parts.uri.query().unwrap_or_default();
    let fields = form_urlencoded::parse(query.as_bytes());
    let ids = fields.filter(|(field, id)| names.contains(&field.as_ref()) && !id.is_empty());
    ids.map(|(_, id)| id.into_owned().into()).collect()
}

fn in_header(parts: &Parts, name: &str) -> Vec<Cow<'static, str>> {
    let headers = parts.headers.get_all(name).iter();
    let ids = headers.filter_map(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    ids.map(|id| id.to_owned().into()).collect()
}
