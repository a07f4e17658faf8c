//! Whether variables are defined, used, and fit where they are used.

use std::collections::{HashMap, HashSet};

use super::{Validator, values};
use crate::schema::{InputDefinition, TypeDefinition};
use crate::syntax::{
    Argument, Directive, Operation, Selection, TypeRef, Value, VariableDefinition,
};

/// A variable where it stands.
struct Usage<'t> {
    name: &'t str,
    /// What is expected there, if that is known.
    of: Option<TypeRef<'static>>,
    /// Whether something is used there if the variable has no value.
    has_default: bool,
}

impl<'d, 't> Validator<'d, 't> {
    pub(super) fn variable_definitions(&mut self, operation: &Operation<'t>) {
        let mut seen = HashSet::new();
        for variable in &operation.variables {
            let name = variable.name;
            if !seen.insert(name) {
                self.report(|| format!("There can be only one variable named '${name}'."));
            }
        }
        for variable in &operation.variables {
            let (name, of) = (variable.name, &variable.of);
            match self.schema.find(of.named()) {
                None => self.unknown_type(of.named()),
                Some(definition) if !definition.is_input() => {
                    self.report(|| format!("Variable '${name}' cannot be non-input type '{of}'."));
                }
                Some(_) => {}
            }
            if let Some(default) = &variable.default {
                let known = self.schema.find(of.named()).is_some_and(TypeDefinition::is_input);
                self.value(default, Some(of).filter(|_| known));
            }
            self.directives(&variable.directives, "variable definition");
        }
    }

    pub(super) fn variable_usages(&mut self, operation: &Operation<'t>) {
        let usages = self.usages(operation);
        let defined: HashMap<&str, &VariableDefinition<'t>> =
            operation.variables.iter().map(|variable| (variable.name, variable)).collect();
        let by = operation.name.map(|name| format!("operation '{name}'"));
        for usage in &usages {
            if !defined.contains_key(usage.name) {
                let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
                self.report(|| format!("Variable '${}' is not defined{by}.", usage.name));
            }
        }
        let used: HashSet<&str> = usages.iter().map(|usage| usage.name).collect();
        for variable in &operation.variables {
            if !used.contains(variable.name) {
                let by = by.as_ref().map(|by| format!(" in {by}")).unwrap_or_default();
                self.report(|| format!("Variable '${}' is never used{by}.", variable.name));
            }
        }
        for usage in &usages {
            let (Some(variable), Some(expected)) = (defined.get(usage.name), &usage.of) else {
                continue;
            };
            let known = self.schema.find(variable.of.named()).is_some();
            let has_default = usage.has_default
                || variable.default.as_ref().is_some_and(|default| *default != Value::Null);
            let fits = match expected {
                TypeRef::NonNull(inner) if has_default => is_subtype(&variable.of, inner),
                expected => is_subtype(&variable.of, expected),
            };
            if known && !fits {
                let (name, of) = (variable.name, &variable.of);
                self.report(|| {
                    format!(
                        "Variable '${name}' of type '{of}' used in position expecting type \
                         '{expected}'."
                    )
                });
            }
        }
    }

    /// Every place where the operation, or a fragment that it spreads, uses a variable.
    fn usages(&self, operation: &Operation<'t>) -> Vec<Usage<'t>> {
        let mut found = Vec::new();
        self.in_directives(&operation.directives, &mut found);
        let root = self.schema.root(operation.kind);
        let mut spread = Vec::new();
        self.in_selections(&operation.selections, root, &mut found, &mut spread);
        let mut entered = HashSet::new();
        while let Some(name) = spread.pop() {
            if let Some(fragment) = self.document.fragment(name)
                && entered.insert(name)
            {
                let of = self.composite(fragment.condition);
                self.in_directives(&fragment.directives, &mut found);
                self.in_selections(&fragment.selections, of, &mut found, &mut spread);
            }
        }
        found
    }

    fn in_selections(
        &self,
        selections: &'d [Selection<'t>],
        parent: Option<&'static TypeDefinition>,
        found: &mut Vec<Usage<'t>>,
        spread: &mut Vec<&'t str>,
    ) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let definition = parent.and_then(|parent| parent.field(field.name));
                    let known = definition.map_or(&[][..], |definition| &definition.arguments);
                    self.in_arguments(&field.arguments, known, found);
                    self.in_directives(&field.directives, found);
                    let of = definition.and_then(|field| self.composite(field.of.named()));
                    self.in_selections(&field.selections, of, found, spread);
                }
                Selection::Spread { name, directives } => {
                    self.in_directives(directives, found);
                    spread.push(name);
                }
                Selection::Inline { condition, directives, selections } => {
                    self.in_directives(directives, found);
                    let of = condition.map_or(parent, |condition| self.composite(condition));
                    self.in_selections(selections, of, found, spread);
                }
            }
        }
    }

    fn in_directives(&self, directives: &[Directive<'t>], found: &mut Vec<Usage<'t>>) {
        for directive in directives {
            let known = self.schema.directive(directive.name);
            let known = known.map_or(&[][..], |definition| &definition.arguments);
            self.in_arguments(&directive.arguments, known, found);
        }
    }

    fn in_arguments(
        &self,
        arguments: &[Argument<'t>],
        known: &'static [InputDefinition],
        found: &mut Vec<Usage<'t>>,
    ) {
        for Argument { name, value } in arguments {
            let definition = known.iter().find(|known| known.name == *name);
            let has_default = definition.is_some_and(|known| known.default.is_some());
            self.in_value(value, definition.map(|known| &known.of), has_default, found);
        }
    }

    fn in_value(
        &self,
        value: &Value<'t>,
        of: Option<&TypeRef<'static>>,
        has_default: bool,
        found: &mut Vec<Usage<'t>>,
    ) {
        match value {
            Value::Variable(name) => found.push(Usage { name, of: of.cloned(), has_default }),
            Value::List(items) => {
                let of = of.and_then(values::items);
                for item in items {
                    self.in_value(item, of, false, found);
                }
            }
            Value::Object(fields) => {
                let known = self.input_fields(of).unwrap_or_default();
                for (name, value) in fields {
                    let field = known.iter().find(|field| field.name == *name);
                    let has_default = field.is_some_and(|field| field.default.is_some());
                    self.in_value(value, field.map(|field| &field.of), has_default, found);
                }
            }
            _ => {}
        }
    }
}

/// Whether every value of `narrow` is one of `wide`.
fn is_subtype(narrow: &TypeRef<'_>, wide: &TypeRef<'_>) -> bool {
    match (narrow, wide) {
        (TypeRef::NonNull(narrow), TypeRef::NonNull(wide))
        | (TypeRef::List(narrow), TypeRef::List(wide)) => is_subtype(narrow, wide),
        (TypeRef::NonNull(narrow), wide) => is_subtype(narrow, wide),
        (TypeRef::Named(narrow), TypeRef::Named(wide)) => narrow == wide,
        _ => false,
    }
}
