//! Whether a document makes sense for the schema: https://spec.graphql.org/October2021/#sec-Validation
//!
//! One walk over the document, in its order. The complaints and their order are those of the
//! GraphQL implementation that MLflow uses; clients show them to people.

mod directives;
mod fragments;
mod introspection;
mod overlap;
mod values;
mod variables;

use std::collections::{HashMap, HashSet};

use super::schema::{Schema, TypeDefinition, schema};
use super::suggest::did_you_mean;
use super::syntax::{Argument, Document, Field, Kind, Operation, Selection, TypeRef};

/// Complaints after which no more are looked for.
const MAX_ERRORS: usize = 100;

/// Every complaint about the document; none if it can be executed.
pub(crate) fn validate(document: &Document<'_>) -> Vec<String> {
    let mut validator = Validator::new(document);
    validator.document();
    let mut errors = validator.errors;
    if errors.len() > MAX_ERRORS {
        errors.truncate(MAX_ERRORS);
        errors.push(
            "Too many validation errors, error limit reached. Validation aborted.".to_owned(),
        );
    }
    errors
}

struct Validator<'d, 't> {
    schema: &'static Schema,
    document: &'d Document<'t>,
    errors: Vec<String>,
}

impl<'d, 't> Validator<'d, 't> {
    fn new(document: &'d Document<'t>) -> Self {
        Self { schema: schema(), document, errors: Vec::new() }
    }

    /// Notes a complaint, which is not even put into words if there are too many already.
    fn report(&mut self, message: impl FnOnce() -> String) {
        if self.errors.len() <= MAX_ERRORS {
            self.errors.push(message());
        }
    }

    fn document(&mut self) {
        let document = self.document;
        let mut names = HashSet::new();
        for operation in &document.operations {
            if let Some(name) = operation.name.filter(|name| !names.insert(*name)) {
                self.report(|| format!("There can be only one operation named '{name}'."));
            }
            if operation.name.is_none() && document.operations.len() > 1 {
                self.report(|| {
                    "This anonymous operation must be the only defined operation.".to_owned()
                });
            }
            self.operation(operation);
        }
        let mut names = HashSet::new();
        for fragment in &document.fragments {
            self.condition(fragment.condition, Some(fragment.name));
            if !names.insert(fragment.name) {
                let name = fragment.name;
                self.report(|| format!("There can be only one fragment named '{name}'."));
            }
            self.directives(&fragment.directives, "fragment definition");
            self.selections(&fragment.selections, self.composite(fragment.condition));
        }
        self.fragment_cycles();
        for operation in &document.operations {
            self.variable_usages(operation);
        }
        self.unused_fragments();
        // What follows goes through fragments, which must be sound for that.
        if self.errors.is_empty() {
            for operation in &document.operations {
                self.overlaps(&operation.selections);
                self.introspection_depth(&operation.selections);
            }
        }
    }

    fn operation(&mut self, operation: &Operation<'t>) {
        self.variable_definitions(operation);
        let location = match operation.kind {
            Kind::Query => "query",
            Kind::Mutation => "mutation",
            Kind::Subscription => "subscription",
        };
        self.directives(&operation.directives, location);
        self.selections(&operation.selections, self.schema.root(operation.kind));
    }

    /// The type of this name, if it has fields.
    fn composite(&self, name: &str) -> Option<&'static TypeDefinition> {
        self.schema.find(name).filter(|of| of.is_composite())
    }

    /// `parent` is `None` below what was complained about already.
    fn selections(
        &mut self,
        selections: &[Selection<'t>],
        parent: Option<&'static TypeDefinition>,
    ) {
        for selection in selections {
            match selection {
                Selection::Field(field) => self.field(field, parent),
                Selection::Spread { name, directives } => {
                    match self.document.fragment(name) {
                        None => self.report(|| format!("Unknown fragment '{name}'.")),
                        Some(fragment) => {
                            let of = self.composite(fragment.condition);
                            self.spread(parent, of, &format!("Fragment '{name}'"));
                        }
                    }
                    self.directives(directives, "fragment spread");
                }
                Selection::Inline { condition, directives, selections } => {
                    let mut of = parent;
                    if let Some(condition) = condition {
                        of = self.composite(condition);
                        self.condition(condition, None);
                        self.spread(parent, of, "Fragment");
                    }
                    self.directives(directives, "inline fragment");
                    self.selections(selections, of);
                }
            }
        }
    }

    fn field(&mut self, field: &Field<'t>, parent: Option<&'static TypeDefinition>) {
        let name = field.name;
        let definition = parent.and_then(|parent| parent.field(name));
        let of = definition.and_then(|definition| self.composite(definition.of.named()));
        if let Some(definition) = definition {
            let shown = &definition.of;
            match (of.is_some(), field.selections.is_empty()) {
                (true, true) => self.report(|| {
                    format!(
                        "Field '{name}' of type '{shown}' must have a selection of subfields. Did \
                         you mean '{name} {{ ... }}'?"
                    )
                }),
                (false, false) => self.report(|| {
                    format!(
                        "Field '{name}' must not have a selection since type '{shown}' has no \
                         subfields."
                    )
                }),
                _ => {}
            }
        } else if let Some(parent) = parent {
            self.report(|| {
                let options = parent.fields().iter().map(|field| field.name);
                let question = did_you_mean(name, "", options);
                format!("Cannot query field '{name}' on type '{}'.{question}", parent.name)
            });
        }
        self.unique_arguments(&field.arguments);
        for argument in &field.arguments {
            self.argument(argument, definition.zip(parent));
        }
        self.directives(&field.directives, "field");
        self.selections(&field.selections, of);
        for argument in definition.map_or(&[][..], |definition| &definition.arguments) {
            let given = field.arguments.iter().any(|given| given.name == argument.name);
            if argument.is_required() && !given {
                self.report(|| {
                    format!(
                        "Field '{name}' argument '{}' of type '{}' is required, but it was not \
                         provided.",
                        argument.name, argument.of
                    )
                });
            }
        }
    }

    fn unique_arguments(&mut self, arguments: &[Argument<'t>]) {
        let mut seen = HashMap::new();
        for argument in arguments {
            let times = seen.entry(argument.name).or_insert(0);
            *times += 1;
            if *times == 2 {
                let name = argument.name;
                self.report(|| format!("There can be only one argument named '{name}'."));
            }
        }
    }

    /// An argument of a field, if the field is known with its parent.
    fn argument(
        &mut self,
        argument: &Argument<'t>,
        field: Option<(&'static super::schema::FieldDefinition, &'static TypeDefinition)>,
    ) {
        let name = argument.name;
        let mut of: Option<&TypeRef<'static>> = None;
        if let Some((field, parent)) = field {
            of = field.arguments.iter().find(|known| known.name == name).map(|known| &known.of);
            if of.is_none() {
                self.report(|| {
                    let options = field.arguments.iter().map(|argument| argument.name);
                    let question = did_you_mean(name, "", options);
                    let (parent, field) = (parent.name, field.name);
                    format!("Unknown argument '{name}' on field '{parent}.{field}'.{question}")
                });
            }
        }
        self.value(&argument.value, of);
    }
}
