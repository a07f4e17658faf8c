//! What all handlers share.

use std::sync::Arc;

use axum::extract::State;
use db::Db;

use crate::{Clock, Ids, Settings};

/// The state that handlers share. Nothing that matters lives here: that is in the database.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub ids: Ids,
    pub settings: Settings,
}

/// How a handler receives [`App`].
pub type Shared = State<Arc<App>>;
