//! Callers with few rights.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;

use app::needs::{Action, Need, Permission, Rights};
use app::{ApiError, Caller, DEFAULT_WORKSPACE};

#[derive(Debug)]
struct Few(fn(&Need) -> bool);

impl Rights for Few {
    fn meet<'a>(
        &'a self,
        need: &'a Need,
        _ids: &'a [Cow<'a, str>],
    ) -> Pin<Box<dyn Future<Output = Result<bool, ApiError>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok((self.0)(need))))
    }
}

fn caller(may: fn(&Need) -> bool) -> Caller {
    Caller::with_rights(DEFAULT_WORKSPACE, Arc::new(Few(may)))
}

/// A caller who may nothing.
pub fn nobody() -> Caller {
    caller(|_| false)
}

/// A caller who is known, and may nothing else.
pub fn stranger() -> Caller {
    caller(|need| matches!(need, Need::Public | Need::Caller))
}

/// A caller who may read everything, and nothing more.
pub fn reader() -> Caller {
    caller(reads)
}

/// Whether a reader meets a need.
fn reads(need: &Need) -> bool {
    match need {
        Need::Public | Need::Caller | Need::Rows(_) => true,
        Need::Admin | Need::Create => false,
        Need::Permission(Permission { action, .. }) => {
            matches!(action, Action::Read | Action::NotDenied)
        }
    }
}
