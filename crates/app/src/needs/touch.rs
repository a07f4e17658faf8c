//! What a message touches: the ids that needs speak of, from the message itself.

use std::borrow::Cow;

use super::Scope;

/// Objects that a message of type `M` names. Empty strings name nothing.
#[derive(Debug)]
pub struct Touch<M> {
    pub scope: Scope,
    ids: Ids<M>,
}

#[derive(Debug)]
enum Ids<M> {
    One(fn(&M) -> Option<&str>),
    Either(fn(&M) -> [Option<&str>; 2]),
    List(fn(&M) -> Option<&[String]>),
    Each(fn(&M) -> Vec<Cow<'_, str>>),
}

impl<M> Touch<M> {
    /// One field has the id: `Touch::one(Scope::Trace, |m| m.trace_id.as_deref())`.
    pub const fn one(scope: Scope, id: fn(&M) -> Option<&str>) -> Self {
        Self { scope, ids: Ids::One(id) }
    }

    /// Two fields may have the id. Both are touched, whichever the handler prefers.
    pub const fn either(scope: Scope, ids: fn(&M) -> [Option<&str>; 2]) -> Self {
        Self { scope, ids: Ids::Either(ids) }
    }

    /// One field is a list of ids.
    pub const fn list(scope: Scope, ids: fn(&M) -> Option<&[String]>) -> Self {
        Self { scope, ids: Ids::List(ids) }
    }

    /// The ids are somewhere inside the message, or have to be put together.
    pub const fn each(scope: Scope, ids: fn(&M) -> Vec<Cow<'_, str>>) -> Self {
        Self { scope, ids: Ids::Each(ids) }
    }

    /// The ids in this message.
    pub fn ids<'m>(&self, message: &'m M) -> Vec<Cow<'m, str>> {
        let mut ids: Vec<Cow<'m, str>> = match self.ids {
            Ids::One(id) => id(message).map(Cow::Borrowed).into_iter().collect(),
            Ids::Either(ids) => ids(message).into_iter().flatten().map(Cow::Borrowed).collect(),
            Ids::List(ids) => {
                let list = ids(message).unwrap_or_default();
                list.iter().map(|id| Cow::Borrowed(id.as_str())).collect()
            }
            Ids::Each(ids) => ids(message),
        };
        ids.retain(|id| !id.is_empty());
        ids
    }
}
