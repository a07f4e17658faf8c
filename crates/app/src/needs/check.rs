//! Whether a caller meets a need.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;

use super::{Need, Permission};
use crate::{ApiError, Caller};

/// What a caller may do. A caller without rights of its own may do everything.
pub trait Rights: fmt::Debug + Send + Sync {
    /// Whether the caller meets the need. `ids` are the objects that the request names; where it
    /// should name one and does not, the list is empty.
    ///
    /// # Errors
    /// When it cannot be found out. The request is not answered then.
    fn meet<'a>(
        &'a self,
        need: &'a Need,
        ids: &'a [Cow<'a, str>],
    ) -> Pin<Box<dyn Future<Output = Result<bool, ApiError>> + Send + 'a>>;
}

/// Refuses a caller that does not meet the need on each of these objects.
///
/// # Errors
/// [`ApiError::forbidden`]; and when it cannot be found out.
pub async fn permit(caller: &Caller, need: &Need, ids: &[Cow<'_, str>]) -> Result<(), ApiError> {
    let Some(rights) = caller.rights() else { return Ok(()) };
    if ids.is_empty() && matches!(need, Need::Permission(Permission { optional: true, .. })) {
        return Ok(());
    }
    if *need == Need::Public || rights.meet(need, ids).await? {
        Ok(())
    } else {
        Err(ApiError::forbidden())
    }
}
