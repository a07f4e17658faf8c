//! Whether fragments fit where they are spread, are used, and do not contain themselves.

use std::collections::HashSet;

use super::Validator;
use crate::schema::TypeDefinition;
use crate::suggest::did_you_mean;
use crate::syntax::Selection;

/// The fragments that are spread in `selections` at any depth, in order.
pub(super) fn spreads<'t>(selections: &[Selection<'t>], found: &mut Vec<&'t str>) {
    for selection in selections {
        match selection {
            Selection::Field(field) => spreads(&field.selections, found),
            Selection::Inline { selections, .. } => spreads(selections, found),
            Selection::Spread { name, .. } => found.push(name),
        }
    }
}

impl<'t> Validator<'_, 't> {
    /// The type that a fragment is on. `name` is the fragment's, if it has one.
    pub(super) fn condition(&mut self, condition: &str, name: Option<&str>) {
        match self.schema.find(condition) {
            None => self.unknown_type(condition),
            Some(of) if !of.is_composite() => self.report(|| {
                let name = name.map(|name| format!(" '{name}'")).unwrap_or_default();
                format!("Fragment{name} cannot condition on non composite type '{condition}'.")
            }),
            Some(_) => {}
        }
    }

    pub(super) fn unknown_type(&mut self, name: &str) {
        let types = self.schema.types.iter().map(|of| of.name);
        self.report(|| {
            format!(
                "Unknown type '{name}'.{}",
                did_you_mean(name, "", types.filter(|name| *name != "__Meta"))
            )
        });
    }

    /// A fragment on `of` inside `parent`. All types are concrete, so they must be the same.
    pub(super) fn spread(
        &mut self,
        parent: Option<&TypeDefinition>,
        of: Option<&TypeDefinition>,
        fragment: &str,
    ) {
        let (Some(parent), Some(of)) = (parent, of) else { return };
        if parent.name != of.name {
            self.report(|| {
                format!(
                    "{fragment} cannot be spread here as objects of type '{}' can never be of type \
                     '{}'.",
                    parent.name, of.name
                )
            });
        }
    }

    pub(super) fn fragment_cycles(&mut self) {
        let mut visited = HashSet::new();
        for fragment in &self.document.fragments {
            if visited.insert(fragment.name) {
                self.cycles_from(fragment.name, &mut visited);
            }
        }
    }

    /// Walks what `first` spreads, and what that spreads, with a stack of its own: chains of
    /// fragments may be long.
    fn cycles_from(&mut self, first: &'t str, visited: &mut HashSet<&'t str>) {
        let mut path = vec![(first, self.spreads_of(first).into_iter())];
        while let Some((_, rest)) = path.last_mut() {
            let Some(name) = rest.next() else {
                path.pop();
                continue;
            };
            if let Some(start) = path.iter().position(|(entered, _)| *entered == name) {
                self.report(|| {
                    let via: Vec<String> =
                        path[start + 1..].iter().map(|(name, _)| format!("'{name}'")).collect();
                    let via = if via.is_empty() { "" } else { &format!(" via {}", via.join(", ")) };
                    format!("Cannot spread fragment '{name}' within itself{via}.")
                });
            } else if self.document.fragment(name).is_some() && visited.insert(name) {
                path.push((name, self.spreads_of(name).into_iter()));
            }
        }
    }

    fn spreads_of(&self, name: &str) -> Vec<&'t str> {
        let mut found = Vec::new();
        if let Some(fragment) = self.document.fragment(name) {
            spreads(&fragment.selections, &mut found);
        }
        found
    }

    pub(super) fn unused_fragments(&mut self) {
        let mut pending = Vec::new();
        for operation in &self.document.operations {
            spreads(&operation.selections, &mut pending);
        }
        let mut used = HashSet::new();
        while let Some(name) = pending.pop() {
            if used.insert(name) {
                pending.extend(self.spreads_of(name));
            }
        }
        for fragment in &self.document.fragments {
            if !used.contains(fragment.name) {
                let name = fragment.name;
                self.report(|| format!("Fragment '{name}' is never used."));
            }
        }
    }
}
