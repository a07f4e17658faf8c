//! What a selection asks for once its fragments are written out.

use std::collections::{HashMap, HashSet};

use super::syntax::{Document, Field, Selection};

/// The fields of one place in the answer, by their name there, in the order of their first mention.
/// Fields that share a name are one field of the answer, with the selections of all.
///
/// The document must be sound: every type is concrete, so a fragment applies wherever it stands.
pub(crate) fn grouped<'d, 't>(
    document: &'d Document<'t>,
    selections: impl IntoIterator<Item = &'d [Selection<'t>]>,
) -> Vec<(&'t str, Vec<&'d Field<'t>>)> {
    let mut groups: Vec<(&str, Vec<&Field<'_>>)> = Vec::new();
    let mut places = HashMap::new();
    let mut spread = HashSet::new();
    for level in selections {
        // A stack of its own: chains of fragments may be long.
        let mut pending = vec![level.iter()];
        while let Some(level) = pending.last_mut() {
            match level.next() {
                None => {
                    pending.pop();
                }
                Some(Selection::Field(field)) => {
                    let place = *places.entry(field.key()).or_insert_with(|| {
                        groups.push((field.key(), Vec::new()));
                        groups.len() - 1
                    });
                    groups[place].1.push(field);
                }
                Some(Selection::Inline { selections, .. }) => pending.push(selections.iter()),
                Some(Selection::Spread { name, .. }) => {
                    if let Some(fragment) = document.fragment(name)
                        && spread.insert(*name)
                    {
                        pending.push(fragment.selections.iter());
                    }
                }
            }
        }
    }
    groups
}
