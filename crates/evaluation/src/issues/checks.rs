//! What the fields of an issue may be, in MLflow's words.

use std::collections::BTreeMap;

use app::{ApiError, Int64};

use super::wire::{SEVERITIES, STATUSES};

const NAME_LENGTH: usize = 250;
const PERSON_LENGTH: usize = 255;
const ENTRIES: usize = 100;
const VALUE_LENGTH: usize = 65_536;
/// Of what follows `iss-`.
const ID_LENGTH: usize = 32;

fn is_within(text: &str, limit: usize) -> bool {
    text.chars().nth(limit).is_none()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && is_within(text, NAME_LENGTH)
}

pub(super) fn name(name: Option<&str>) -> Result<(), ApiError> {
    if name.is_none_or(is_name) {
        return Ok(());
    }
    Err(ApiError::invalid("Issue name must contain 1 to 250 characters"))
}

fn one_of(field: &str, words: &[&str], word: Option<&str>) -> Result<(), ApiError> {
    match word {
        Some(word) if !words.contains(&word) => {
            Err(ApiError::invalid(format!("Invalid issue {field}: {}", python::repr_text(word))))
        }
        _ => Ok(()),
    }
}

pub(super) fn status(word: Option<&str>) -> Result<(), ApiError> {
    one_of("status", STATUSES, word)
}

pub(super) fn severity(word: Option<&str>) -> Result<(), ApiError> {
    one_of("severity", SEVERITIES, word)
}

/// Milliseconds since 1970.
pub(super) fn last_seen(time: Option<Int64>) -> Result<Option<i64>, ApiError> {
    let time = time.map(i64::from);
    if time.is_some_and(i64::is_negative) {
        return Err(ApiError::invalid("last_seen_timestamp must be nonnegative milliseconds"));
    }
    Ok(time)
}

pub(super) fn id(id: Option<&str>) -> Result<(), ApiError> {
    let is_right = |id: &str| {
        id.strip_prefix("iss-").is_some_and(|rest| {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
            (1..=ID_LENGTH).contains(&rest.len()) && rest.bytes().all(is_letter)
        })
    };
    if id.is_none_or(is_right) {
        return Ok(());
    }
    Err(ApiError::invalid("issue_id must be iss-* and at most 36 characters"))
}

/// Who did something: `field` is the name of the field.
pub(super) fn person(field: &str, name: Option<&str>) -> Result<(), ApiError> {
    if name.is_none_or(|name| is_within(name, PERSON_LENGTH)) {
        return Ok(());
    }
    Err(ApiError::invalid(format!("Invalid {field}")))
}

/// Categories, or keys of metadata: `field` is the name of the field.
pub(super) fn names(field: &str, names: &[String]) -> Result<(), ApiError> {
    if names.len() <= ENTRIES && names.iter().all(|name| is_name(name)) {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "{field} must contain at most {ENTRIES} nonempty strings of at most {NAME_LENGTH} characters"
    )))
}

pub(super) fn metadata(metadata: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let is_right =
        |(key, value): (&String, &String)| is_name(key) && is_within(value, VALUE_LENGTH);
    if metadata.len() <= ENTRIES && metadata.iter().all(is_right) {
        return Ok(());
    }
    Err(ApiError::invalid("metadata must be a string map with at most 100 entries"))
}

/// Words to search for: `field` is the name of the field.
pub(super) fn list(field: &str, list: &[String]) -> Result<(), ApiError> {
    if list.len() <= ENTRIES {
        return Ok(());
    }
    Err(ApiError::invalid(format!("{field} must be a list of at most {ENTRIES} strings")))
}

/// Part of a name to search for.
pub(super) fn part_of_name(name: Option<&str>) -> Result<(), ApiError> {
    if name.is_none_or(|name| is_within(name, NAME_LENGTH)) {
        return Ok(());
    }
    Err(ApiError::invalid("name must be a string of at most 250 characters"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_begins_with_its_kind() {
        for good in ["iss-a", "iss-A_b-9", &format!("iss-{}", "x".repeat(32))] {
            assert!(id(Some(good)).is_ok(), "{good}");
        }
        for bad in ["", "iss-", "a", "iss-a b", "iss-a\n", &format!("iss-{}", "x".repeat(33))] {
            assert!(id(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(name(Some(&"é".repeat(250))).is_ok());
        assert!(name(Some(&"é".repeat(251))).is_err());
        assert!(name(Some("")).is_err());
        let entry = |length| BTreeMap::from([("k".to_owned(), "v".repeat(length))]);
        assert!(metadata(&entry(65_536)).is_ok());
        assert!(metadata(&entry(65_537)).is_err());
        assert!(names("categories", &vec!["c".to_owned(); 101]).is_err());
        assert!(names("categories", &[String::new()]).is_err());
    }
}
