//! How large a request may be. Counted before anything else is looked at, so that whatever comes
//! later works on something small.

use std::collections::{HashSet, VecDeque};

use super::syntax::{Document, Field, Selection};

const MAX_DEPTH: usize = 10;
const MAX_SELECTIONS: usize = 1000;
/// Selections and fragments that are stepped through, those without a field in them included. It
/// bounds the work for requests that spread fragments over and over.
const MAX_STEPS: usize = 20_000;

const ROOT_FIELDS_VARIABLE: &str = "MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS";
const ALIASES_VARIABLE: &str = "MLFLOW_SERVER_GRAPHQL_MAX_ALIASES";

/// The limits that an operator can set.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    root_fields: usize,
    /// Aliases that may stand beside each other.
    aliases: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self::read(|_| None)
    }
}

impl Limits {
    /// `variable`: an environment variable by its name. Ten of each where none is set.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let read = |name| variable(name).and_then(|value| value.trim().parse().ok());
        Self {
            root_fields: read(ROOT_FIELDS_VARIABLE).unwrap_or(10),
            aliases: read(ALIASES_VARIABLE).unwrap_or(10),
        }
    }

    /// What is too much about the document, if anything is.
    pub(crate) fn refusal(self, document: &Document<'_>) -> Option<String> {
        let counted = match count(document) {
            Ok(counted) => counted,
            Err(refusal) => return Some(refusal),
        };
        let (limit, found, what, variable) = if counted.root_fields > self.root_fields {
            (self.root_fields, counted.root_fields, "root fields", ROOT_FIELDS_VARIABLE)
        } else if counted.aliases > self.aliases {
            (self.aliases, counted.aliases, "aliases", ALIASES_VARIABLE)
        } else {
            return None;
        };
        Some(format!(
            "GraphQL queries should have at most {limit} {what}, got {found} {what}. To increase \
             the limit, set the {variable} environment variable."
        ))
    }
}

/// The refusal of a request that is nested too deep.
pub(crate) fn too_deep() -> String {
    format!("Query exceeds maximum depth of {MAX_DEPTH}")
}

fn too_many() -> String {
    format!("Query exceeds maximum total selections of {MAX_SELECTIONS}")
}

#[derive(Default)]
struct Counted {
    root_fields: usize,
    /// The most aliases that stand beside each other.
    aliases: usize,
}

fn count(document: &Document<'_>) -> Result<Counted, String> {
    let mut counted = Counted::default();
    let (mut selections, mut steps) = (0, 0);
    let mut pending: Vec<(&[Selection<'_>], usize)> =
        document.operations.iter().rev().map(|operation| (&*operation.selections, 1)).collect();
    while let Some((level, depth)) = pending.pop() {
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let fields = fields_of_level(document, level, &mut steps)?;
        selections += fields.len();
        if selections > MAX_SELECTIONS {
            return Err(too_many());
        }
        if depth == 1 {
            counted.root_fields += fields.len();
        }
        let aliases = fields.iter().filter(|field| field.alias.is_some()).count();
        counted.aliases = counted.aliases.max(aliases);
        let nested = fields.into_iter().filter(|field| !field.selections.is_empty());
        pending.extend(nested.map(|field| (field.selections.as_slice(), depth + 1)));
    }
    Ok(counted)
}

/// The fields that stand beside each other, those of fragments included; each fragment once.
fn fields_of_level<'d, 't>(
    document: &'d Document<'t>,
    level: &'d [Selection<'t>],
    steps: &mut usize,
) -> Result<Vec<&'d Field<'t>>, String> {
    let mut fields = Vec::new();
    let mut spread = HashSet::new();
    let mut pending = VecDeque::from([level]);
    while let Some(level) = pending.pop_front() {
        for selection in level {
            *steps += 1;
            if *steps > MAX_STEPS {
                return Err(too_many());
            }
            match selection {
                Selection::Field(field) => fields.push(field),
                Selection::Inline { selections, .. } => pending.push_back(selections),
                Selection::Spread { name, .. } => {
                    if let Some(fragment) = document.fragment(name)
                        && spread.insert(*name)
                    {
                        pending.push_back(&fragment.selections);
                    }
                }
            }
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    fn refusal(text: &str) -> Option<String> {
        Limits::default().refusal(&parse(text).unwrap())
    }

    #[test]
    fn depth_is_counted_through_fragments() {
        let nested = |depth: usize| format!("{}{}", "{a".repeat(depth), "}".repeat(depth));
        assert_eq!(refusal(&nested(10)), None);
        assert_eq!(refusal(&nested(11)), Some(too_deep()));
        assert_eq!(refusal("{ ...F } fragment F on Query { a { ...F } }"), Some(too_deep()));
        assert_eq!(refusal("{ ...F } fragment F on Query { ...F }"), None);
    }

    #[test]
    fn fields_are_counted_each_time_they_are_asked_for() {
        let fields = |count: usize| format!("{{ a {{ {} }} }}", "b ".repeat(count));
        assert_eq!(refusal(&fields(999)), None);
        assert_eq!(refusal(&fields(1000)), Some(too_many()));
        let spread = format!(
            "{{ {} }} fragment F on T {{ {} }}",
            "a { ...F } ".repeat(10),
            "b ".repeat(100)
        );
        assert_eq!(refusal(&spread), Some(too_many()));
        let empty_steps = format!("{{ a {{ {} }} }}", "...F ".repeat(20_001));
        assert_eq!(refusal(&empty_steps), Some(too_many()));
    }

    #[test]
    fn roots_and_aliases_are_counted() {
        let roots = "a b c d e ...F ".to_owned();
        let text =
            format!("query A {{ {roots} }} query B {{ a }} fragment F on Query {{ f g h i }}");
        assert_eq!(refusal(&text), None);
        let message = refusal(&text.replace("{ a }", "{ a b }")).unwrap();
        assert_eq!(
            message,
            "GraphQL queries should have at most 10 root fields, got 11 root fields. To increase \
             the limit, set the MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS environment variable."
        );
        let aliases: Vec<String> = (0..11).map(|index| format!("a{index}: b")).collect();
        let (some, rest) = aliases.split_at(6);
        let text = format!("{{ a {{ {} ... {{ {} }} }} }}", some.join(" "), rest.join(" "));
        assert!(refusal(&text).unwrap().contains("at most 10 aliases, got 11 aliases."));
        let text = format!("{{ a {{ {} b {{ {} }} }} }}", some.join(" "), rest.join(" "));
        assert_eq!(refusal(&text), None);
    }
}
