//! Holds the parsers against the answers that the reference server gave to the corpus of
//! `conformance/corpus`, as far as the text alone decides them.

use std::{fs, path::Path};

use filter::{ErrorCode, FilterError, experiments, logged_models, runs};
use serde_json::Value;

/// A recorded question and its answer, with placeholders filled in.
struct Recorded {
    filter: String,
    order_by: Vec<String>,
    answer: Answer,
}

#[derive(Debug, PartialEq)]
enum Answer {
    Found,
    Refused {
        code: String,
        message: String,
    },
    /// The reference fails on the question instead of answering.
    Fails,
}

fn recorded(entity: &str) -> Vec<Recorded> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../conformance/corpus")
        .join(format!("answers_{entity}.jsonl"));
    let lines = fs::read_to_string(&path).expect("the corpus has answers");
    lines
        .lines()
        .map(|line| read(&serde_json::from_str(line).expect("each line is JSON")))
        .collect()
}

fn read(line: &Value) -> Recorded {
    let text = |value: &Value| resolved(value.as_str().expect("is a text"));
    let order = |value: &Value| text(value.get("field_name").unwrap_or(value));
    let answer = if line["names"].is_array() {
        Answer::Found
    } else if line["fails"] == true {
        Answer::Fails
    } else {
        Answer::Refused { code: text(&line["error_code"]), message: text(&line["message"]) }
    };
    Recorded {
        filter: text(&line["filter"]),
        order_by: line["order_by"].as_array().expect("is a list").iter().map(order).collect(),
        answer,
    }
}

/// Fills in `<<newline>>`, `<<x*300>>` and their like; a name or a number of the data set is `1`.
fn resolved(text: &str) -> String {
    let mut resolved = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("<<") {
        resolved.push_str(&rest[..at]);
        let word = rest[at + 2..]
            .split_once(">>")
            .filter(|(word, _)| !word.is_empty() && !word.contains(['<', '>']));
        if let Some((word, after)) = word {
            resolved.push_str(&placeholder(word));
            rest = after;
        } else {
            resolved.push('<');
            rest = &rest[at + 1..];
        }
    }
    resolved + rest
}

fn placeholder(word: &str) -> String {
    match word {
        "newline" => "\n".to_owned(),
        "tab" => "\t".to_owned(),
        "return" => "\r".to_owned(),
        "nul" => "\0".to_owned(),
        "empty" => String::new(),
        _ => match word.rsplit_once('*').map(|(text, times)| (text, times.parse())) {
            Some((text, Ok(times))) => text.repeat(times),
            _ => "1".to_owned(),
        },
    }
}

/// Where filter and orders are both refused, either refusal will do: which one comes first depends
/// on the entity.
fn hold(
    entity: &str,
    parse: impl Fn(&str) -> Result<(), FilterError>,
    parse_order_by: impl Fn(&[String]) -> Result<(), FilterError>,
) {
    let recorded = recorded(entity);
    assert!(recorded.len() > 400, "the corpus has shrunk");
    let mut wrong = Vec::new();
    for Recorded { filter, order_by, answer } in recorded {
        let refusals: Vec<Answer> = [parse(&filter), parse_order_by(&order_by)]
            .into_iter()
            .filter_map(Result::err)
            .map(|FilterError { code, message }| Answer::Refused { code: name(code), message })
            .collect();
        let agrees = match &answer {
            Answer::Found => refusals.is_empty(),
            Answer::Refused { .. } => refusals.contains(&answer),
            Answer::Fails => true,
        };
        if !agrees {
            wrong.push(format!("{filter:?} {order_by:?}\n  {answer:?}\n  {refusals:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn name(code: ErrorCode) -> String {
    match code {
        ErrorCode::InvalidParameterValue | ErrorCode::AttributeNotFound => {
            "INVALID_PARAMETER_VALUE".to_owned()
        }
        ErrorCode::InternalError => "INTERNAL_ERROR".to_owned(),
    }
}

#[test]
fn experiments() {
    hold(
        "experiments",
        |text| experiments::parse(text).map(drop),
        |texts| experiments::parse_order_by(texts).map(drop),
    );
}

#[test]
fn runs() {
    hold("runs", |text| runs::parse(text).map(drop), |texts| runs::parse_order_by(texts).map(drop));
}

#[test]
fn logged_models() {
    hold(
        "logged_models",
        |text| logged_models::parse(text).map(drop),
        |names| {
            names.iter().try_for_each(|name| logged_models::parse_order_by_field(name).map(drop))
        },
    );
}
