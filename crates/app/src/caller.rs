//! Who makes a request, and in which workspace.

use std::sync::{Arc, LazyLock};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::ApiError;
use crate::needs::Rights;

/// The workspace of everything while the server has no other.
pub const DEFAULT_WORKSPACE: &str = "default";

/// Who asks for something, and in which workspace. Cheap to clone.
///
/// Handlers take it as an argument; the middleware has put it into the request's extensions.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Identity>);

#[derive(Debug)]
struct Identity {
    workspace: String,
    /// What the caller may do; none means everything.
    rights: Option<Arc<dyn Rights>>,
}

static EVERYBODY: LazyLock<Caller> = LazyLock::new(|| Caller::new(DEFAULT_WORKSPACE, None));

impl Caller {
    fn new(workspace: &str, rights: Option<Arc<dyn Rights>>) -> Self {
        Self(Arc::new(Identity { workspace: workspace.to_owned(), rights }))
    }

    /// A caller that may do only this.
    pub fn with_rights(workspace: &str, rights: Arc<dyn Rights>) -> Self {
        Self::new(workspace, Some(rights))
    }

    /// Every caller of a server without users: it may do everything, in the default workspace.
    pub fn everybody() -> &'static Self {
        &EVERYBODY
    }

    /// The server itself, at work in the background.
    pub fn server() -> &'static Self {
        Self::everybody()
    }

    /// What the caller may do; none means everything.
    pub fn rights(&self) -> Option<&dyn Rights> {
        self.0.rights.as_deref()
    }

    /// The name of the workspace that the caller works in.
    pub fn workspace(&self) -> &str {
        &self.0.workspace
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    /// The caller that the middleware has found out. A request without one is not answered: a
    /// router that was put together without the middleware must not let everybody in.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.ok_or_else(|| ApiError::internal("the caller of this request is not known"))
    }
}
