//! Whether a caller meets a need.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;

use super::{Need, Permission, Place};
use crate::{ApiError, Caller, Message};

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

/// Refuses a caller that does not meet these needs on what a message names.
///
/// # Errors
/// [`ApiError::forbidden`]; and when it cannot be found out.
pub fn permit_message<'a, M: Message>(
    caller: &'a Caller,
    needs: &'a [Need],
    message: &M,
) -> impl Future<Output = Result<(), ApiError>> + Send + use<'a, M> {
    let is_limited = caller.rights().is_some();
    let needs = needs.iter().filter(move |_| is_limited);
    // Taken out first: the message itself cannot be shared with other threads meanwhile.
    let asked: Vec<_> = needs.map(|need| (need, ids_in(need, message))).collect();
    async move {
        for (need, ids) in asked {
            permit(caller, need, &ids).await?;
        }
        Ok(())
    }
}

/// The ids in a message that a need speaks of.
pub(super) fn ids_in<M: Message>(need: &Need, message: &M) -> Vec<Cow<'static, str>> {
    let Need::Permission(permission @ Permission { place: Place::Message, .. }) = need else {
        return Vec::new();
    };
    let touches = M::TOUCHES.iter().filter(|touch| touch.scope == permission.scope);
    touches.flat_map(|touch| touch.ids(message)).map(|id| id.into_owned().into()).collect()
}
