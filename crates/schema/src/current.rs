//! What schema a database has now. Another program may change it while this server runs.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::{Release, SchemaError};

/// How a schema stands to this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// One of those that this server was made for.
    Known,
    /// One of a newer MLflow, which has all that this server uses, as it uses it.
    Newer,
    /// One that this server cannot work with, and why. Only a change beside a running server leads here.
    Unusable(String),
}

/// The schema of one database, shared by all who use it.
#[derive(Debug)]
pub struct Current {
    release: AtomicU8,
    /// The version and its standing.
    state: RwLock<(String, Standing)>,
}

impl Default for Current {
    fn default() -> Self {
        Self {
            release: AtomicU8::new(Release::NEWEST as u8),
            state: RwLock::new((crate::HEAD.to_owned(), Standing::Known)),
        }
    }
}

impl Current {
    /// The release that the database is to be used as.
    pub fn release(&self) -> Release {
        Release::from_number(self.release.load(Ordering::Relaxed))
    }

    /// The schema version, as in MLflow's table `alembic_version`, and how it stands to this server.
    pub fn state(&self) -> (String, Standing) {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes what was found in the database. Says whether it differs from what was known.
    pub(crate) fn set(&self, found: &Result<Served, SchemaError>) -> bool {
        let (version, standing) = match found {
            Ok(served) => {
                self.release.store(served.release as u8, Ordering::Relaxed);
                let standing = if served.is_known { Standing::Known } else { Standing::Newer };
                (served.version.clone(), standing)
            }
            // The database is out of reach, not changed.
            Err(SchemaError::Database(_)) => return false,
            Err(error) => (self.state().0, Standing::Unusable(error.to_string())),
        };
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let new = (version, standing);
        std::mem::replace(&mut *state, new.clone()) != new
    }
}

/// A schema that can be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    pub version: String,
    /// What it is used as.
    pub release: Release,
    /// Whether it is one that this server was made for.
    pub is_known: bool,
}
