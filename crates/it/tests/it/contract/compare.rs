//! Tells in what an answer differs from the recorded one.

use std::collections::BTreeSet;

use it::Engine;
use serde_json::Value;

/// Failures that are part of the contract: the reference means them.
const MEANT_FAILURES: &[&str] = &["INVALID_STATE", "NOT_IMPLEMENTED"];

/// Whether a request is for this engine, and for the routes alone.
pub(crate) fn applies(request: &Value, engine: Engine) -> bool {
    if request["whole"] == true {
        return false;
    }
    let name = if engine == Engine::Sqlite { "sqlite" } else { "postgres" };
    request["engines"].as_array().is_none_or(|engines| engines.iter().any(|one| one == name))
}

/// What is wrong with `got`; nothing when it is as expected.
pub(crate) fn differences(request: &Value, expected: &Value, got: &Value) -> Vec<String> {
    let how = request["compare"].as_str().unwrap_or("exact");
    let (before, after) = (status(expected), status(got));
    let refused = (400..500).contains(&after);
    if how == "survived" {
        return complaint(after >= 500, || format!("status {after}: {}", short(&got["body"])));
    }
    if how == "refused" || before >= 500 {
        let meant = MEANT_FAILURES.iter().any(|code| expected["body"]["error_code"] == *code);
        return complaint(!(refused || (meant && got == expected)), || {
            format!("status {after} where a refusal is due: {}", short(&got["body"]))
        });
    }
    if how == "either" && (before == after || refused) {
        return Vec::new();
    }
    let mut found = complaint(before != after, || {
        format!("status {after} instead of {before}: {}", short(&got["body"]))
    });
    let fields: &[&str] = match how {
        "status" => &[],
        "code" => &["error_code"],
        "message" => &["error_code", "message"],
        _ => {
            unequal("", &expected["body"], &got["body"], &mut found);
            return found;
        }
    };
    for field in fields {
        let (before, after) = (&expected["body"][*field], &got["body"][*field]);
        found.extend(complaint(before != after, || format!("{field} is {after}, not {before}")));
    }
    found
}

fn complaint(wrong: bool, words: impl FnOnce() -> String) -> Vec<String> {
    if wrong { vec![words()] } else { Vec::new() }
}

fn status(answer: &Value) -> u64 {
    answer["status"].as_u64().unwrap()
}

/// Where two JSON values differ, in value or in type.
fn unequal(path: &str, expected: &Value, got: &Value, found: &mut Vec<String>) {
    match (expected, got) {
        (Value::Object(before), Value::Object(after)) => {
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for name in names {
                let here = format!("{path}.{name}");
                match (before.get(name), after.get(name)) {
                    (Some(before), Some(after)) => unequal(&here, before, after, found),
                    (Some(before), None) => {
                        found.push(format!("{here} is missing, it should be {}", short(before)));
                    }
                    (_, after) => {
                        let after = after.map(short).unwrap_or_default();
                        found.push(format!("{here} should not be there: {after}"));
                    }
                }
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                unequal(&format!("{path}[{index}]"), before, after, found);
            }
        }
        _ if expected == got => {}
        _ => {
            let path = if path.is_empty() { "the body" } else { path };
            found.push(format!("{path} is {} instead of {}", short(got), short(expected)));
        }
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(600) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
