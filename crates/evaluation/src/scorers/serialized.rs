//! What the server must know of a serialized scorer: whether it carries code, where it would send
//! requests, and which model it asks.
//!
//! A model of the gateway is named `gateway:/<endpoint>`. It is stored with the endpoint's id in
//! place of its name, so that an endpoint may be renamed.

use app::ApiError;
use python::repr_text;

use python::{Json, Map};

/// The parts that a scorer may be made of, each with a field `model`.
const JUDGE: &str = "instructions_judge_pydantic_data";
const BUILT_IN: &str = "builtin_scorer_pydantic_data";
const MEMORY: &str = "memory_augmented_judge_data";
const THIRD_PARTY: &str = "third_party_scorer_data";

/// Options that choose where a third party's client sends requests.
const DESTINATIONS: &[&str] =
    &["api_base", "base_url", "custom_llm_provider", "fallbacks", "model_list"];

const CODE_IS_OFF: &str = "Custom scorer registration (using @scorer decorator) is disabled by \
    default outside of Databricks tracking environments due to security concerns. Custom scorers \
    require arbitrary code execution during deserialization.\n\nKeep the code in your own \
    repository and import it, use built-in scorers or make_judge() scorers, or, on a server whose \
    callers you trust, set the environment variable MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS to true.";

/// Reads a serialized scorer and refuses what is unsafe to keep.
///
/// # Errors
/// When it is no JSON map, carries code that is not allowed, or names where to send requests.
pub fn read(text: &str, allow_code: bool) -> Result<Json, ApiError> {
    app::json::check_values(text.as_bytes())?;
    let scorer =
        Json::parse(text).map_err(|_| ApiError::invalid("serialized_scorer must be valid JSON"))?;
    if !allow_code && carries_code(&scorer) {
        return Err(ApiError::invalid(CODE_IS_OFF));
    }
    check_third_parties(&scorer)?;
    if scorer.as_map().is_none() {
        return Err(ApiError::invalid(format!(
            "serialized_scorer must be a JSON object, got {}.",
            scorer.type_name()
        )));
    }
    Ok(scorer)
}

fn carries_code(value: &Json) -> bool {
    match value {
        Json::Map(map) => {
            map.get("call_source").is_some_and(|source| *source != Json::Null)
                || map.values().any(carries_code)
        }
        Json::List(items) => items.iter().any(carries_code),
        _ => false,
    }
}

fn check_third_parties(value: &Json) -> Result<(), ApiError> {
    match value {
        Json::Map(map) => {
            if let Some(data) = map.get(THIRD_PARTY).and_then(Json::as_map) {
                check_options(data)?;
            }
            map.values().try_for_each(check_third_parties)
        }
        Json::List(items) => items.iter().try_for_each(check_third_parties),
        _ => Ok(()),
    }
}

fn check_options(data: &Map) -> Result<(), ApiError> {
    let options = match data.get("kwargs") {
        None | Some(Json::Null) => return Ok(()),
        Some(options @ Json::Map(_)) => options,
        Some(other) => {
            return Err(ApiError::invalid(format!(
                "third_party_scorer_data.kwargs must be a JSON object, got {}.",
                other.type_name()
            )));
        }
    };
    let found: Vec<String> = DESTINATIONS
        .iter()
        .filter(|name| names(options, name))
        .map(|name| repr_text(name))
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "third_party_scorer_data.kwargs must not contain {}: these options choose where the \
         scorer's LLM client sends requests. Configure the judge endpoint on the server instead, \
         for example through a gateway endpoint ('gateway:/<name>') or the provider's environment \
         variables.",
        found.join(", ")
    )))
}

/// Whether an option of this name is anywhere: a key of a map, or the first of a pair, which a map
/// may be written as.
fn names(value: &Json, name: &str) -> bool {
    match value {
        Json::Map(map) => map.contains_key(name) || map.values().any(|value| names(value, name)),
        Json::List(items) => items.iter().any(|item| {
            let pair = match item {
                Json::List(pair) if pair.len() == 2 => pair[0].as_text() == Some(name),
                _ => false,
            };
            pair || names(item, name)
        }),
        _ => false,
    }
}

/// The model that a scorer asks: a text, if the scorer is well made.
fn model(scorer: &Json) -> Option<&Json> {
    let part = |name| scorer.get(name).filter(|part| !part.is_falsy());
    if let Some(data) = part(JUDGE).or_else(|| part(BUILT_IN)) {
        return data.get("model");
    }
    if let Some(data) = part(MEMORY) {
        return data.get("base_judge").and_then(model);
    }
    part(THIRD_PARTY)?.get("model")
}

