//! What names, users and ids of a queue must be like, and how they are told apart.

use app::ApiError;
use python::{repr_list, repr_text};

use super::wire::QueueType;

/// Characters.
const MAX_NAME: usize = 250;
const MAX_USER: usize = 250;
const MAX_SCHEMA_ID: usize = 36;
const MAX_ITEM_ID: usize = 50;
const MAX_USERS: usize = 10;
/// The queue of a server without users.
const RESERVED: &str = "default";

fn bounded(value: &str, field: &str, limit: usize) -> Result<(), ApiError> {
    let length = value.chars().count();
    if length == 0 {
        return Err(ApiError::invalid(format!("`{field}` must be a non-empty string; got ''.")));
    }
    if length > limit {
        return Err(ApiError::invalid(format!(
            "`{field}` must be at most {limit} characters; got {length}."
        )));
    }
    Ok(())
}

/// Users are compared without regard to case.
pub fn user(text: &str) -> String {
    text.trim().to_lowercase()
}

fn distinct(
    list: &[String],
    field: &str,
    limit: usize,
    normal: impl Fn(&str) -> String,
) -> Result<Vec<String>, ApiError> {
    let mut seen = std::collections::HashSet::new();
    let mut kept = Vec::new();
    for text in list {
        let text = normal(text);
        bounded(&text, field, limit)?;
        if seen.insert(text.clone()) {
            kept.push(text);
        }
    }
    Ok(kept)
}

pub fn users(list: &[String]) -> Result<Vec<String>, ApiError> {
    let users = distinct(list, "user", MAX_USER, user)?;
    if users.len() > MAX_USERS {
        return Err(ApiError::invalid(format!(
            "A review queue can have at most {MAX_USERS} assigned users; got {}.",
            users.len()
        )));
    }
    Ok(users)
}

pub fn schema_ids(list: &[String]) -> Result<Vec<String>, ApiError> {
    distinct(list, "schema_id", MAX_SCHEMA_ID, |text| text.trim().to_owned())
}

pub fn item_ids(list: &[String]) -> Result<Vec<String>, ApiError> {
    if list.is_empty() {
        return Err(ApiError::invalid("`item_ids` must be a non-empty list; got []."));
    }
    distinct(list, "item_id", MAX_ITEM_ID, |text| text.trim().to_owned())
}

/// The name of a queue that is no user's.
pub fn custom_name(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    bounded(name, "name", MAX_NAME)?;
    if name.to_lowercase() == RESERVED {
        return Err(ApiError::invalid(format!(
            "`{name}` is a reserved queue name and cannot be used for a custom queue."
        )));
    }
    Ok(name.to_owned())
}

pub fn owner(text: &str) -> Result<String, ApiError> {
    let owner = text.trim();
    bounded(owner, "new_owner", MAX_USER)?;
    Ok(owner.to_owned())
}

pub fn completed_by(text: &str) -> Result<String, ApiError> {
    let by = user(text);
    let length = by.chars().count();
    if length > MAX_USER {
        return Err(ApiError::invalid(format!(
            "`completed_by` must be at most {MAX_USER} characters; got {length}."
        )));
    }
    Ok(by)
}

/// The name and the users of a new queue.
pub fn name_and_users(
    kind: QueueType,
    name: &str,
    given_users: &[String],
    schema_ids: &[String],
) -> Result<(String, Vec<String>), ApiError> {
    let given = users(given_users)?;
    if kind == QueueType::Custom {
        return Ok((custom_name(name)?, given));
    }
    let name = user(name);
    bounded(&name, "name", MAX_NAME)?;
    let own = vec![name.clone()];
    if !given.is_empty() && given != own {
        return Err(ApiError::invalid(format!(
            "A user queue must have exactly one assigned user equal to its name; got name={} and \
             users={}.",
            repr_text(&name),
            repr_list(&given)
        )));
    }
    if !schema_ids.is_empty() {
        return Err(ApiError::invalid(
            "A user queue cannot have explicitly-attached schemas; it resolves to all of the \
             experiment's label schemas.",
        ));
    }
    Ok((name, own))
}
