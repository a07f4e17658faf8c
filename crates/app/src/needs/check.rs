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

/// What is asked of a caller's rights: a need, and the objects that it speaks of.
pub type Asked = (Need, Vec<Cow<'static, str>>);

/// What these needs ask about a message; nothing of a caller who may do everything.
pub fn asked_of<M: Message>(caller: &Caller, needs: &[Need], message: &M) -> Vec<Asked> {
    let is_limited = caller.rights().is_some();
    let needs = needs.iter().filter(|_| is_limited);
    needs.map(|need| (*need, ids_in(need, message))).collect()
}

/// Refuses a caller that does not meet all that is asked.
///
/// # Errors
/// [`ApiError::forbidden`]; and when it cannot be found out.
pub async fn permit_all(caller: &Caller, asked: Vec<Asked>) -> Result<(), ApiError> {
    for (need, ids) in asked {
        permit(caller, &need, &ids).await?;
    }
    Ok(())
}

/// The ids in a message that a need speaks of.
fn ids_in<M: Message>(need: &Need, message: &M) -> Vec<Cow<'static, str>> {
    let Need::Permission(permission @ Permission { place: Place::Message, .. }) = need else {
        return Vec::new();
    };
    let touches = M::TOUCHES.iter().filter(|touch| touch.scope == permission.scope);
    touches.flat_map(|touch| touch.ids(message)).map(|id| id.into_owned().into()).collect()
}
