//! Whether the values that a document writes are of the types that are expected.

use std::collections::HashSet;

use super::Validator;
use crate::schema::{InputDefinition, Kind};
use crate::suggest::did_you_mean;
use crate::syntax::{TypeRef, Value};

/// The type of the items, if it is a list's.
pub(super) fn items<'a, 's>(of: &'a TypeRef<'s>) -> Option<&'a TypeRef<'s>> {
    match of.nullable() {
        TypeRef::List(inner) => Some(inner),
        _ => None,
    }
}

impl Validator<'_, '_> {
    /// The fields of the input object that values of this type are, lists looked through.
    pub(super) fn input_fields(
        &self,
        of: Option<&TypeRef<'_>>,
    ) -> Option<&'static [InputDefinition]> {
        match &self.schema.find(of?.named())?.kind {
            Kind::Input(fields) => Some(fields),
            _ => None,
        }
    }

    /// `of` is `None` where nothing is known to expect, because of an earlier complaint.
    pub(super) fn value(&mut self, value: &Value<'_>, of: Option<&TypeRef<'_>>) {
        match value {
            Value::Variable(_) => {}
            Value::Null => {
                if let Some(of) = of.filter(|of| of.is_non_null()) {
                    self.report(|| format!("Expected value of type '{of}', found null."));
                }
            }
            Value::List(list) => match (of, of.and_then(items)) {
                (Some(_), None) => self.leaf(value, of),
                (_, inner) => list.iter().for_each(|item| self.value(item, inner)),
            },
            Value::Object(fields) => match (of, self.input_fields(of)) {
                (Some(_), None) => self.leaf(value, of),
                (_, known) => self.object(fields, known, of),
            },
            _ => self.leaf(value, of),
        }
    }

    fn object(
        &mut self,
        fields: &[(&str, Value<'_>)],
        known: Option<&'static [InputDefinition]>,
        of: Option<&TypeRef<'_>>,
    ) {
        let mut seen = HashSet::new();
        for (name, value) in fields {
            let field =
                known.and_then(|known| known.iter().find(|definition| definition.name == *name));
            if let (Some(known), None, Some(of)) = (known, field, of) {
                self.report(|| {
                    let options = known.iter().map(|field| field.name);
                    let question = did_you_mean(name, "", options);
                    format!("Field '{name}' is not defined by type '{}'.{question}", of.named())
                });
            }
            if !seen.insert(*name) {
                self.report(|| format!("There can be only one input field named '{name}'."));
            }
            self.value(value, field.map(|field| &field.of));
        }
    }

    /// A value where a scalar or an enumeration is expected, or one where it cannot be.
    fn leaf(&mut self, value: &Value<'_>, of: Option<&TypeRef<'_>>) {
        let Some((of, definition)) = of.and_then(|of| Some((of, self.schema.find(of.named())?)))
        else {
            return;
        };
        match &definition.kind {
            Kind::Enum(values) => self.enumeration(value, definition.name, values),
            Kind::Scalar => {
                if let Some(refusal) = scalar_refusal(value, definition.name) {
                    self.report(|| format!("{refusal}: {value}"));
                }
            }
            Kind::Object(_) | Kind::Input(_) => {
                self.report(|| format!("Expected value of type '{of}', found {value}."));
            }
        }
    }

    fn enumeration(&mut self, value: &Value<'_>, of: &str, values: &[&'static str]) {
        const WHAT: &str = "the enum value ";
        let options = || values.iter().copied();
        match value {
            Value::Enum(name) if values.contains(name) => {}
            Value::Enum(name) => self.report(|| {
                let question = did_you_mean(name, WHAT, options());
                format!("Value '{name}' does not exist in '{of}' enum.{question}")
            }),
            other => self.report(|| {
                let shown = other.to_string();
                let question = did_you_mean(&shown, WHAT, options());
                format!("Enum '{of}' cannot represent non-enum value: {shown}.{question}")
            }),
        }
    }
}

/// Why a scalar cannot be made of the value, if it cannot.
fn scalar_refusal(value: &Value<'_>, scalar: &str) -> Option<&'static str> {
    match (scalar, value) {
        ("String", Value::Text(_)) | ("Boolean", Value::Boolean(_)) => None,
        ("String", _) => Some("String cannot represent a non string value"),
        ("Boolean", _) => Some("Boolean cannot represent a non boolean value"),
        ("Int", Value::Int(digits)) => match digits.parse::<i32>() {
            Ok(_) => None,
            Err(_) => Some("Int cannot represent non 32-bit signed integer value"),
        },
        ("Int", _) => Some("Int cannot represent non-integer value"),
        // Compat: `LongString` takes anything and makes nothing of what is no integer.
        _ => None,
    }
}
