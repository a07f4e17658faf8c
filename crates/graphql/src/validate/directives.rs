//! Whether directives are known and stand where they may.

use std::collections::HashSet;

use super::Validator;
use crate::suggest::did_you_mean;
use crate::syntax::Directive;

impl<'t> Validator<'_, 't> {
    /// The directives of one place, `location`: the schema's word in lower case, with a space for
    /// an underscore.
    pub(super) fn directives(&mut self, directives: &[Directive<'t>], location: &str) {
        let mut seen = HashSet::new();
        for Directive { name, .. } in directives {
            // Compat: only directives that exist are looked at for this.
            if self.schema.directive(name).is_some() && !seen.insert(*name) {
                self.report(|| {
                    format!("The directive '@{name}' can only be used once at this location.")
                });
            }
        }
        for directive in directives {
            self.directive(directive, location);
        }
    }

    fn directive(&mut self, directive: &Directive<'t>, location: &str) {
        let name = directive.name;
        let definition = self.schema.directive(name);
        let stands_here = |spelled: &str| spelled.to_lowercase().replace('_', " ") == location;
        match definition {
            None => self.report(|| format!("Unknown directive '@{name}'.")),
            Some(known) if !known.locations.iter().any(|spelled| stands_here(spelled)) => {
                self.report(|| format!("Directive '@{name}' may not be used on {location}."));
            }
            Some(_) => {}
        }
        let known = definition.map_or(&[][..], |definition| &definition.arguments);
        if definition.is_some() {
            for argument in &directive.arguments {
                if known.iter().all(|known| known.name != argument.name) {
                    let argument = argument.name;
                    self.report(|| {
                        let options = known.iter().map(|known| known.name);
                        let question = did_you_mean(argument, "", options);
                        format!("Unknown argument '{argument}' on directive '@{name}'.{question}")
                    });
                }
            }
        }
        self.unique_arguments(&directive.arguments);
        for argument in &directive.arguments {
            let of = known.iter().find(|known| known.name == argument.name).map(|known| &known.of);
            self.value(&argument.value, of);
        }
        for known in known.iter().filter(|known| known.is_required()) {
            if directive.arguments.iter().all(|given| given.name != known.name) {
                let (argument, of) = (known.name, &known.of);
                self.report(|| {
                    format!(
                        "Directive '@{name}' argument '{argument}' of type '{of}' is required, but \
                         it was not provided."
                    )
                });
            }
        }
    }
}
