//! Attributes of other conventions, translated into MLflow's.

mod conventions;

use std::fmt::Write;

use conventions::{CONVENTIONS, Convention};

use super::attributes::{Attributes, Stored};
use super::keys::span as key;
use super::usage;

/// The attributes of a convention that hold one thing, the best first.
type Sources = fn(&Convention) -> &[&'static str];

/// Adds MLflow's attributes to a span's that uses another convention. What the span says in MLflow's
/// own words stays.
pub fn translate(attributes: &mut Attributes<'_>) {
    if attributes.iter().all(|(key, _)| key.starts_with("mlflow.")) {
        return;
    }
    let own_type = attributes.get(key::TYPE).and_then(Stored::as_text);
    let untyped = own_type.is_none_or(|own| own == "UNKNOWN");
    if untyped && let Some(kind) = find(|convention| span_type(attributes, convention)) {
        attributes.set(key::TYPE, Stored::Text(kind.into()));
    }
    let copies: [(&str, Sources); 5] = [
        (key::INPUTS, |convention| convention.inputs),
        (key::OUTPUTS, |convention| convention.outputs),
        (key::MODEL, |convention| convention.models),
        (key::PROVIDER, |convention| std::slice::from_ref(&convention.provider)),
        (key::CHAT_TOOLS, |convention| std::slice::from_ref(&convention.tools)),
    ];
    for (own, sources) in copies {
        let found = |convention: &Convention| {
            let mut values = sources(convention).iter().filter_map(|key| attributes.get(key));
            values.find(|value| value.is_given()).cloned()
        };
        if attributes.get(own).is_none()
            && let Some(value) = find(found)
        {
            attributes.set(own, value);
        }
    }
    if attributes.get(key::TOKEN_USAGE).is_none()
        && let Some(json) = find(|convention| token_usage(attributes, convention))
    {
        attributes.set(key::TOKEN_USAGE, Stored::Json(json.into()));
    }
}

fn find<T>(ask: impl Fn(&'static Convention) -> Option<T>) -> Option<T> {
    CONVENTIONS.iter().find_map(ask)
}

fn span_type(attributes: &Attributes<'_>, convention: &Convention) -> Option<&'static str> {
    let kind = attributes.get(convention.kind)?.plain();
    convention.types.iter().find(|(name, _)| *name == kind).map(|(_, own)| *own)
}

/// The tokens that a span says it used, as MLflow writes them.
fn token_usage(attributes: &Attributes<'_>, convention: &Convention) -> Option<String> {
    let count = |key: &str| attributes.get(key)?.value().as_ref().and_then(usage::count);
    let (input, output) = (count(convention.input_tokens), count(convention.output_tokens));
    let sum = || input?.checked_add(output?);
    let total = count(convention.total_tokens).or_else(sum);
    // Without any of these, what is said of the cache says nothing.
    input.or(output).or(total)?;
    let cache_write = convention.cache_write_tokens.iter().find_map(|key| count(key));
    let counts = [input, output, total, count(convention.cache_read_tokens), cache_write];
    let mut out = String::from("{");
    for (name, count) in usage::TokenUsage::KEYS.iter().zip(counts) {
        if let Some(count) = count {
            out.push_str(if out.len() > 1 { ", " } else { "" });
            // Writing to a String cannot fail.
            let _ = write!(out, "\"{name}\": {count}");
        }
    }
    out.push('}');
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::model::{AnyValue, KeyValue};

    fn translated(pairs: &[(&'static str, AnyValue<'static>)]) -> Attributes<'static> {
        let pairs: Vec<_> = (pairs.iter().cloned())
            .map(|(key, value)| KeyValue { key: key.into(), value })
            .collect();
        let mut attributes = Attributes::new(&pairs);
        translate(&mut attributes);
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
    fn an_unknown_type_gives_way_and_a_known_one_does_not() {
        let kind = ("openinference.span.kind", AnyValue::Text("LLM".into()));
        for (own, expected) in [("UNKNOWN", "LLM"), ("TOOL", "TOOL")] {
            let own = (key::TYPE, AnyValue::Text(own.into()));
            let attributes = translated(&[kind.clone(), own]);
            assert_eq!(attributes.get(key::TYPE).unwrap().plain(), expected);
        }
    }
}
