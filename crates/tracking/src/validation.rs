//! What names and values must be like, in MLflow's words.

use python::repr_text;
use std::fmt::Display;

use app::ApiError;
use app::call::shown;
use serde_json::Value;

pub const MAX_METRICS_PER_BATCH: usize = 1000;
pub const MAX_PARAMS_TAGS_PER_BATCH: usize = 100;
pub const MAX_ENTITIES_PER_BATCH: usize = 1000;
/// Characters, not bytes, as everywhere below.
pub const MAX_ENTITY_KEY_LENGTH: usize = 250;
pub const MAX_PARAM_VALUE_LENGTH: usize = 6000;
pub const MAX_TAG_VALUE_LENGTH: usize = 8000;
pub const MAX_EXPERIMENT_NAME_LENGTH: usize = 500;
pub const MAX_EXPERIMENT_TAG_KEY_LENGTH: usize = 250;
pub const MAX_EXPERIMENT_TAG_VALUE_LENGTH: usize = 20_000;

/// Refuses `value` for the parameter at `path`.
pub fn invalid(path: &str, value: &Value, why: &str) -> ApiError {
    let shown = shown(value);
    if why.is_empty() {
        ApiError::invalid(format!("Invalid value {shown} for parameter '{path}' supplied."))
    } else {
        ApiError::invalid(format!("Invalid value {shown} for parameter '{path}' supplied: {why}"))
    }
}

/// Refuses a name that is no path of plain characters: metrics, params and tags may become files.
pub fn entity_name(name: &str, path: impl Display) -> Result<(), ApiError> {
    let plain = |c: char| c.is_alphanumeric() || "/_.- :".contains(c);
    if !name.chars().all(plain) {
        let why = "Names may only contain alphanumerics, underscores (_), dashes (-), \
                   periods (.), spaces ( ), colon(:) and slashes (/).";
        return Err(invalid(&path.to_string(), &name.into(), why));
    }
    plain_path(name, path)
}

/// Refuses a name that, taken for a path, would be another one.
pub fn plain_path(name: &str, path: impl Display) -> Result<(), ApiError> {
    let ordinary = |part: &str| !part.is_empty() && !part.starts_with('.');
    if name.split('/').all(ordinary) {
        return Ok(());
    }
    let normal = normal_path(name);
    if normal != name || normal == "." || normal.starts_with("..") || normal.starts_with('/') {
        let why = format!(
            "Names may be treated as files in certain cases, and must not resolve to other names \
             when treated as such. This name would resolve to {}",
            repr_text(&normal)
        );
        return Err(invalid(&path.to_string(), &name.into(), &why));
    }
    Ok(())
}

/// The path with `.`, `..` and doubled slashes resolved, by the rules of POSIX.
fn normal_path(path: &str) -> String {
    let slashes = path.len() - path.trim_start_matches('/').len();
    // Exactly two leading slashes mean something of their own to POSIX, so they stay.
    let lead = match slashes {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if !lead.is_empty() => {}
            other => parts.push(other),
        }
    }
    let joined = format!("{lead}{}", parts.join("/"));
    if joined.is_empty() { ".".to_owned() } else { joined }
}

/// Refuses a text of more than `limit` characters.
pub fn length(name: impl Display, limit: usize, text: &str) -> Result<(), ApiError> {
    if text.len() <= limit || text.chars().count() <= limit {
        return Ok(());
    }
    Err(ApiError::invalid(format!("'{name}' exceeds the maximum length of {limit} characters")))
}

/// Cuts a text after `limit` characters, as MLflow does with long values of params and tags.
pub fn truncate(text: &mut String, limit: usize) {
    if text.len() > limit
        && let Some((end, _)) = text.char_indices().nth(limit)
    {
        text.truncate(end);
    }
}

/// Refuses a batch of more than `limit` things.
pub fn batch_limit(things: &str, limit: usize, count: usize) -> Result<(), ApiError> {
    if count <= limit {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "A batch logging request can contain at most {limit} {things}. Got {count} {things}. \
         Please split up {things} across multiple requests and try again."
    )))
}

/// Refuses what cannot be a run id.
pub fn run_id(id: &str) -> Result<(), ApiError> {
    let mut characters = id.chars();
    let first = characters.next().is_some_and(|c| c.is_ascii_alphanumeric());
    let rest = characters.all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if first && rest && id.chars().count() <= 256 {
        Ok(())
    } else {
        Err(invalid("run_id", &id.into(), ""))
    }
}

/// Reads an experiment's id, which is a number in a text.
pub fn experiment_id(text: &str) -> Result<i64, ApiError> {
    let parsed = text.trim().parse::<i64>().ok();
    parsed.filter(|id| i32::try_from(*id).is_ok()).ok_or_else(|| {
        ApiError::invalid(format!(
            "Invalid experiment ID '{text}'. Experiment ID must be a valid integer."
        ))
    })
}

/// Refuses an experiment's name that is blank or too long.
pub fn experiment_name(name: &str) -> Result<(), ApiError> {
    if name.trim().is_empty() {
        return Err(ApiError::invalid(format!("Invalid experiment name: '{name}'")));
    }
    length("name", MAX_EXPERIMENT_NAME_LENGTH, name)
}

/// Refuses a page size below one. `max` is the family's own limit, if it has one.
pub fn max_results(count: i64, max: Option<i64>) -> Result<usize, ApiError> {
    if count < 1 {
        return Err(ApiError::invalid(format!(
            "Invalid value {count} for parameter 'max_results' supplied. It must be a positive \
             integer"
        )));
    }
    if let Some(max) = max.filter(|max| count > *max) {
        return Err(ApiError::invalid(format!(
            "Invalid value {count} for parameter 'max_results' supplied. It must be at most {max}"
        )));
    }
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_relative_paths() {
        for name in ["a", "loss/train", "a.b-c_d e:f", "été", "..a", "a/.b"] {
            let refused = entity_name(name, "key");
            assert_eq!(refused.is_ok(), !name.starts_with(".."), "{name}");
        }
        let error = entity_name("a/../b", "metrics[0].name").unwrap_err();
        assert_eq!(
            error.message,
            "Invalid value \"a/../b\" for parameter 'metrics[0].name' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to 'b'"
        );
        for name in ["", ".", "..", "/a", "a//b", "a/", "./a", "//a"] {
            assert!(entity_name(name, "key").unwrap_err().message.contains("resolve to"), "{name}");
        }
        for name in ["a\nb", "a\0", "a;b", "a\\b", "a'b"] {
            assert!(entity_name(name, "key").unwrap_err().message.contains("may only contain"));
        }
    }

    #[test]
    fn lengths_count_characters() {
        assert!(length("key", 3, "äöü").is_ok());
        let message = length("key", 2, "äöü").unwrap_err().message;
        assert_eq!(message, "'key' exceeds the maximum length of 2 characters");
        let mut text = "äöü".to_owned();
        truncate(&mut text, 2);
        assert_eq!(text, "äö");
    }

    #[test]
    fn ids() {
        assert_eq!(experiment_id(" 12 ").unwrap(), 12);
        for id in ["", "x", "1.5", "99999999999"] {
            assert!(experiment_id(id).is_err());
        }
        assert!(run_id("0a_-").is_ok());
        for id in ["", "-a", "a b", "a/b"] {
            assert!(run_id(id).is_err(), "{id}");
        }
    }
}
