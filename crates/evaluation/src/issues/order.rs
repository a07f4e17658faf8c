//! What a search of issues is ordered by.

use app::ApiError;
use db::Statement;
use tracking::keyset::SortKey;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Status,
    Severity,
    Created,
    Updated,
    Seen,
    Id,
}

const FIELDS: &[(&str, Field)] = &[
    ("name", Field::Name),
    ("status", Field::Status),
    ("severity", Field::Severity),
    ("created_timestamp", Field::Created),
    ("last_updated_timestamp", Field::Updated),
    ("last_seen_timestamp", Field::Seen),
];

/// The gravest highest.
pub(super) const SEVERITY: &str = "CASE i.severity WHEN 'not_an_issue' THEN 0 WHEN 'low' THEN 1 \
     WHEN 'medium' THEN 2 WHEN 'high' THEN 3 ELSE -1 END";

/// Reads an order, such as `severity DESC`. The id makes it complete.
///
/// # Errors
/// When an item is not a field, and perhaps a direction behind it.
pub(super) fn parse(items: &[String]) -> Result<Vec<SortKey<Field>>, ApiError> {
    let mut order = items.iter().map(|item| one(item)).collect::<Result<Vec<_>, _>>()?;
    order.push(SortKey { field: Field::Id, ascending: false, text: true });
    Ok(order)
}

fn one(item: &str) -> Result<SortKey<Field>, ApiError> {
    let invalid =
        || ApiError::invalid(format!("Invalid issue order_by: {}", python::repr_text(item)));
    let mut words = item.split_whitespace();
    let word = words.next().ok_or_else(invalid)?;
    let (_, field) = FIELDS.iter().find(|(name, _)| *name == word).ok_or_else(invalid)?;
    let ascending = match words.next().map(str::to_ascii_uppercase).as_deref() {
        None | Some("ASC") => true,
        Some("DESC") => false,
        Some(_) => return Err(invalid()),
    };
    if words.next().is_some() {
        return Err(invalid());
    }
    Ok(SortKey { field: *field, ascending, text: *field == Field::Name })
}

/// Adds the expression of a field. `seen`: that of the last sighting, which not every schema has.
pub(super) fn column(statement: &mut Statement, field: Field, seen: &'static str) {
    statement.text(match field {
        Field::Name => "lower(i.name)",
        Field::Status => {
            "CASE i.status WHEN 'pending' THEN 0 WHEN 'rejected' THEN 1 WHEN 'resolved' THEN 2 \
             ELSE 3 END"
        }
        Field::Severity => SEVERITY,
        Field::Created => "i.created_timestamp",
        Field::Updated => "i.last_updated_timestamp",
        Field::Seen => seen,
        Field::Id => "i.issue_id",
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_a_field_and_a_direction() {
        let order = parse(&["severity  desc".to_owned(), "name".to_owned()]).unwrap();
        let fields: Vec<_> = order.iter().map(|key| (key.field, key.ascending)).collect();
        assert_eq!(fields, [(Field::Severity, false), (Field::Name, true), (Field::Id, false)]);
        for bad in ["", "size", "name UP", "name ASC x", "issue_id"] {
            let error = parse(&[bad.to_owned()]).unwrap_err();
            assert_eq!(error.message, format!("Invalid issue order_by: '{bad}'"));
        }
    }
}
