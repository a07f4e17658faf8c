//! Attributes and events of other conventions, translated into MLflow's attributes.

mod assistants;
mod conventions;
mod events;
mod vercel;

use std::borrow::Cow;

use conventions::{CONVENTIONS, Convention};
use serde::Deserialize;
use serde_json::Value;

use super::attributes::{Attributes, Stored};
use super::cost;
use super::json;
use super::keys::span as key;
use super::python_json;
use super::usage::{self, Cost, TokenUsage};
use crate::otlp::model::Event;

/// The attributes of a convention that hold one thing, the best first.
type Sources = fn(&Convention) -> &[&'static str];

/// Adds MLflow's attributes to a span's that uses another convention, and what its tokens cost. What
/// the span says in MLflow's own words stays.
pub fn translate<'a>(attributes: &mut Attributes<'a>, events: &[Event<'a>]) {
    let foreign = attributes.iter().any(|(key, _)| !key.starts_with("mlflow."));
    if foreign || !events.is_empty() {
        assistants::translate(attributes, events);
        from_conventions(attributes, events);
    }
    set_model(attributes);
    set_cost(attributes);
}

fn from_conventions<'a>(attributes: &mut Attributes<'a>, events: &[Event<'a>]) {
    set_type(attributes, |attributes| {
        find(|convention| span_type(attributes, convention)).map(Cow::Borrowed)
    });
    if vercel::is_chat(attributes) {
        set_json(attributes, key::INPUTS, |own| vercel::unpacked(own, "ai.prompt."));
        set_json(attributes, key::OUTPUTS, |own| vercel::unpacked(own, "ai.response."));
        set_json(attributes, key::MESSAGE_FORMAT, |_| Some("\"vercel_ai\"".to_owned()));
    }
    let copies: [(&str, Sources); 5] = [
        (key::INPUTS, |convention| convention.inputs),
        (key::OUTPUTS, |convention| convention.outputs),
        (key::MODEL, |convention| convention.models),
        (key::PROVIDER, |convention| convention.providers),
        (key::CHAT_TOOLS, |convention| convention.tools),
    ];
    for (own, sources) in copies {
        let found = |convention: &Convention| {
            sources(convention).iter().find_map(|key| given(attributes, key)).cloned()
        };
        if attributes.get(own).is_none()
            && let Some(value) = find(found)
        {
            attributes.set(own, value);
        }
    }
    if !events.is_empty() {
        set_json(attributes, key::INPUTS, |_| events::inputs(events));
        set_json(attributes, key::OUTPUTS, |_| events::outputs(events));
    }
    set_json(attributes, key::TOKEN_USAGE, |own| find(|convention| token_usage(own, convention)));
    set_json(attributes, key::MESSAGE_FORMAT, |own| {
        find(|convention| {
            let marked =
                (own.iter()).any(|(key, _)| convention.marks.iter().any(|mark| fits(mark, key)));
            marked.then(|| format!("\"{}\"", convention.format))
        })
    });
}

/// Sets an attribute that is not there to a JSON text, if there is one.
fn set_json<'a>(
    attributes: &mut Attributes<'a>,
    own: &'static str,
    json: impl FnOnce(&Attributes<'a>) -> Option<String>,
) {
    if attributes.get(own).is_none()
        && let Some(json) = json(attributes)
    {
        attributes.set(own, Stored::Json(json.into()));
    }
}

/// Sets the span's type, if it has none that says something.
fn set_type<'a>(
    attributes: &mut Attributes<'a>,
    kind: impl FnOnce(&Attributes<'a>) -> Option<Cow<'static, str>>,
) {
    let own = attributes.get(key::TYPE).and_then(Stored::as_text);
    if own.is_none_or(|own| own == "UNKNOWN")
        && let Some(kind) = kind(attributes)
    {
        attributes.set(key::TYPE, Stored::Text(kind));
    }
}

fn find<T>(ask: impl Fn(&'static Convention) -> Option<T>) -> Option<T> {
    CONVENTIONS.iter().find_map(ask)
}

/// Whether a key fits a pattern: `#` is a number, `*` at the end anything.
fn fits(pattern: &str, key: &str) -> bool {
    if let Some(start) = pattern.strip_suffix('*') {
        return key.starts_with(start);
    }
    let mut rest = key;
    for (index, part) in pattern.split('#').enumerate() {
        if index > 0 {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if digits == 0 {
                return false;
            }
            rest = &rest[digits..];
        }
        match rest.strip_prefix(part) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

/// The value of an attribute that says something.
fn given<'t, 'a>(attributes: &'t Attributes<'a>, pattern: &str) -> Option<&'t Stored<'a>> {
    if pattern.contains('#') {
        let mut all = attributes.iter().filter(|(key, _)| fits(pattern, key));
        return all.find(|(_, value)| value.is_given()).map(|(_, value)| value);
    }
    attributes.get(pattern).filter(|value| value.is_given())
}

fn span_type(attributes: &Attributes<'_>, convention: &Convention) -> Option<&'static str> {
    let of_key = |key: &&str| {
        let kind = attributes.get(key)?.plain();
        convention.types.iter().find(|(name, _)| *name == kind).map(|(_, own)| *own)
    };
    convention.kinds.iter().find_map(of_key).or_else(|| {
        let marked = |(mark, _): &&(&str, &str)| attributes.iter().any(|(key, _)| fits(mark, key));
        convention.types_by_key.iter().find(marked).map(|(_, own)| *own)
    })
}

/// The tokens that a span says it used, as MLflow writes them.
fn token_usage(attributes: &Attributes<'_>, convention: &Convention) -> Option<String> {
    let count = |keys: &[&str]| {
        keys.iter().find_map(|key| attributes.get(key)?.value().as_ref().and_then(usage::count))
    };
    TokenUsage([
        count(convention.input_tokens),
        count(convention.output_tokens),
        count(convention.total_tokens),
        count(convention.cache_read_tokens),
        count(convention.cache_write_tokens),
        None,
    ])
    .with_total()
    .to_json()
}

/// The model, where a request or an answer names it.
fn set_model(attributes: &mut Attributes<'_>) {
    #[derive(Deserialize)]
    struct Named {
        model: Value,
    }
    let named = |attributes: &Attributes<'_>, key: &str| {
        let json = attributes.get(key)?.json();
        // Most have none, and need not be read.
        json.contains("\"model\"").then_some(())?;
        if python_json::is_huge(&json) {
            return None;
        }
        let named: Named = python_json::read(&json)?;
        (named.model != Value::Null && named.model != "").then_some(named.model)
    };
    if attributes.get(key::MODEL).is_some() {
        return;
    }
    let model = named(attributes, key::INPUTS).or_else(|| named(attributes, key::OUTPUTS));
    if let Some(Value::String(model)) = model {
        attributes.set(key::MODEL, Stored::Text(model.into()));
    }
}

/// Prices the tokens of a call. An agent's are those of the calls below it, which are priced themselves.
fn set_cost(attributes: &mut Attributes<'_>) {
    set_json(attributes, key::COST, |own| {
        if own.get(key::TYPE).and_then(Stored::as_text).as_deref() == Some("AGENT") {
            return None;
        }
        let model = own.get(key::MODEL)?.as_text()?;
        let Value::Object(fields) = own.get(key::TOKEN_USAGE)?.value()? else { return None };
        let provider = own.get(key::PROVIDER).and_then(Stored::as_text);
        let cost = cost::of(&model, provider.as_deref(), &TokenUsage::from_json(&fields))?;
        let mut out = String::from("{");
        for (place, (name, dollars)) in Cost::KEYS.iter().zip(cost).enumerate() {
            out.push_str(if place > 0 { ", \"" } else { "\"" });
            out.push_str(name);
            out.push_str("\": ");
            json::push_float(&mut out, dollars);
        }
        out.push('}');
        Some(out)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::model::{AnyValue, KeyValue};

    fn translated(pairs: &[(&'static str, AnyValue<'static>)]) -> Attributes<'static> {
        let pairs: Vec<_> = (pairs.iter().cloned())
            .map(|(key, value)| KeyValue { key: key.into(), value })
            .collect();
        let mut attributes = Attributes::new(&pairs).unwrap();
        translate(&mut attributes, &[]);
        attributes
    }

    #[test]
    fn a_chat_in_opentelemetrys_words_is_understood() {
        let attributes = translated(&[
            ("gen_ai.operation.name", AnyValue::Text("chat".into())),
            ("gen_ai.request.model", AnyValue::Text("m".into())),
            ("gen_ai.provider.name", AnyValue::Text("p".into())),
            ("gen_ai.usage.input_tokens", AnyValue::Int(3)),
            ("gen_ai.usage.output_tokens", AnyValue::Text("4".into())),
            ("gen_ai.input.messages", AnyValue::Text("[{\"role\": \"user\"}]".into())),
            ("mlflow.spanOutputs", AnyValue::Text("mine".into())),
            ("gen_ai.output.messages", AnyValue::Text("[1]".into())),
            ("gen_ai.tool.definitions", AnyValue::Text("[]".into())),
        ]);
        for (key, json) in [
            (key::TYPE, "\"CHAT_MODEL\""),
            (key::MODEL, "\"m\""),
            (key::PROVIDER, "\"p\""),
            (key::INPUTS, "[{\"role\": \"user\"}]"),
            (key::OUTPUTS, "\"mine\""),
            (key::TOKEN_USAGE, r#"{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}"#),
        ] {
            assert_eq!(attributes.get(key).unwrap().json(), json, "{key}");
        }
        assert!(attributes.get(key::CHAT_TOOLS).is_none());
    }

    #[test]
    fn an_attribute_without_a_key_is_nothing_but_that() {
        let attributes =
            translated(&[("", AnyValue::Text("x".into())), ("a", AnyValue::Text("y".into()))]);
        let kept: Vec<&str> = attributes.iter().map(|(key, _)| key).collect();
        assert_eq!(kept, ["", "a"]);
    }

    #[test]
    fn an_unknown_type_gives_way_and_a_known_one_does_not() {
        let kind = ("openinference.span.kind", AnyValue::Text("LLM".into()));
        for (own, expected) in [("UNKNOWN", "LLM"), ("TOOL", "TOOL")] {
            let own = (key::TYPE, AnyValue::Text(own.into()));
            let attributes = translated(&[kind.clone(), own]);
            assert_eq!(attributes.get(key::TYPE).unwrap().plain(), expected);
        }
    }

    #[test]
    fn keys_with_numbers_are_found() {
        assert!(fits("gen_ai.prompt.#.content", "gen_ai.prompt.12.content"));
        assert!(fits("lk.*", "lk.job_id") && fits("a", "a"));
        for key in ["gen_ai.prompt..content", "gen_ai.prompt.1.contents", "gen_ai.prompt.x.content"]
        {
            assert!(!fits("gen_ai.prompt.#.content", key), "{key}");
        }
        let attributes = translated(&[
            ("gen_ai.prompt.0.role", AnyValue::Text("user".into())),
            ("gen_ai.prompt.0.content", AnyValue::Text("why".into())),
            ("gen_ai.completion.0.content", AnyValue::Text("so".into())),
        ]);
        assert_eq!(attributes.get(key::INPUTS).unwrap().json(), "\"why\"");
        assert_eq!(attributes.get(key::OUTPUTS).unwrap().json(), "\"so\"");
    }

    #[test]
    fn a_chat_of_vercels_is_put_together() {
        let attributes = translated(&[
            ("ai.operationId", AnyValue::Text("ai.generateText.doGenerate".into())),
            ("ai.prompt.messages", AnyValue::Text("[{\"role\": \"user\"}]".into())),
            ("ai.prompt.tools", AnyValue::List(vec![AnyValue::Text("{\"a\": 1}".into())])),
            ("ai.response.text", AnyValue::Text("yes".into())),
        ]);
        let inputs = r#"{"messages": [{"role": "user"}], "tools": [{"a": 1}]}"#;
        assert_eq!(attributes.get(key::INPUTS).unwrap().json(), inputs);
        assert_eq!(attributes.get(key::OUTPUTS).unwrap().json(), r#"{"text": "yes"}"#);
        assert_eq!(attributes.get(key::MESSAGE_FORMAT).unwrap().plain(), "vercel_ai");
    }

    #[test]
    fn cost_follows_from_the_model_wherever_it_is_named() {
        let usage = r#"{"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100}"#;
        let call = [
            ("mlflow.spanInputs", AnyValue::Text(r#"{"model": "gpt-4o", "messages": []}"#.into())),
            ("mlflow.llm.provider", AnyValue::Text("openai".into())),
            ("mlflow.chat.tokenUsage", AnyValue::Text(usage.into())),
        ];
        let attributes = translated(&call);
        assert_eq!(attributes.get(key::MODEL).unwrap().plain(), "gpt-4o");
        let agent = [&call[..], &[(key::TYPE, AnyValue::Text("AGENT".into()))]].concat();
        assert!(translated(&agent).get(key::COST).is_none());
        let cost = r#"{"input_cost": 0.0025, "output_cost": 0.001, "total_cost": 0.0035}"#;
        assert_eq!(attributes.get(key::COST).unwrap().json(), cost);
        let own = ("mlflow.llm.cost", AnyValue::Text("{}".into()));
        assert_eq!(translated(&[own]).get(key::COST).unwrap().json(), "{}");
    }
}
