//! What all handlers share.

use std::sync::Arc;

use axum::extract::State;
use db::Db;

use crate::{Clock, Ids, Settings};

/// The state that handlers share. Nothing that matters lives here: that is in the database.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    /// The database of the model registry: `db` again, unless the registry has one of its own
    /// (`--registry-store-uri`). Then no transaction spans the two.
    pub registry: Db,
    pub clock: Clock,
    pub ids: Ids,
    pub settings: Settings,
}

/// How a handler receives [`App`].
pub type Shared = State<Arc<App>>;
