//! What all handlers share.

use std::sync::Arc;

use axum::extract::State;
use db::{Db, DbError};

use crate::{Backend, Caller, Clock, Ids, Settings, Work};

/// The state that handlers share. Nothing that matters lives here: that is in the database.
#[derive(Clone)]
pub struct App {
    pub backend: Backend,
    /// The database of the model registry: `backend` again, unless the registry has one of its own
    /// (`--registry-store-uri`). Then no transaction spans the two.
    pub registry: Backend,
    pub clock: Clock,
    pub ids: Ids,
    pub settings: Settings,
}

impl App {
    /// An app on these databases; `registry` is `backend` again, unless the registry has a
    /// database of its own.
    pub fn new(backend: Db, registry: Db, clock: Clock, ids: Ids, settings: Settings) -> Self {
        let open = |db| Backend::new(db, clock.clone(), ids.clone(), settings.trace_rollups);
        Self { backend: open(backend), registry: open(registry), clock, ids, settings }
    }

    /// The same for work in the background, which may take as long as it takes.
    #[must_use]
    pub fn without_limit(&self) -> Self {
        Self {
            backend: self.backend.without_limit(),
            registry: self.registry.without_limit(),
            ..self.clone()
        }
    }

    /// Runs a store function that only reads, and finds what it reads by keys
    /// ([`Backend::read`]).
    ///
    /// # Errors
    /// The store function's own, and those of the database.
    pub fn read<I, T, E, W>(
        &self,
        caller: &Caller,
        work: W,
        input: I,
    ) -> impl Future<Output = Result<T, E>> + Send + use<'_, I, T, E, W>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        W: for<'a> Work<'a, I, T, E>,
    {
        self.backend.read(caller, work, input)
    }

    /// Runs a store function that only reads, and may have to look at much
    /// ([`Backend::search`]).
    ///
    /// # Errors
    /// The store function's own, and those of the database.
    pub fn search<I, T, E, W>(
        &self,
        caller: &Caller,
        work: W,
        input: I,
    ) -> impl Future<Output = Result<T, E>> + Send + use<'_, I, T, E, W>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        W: for<'a> Work<'a, I, T, E>,
    {
        self.backend.search(caller, work, input)
    }

    /// Runs a store function as one transaction ([`Backend::write`]).
    ///
    /// # Errors
    /// The store function's own, and those of the database. Nothing is written then.
    pub fn write<I, T, E, W>(
        &self,
        caller: &Caller,
        work: W,
        input: I,
    ) -> impl Future<Output = Result<T, E>> + Send + use<'_, I, T, E, W>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        W: for<'a> Work<'a, I, T, E>,
    {
        self.backend.write(caller, work, input)
    }
}

/// How a handler receives [`App`].
pub type Shared = State<Arc<App>>;
