//! Whether fields that share a name in the answer ask for the same.

use super::Validator;
use crate::selected::grouped;
use crate::syntax::{Argument, Field, Selection};

impl<'d, 't> Validator<'d, 't> {
    pub(super) fn overlaps(&mut self, selections: &'d [Selection<'t>]) {
        for (key, fields) in grouped(self.document, [selections]) {
            let [first, others @ ..] = fields.as_slice() else { continue };
            for other in others {
                if let Some(reason) = self.conflict(first, other) {
                    self.report(|| {
                        format!(
                            "Fields '{key}' conflict because {reason}. Use different aliases on \
                             the fields to fetch both if this was intentional."
                        )
                    });
                }
            }
            for field in fields {
                self.overlaps(&field.selections);
            }
        }
    }

    fn conflict(&self, one: &'d Field<'t>, other: &'d Field<'t>) -> Option<String> {
        if one.name != other.name {
            return Some(format!("'{}' and '{}' are different fields", one.name, other.name));
        }
        if !same_arguments(&one.arguments, &other.arguments) {
            return Some("they have differing arguments".to_owned());
        }
        let groups = grouped(self.document, [&*one.selections]);
        let others = grouped(self.document, [&*other.selections]);
        let reasons: Vec<String> = groups
            .iter()
            .filter_map(|(key, fields)| {
                let (_, others) = others.iter().find(|(other, _)| other == key)?;
                let reason = self.conflict(fields.first()?, others.first()?)?;
                Some(format!("subfields '{key}' conflict because {reason}"))
            })
            .collect();
        (!reasons.is_empty()).then(|| reasons.join(" and "))
    }
}

fn same_arguments(one: &[Argument<'_>], other: &[Argument<'_>]) -> bool {
    one.len() == other.len() && one.iter().all(|argument| other.contains(argument))
}
