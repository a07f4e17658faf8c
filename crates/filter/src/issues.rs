//! Filters of issues: a status or a run, equal or not.

use crate::clause::{Strays, column, conditions, unquoted_key};
use crate::{Comparison, FilterError, Literal};
use python::repr_list;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    SourceRunId,
    Status,
}

/// One condition of a filter. All clauses of a filter must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub attribute: Attribute,
    /// `=` or `!=`.
    pub comparison: Comparison,
    /// A text.
    pub literal: Literal,
}

const ATTRIBUTES: &[(&str, Attribute)] =
    &[("source_run_id", Attribute::SourceRunId), ("status", Attribute::Status)];

fn braces(names: &[&str]) -> String {
    let list = repr_list(names);
    format!("{{{}}}", &list[1..list.len() - 1])
}

/// Reads a filter; an empty one has no clauses.
pub fn parse(text: &str) -> Result<Vec<Clause>, FilterError> {
    let mut clauses = Vec::new();
    for condition in conditions(text, Strays::Bare, None)? {
        let key = unquoted_key(column(&condition, None)?).trim();
        let attribute = ATTRIBUTES.iter().find(|(name, _)| *name == key);
        let Some((_, attribute)) = attribute else {
            let names: Vec<&str> = ATTRIBUTES.iter().map(|(name, _)| *name).collect();
            return Err(FilterError::invalid(format!(
                "Invalid filter field '{key}'. Supported fields: {}",
                braces(&names)
            )));
        };
        let comparison = match condition.operator {
            "=" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            other => {
                return Err(FilterError::invalid(format!(
                    "Invalid comparator '{}'. Supported comparators: {}",
                    other.to_uppercase(),
                    braces(&["!=", "="])
                )));
            }
        };
        let value = condition.right.map_or("", |term| term.text);
        let literal = Literal::Text(unquoted_key(value).trim().to_owned());
        clauses.push(Clause { attribute: *attribute, comparison, literal });
    }
    Ok(clauses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_fields_and_two_comparators() {
        let clauses = parse("status = 'pending' AND source_run_id != \"r\"").unwrap();
        assert_eq!(clauses[0].literal, Literal::Text("pending".to_owned()));
        assert_eq!(clauses[1].comparison, Comparison::NotEqual);
        assert_eq!(clauses[1].literal, Literal::Text("r".to_owned()));
        assert_eq!(
            parse("name = 'a'").unwrap_err().message,
            "Invalid filter field 'name'. Supported fields: {'source_run_id', 'status'}"
        );
        assert!(parse("status LIKE 'a'").is_err());
        assert_eq!(parse("").unwrap(), []);
    }
}
