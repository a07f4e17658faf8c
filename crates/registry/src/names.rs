//! What names, aliases, versions and tags must be like, in MLflow's words.

use app::ApiError;
use tracking::tags::KeyValue;
use tracking::validation::{entity_name, length, plain_path};

use crate::prompts;

const MAX_ALIAS_LENGTH: usize = 255;
const MAX_TAG_KEY_LENGTH: usize = 250;
const MAX_TAG_VALUE_LENGTH: usize = 100_000;

/// The alias that always is the highest version, in any case of its letters.
const LATEST: &str = "latest";

fn missing(name: &str) -> ApiError {
    ApiError::invalid(format!("Missing value for required parameter '{name}'."))
}

/// Refuses a name that could not be part of a model's URI.
pub fn model(name: &str) -> Result<(), ApiError> {
    if name.trim().is_empty() {
        return Err(missing("name"));
    }
    if name.contains(['/', ':']) {
        return Err(ApiError::invalid(format!(
            "Invalid model name '{name}'. Names cannot contain '/' or ':'."
        )));
    }
    plain_path(name, "name")
}

/// As [`model`], for the name that a model is to have.
pub fn new_model(name: &str) -> Result<(), ApiError> {
    if name.trim().is_empty() { Err(missing("new_name")) } else { model(name) }
}

pub fn version_not_found(name: &str, version: i64) -> ApiError {
    ApiError::missing(format!("Model Version (name={name}, version={version}) not found"))
}

/// Reads the number of a version of the model `name`.
///
/// # Errors
/// When it is no number, or one that no version can have.
pub fn version(name: &str, text: &str) -> Result<i64, ApiError> {
    let number = filter::whole_number(text).ok_or_else(|| {
        ApiError::invalid(format!("Parameter 'version' must be an integer, got '{text}'."))
    })?;
    if i32::try_from(number).is_ok() { Ok(number) } else { Err(version_not_found(name, number)) }
}

/// Refuses an alias that could not be part of a model's URI.
pub fn alias(alias: &str) -> Result<(), ApiError> {
    if alias.is_empty() {
        return Err(ApiError::invalid("Registered model alias name cannot be empty."));
    }
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if !alias.chars().all(plain) {
        return Err(ApiError::invalid(format!(
            "Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), \
             and dashes (-)."
        )));
    }
    length("Registered model alias name", MAX_ALIAS_LENGTH, alias)
}

/// Whether the alias is the one that nobody sets.
pub fn is_latest(alias: &str) -> bool {
    alias.to_lowercase() == LATEST
}

/// As [`alias`], and refuses aliases that mean something already.
pub fn free_alias(text: &str) -> Result<(), ApiError> {
    alias(text)?;
    if is_latest(text) {
        return Err(ApiError::invalid("'latest' alias name (case insensitive) is reserved."));
    }
    let digits = text.strip_prefix(['v', 'V']);
    if digits.is_some_and(|rest| !rest.is_empty() && rest.chars().all(char::is_numeric)) {
        return Err(ApiError::invalid(format!("Version alias name '{text}' is reserved.")));
    }
    Ok(())
}

pub fn tag_key(key: &str) -> Result<(), ApiError> {
    entity_name(key, "key")
}

pub fn model_tag(tag: &KeyValue) -> Result<(), ApiError> {
    tag_key(&tag.key)?;
    length("key", MAX_TAG_KEY_LENGTH, &tag.key)?;
    length("value", MAX_TAG_VALUE_LENGTH, &tag.value)
}

pub fn version_tag(tag: &KeyValue) -> Result<(), ApiError> {
    tag_key(&tag.key)?;
    length("key", MAX_TAG_KEY_LENGTH, &tag.key)?;
    let value = length("value", MAX_TAG_VALUE_LENGTH, &tag.value);
    if tag.key == prompts::TEXT_TAG && value.is_err() {
        return Err(ApiError::invalid(format!(
            "Prompt text exceeds max length of {MAX_TAG_VALUE_LENGTH} characters."
        )));
    }
    value
}

/// Refuses a page of no entries.
pub fn page_size(size: i64) -> Result<usize, ApiError> {
    if size < 1 {
        return Err(ApiError::invalid(format!(
            "Invalid value for max_results. It must be a positive integer, but got {size}"
        )));
    }
    Ok(usize::try_from(size).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_models() {
        for name in ["m", "a b", "é'q", "a\nb", "m.1", ".m"] {
            assert!(model(name).is_ok(), "{name}");
        }
        for name in ["", " \t", "a/b", "a:b", ".", "..", "..."] {
            assert!(model(name).is_err(), "{name}");
        }
        assert_eq!(
            new_model(" ").unwrap_err().message,
            "Missing value for required parameter 'new_name'."
        );
    }

    #[test]
    fn versions_are_numbers() {
        for (text, number) in [("1", 1), (" 7 ", 7), ("1_0", 10), ("-1", -1)] {
            assert_eq!(version("m", text).unwrap(), number);
        }
        for (text, message) in [
            ("x", "Parameter 'version' must be an integer, got 'x'."),
            ("1.0", "Parameter 'version' must be an integer, got '1.0'."),
            ("99999999999", "Model Version (name=m, version=99999999999) not found"),
        ] {
            assert_eq!(version("m", text).unwrap_err().message, message);
        }
    }

    #[test]
    fn aliases() {
        for text in ["champion", "v1x", "v", "é", "a-b_c"] {
            assert!(free_alias(text).is_ok(), "{text}");
        }
        for text in ["", "a b", "a.b", "a\n", "latest", "LaTest", "v1", "V12", &"x".repeat(256)] {
            assert!(free_alias(text).is_err(), "{text}");
        }
        // What cannot be set can be looked for.
        for text in ["latest", "v1"] {
            assert!(alias(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn long_prompts_are_told_so() {
        let tag = |key: &str| KeyValue { key: key.to_owned(), value: "x".repeat(100_001) };
        assert!(version_tag(&tag("k")).unwrap_err().message.starts_with("'value' exceeds"));
        let message = version_tag(&tag(prompts::TEXT_TAG)).unwrap_err().message;
        assert_eq!(message, "Prompt text exceeds max length of 100000 characters.");
    }
}
