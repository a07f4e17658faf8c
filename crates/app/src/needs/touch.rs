//! What a message touches: the ids that needs speak of, from the message itself.

use std::borrow::Cow;

use super::Scope;

/// Objects that a message of type `M` names.
#[derive(Debug)]
pub struct Touch<M> {
    pub scope: Scope,
    ids: Ids<M>,
}

#[derive(Debug)]
enum Ids<M> {
    One(for<'m> fn(&'m M) -> Option<&'m str>),
    Each(for<'m> fn(&'m M) -> Vec<Cow<'m, str>>),
}

impl<M> Touch<M> {
    /// The message names at most one: `Touch::one(Scope::Run, |m| m.run_id.as_deref())`. An empty
    /// string counts as none.
    pub const fn one(scope: Scope, id: for<'m> fn(&'m M) -> Option<&'m str>) -> Self {
        Self { scope, ids: Ids::One(id) }
    }

    /// The message names any number.
    pub const fn each(scope: Scope, ids: for<'m> fn(&'m M) -> Vec<Cow<'m, str>>) -> Self {
        Self { scope, ids: Ids::Each(ids) }
    }

    /// The ids in this message.
    pub fn ids<'m>(&self, message: &'m M) -> Vec<Cow<'m, str>> {
        match self.ids {
            Ids::One(id) => {
                id(message).filter(|id| !id.is_empty()).map(Cow::Borrowed).into_iter().collect()
            }
            Ids::Each(ids) => ids(message),
        }
    }
}