/// Refuses a model that is no text, or blank.
pub fn check_model(scorer: &Json) -> Result<(), ApiError> {
    match model(scorer) {
        Some(Json::Text(text)) if text.trim().is_empty() => {
            Err(ApiError::invalid("Scorer model cannot be empty or contain only whitespace."))
        }
        None | Some(Json::Null | Json::Text(_)) => Ok(()),
        Some(other) => Err(ApiError::invalid(format!(
            "Scorer model must be a string, got {}.",
            other.type_name()
        ))),
    }
}

/// The endpoint of the gateway that a scorer asks, by name or id.
pub fn endpoint(scorer: &Json) -> Option<String> {
    let (provider, path) = model(scorer)?.as_text()?.split_once(":/")?;
    let path = path.trim_start_matches('/');
    (provider == "gateway" && !path.is_empty()).then(|| path.to_owned())
}

/// The scorer with another endpoint of the gateway as its model, or with none.
pub fn with_endpoint(scorer: &Json, endpoint: Option<&str>) -> Json {
    let new = endpoint.map_or(Json::Null, |endpoint| format!("gateway:/{endpoint}").into());
    let mut scorer = scorer.clone();
    set_model(&mut scorer, &new);
    scorer
}

fn set_model(scorer: &mut Json, new: &Json) {
    let Json::Map(map) = scorer else { return };
    for name in [JUDGE, BUILT_IN, MEMORY, THIRD_PARTY] {
        let Some(part) = map.get_mut(name).filter(|part| !part.is_falsy()) else { continue };
        let Json::Map(data) = part else { return };
        if name == MEMORY {
            if let Some(judge) = data.get_mut("base_judge") {
                set_model(judge, new);
            }
        } else {
            data.insert("model".to_owned(), new.clone());
        }
        return;
    }
}

/// Whether a judge's instructions ask for expectations: `{{ expectations }}`.
pub fn wants_expectations(scorer: &Json) -> bool {
    let instructions = scorer.get(JUDGE).and_then(|data| data.get("instructions")?.as_text());
    instructions.is_some_and(|text| {
        text.split("{{")
            .skip(1)
            .filter_map(|rest| rest.split("}}").next())
            .any(|name| name.trim() == "expectations")
    })
}

/// Refuses a blank name.
pub fn check_name(name: &str) -> Result<(), ApiError> {
    if name.trim().is_empty() {
        return Err(ApiError::invalid("Scorer name cannot be empty or contain only whitespace."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text).unwrap()
    }

    #[test]
    fn code_and_destinations_are_refused_wherever_they_are() {
        let nested = r#"{"ensemble_scorer_data": {"scorers": [{"call_source": "x"}]}}"#;
        assert!(read(nested, false).is_err());
        assert!(read(nested, true).is_ok());
        let pair = r#"{"a": [{"third_party_scorer_data": {"kwargs": {"k": [["api_base", 1]]}}}]}"#;
        assert!(read(pair, true).unwrap_err().message.contains("must not contain 'api_base'"));
        assert!(read("[]", true).is_err());
    }

    #[test]
    fn models_of_the_gateway_are_found_and_replaced() {
        let judge =
            json(r#"{"instructions_judge_pydantic_data": {"model": "gateway:/e", "i": 1}}"#);
        assert_eq!(endpoint(&judge).as_deref(), Some("e"));
        assert_eq!(
            with_endpoint(&judge, Some("id")).dump(),
            r#"{"instructions_judge_pydantic_data": {"model": "gateway:/id", "i": 1}}"#
        );
        let memory = json(
            r#"{"memory_augmented_judge_data": {"base_judge": {"builtin_scorer_pydantic_data": {"model": "gateway:/e"}}}}"#,
        );
        assert_eq!(endpoint(&memory).as_deref(), Some("e"));
        assert_eq!(endpoint(&with_endpoint(&memory, None)), None);
        assert_eq!(
            endpoint(&json(r#"{"builtin_scorer_pydantic_data": {"model": "openai:/x"}}"#)),
            None
        );
    }

    #[test]
    fn judges_that_need_expectations() {
        let wants = |text: &str| {
            let data = Map::from_iter([("instructions".to_owned(), text.into())]);
            wants_expectations(&Json::Map(Map::from_iter([(JUDGE.to_owned(), Json::Map(data))])))
        };
        assert!(wants("Is {{ outputs }} like {{expectations}}?"));
        assert!(!wants("Is {{ outputs }} as expectations say?"));
    }
}
