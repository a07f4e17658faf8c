//! Tokens used and money spent: of one span, and of a trace as the sum over its tree.

use std::collections::HashMap;
use std::fmt::Write;

use serde_json::{Map, Value};

/// Counts of tokens by kind, in the order of [`TokenUsage::KEYS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenUsage(pub [Option<i64>; 6]);

impl TokenUsage {
    /// The kinds' names on the wire, which are their columns' names too. The first three are always
    /// part of a sum; those of the cache only if a span has them.
    pub const KEYS: [&str; 6] = [
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "cache_creation_input_tokens_above_1hr",
    ];
    const ALWAYS: usize = 3;

    /// Reads `{"input_tokens": 1, …}`. A count that is no whole number is left out.
    pub fn from_json(fields: &Map<String, Value>) -> Self {
        Self(Self::KEYS.map(|key| fields.get(key).and_then(count)))
    }

    /// With the total as the sum of both kinds, where it is not told.
    #[must_use]
    pub fn with_total(mut self) -> Self {
        let sum = || self.0[0]?.checked_add(self.0[1]?);
        self.0[2] = self.0[2].or_else(sum);
        self
    }

    /// As MLflow writes it; none without a count beside the cache's, which alone say nothing.
    pub fn to_json(&self) -> Option<String> {
        self.0[..Self::ALWAYS].iter().any(Option::is_some).then_some(())?;
        let mut out = String::from("{");
        for (name, count) in Self::KEYS.iter().zip(self.0) {
            if let Some(count) = count {
                out.push_str(if out.len() > 1 { ", " } else { "" });
                // Writing to a String cannot fail.
                let _ = write!(out, "\"{name}\": {count}");
            }
        }
        out.push('}');
        Some(out)
    }

    /// With what other spans used.
    #[must_use]
    pub fn plus(self, more: Self) -> Self {
        sum_usage(&[self, more])
    }

    pub fn get(&self, key: &str) -> Option<i64> {
        Self::KEYS.iter().position(|known| *known == key).and_then(|place| self.0[place])
    }
}

/// Money in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost(pub [Option<f64>; 3]);

impl Cost {
    /// The parts' names on the wire, which are their columns' names too.
    pub const KEYS: [&str; 3] = ["input_cost", "output_cost", "total_cost"];

    /// Reads `{"input_cost": 0.1, …}`. What is no number is left out.
    pub fn from_json(fields: &Map<String, Value>) -> Self {
        Self(Self::KEYS.map(|key| fields.get(key).and_then(amount)))
    }

    /// With what other spans spent.
    #[must_use]
    pub fn plus(self, more: Self) -> Self {
        sum_cost(&[self, more])
    }
}

/// A whole number, however it is written.
pub fn count(value: &Value) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let float = match value {
        Value::Number(number) => match number.as_i64() {
            Some(whole) => return Some(whole),
            None => number.as_f64()?,
        },
        Value::String(text) => match text.trim().parse() {
            Ok(whole) => return Some(whole),
            Err(_) => text.trim().parse().ok()?,
        },
        _ => return None,
    };
    (float.fract() == 0.0 && (-LIMIT..LIMIT).contains(&float)).then_some(float as i64)
}

/// A finite number, however it is written.
pub fn amount(value: &Value) -> Option<f64> {
    let float = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    float.is_finite().then_some(float)
}

/// What a sum over a trace's tree looks at of one span.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a, T> {
    pub span_id: &'a str,
    pub parent_id: Option<&'a str>,
    pub data: Option<T>,
}

