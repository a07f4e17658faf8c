//! How far the schema's description of itself may be followed round in circles.

use super::Validator;
use crate::selected::grouped;
use crate::syntax::Selection;

/// Lists inside each other that make the description too long.
const MAX_LISTS: usize = 3;
const LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];

impl<'d, 't> Validator<'d, 't> {
    pub(super) fn introspection_depth(&mut self, selections: &'d [Selection<'t>]) {
        for (_, fields) in grouped(self.document, [selections]) {
            for field in fields {
                let is_introspection = field.name == "__schema" || field.name == "__type";
                if is_introspection && self.is_too_deep(&field.selections, 0) {
                    self.report(|| "Maximum introspection depth exceeded".to_owned());
                }
            }
        }
    }

    fn is_too_deep(&self, selections: &'d [Selection<'t>], lists: usize) -> bool {
        grouped(self.document, [selections]).into_iter().flat_map(|(_, fields)| fields).any(
            |field| {
                let lists = lists + usize::from(LISTS.contains(&field.name));
                lists >= MAX_LISTS || self.is_too_deep(&field.selections, lists)
            },
        )
    }
}