/// The data that counts: of the spans that have some, those with none above them that has. Agents
/// and chains often repeat what the calls below them used.
fn topmost<T: Copy>(nodes: &[Node<'_, T>]) -> Vec<T> {
    let by_id: HashMap<&str, usize> =
        nodes.iter().enumerate().map(|(place, node)| (node.span_id, place)).collect();
    // Whether a node or one above it has data. Each is found out once.
    let mut known: Vec<Option<bool>> = vec![None; nodes.len()];
    let parent_of =
        |place: usize| nodes[place].parent_id.and_then(|parent| by_id.get(parent).copied());
    let mut out = Vec::new();
    let mut path = Vec::new();
    for start in 0..nodes.len() {
        let mut place = Some(start);
        let mut above = false;
        path.clear();
        while let Some(here) = place {
            if let Some(answer) = known[here] {
                above = answer;
                break;
            }
            // Spans that are each other's parents stand on nothing: not counted, as by MLflow.
            known[here] = Some(true);
            path.push(here);
            place = parent_of(here);
        }
        for here in path.drain(..).rev() {
            if let (Some(data), false) = (nodes[here].data, above) {
                out.push(data);
            }
            above |= nodes[here].data.is_some();
            known[here] = Some(above);
        }
    }
    out
}

/// The tokens that a trace used; none if no span says.
pub fn total_usage(nodes: &[Node<'_, TokenUsage>]) -> Option<TokenUsage> {
    let parts = topmost(nodes);
    (!parts.is_empty()).then(|| sum_usage(&parts))
}

fn sum_usage(parts: &[TokenUsage]) -> TokenUsage {
    let mut total = TokenUsage::default();
    for (place, sum) in total.0.iter_mut().enumerate() {
        let given = parts.iter().filter_map(|part| part.0[place]);
        let sums = given.clone().try_fold(0_i64, i64::checked_add);
        *sum = if place < TokenUsage::ALWAYS || given.count() > 0 { sums } else { None };
    }
    total
}

/// The money that a trace spent; none if no span says.
pub fn total_cost(nodes: &[Node<'_, Cost>]) -> Option<Cost> {
    let parts = topmost(nodes);
    (!parts.is_empty()).then(|| sum_cost(&parts))
}

fn sum_cost(parts: &[Cost]) -> Cost {
    let mut total = Cost::default();
    for (place, sum) in total.0.iter_mut().enumerate() {
        let dollars: f64 = parts.iter().filter_map(|part| part.0[place]).sum();
        // A sum of nothing is -0.0.
        *sum = Some(dollars + 0.0).filter(|dollars| dollars.is_finite());
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node<'a>(
        span_id: &'a str,
        parent_id: Option<&'a str>,
        tokens: Option<i64>,
    ) -> Node<'a, TokenUsage> {
        let usage = |tokens| TokenUsage([Some(tokens), None, Some(tokens), None, Some(1), None]);
        Node { span_id, parent_id, data: tokens.map(usage) }
    }

    #[test]
    fn what_is_repeated_above_counts_once() {
        let nodes = [
            node("leaf", Some("mid"), Some(5)),
            node("root", None, None),
            node("mid", Some("root"), None),
            node("agent", Some("root"), Some(10)),
            node("call", Some("agent"), Some(10)),
            node("orphan", Some("elsewhere"), Some(1)),
        ];
        let total = total_usage(&nodes).unwrap();
        assert_eq!(total.0, [Some(16), Some(0), Some(16), None, Some(3), None]);
        assert_eq!(total_usage(&nodes[1..3]), None);
    }

    #[test]
    fn circles_end() {
        let nodes = [node("a", Some("b"), Some(1)), node("b", Some("a"), Some(1))];
        assert_eq!(total_usage(&nodes), None);
        assert_eq!(total_usage(&[node("a", Some("a"), Some(1))]), None);
    }

    #[test]
    fn a_very_deep_trace_is_summed() {
        let ids: Vec<String> = (0..100_000).map(|id| id.to_string()).collect();
        let nodes: Vec<_> = (0..ids.len())
            .map(|at| node(&ids[at], at.checked_sub(1).map(|at| ids[at].as_str()), Some(2)))
            .collect();
        assert_eq!(total_usage(&nodes).unwrap().get("input_tokens"), Some(2));
    }

    #[test]
    fn numbers_are_read_however_they_are_written() {
        let value: Value =
            serde_json::from_str(r#"{"input_tokens": "7", "output_tokens": 2.0, "total_tokens": true, "cache_read_input_tokens": 1.5}"#).unwrap();
        let usage = TokenUsage::from_json(value.as_object().unwrap());
        assert_eq!(usage.0, [Some(7), Some(2), None, None, None, None]);
        let value: Value =
            serde_json::from_str(r#"{"input_cost": "0.5", "output_cost": null}"#).unwrap();
        assert_eq!(Cost::from_json(value.as_object().unwrap()).0, [Some(0.5), None, None]);
    }
}
